"""Mango's statistics: the legs of a call → the call."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tracking.telephony.base import whole

# As they are asked for, so that a line has them in this order.
FIELDS = (
    "records", "start", "finish", "answer", "from_extension", "from_number", "to_extension", "to_number", "disconnect_reason",
    "line_number", "location", "entry_id",
)  # fmt: skip
Leg = Mapping[str, str]
Written = Callable[[datetime], str]
MENU = "ivr"  # a robot that answers is no talk


def is_of_a_customer(legs: Sequence[Leg]) -> bool:
    """Not one employee to another."""
    return any(leg["line_number"] or not (leg["from_extension"] and leg["to_extension"]) for leg in legs)


def cells_of(legs: Sequence[Leg], written: Written) -> dict[str, Any]:
    legs = sorted(legs, key=lambda leg: (whole(leg["start"]), sorted(leg.items())))
    first = legs[0]
    is_out = bool(first["from_extension"])
    talked = [leg for leg in legs if whole(leg["answer"]) and leg["location"] != MENU]
    ended = max(whole(leg["finish"]) for leg in legs)
    talk = ended - min((whole(leg["answer"]) for leg in talked), default=ended)
    begun = whole(first["start"])
    lines = dict.fromkeys(leg["line_number"] for leg in legs if leg["line_number"])
    return {
        "id": first["entry_id"],
        "start_time": moment(begun, written),
        "finish_time": moment(ended, written),
        "direction": "out" if is_out else "in",
        "is_lost": not talked and not is_out,
        "talk_duration": max(talk, 0),
        "total_duration": max(ended - begun, 0),
        "contact_phone_number": first["to_number"] if is_out else first["from_number"],
        "virtual_phone_number": ", ".join(lines),
        "employee_full_name": _employee(talked or legs, is_out=is_out),
        "finish_reason": legs[-1]["disconnect_reason"],
        "call_records": list(dict.fromkeys(one for leg in legs for one in records(leg["records"]))),
    }


def moment(at: int, written: Written) -> str:
    """ "": it has not happened, or is no time."""
    try:
        return written(datetime.fromtimestamp(at, UTC)) if at else ""
    except (ValueError, OverflowError, OSError):
        return ""


def records(text: str) -> list[str]:
    """`[one,two]`, or one alone."""
    return [each.strip() for each in text.strip().strip("[]").split(",") if each.strip()]


def _employee(legs: Sequence[Leg], *, is_out: bool) -> str:
    """The extension of who talked last; names of employees are not in the statistics."""
    name = "from_extension" if is_out else "to_extension"
    return next((leg[name] for leg in reversed(legs) if leg[name]), "")
