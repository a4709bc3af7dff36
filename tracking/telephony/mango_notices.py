"""Notifications of Mango: a form of the key, a JSON text and the signature over both and a secret word.

What is kept is the JSON text alone: of which event it is, is seen by its fields. Events of a call come in any order
and more than once.
"""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from pydantic_core import from_json

from channels.providers.base import BadSignature
from tracking.telephony.base import call_key, whole
from tracking.telephony.mango_legs import Written, moment

EVENTS = ("events/call", "events/summary", "events/record/added")
INSIDE, OUTGOING = 0, 2  # `call_direction`
AT_AN_EMPLOYEE = "abonent"
FIELDS = 10


def signed_part(body: bytes) -> bytes:
    """Raises ValueError."""
    return _form(body)["json"].encode()


def opened(body: bytes, key: str, salt: str) -> Mapping[str, Any]:
    """What is signed. Raises BadSignature, ValueError."""
    form = _form(body)
    expected = sha256(f"{key}{form['json']}{salt}".encode()).hexdigest()
    pairs = ((form["vpbx_api_key"], key), (form["sign"].lower(), expected))
    if not all(hmac.compare_digest(given.encode(), wanted.encode()) for given, wanted in pairs):
        raise BadSignature("a signature that is not Mango's")
    told = from_json(form["json"], allow_inf_nan=False)
    if not isinstance(told, dict):
        raise ValueError("no notification")
    return told


def key_of(event: str, told: Mapping[str, Any]) -> str:
    """ "" of an event that says nothing of a customer's call. Raises ValueError."""
    if event not in EVENTS or told.get("call_direction") == INSIDE or _is_inside(told):
        return ""
    return call_key(told.get("entry_id"))


def cells_of(notices: Sequence[Mapping[str, Any]], written: Written) -> dict[str, Any]:
    """What notifications of one call say together. Raises ValueError."""
    notices = sorted(
        notices, key=lambda told: (whole(told.get("timestamp")), whole(told.get("seq")), repr(sorted(told.items())))
    )
    summary: Mapping[str, Any] = next((told for told in reversed(notices) if "end_time" in told), {})
    states = [told for told in notices if "call_state" in told]
    first = summary or (states[0] if states else {})
    is_out = summary.get("call_direction") == OUTGOING or bool(_of(first, "from", "extension"))
    begun = whole(summary.get("create_time")) or min((whole(told.get("timestamp")) for told in states), default=0)
    ended, talked = whole(summary.get("end_time")), whole(summary.get("talk_time"))
    is_answered = bool(talked) and summary.get("entry_result") != 0
    return {
        "id": call_key(notices[0].get("entry_id")),
        "start_time": moment(begun, written),
        "finish_time": moment(ended, written),
        "direction": "out" if is_out else "in",
        "is_lost": bool(summary) and not is_answered and not is_out,
        "talk_duration": max(ended - talked, 0) if is_answered else 0,
        "total_duration": max(ended - begun, 0) if summary else "",
        "contact_phone_number": _of(first, "to" if is_out else "from", "number"),
        "virtual_phone_number": _numbers([*states, summary]),
        "employee_full_name": _employee(states, summary, is_out=is_out),
        "finish_reason": str(summary.get("disconnect_reason") or ""),
        "call_records": list(dict.fromkeys(str(told["recording_id"]) for told in notices if told.get("recording_id"))),
    }


def _form(body: bytes) -> dict[str, str]:
    told = parse_qs(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=FIELDS)
    if missing := {"vpbx_api_key", "sign", "json"} - told.keys():
        raise ValueError(f"no {sorted(missing)}")
    return {name: values[0] for name, values in told.items()}


def _of(told: Mapping[str, Any], side: str, name: str) -> str:
    about = told.get(side)
    return str(about.get(name) or "") if isinstance(about, Mapping) else ""


def _is_inside(told: Mapping[str, Any]) -> bool:
    """One employee to another."""
    has_line = told.get("line_number") or _of(told, "to", "line_number")
    return bool(_of(told, "from", "extension") and _of(told, "to", "extension") and not has_line)


def _numbers(notices: Sequence[Mapping[str, Any]]) -> str:
    """The line that was called, as the statistics tell it; then the number of dynamic call tracking, where it is another."""
    lines = [str(told.get("line_number") or "") or _of(told, "to", "line_number") for told in notices]
    shown = [_of(told, "dct", "number") for told in notices]
    return ", ".join(dict.fromkeys(each for each in (*lines, *shown) if each))


def _employee(states: Sequence[Mapping[str, Any]], summary: Mapping[str, Any], *, is_out: bool) -> str:
    """The extension of who talked last."""
    side = "from" if is_out else "to"
    talked = [
        told for told in states if told.get("call_state") == "Connected" and told.get("location") == AT_AN_EMPLOYEE
    ]
    return next((found for told in (*reversed(talked), summary) if (found := _of(told, side, "extension"))), "")
