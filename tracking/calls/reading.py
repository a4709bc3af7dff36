"""A CSV of calls → rows ready for the database, and the rows that are none, each with its reason.

The headers are the field names of the CoMagic/UIS Data API (`get.calls_report`); times are those of the
account's zone, Europe/Moscow. UTF-8, UTF-16 or cp1251; semicolon, comma or tab. No Django models here.
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tracking.numbers import normalised

ACCOUNT_ZONE = ZoneInfo("Europe/Moscow")
LARGEST = 100 * 1024 * 1024
NEEDED = ("id", "start_time", "contact_phone_number", "virtual_phone_number")
EMPLOYEE = ("employee_full_name", "last_answered_employee_full_name", "first_answered_employee_full_name")
# What else is kept of a call, as the provider wrote it.
DETAILS = (
    "source", "communication_id", "finish_reason", "wait_duration", "total_duration", "call_records", "tags",
    "utm_source", "utm_medium", "utm_campaign", "campaign_name", "site_domain_name",
)  # fmt: skip
TIME_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")
WORDS_OF_TRUTH = {
    "true": True,
    "1": True,
    "t": True,
    "да": True,
    "false": False,
    "0": False,
    "f": False,
    "нет": False,
    "": False,
}


class UnusableFile(ValidationError):
    """Nothing of the file can be loaded; the message says why and what to do."""


class Refusal(NamedTuple):
    """A row that is not loaded. `line` is the last line of the row in the file."""

    line: int
    column: str
    reason: str


class BadCell(Exception):
    """A cell that cannot be read: `column` and a sentence."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


class CallRow(NamedTuple):
    """A call in the order of the columns of `incoming` (`tracking.calls.loading`). Times are UTC."""

    external_id: str
    started_at: datetime
    finished_at: datetime | None
    direction: str
    is_lost: bool
    talk_seconds: int
    caller: str
    virtual_number: str
    employee: str
    details: str


class CallFile(NamedTuple):
    rows: list[CallRow]
    refused: list[Refusal]
    read: int


def read(data: bytes) -> CallFile:
    """All calls of a file. Raises UnusableFile. Of one id told twice the later line counts."""
    rows: dict[str, tuple[int, CallRow]] = {}
    refused: list[Refusal] = []
    read_rows = 0
    for line, cells in _lines(_decoded(data)):
        read_rows += 1
        try:
            row = _call(cells)
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


def _call(cells: dict[str, str]) -> CallRow:
    if "" in cells:
        raise BadCell("", _("The row has another number of cells than the header."))
    started_at = _time(cells, "start_time")
    if started_at is None:
        raise BadCell("start_time", _("The time of the call is empty."))
    return CallRow(
        external_id=_identifier(cells["id"]),
        started_at=started_at,
        finished_at=_time(cells, "finish_time"),
        direction=_direction(cells.get("direction", "")),
        is_lost=_truth(cells, "is_lost"),
        talk_seconds=_seconds(cells, "talk_duration"),
        caller=normalised(cells["contact_phone_number"]),  # hidden callers have none
        virtual_number=_virtual(cells["virtual_phone_number"]),
        employee=next((cells[name] for name in EMPLOYEE if cells.get(name)), "")[:120],
        details=json.dumps({name: cells[name][:500] for name in DETAILS if cells.get(name)}, ensure_ascii=False),
    )


def _identifier(text: str) -> str:
    if not text or len(text) > 40:
        raise BadCell("id", _("The call has no id, or one longer than 40 characters."))
    return text


def _time(cells: dict[str, str], column: str) -> datetime | None:
    text = cells.get(column, "").replace("T", " ").partition(".000")[0]
    if not text:
        return None
    for pattern in TIME_FORMATS:
        try:
            moment = datetime.strptime(text, pattern).replace(tzinfo=ACCOUNT_ZONE).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        if datetime(2000, 1, 1, tzinfo=UTC) < moment < datetime.now(UTC) + timedelta(days=1):
            return moment
        raise BadCell(column, _("The time is in the future or before the year 2000."))
    raise BadCell(column, _("The time cannot be read; it looks like 2026-05-03 14:05:00."))


def _direction(text: str) -> str:
    if text not in ("", "in", "out"):
        raise BadCell("direction", _("The direction is neither in nor out."))
    return text or "in"


def _truth(cells: dict[str, str], column: str) -> bool:
    try:
        return WORDS_OF_TRUTH[cells.get(column, "").lower()]
    except KeyError:
        raise BadCell(column, _("Neither true nor false.")) from None


def _seconds(cells: dict[str, str], column: str) -> int:
    text = cells.get(column, "") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise BadCell(column, _("Not a number of seconds."))
    return int(text)


def _virtual(text: str) -> str:
    number = normalised(text)
    if not number:
        raise BadCell("virtual_phone_number", _("The number called is empty or is no phone number."))
    return number
