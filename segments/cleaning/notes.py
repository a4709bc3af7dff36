"""What every kernel says of its cells beside the clean values: which of them it changed, marked or refused, and why.

A cell of which nothing is said was taken as it was. The raw cell stays with its row, so that raw, clean and reason
are there for each changed value. The words for people are in `segments.importing.reasons`.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypedDict

import polars as pl

# Written in another way, the value is the same: counted, not kept with the row.
FORM = (
    "formatted", "several", "excel_number", "case", "yo", "spaces", "comma", "currency", "empty_of_1c",
)  # fmt: skip
# The value is not what the cell says by the letter.
MENDED = (
    "letter_for_digit", "host_mended", "order", "look_alikes", "remark", "excel_serial", "two_digit_year",
)  # fmt: skip
# Taken, and worth knowing.
MARKED = (
    "foreign", "landline", "role", "initials", "company_contact", "not_in_dictionary", "refuses_contact",
    "check_digit", "body_number",
)  # fmt: skip
# Not taken.
REFUSED = (
    "lost_digit", "junk", "not_a_phone", "scientific", "nonsense", "not_an_address", "not_a_name", "not_a_date",
    "future", "too_old", "not_a_sum", "suspect_letters", "not_a_vin", "not_a_plate", "unknown_word",
)  # fmt: skip
CODE = pl.Enum([*FORM, *MENDED, *MARKED, *REFUSED])
NO_NOTES = pl.DataFrame(schema={"row": pl.UInt32, "code": CODE})


class Counts(TypedDict):
    """Cells of one field: `filled` = clean + mended + refused; `by_reason` counts values by code."""

    filled: int
    clean: int
    mended: int
    refused: int
    by_reason: dict[str, int]


Quality = dict[str, Counts]  # by field


class Judged(NamedTuple):
    """`clean`: the values; `notes`: row (from 0), code; a cell can have several or none."""

    clean: pl.DataFrame
    notes: pl.DataFrame


def note(code: str, rows: pl.Series) -> pl.DataFrame:
    """The same code for these rows."""
    if not len(rows):
        return NO_NOTES
    return pl.DataFrame({"row": rows.cast(pl.UInt32)}).with_columns(pl.lit(code, CODE).alias("code"))


def notes_where(masks: Mapping[str, pl.Series]) -> pl.DataFrame:
    """{code: which rows it is true of} → notes."""
    return all_notes(*(note(code, mask.arg_true()) for code, mask in masks.items()))


def all_notes(*parts: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([NO_NOTES, *parts])


def patch(values: pl.Series, where: pl.Series, by: pl.Series) -> pl.Series:
    """`values` with those at the places of `where` (a mask) replaced, in order, by the values of `by`."""
    return values.clone().scatter(where.arg_true(), by) if len(by) else values  # scatter writes in place


def nowhere(length: int) -> pl.Series:
    """A mask that is true of no row."""
    return pl.repeat(False, length, dtype=pl.Boolean, eager=True)


def mask_of(rows: pl.Series, length: int) -> pl.Series:
    """A mask that is true of these rows."""
    return nowhere(length).scatter(rows, True) if len(rows) else nowhere(length)


def as_json(by_field: Mapping[str, pl.DataFrame], rows: int) -> pl.Series:
    """{field: notes} → for each of `rows` rows the JSON text of {field: [code, …]}, '{}' where none is worth keeping."""
    worth = [
        notes.filter(~pl.col("code").is_in(FORM)).with_columns(pl.lit(field).alias("field"))
        for field, notes in by_field.items()
    ]
    codes = pl.concat([NO_NOTES.with_columns(pl.lit("").alias("field")), *worth])
    quoted = pl.format('"{}"', pl.col("code").cast(pl.String))
    lists = (
        codes.unique(maintain_order=True)
        .sort("code", maintain_order=True)
        .group_by("row", "field", maintain_order=True)
        .agg(quoted.str.join(", "))
    )
    texts = lists.group_by("row").agg(pl.format('"{}": [{}]', "field", "code").str.join(", ").alias("text"))
    empty = pl.repeat("{}", rows, dtype=pl.String, eager=True)
    return empty.scatter(texts["row"], "{" + texts["text"] + "}") if len(texts) else empty


def quality(notes: pl.DataFrame, gave: pl.Series) -> Counts:
    """The counts of one field; `gave` are the rows that a value came from. An empty cell, or one that only says so,
    is not counted as filled."""
    codes = pl.col("code").is_in
    rows = gave.cast(pl.UInt32).unique()
    lost = notes.filter(codes(REFUSED))["row"].unique()
    refused = len(lost) - int(lost.is_in(rows.implode()).sum())
    mended = notes.filter(codes([*MENDED, *REFUSED]))["row"].n_unique() - refused
    by_reason = dict(notes["code"].value_counts().sort("code").iter_rows())
    return Counts(
        filled=len(rows) + refused, clean=len(rows) - mended, mended=mended, refused=refused, by_reason=by_reason
    )


def add_quality(total: Quality, part: Quality) -> None:
    """Add the counts of a part of the file to those of the whole, in place."""
    for field, counts in part.items():
        sums = total.setdefault(field, Counts(filled=0, clean=0, mended=0, refused=0, by_reason={}))
        sums["filled"] += counts["filled"]
        sums["clean"] += counts["clean"]
        sums["mended"] += counts["mended"]
        sums["refused"] += counts["refused"]
        for code, count in counts["by_reason"].items():
            sums["by_reason"][code] = sums["by_reason"].get(code, 0) + count
