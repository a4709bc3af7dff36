"""A CSV of calls → rows ready for the database, and the rows that are none, each with its reason.

The headers are the field names of the CoMagic/UIS Data API (`get.calls_report`); times are those of the account.
UTF-8, UTF-16 or cp1251; semicolon, comma or tab. No Django models here.
"""

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tracking.calls.cells import ACCOUNT_ZONE, BadCell, CallRow, call_of

LARGEST = 100 * 1024 * 1024
NEEDED = ("id", "start_time", "contact_phone_number", "virtual_phone_number")


class UnusableFile(ValidationError):
    """Nothing of the file can be loaded; the message says why and what to do."""


class Refusal(NamedTuple):
    """A row that is not loaded. `line` is the last line of the row in the file."""

    line: int
    column: str
    reason: str


class CallFile(NamedTuple):
    rows: list[CallRow]
    refused: list[Refusal]
    read: int


def read(data: bytes, zone: ZoneInfo = ACCOUNT_ZONE) -> CallFile:
    """All calls of a file. Raises UnusableFile. Of one id told twice the later line counts."""
    rows: dict[str, tuple[int, CallRow]] = {}
    refused: list[Refusal] = []
    read_rows = 0
    for line, cells in _lines(_decoded(data)):
        read_rows += 1
        try:
            row = _call(cells, zone)
        except BadCell as bad:
            refused.append(Refusal(line, bad.column, bad.reason))
            continue
        if earlier := rows.get(row.external_id):
            refused.append(
                Refusal(earlier[0], "id", _("The same call is told again on line %d: that one counts.") % line)
            )
        rows[row.external_id] = (line, row)
    return CallFile([row for _line, row in rows.values()], sorted(refused), read_rows)


def _decoded(data: bytes) -> str:
    if not data.strip():
        raise UnusableFile(_("The file is empty: export the calls again and choose that file."))
    if len(data) > LARGEST:
        raise UnusableFile(_("The file is larger than 100 MB: export a shorter period."))
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise UnusableFile(_("This is an Excel book or an archive. Save the report as CSV and load that."))
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1251"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnusableFile(
        _("This is not a text file in UTF-8, UTF-16 or Windows-1251. Save the report as CSV and load that.")
    )


def _lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    header = text.lstrip().partition("\n")[0]
    delimiter = max(";,\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = _header(cells)
                continue
            yield reader.line_num, _named(names, cells)
    except csv.Error as error:
        raise UnusableFile(
            _(
                "Line %(line)d is broken (%(error)s): a quote is not closed or a cell is too long. Export the file again."
            )
            % {"line": reader.line_num, "error": error}
        ) from error


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise UnusableFile(
            _("The file has no columns: %(names)s. Its headers must be the field names of the call-tracking report.")
            % {"names": ", ".join(missing)}
        )
    return names


def _named(names: list[str], cells: list[str]) -> dict[str, str]:
    """Cells by header; a row of another width is marked by the key ''."""
    row = dict(zip(names, (cell.replace("\x00", "").strip() for cell in cells), strict=False))
    if len(cells) != len(names):
        row[""] = str(len(cells))
    return row


def _call(cells: dict[str, str], zone: ZoneInfo) -> CallRow:
    if "" in cells:
        raise BadCell("", _("The row has another number of cells than the header."))
    return call_of(cells, zone)
