"""Rows of a cards file → clean cards, their contact points, what was refused, and how good the cells were."""

import hashlib
from typing import NamedTuple

import polars as pl

from segments.cleaning.cities import plain_city
from segments.cleaning.dates import BIRTH_YEARS, judge_dates
from segments.cleaning.emails import judge_emails
from segments.cleaning.names import judge_names
from segments.cleaning.notes import (
    REFUSED,
    Judged,
    Quality,
    add_quality,
    all_notes,
    as_json,
    note,
    quality,
)
from segments.cleaning.phones import judge_phones
from segments.cleaning.remarks import refuses_contact
from segments.cleaning.words import by_distinct, clean_sex, judge_consents
from segments.importing.reasons import refusal
from segments.models.people import CELLS_APART

__all__ = ["LONGEST_CODE", "VERSION", "CleanCards", "add_quality", "clean_cards", "content_hash"]

VERSION = "3"  # part of every content hash: raise it when cleaning changes what comes out of the same cells
LONGEST_CODE = 64
SAYS_NOTHING = ["junk"]  # «9999999999» is how cashiers write an empty phone
COMMENT = "comment"


class CleanCards(NamedTuple):
    """`cards`: line, code, names, sex, greetable, birth_date, city, centre, created_on, consent, consent_on (its
    day), refuses_contact, raw (as `Card.raw`), notes (JSON text: {field: [code of `cleaning.notes`, …]});
    `contacts`: line, kind, value, position, country, is_mobile; `refused`: see `reasons.refusal`;
    `quality`: by field, see `cleaning.notes.Quality`."""

    cards: pl.DataFrame
    contacts: pl.DataFrame
    refused: pl.DataFrame
    quality: Quality


class _Fields(NamedTuple):
    """What the kernels say of one block, by field of a card."""

    name: Judged
    phone: Judged
    email: Judged
    birth_date: Judged
    created_on: Judged
    consent: Judged
    consent_date: Judged


def content_hash(frame: pl.DataFrame) -> pl.Series:
    """SHA-256 (hex) of the mapped cells of each row."""
    cells = frame.select(pl.concat_str(pl.lit(VERSION), pl.exclude("line"), separator="\x1f")).to_series()
    rows = cells.cast(pl.Binary).to_list()  # a list comes ten times as quickly as texts one by one
    hashes = [hashlib.sha256(row).digest() for row in rows]
    return pl.Series("content_hash", hashes, dtype=pl.Binary).bin.encode("hex")


def clean_cards(fields: pl.DataFrame, raw: pl.Series) -> CleanCards:
    """`fields` are text columns by field (`mapping.fields_of`) with a good `code`; `raw` a struct of their cells."""
    judged = _judged(fields)
    refuses = {place: refuses_contact(fields[place]) for place in ("phone", COMMENT) if place in fields.columns}
    notes = _notes(judged, refuses)
    cards = _cards(fields, judged, refuses, raw).with_columns(as_json(notes, len(fields)).alias("notes"))
    contacts = _contacts(judged)
    cards = cards.with_columns(_whole_row_reason(contacts).alias("reason"))
    bad = cards.filter(pl.col("reason").is_not_null())
    cells = _refused_cells(cards.select("row", "line", "raw"), judged)
    refused = pl.concat(
        [refusal(bad, "", pl.col("reason")), cells.filter(~pl.col("line").is_in(bad["line"].implode()))]
    )
    good = cards.filter(pl.col("reason").is_null()).with_columns(_joined_cells())
    contacts = contacts.join(good.select("row", "line"), on="row", maintain_order="left").drop("row")
    return CleanCards(good.drop("row", "nobody", "reason"), contacts, refused, _quality(judged, notes))


def _judged(fields: pl.DataFrame) -> _Fields:
    # A column of its own for each part is better than one of all; a company has no parts, only a name.
    parts = pl.concat_str("last_name", "first_name", "middle_name", separator=" ").str.strip_chars()
    name = pl.when((pl.col("last_name") != "") | (pl.col("name") == "")).then(parts).otherwise("name")
    return _Fields(
        name=judge_names(fields.select(name.alias("name")).to_series()),
        phone=judge_phones(fields["phone"]),
        email=judge_emails(fields["email"]),
        birth_date=judge_dates(fields["birth_date"], BIRTH_YEARS),
        created_on=judge_dates(fields["created_on"]),
        consent=judge_consents(fields["consent"]),
        consent_date=judge_dates(fields["consent_date"]),
    )


