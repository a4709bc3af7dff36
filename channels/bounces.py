"""What comes back to the mailbox: delivery status notifications (RFC 3464), complaints (RFC 5965, "ARF"), and
the plain letters by which older Exims say the same.

Which message it is about is told by the Message-ID in the returned headers, by the address that it was sent to
(`channels.verp`), or by In-Reply-To (Exchange). Whether that Message-ID is genuine is judged by whoever made it.
What a mail server says in words decides nothing: only its codes do.
"""

import logging
import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, message_from_string
from email.message import Message
from itertools import chain

from channels.mail_fields import MESSAGE_ID, UNREADABLE, about, date, field
from channels.providers.base import Action, Report
from channels.providers.smtp_replies import action_of

log = logging.getLogger(__name__)

# RFC 3464 2.3.3. A failure is looked at more closely.
ACTIONS = {"failed": "failed", "delayed": "deferred", "delivered": "delivered", "relayed": "sent", "expanded": "sent"}
# RFC 5965 7.3. "not-spam", "virus", "other" and later words say nothing that the person wants.
FEEDBACK = {"abuse": "complained", "fraud": "complained", "opt-out": "unsubscribed"}
EXPIRED = "4.7"  # delivery time expired, also where it is told as permanent

RETURNED = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers")

_MESSAGE_ID_LINE = re.compile(r"^[ >]*Message-ID:\s*(<[^<>\s@]{1,64}@[^<>\s@]{1,255}>)", re.I | re.M)
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_REFUSAL = re.compile(r"\b5\d\d[ -](5\.\d{1,3}\.\d{1,3})(?!\.?\d)")

Verdict = tuple[str, str, str]  # our status, enhanced code, what the server said


def read(raw: bytes, *, received_at: datetime) -> list[Report]:
    """What a letter (RFC 5322 bytes) reports; [] for one that reports nothing. Never raises for what is in it."""
    try:
        return _read(message_from_bytes(raw), received_at)
    except UNREADABLE as error:
        log.warning("a letter in the mailbox cannot be read (%s)", type(error).__name__)
        return []


def _read(letter: Message, received_at: datetime) -> list[Report]:
    parts = list(letter.walk())
    verdicts = list(_delivery(letter, parts)) or list(_complaint(parts)) or list(_exim(letter))
    key = _key(letter, parts) if verdicts else ""
    if not key:
        return []
    happened_at = date(letter, received_at)
    told = {status: (code, said) for status, code, said in verdicts}
    return [Report(key, status, happened_at, code, raw={"diagnostic": said}) for status, (code, said) in told.items()]


def _delivery(letter: Message, parts: list[Message]) -> Iterator[Verdict]:
    """By the recipient blocks of a delivery status notification."""
    charset = next((part.get_content_charset() for part in parts if part.get_content_charset()), None)
    blocks = (part.get_payload() for part in parts if part.get_content_type() == "message/delivery-status")
    for block in chain.from_iterable(found for found in blocks if isinstance(found, list)):
        if isinstance(block, Message):
            status = ACTIONS.get(field(block, "Action").lower())
            if status:
                said = field(block, "Diagnostic-Code", charset)
                code = _code(field(block, "Status"), said)
                yield _failure(code) if status == "failed" else status, code, said


def _code(status: str, said: str) -> str:
    """The enhanced code; where the block gives only its class (5.0.0), the one in the server's own answer."""
    found = _STATUS.search(status)
    if found is None or found[2] == found[3] == "0":
        found = _STATUS.search(said) or found
    return f"{found[1]}.{int(found[2])}.{int(found[3])}" if found else ""


def _failure(code: str) -> str:
    """Which kind of failure: the address is to blame only where the code says so."""
    kind, _dot, said = code.partition(".")
    if kind == "4" or said == EXPIRED:
        return "expired"
    return "bounced" if kind == "5" and action_of(550, said) is Action.MARK_CONTACT else "failed"


def _complaint(parts: list[Message]) -> Iterator[Verdict]:
    for part in parts:
        if part.get_content_type() != "message/feedback-report":
            continue
        kind = field(_inside(part), "Feedback-Type").lower()
        if kind in FEEDBACK:
            yield FEEDBACK[kind], kind, ""


def _exim(letter: Message) -> Iterator[Verdict]:
    """Exim before 4.87: text, and the failed addresses in a header of its own."""
    if letter["X-Failed-Recipients"] and not letter.is_multipart():
        found = _REFUSAL.search(_payload(letter))
        code = found[1] if found else ""
        yield _failure(code), code, ""


def _key(letter: Message, parts: list[Message]) -> str:
    """The Message-ID of the letter that came back; "" where nothing tells it."""
    found = [match[0] for text in _returned(parts) if (match := MESSAGE_ID.search(text))]
    found += [match[1] for match in [_MESSAGE_ID_LINE.search(_payload(letter))] if match and not letter.is_multipart()]
    found += [match[0] for match in [MESSAGE_ID.search(field(letter, "In-Reply-To"))] if match]
    return about(letter, found)


def _returned(parts: list[Message]) -> Iterator[str]:
    """The Message-ID fields of what was sent back, whole or as headers only."""
    for part in parts:
        if part.get_content_type() in RETURNED:
            yield field(_inside(part), "Message-ID")


def _inside(part: Message) -> Message:
    """What a part holds, read as a message: the parser did that already, or it came as text."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    return message_from_string(_payload(part))


def _payload(part: Message) -> str:
    """The text of a part without parts; what its charset does not know is replaced."""
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
