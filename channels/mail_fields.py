"""Fields of a letter's head, read so that nothing a stranger writes there raises: raw bytes, broken words, dates that are
none. Shared by what reads bounces and what reads letters of people."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from channels import verp
from channels.charsets import text_of

# What the library raises for letters that no mail server writes: parts or comments within each other without end,
# charsets that are none. One such letter must not keep the mailbox from being read.
UNREADABLE = (RecursionError, ValueError, TypeError, LookupError)
OLDEST = timedelta(days=7)  # a letter comes within days; another date in it is a wrong clock
SENT_TO = ("To", "X-Original-To", "Delivered-To", "Envelope-To")
MESSAGE_ID = re.compile(r"<[^<>\s@]{1,64}@[^<>\s@]{1,255}>")


def field(headers: Message, name: str, charset: str | None = None) -> str:
    """A field as text on one line, as it stands; bytes beyond ASCII, which many write as they are, in UTF-8, `charset`, or
    what they look like."""
    value = next((value for key, value in headers.raw_items() if key.lower() == name.lower()), "")
    raw = str(value).encode("utf-8", "surrogateescape")
    for encoding in ("utf-8", charset or "utf-8"):
        try:
            return " ".join(raw.decode(encoding).split())
        except (ValueError, LookupError):
            continue
    return " ".join(text_of(raw).split())


def words(headers: Message, name: str) -> str:
    """The same with its encoded words (RFC 2047) decoded, as far as they can be."""
    value = field(headers, name)
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):  # base64 that is none
        return value
    said = [part if isinstance(part, str) else text_of(part, charset) for part, charset in parts]
    return " ".join("".join(said).replace("\x00", "").split())


def date(letter: Message, received_at: datetime) -> datetime:
    """When it was written, as far as that is credible."""
    try:
        found = parsedate_to_datetime(field(letter, "Date"))
    except (ValueError, TypeError, OverflowError):
        return received_at
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if received_at - OLDEST <= found <= received_at else received_at


def about(letter: Message, named: Sequence[str]) -> str:
    """The Message-ID of our letter that this one is about; "" where nothing tells it. `named`: what its head names, the
    surest first. The address it was sent to is our own word and goes before, but a host on the way may have changed its
    case: then what is named has it as it was."""
    addresses = getaddresses([field(letter, name) for name in SENT_TO])
    for address in (address for _name, address in addresses if verp.token(address)):
        token = verp.token(address)
        same = [key for key in named if key[1:].partition("@")[0].lower() == token.lower()]
        return (same or [f"<{token}@{address.rpartition('@')[2]}>"])[0]
    return named[0] if named else ""