def _cards(fields: pl.DataFrame, judged: _Fields, refuses: dict[str, pl.Series], raw: pl.Series) -> pl.DataFrame:
    names = judged.name.clean
    sex = by_distinct(fields["sex"], clean_sex)
    return fields.select(
        "line",
        "code",
        names["last_name"], names["first_name"], names["middle_name"], names["company"], names["greetable"],
        pl.when(sex != "").then(sex).otherwise(names["sex"]).alias("sex"),
        judged.birth_date.clean["day"].alias("birth_date"),
        by_distinct(fields["city"], plain_city).alias("city"),
        pl.col("centre"),
        judged.created_on.clean["day"].alias("created_on"),
        judged.consent.clean["consent"],
        judged.consent_date.clean["day"].alias("consent_on"),
        pl.any_horizontal(names["refuses"], *refuses.values()).alias("refuses_contact"),
        raw.alias("raw"),
        names["nobody"],
    ).with_row_index("row")  # fmt: skip


def _joined_cells() -> pl.Expr:
    cells = pl.col("raw").struct.field("*").str.replace_all(CELLS_APART, " ", literal=True)
    return pl.concat_str(cells, separator=CELLS_APART).alias("raw")


def _contacts(judged: _Fields) -> pl.DataFrame:
    phones, emails = judged.phone.clean, judged.email.clean
    return pl.concat([
        phones.select("row", pl.lit("phone").alias("kind"), pl.col("phone").alias("value"), "position", "country", "is_mobile"),
        emails.select("row", pl.lit("email").alias("kind"), pl.col("email").alias("value"), "position"),
    ], how="diagonal")  # fmt: skip


def _whole_row_reason(contacts: pl.DataFrame) -> pl.Expr:
    nameless = pl.concat_str("last_name", "first_name", "company") == ""
    reachable = pl.col("row").is_in(contacts["row"].unique().implode())
    return pl.when("nobody").then(pl.lit("test_card")).when(nameless & ~reachable).then(pl.lit("empty_card"))


def _refused_cells(rows: pl.DataFrame, judged: _Fields) -> pl.DataFrame:
    """Cells that hold something and gave nothing; «нет» and 1C's empty dates are no mistake. `rows`: row, line, raw."""
    return pl.concat(
        refusal(rows.filter(_lost(notes, gave)), field, pl.lit(reason), whole_row=False)
        for notes, gave, field, reason in (
            (judged.phone.notes, judged.phone.clean["row"], "phone", "bad_phone"),
            (judged.email.notes, judged.email.clean["row"], "email", "bad_email"),
            (judged.birth_date.notes, _dated(judged.birth_date), "birth_date", "bad_date"),
            (judged.consent_date.notes, _dated(judged.consent_date), "consent_date", "bad_date"),
        )
    )


def _dated(judged: Judged) -> pl.Series:
    """The rows whose cell gave a day."""
    return judged.clean["day"].is_not_null().arg_true()


def _lost(notes: pl.DataFrame, gave: pl.Series) -> pl.Expr:
    codes = [code for code in REFUSED if code not in SAYS_NOTHING]
    lost = notes.filter(pl.col("code").is_in(codes))["row"]
    return pl.col("row").is_in(lost.implode()) & ~pl.col("row").is_in(gave.implode())


def _notes(judged: _Fields, refuses: dict[str, pl.Series]) -> dict[str, pl.DataFrame]:
    """By field; the first name and the comment have their own."""
    is_of_first_name = pl.col("code") == "not_in_dictionary"
    notes = {field: kernel.notes for field, kernel in judged._asdict().items()}
    notes["first_name"] = notes["name"].filter(is_of_first_name)
    notes["name"] = notes["name"].filter(~is_of_first_name)
    for place, says in refuses.items():
        said = note("refuses_contact", says.arg_true())
        notes[place] = all_notes(notes[place], said) if place in notes else said
    return notes


def _quality(judged: _Fields, notes: dict[str, pl.DataFrame]) -> Quality:
    names = judged.name.clean
    named = (names["last_name"] != "") | (names["first_name"] != "") | (names["company"] != "")
    gave = {
        "name": (named & ~names["nobody"]).arg_true(),
        "phone": judged.phone.clean["row"],
        "email": judged.email.clean["row"],
        "birth_date": _dated(judged.birth_date),
        "created_on": _dated(judged.created_on),
        "consent": judged.consent.clean["consent"].is_not_null().arg_true(),
        "consent_date": _dated(judged.consent_date),
        "first_name": (names["first_name"] != "").arg_true(),
    }
    return {field: quality(notes[field], rows) for field, rows in gave.items()}
