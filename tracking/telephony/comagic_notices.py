"""Notifications of CoMagic and UIS: their words → what is known of a call.

The template of a notification is written by the account's owner, so that we say what it should be (`TEMPLATE`). Events of a
call come in any order and more than once; what each says is put together here. No event is needed: a call is over when
its whole duration is told, and it is lost when nobody talked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import from_json

from tracking.telephony.base import WRITTEN, call_key

# Variables stand without quotes: the provider puts them around texts itself.
VARIABLES = (
    "notification_mnemonic", "notification_time", "virtual_phone_number", "contact_phone_number", "call_session_id",
    "communication_id", "call_source", "direction", "employee_full_name", "talk_time_duration", "total_time_duration",
    "wait_time_duration", "tag_names", "file_link",
)  # fmt: skip
TEMPLATE = "{\n" + ",\n".join(f'  "{name}": {{{{{name}}}}}' for name in VARIABLES) + "\n}"


def notice_of(body: bytes) -> dict[str, Any]:
    """Raises ValueError when it is no notification of a call."""
    told = from_json(body, allow_inf_nan=False)
    if not isinstance(told, dict) or b"\\u0000" in body:
        raise ValueError("no notification")
    return told


def key_of(told: Mapping[str, Any]) -> str:
    """The number of the call's session. Raises ValueError."""
    return call_key(told.get("call_session_id"))


def cells_of(notices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What notifications of one call say together, whatever the order in which they came."""
    notices = sorted(notices, key=lambda told: (str(told.get("notification_time") or ""), repr(sorted(told.items()))))
    begun, finished = _times(notices)
    talk = max(_seconds(told, "talk_time_duration") for told in notices)
    direction = _first(notices, "direction") or "in"
    return {
        "id": key_of(notices[0]),
        "start_time": begun,
        "finish_time": finished,
        "direction": direction,
        "is_lost": bool(finished) and not talk and direction == "in",
        "talk_duration": talk,
        "contact_phone_number": _first(notices, "contact_phone_number"),
        "virtual_phone_number": _first(notices, "virtual_phone_number"),  # a call may go on to another one
        "communication_id": _first(notices, "communication_id"),
        "employee_full_name": _last(notices, "employee_full_name"),
        "tags": _last(notices, "tag_names") or [],
        "recording": _last(notices, "file_link"),
        "source": _first(notices, "call_source"),
        "total_duration": _last(notices, "total_time_duration"),
        "wait_duration": _last(notices, "wait_time_duration"),
    }


def _times(notices: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """When the call began and ended ("": it has not), by the clock of the account."""
    begun, finished = str(notices[0].get("notification_time") or ""), ""
    for told in notices:
        if total := _seconds(told, "total_time_duration"):
            finished = finished or str(told.get("notification_time") or "")
            begun = min(begun, _earlier(str(told.get("notification_time") or ""), total))
    return begun, finished


def _earlier(moment: str, seconds: int) -> str:
    try:
        return (datetime.strptime(moment, WRITTEN) - timedelta(seconds=seconds)).strftime(WRITTEN)
    except (ValueError, OverflowError):
        return moment


def _seconds(told: Mapping[str, Any], name: str) -> int:
    value = str(told.get(name) or "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else 0


def _first(notices: Sequence[Mapping[str, Any]], name: str) -> Any:
    return next((told[name] for told in notices if told.get(name)), "")


def _last(notices: Sequence[Mapping[str, Any]], name: str) -> Any:
    return _first(list(reversed(notices)), name)
