"""Pasted or uploaded lists of phones and e-mails → a named list of addresses of the base, and what every line gave.

One line is one person: «Иванов; +7 921…; i@mail.ru» may name several addresses. Addresses that nobody in the base
holds are not kept: they are data of strangers.
"""

import io
import re
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.cleaning.emails import judge_emails
from segments.cleaning.notes import REFUSED
from segments.cleaning.phones import judge_phones
from segments.importing.copying import copy_in, copy_out, stage
from segments.importing.errors import UnusableFile
from segments.importing.reading.encodings import examine
from segments.importing.reasons import NOTES
from segments.models import ContactList
from segments.models.people import ContactKind

MOST_BYTES = 20_000_000
MOST_LINES = 500_000
MOST_REFUSED = 1000  # lines that are kept with their reason
REASONS: dict[str, Any] = {
    **{code: NOTES[code] for code in REFUSED if code in NOTES},
    "no_address": gettext_lazy("neither a phone nor an e-mail"),
    "not_in_base": gettext_lazy("nobody in the base has this address"),
    "shared": gettext_lazy("the address stands on too many cards to name a person"),
    "repeated": gettext_lazy("the same address stands higher up in the list"),
}
LINE_END = re.compile(r"\r\n|\r|\n")
E_MAILS = r"[^\s;,<>()\"']*@[^\s;,<>()\"']*"  # the rest of a line may hold phones
# Read by COPY, to which a yes or no is a number.
FOUND = """
SELECT point.kind, point.value, point.id, point.is_shared::int
FROM asked JOIN segments_contactpoint AS point ON point.kind = asked.kind AND point.value = asked.value
WHERE EXISTS (SELECT FROM segments_cardcontact AS held WHERE held.contact_point_id = point.id)
"""
FOUND_SCHEMA: Any = {"kind": pl.String, "value": pl.String, "point": pl.Int64, "shared": pl.Int8}


class Unreadable(Exception):
    """The file or the text cannot be a list. `str()` says what to do."""


@dataclass(frozen=True)
class Judged:
    """`lines` that are not empty; `points`: contact points of the base; `refused`: (line from 1, code of the reason),
    the first of them by line; `refusals` counts all by reason."""

    lines: int
    points: list[int]
    refused: list[tuple[int, str]]
    refusals: dict[str, int]


def text_of(content: bytes) -> str:
    """An uploaded file as text, whatever its encoding. Raises `Unreadable`."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file is larger than 20 MB: split it."))
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable(_("This is a workbook: save its sheet as CSV, or copy the column and paste it."))
    try:
        encoding = examine(io.BytesIO(content)).encoding
    except UnusableFile as error:
        raise Unreadable(str(error)) from error
    return content.decode(encoding, "replace").removeprefix("\ufeff")


def judge(text: str) -> Judged:
    """What every line of a list gives. Raises `Unreadable` for a text without lines or with too many."""
    lines = LINE_END.split(text.replace("\x00", ""))
    if len(lines) > MOST_LINES:
        raise Unreadable(_("The list has more than 500,000 lines: split it."))
    cells = pl.Series(lines, dtype=pl.String)
    filled = cells.str.strip_chars() != ""
    if not filled.any():
        raise Unreadable(_("The list is empty: paste phones or e-mails, a line for each person."))
    addresses, reasons = _addresses(cells)
    points, outcome = _in_base(addresses)
    rows = pl.DataFrame({"row": filled.arg_true()}).join(reasons, on="row", how="left")
    rest = rows.join(outcome, on="row", how="anti").with_columns(pl.col("code").fill_null("no_address"))
    refused = pl.concat([outcome.drop_nulls("code"), rest]).sort("row")
    first = refused.head(MOST_REFUSED).select(pl.col("row") + 1, "code")
    return Judged(len(rows), points, first.rows(), dict(refused["code"].value_counts().rows()))


@transaction.atomic
def keep(judged: Judged, made: ContactList) -> ContactList:
    """Save a new list with the addresses that were found, and what became of the other lines."""
    made.lines, made.addresses = judged.lines, len(judged.points)
    made.refused, made.refusals = judged.refused, judged.refusals
    made.save()
    listed = pl.DataFrame({"contact_point_id": judged.points}, schema={"contact_point_id": pl.Int64})
    with connection.cursor() as cursor:
        copy_in(cursor, "segments_listedcontact", listed.with_columns(contact_list_id=pl.lit(made.pk)))
    return made


def _addresses(cells: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every clean address (row from 0, kind, value), by row; and (row, code) why rows have nothing clean, or part of
    them is not."""
    mailed = cells.str.contains("@")
    emails = judge_emails(pl.select(pl.when(mailed).then(cells).otherwise(pl.lit(""))).to_series())
    phones = judge_phones(cells.str.replace_all(E_MAILS, ""))
    found = [
        judged.clean.select("row", kind=pl.lit(kind.value), value=column)
        for judged, kind, column in ((emails, ContactKind.EMAIL, "email"), (phones, ContactKind.PHONE, "phone"))
    ]
    notes = pl.concat([emails.notes, phones.notes]).filter(pl.col("code").is_in(REFUSED))
    reasons = notes.unique("row", keep="first", maintain_order=True).cast({"code": pl.String})
    return pl.concat(found).sort("row", "kind", "value"), reasons


def _in_base(addresses: pl.DataFrame) -> tuple[list[int], pl.DataFrame]:
    """The contact points that customers hold; and (row, code) of every row with an address: null when one of them
    was found, else why the last was not."""
    with transaction.atomic(), connection.cursor() as cursor:
        stage(cursor, "asked", addresses.select("kind", "value").unique())
        known = copy_out(cursor, FOUND, FOUND_SCHEMA)
    told = addresses.join(known, on=["kind", "value"], how="left", maintain_order="left").with_columns(
        code=pl.when(pl.col("point").is_null()).then(pl.lit("not_in_base"))
        .when(pl.col("shared") == 1).then(pl.lit("shared"))
        .when(~pl.col("point").is_first_distinct()).then(pl.lit("repeated"))
    )  # fmt: skip
    points = told.filter(pl.col("code").is_null())["point"].sort().to_list()
    rows = told.group_by("row").agg(pl.col("code").last(), found=pl.col("code").is_null().any())
    return points, rows.select("row", code=pl.when(~pl.col("found")).then(pl.col("code")))
