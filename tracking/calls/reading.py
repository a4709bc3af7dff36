"""A CSV of calls → rows ready for the database, and the rows that are none, each with its reason.

The headers are the field names of the CoMagic/UIS Data API (`get.calls_report`), or columns say what they are
(`tracking.calls.mapping`); times are those of the account.
UTF-8, UTF-16 or cp1251; semicolon, comma or tab. No Django models here.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tracking.calls.cells import ACCOUNT_ZONE, BadCell, CallRow, call_of
from tracking.calls.mapping import Columns, cells_of, folded

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


def read(data: bytes, zone: ZoneInfo = ACCOUNT_ZONE, columns: Columns | None = None) -> CallFile:
    """All calls of a file. `columns`: which of its columns says what, where its headers are not our field names. Raises
    UnusableFile. Of one id told twice the later line counts."""
    rows: dict[str, tuple[int, CallRow]] = {}
    refused: list[Refusal] = []
    read_rows = 0
    for line, cells in _lines(_decoded(data), _folded_header if columns is not None else _header):
        read_rows += 1
        try:
            row = _call(cells, zone, columns)
        except BadCell as bad:
            refused.append(Refusal(line, (columns or {}).get(bad.column, bad.column), bad.reason))
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


def looked_at(data: bytes, rows: int = 3) -> tuple[list[str], list[dict[str, str]]]:
    """The headers of a file as they stand, and its first rows by them. Raises UnusableFile."""
    headers: list[str] = []

    def keep(cells: list[str]) -> list[str]:
        headers.extend(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))
        return [cell.strip() for cell in cells]

    samples = [cells for _line, cells in islice(_lines(_decoded(data), keep), rows)]
    if not headers:
        raise UnusableFile(_("The file has no line of headers: export the calls again and choose that file."))
    return headers, samples


def has_our_headers(headers: Sequence[str]) -> bool:
    return set(NEEDED) <= {header.lower() for header in headers}


def _lines(text: str, named_by: Callable[[list[str]], list[str]]) -> Iterator[tuple[int, dict[str, str]]]:
    header = text.lstrip().partition("\n")[0]
    delimiter = max(";,\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = named_by(cells)
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


def _folded_header(cells: list[str]) -> list[str]:
    """A column without a name is nobody's: "" marks rows of another width."""
    return [folded(cell) or f"\x00{number}" for number, cell in enumerate(cells)]


def _named(names: list[str], cells: list[str]) -> dict[str, str]:
    """Cells by header; a row of another width is marked by the key ''."""
    row = dict(zip(names, (cell.replace("\x00", "").strip() for cell in cells), strict=False))
    if len(cells) != len(names):
        row[""] = str(len(cells))
    return row


def _call(cells: dict[str, str], zone: ZoneInfo, columns: Columns | None) -> CallRow:
    if cells.get(""):
        raise BadCell("", _("The row has another number of cells than the header."))
    if columns is not None:
        cells = cells_of(cells, {name: folded(column) for name, column in columns.items()})
    return call_of(cells, zone)
