"""The cells of one call, by the field names of the CoMagic/UIS Data API (`get.calls_report`) → a row for the database.

Every way that a call comes by leads here: files, pulls of any provider, notifications. Cells are text as in a file, or
what JSON makes of them. Times without a zone are those of the account. No Django models here.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from tracking.numbers import normalised

ACCOUNT_ZONE = ZoneInfo("Europe/Moscow")  # unless an account says another
LONGEST_ID = 40
EMPLOYEE = ("employee_full_name", "last_answered_employee_full_name", "first_answered_employee_full_name")
# What else is kept of a call, as the provider wrote it.
DETAILS = (
    "source", "communication_id", "finish_reason", "wait_duration", "total_duration", "call_records", "tags",
    "utm_source", "utm_medium", "utm_campaign", "campaign_name", "site_domain_name", "other_numbers", "recording",
)  # fmt: skip
LONGEST_DETAIL, MOST_DETAILS = 500, 30
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
BETWEEN_NUMBERS = re.compile(r"[,;/|]")


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
    communication: str
    details: str


def call_of(told: Mapping[str, Any], zone: ZoneInfo = ACCOUNT_ZONE) -> CallRow:
    """Raises BadCell."""
    cells = {name: _text(value) for name, value in told.items() if name not in DETAILS or not isinstance(value, list)}
    started_at = _time(cells, "start_time", zone)
    if started_at is None:
        raise BadCell("start_time", _("The time of the call is empty."))
    virtual, *others = _virtual(cells.get("virtual_phone_number", ""))
    return CallRow(
        external_id=_identifier(cells.get("id", "")),
        started_at=started_at,
        finished_at=_time(cells, "finish_time", zone),
        direction=_direction(cells.get("direction", "")),
        is_lost=_truth(cells, "is_lost"),
        talk_seconds=_seconds(cells, "talk_duration"),
        caller=next(iter(_numbers(cells.get("contact_phone_number", ""))), ""),  # hidden callers have none
        virtual_number=virtual,
        employee=next((cells[name] for name in EMPLOYEE if cells.get(name)), "")[:120],
        communication=cells.get("communication_id", "")[:LONGEST_ID],
        details=_details({**told, "other_numbers": others}),
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode().strip()  # no half of a character


def _identifier(text: str) -> str:
    if not text or len(text) > LONGEST_ID:
        raise BadCell("id", _("The call has no id, or one longer than 40 characters."))
    return text


def _time(cells: Mapping[str, str], column: str, zone: ZoneInfo) -> datetime | None:
    text = cells.get(column, "").replace("T", " ").partition(".000")[0]
    if not text:
        return None
    for pattern in TIME_FORMATS:
        try:
            moment = datetime.strptime(text, pattern).replace(tzinfo=zone).astimezone(UTC)
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


def _truth(cells: Mapping[str, str], column: str) -> bool:
    try:
        return WORDS_OF_TRUTH[cells.get(column, "").lower()]
    except KeyError:
        raise BadCell(column, _("Neither true nor false.")) from None


def _seconds(cells: Mapping[str, str], column: str) -> int:
    text = cells.get(column, "") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise BadCell(column, _("Not a number of seconds."))
    return int(text)


def _numbers(text: str) -> list[str]:
    """The phones of a cell, each once; two of them stand in one where a call went on to another number."""
    return list(dict.fromkeys(number for part in BETWEEN_NUMBERS.split(text) if (number := normalised(part))))


def _virtual(text: str) -> list[str]:
    """The number that was called comes first: the others only passed the call on."""
    numbers = _numbers(text)
    if not numbers:
        raise BadCell("virtual_phone_number", _("The number called is empty or is no phone number."))
    return numbers


def _details(told: Mapping[str, Any]) -> str:
    kept = {name: _kept(told[name]) for name in DETAILS if told.get(name) not in (None, "", [])}
    return json.dumps({name: value for name, value in kept.items() if value}, ensure_ascii=False)


def _kept(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(each)[:LONGEST_DETAIL] for each in value[:MOST_DETAILS]]
    return _text(value)[:LONGEST_DETAIL]
