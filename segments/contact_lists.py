"""Pasted or uploaded lists of phones and e-mails → a named list of addresses of the base, and what every line gave.

One line is one person: «Иванов; +7 921…; i@mail.ru» may name several addresses. Addresses that nobody in the base
holds are not kept: they are data of strangers.
"""

import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.cleaning.emails import judge_emails
from segments.cleaning.notes import REFUSED
from segments.cleaning.phones import judge_phones
from segments.importing.errors import UnusableFile
from segments.importing.reading.encodings import examine
from segments.importing.reasons import NOTES
from segments.models import ContactList, ListedContact
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
FOUND = """
SELECT asked.kind, asked.value, point.id, point.is_shared
FROM unnest(%s::text[], %s::text[]) AS asked (kind, value)
JOIN segments_contactpoint AS point ON point.kind = asked.kind AND point.value = asked.value
WHERE EXISTS (SELECT FROM segments_cardcontact AS held WHERE held.contact_point_id = point.id)
"""


class Unreadable(Exception):
    """The file or the text cannot be a list. `str()` says what to do."""


@dataclass(frozen=True)
class Judged:
    """`points`: contact points of the base; `refused`: (line from 1, code of the reason), by line; `lines` not empty."""

    lines: int
    points: list[int]
    refused: list[tuple[int, str]]


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
    values, reasons = _addresses(cells)
    points, refused = _in_base(values)
    reached = {line for line, *_rest in values}
    for line in filled.arg_true():
        if line not in reached:
            refused.append((line + 1, reasons.get(line, "no_address")))
    return Judged(int(filled.sum()), points, sorted(refused))


@transaction.atomic
def keep(judged: Judged, made: ContactList) -> ContactList:
    """Save a new list with the addresses that were found, and what became of the other lines."""
    made.lines, made.addresses = judged.lines, len(judged.points)
    made.refused = judged.refused[:MOST_REFUSED]
    made.refusals = dict(Counter(code for _line, code in judged.refused))
    made.save()
    rows = (ListedContact(contact_list=made, contact_point_id=point) for point in judged.points)
    ListedContact.objects.bulk_create(rows, batch_size=10_000)
    return made


def _addresses(cells: pl.Series) -> tuple[list[tuple[int, str, str]], dict[int, str]]:
    """(line from 0, kind, value) of every clean address, by line; and why lines without one were refused."""
    mailed = cells.str.contains("@")
    emails = judge_emails(pl.select(pl.when(mailed).then(cells).otherwise(pl.lit(""))).to_series())
    phones = judge_phones(cells.str.replace_all(E_MAILS, ""))
    values = [(line, ContactKind.EMAIL.value, value) for line, value in emails.clean.select("row", "email").rows()]
    values += [(line, ContactKind.PHONE.value, value) for line, value in phones.clean.select("row", "phone").rows()]
    reasons: dict[int, str] = {}
    for judged in (emails, phones):
        for line, code in judged.notes.filter(pl.col("code").is_in(REFUSED)).rows():
            reasons.setdefault(line, code)
    return sorted(values), reasons


def _in_base(values: list[tuple[int, str, str]]) -> tuple[list[int], list[tuple[int, str]]]:
    """The contact points that customers hold; lines of which no address is one of them, with the reason."""
    with connection.cursor() as cursor:
        cursor.execute(FOUND, [[kind for _line, kind, _value in values], [value for *_rest, value in values]])
        known = {(kind, value): (point, shared) for kind, value, point, shared in cursor.fetchall()}
    points: dict[int, None] = {}
    outcome: dict[int, str] = {}
    for line, kind, value in values:
        point, shared = known.get((kind, value), (None, False))
        reason = "not_in_base" if point is None else "shared" if shared else "repeated" if point in points else ""
        if not reason:
            points[point] = None
        if outcome.get(line) != "":
            outcome[line] = reason
    return list(points), [(line + 1, reason) for line, reason in outcome.items() if reason]
