"""A letter that a person wrote, as it lies in the mailbox: her words, and what is needed to answer in the same thread.

Nothing in it may raise: whoever knows the address may write anything there. What machines wrote is none, and neither is
what came from an address of our own: two of them would answer each other without end.
"""

import hashlib
import logging
import re
from collections.abc import Collection, Iterator
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses

from channels import machines
from channels.charsets import text_of
from channels.mail_fields import MESSAGE_ID, UNREADABLE, about, date, field, words
from channels.page_text import quoting_text
from channels.providers.base import Incoming
from channels.providers.written import WrittenLetter
from channels.quoting import said

MOST_TEXT = 50_000  # characters of a whole letter that are kept
MOST_NAMES = 20  # attachments that are named, and ids of a thread
LONGEST_NAME = 120
LONGEST_SUBJECT = 400
LONGEST_KEY = 120  # of a Message-ID that is a key itself
_RE = re.compile(r"^(?:(?:re|fwd?|ответ|на|отв|пер)(?:\[\d+\])?\s*:\s*)+", re.I)

log = logging.getLogger(__name__)


def read(raw: bytes, *, received_at: datetime, most: int, own: Collection[str]) -> list[Incoming]:
    """The message of a letter (RFC 5322 bytes, cut at `most`), or [] for one that no person wrote to us. `own` are our
    addresses, in small letters."""
    try:
        return _read(message_from_bytes(raw), raw, received_at, len(raw) >= most, own)
    except UNREADABLE as error:
        log.warning("a letter in the mailbox cannot be read (%s)", type(error).__name__)
        return []


def _read(letter: Message, raw: bytes, received_at: datetime, is_cut: bool, own: Collection[str]) -> list[Incoming]:
    sender = next((box for _name, box in getaddresses([words(letter, "From")]) if "@" in box), "").strip().lower()
    if not sender or sender in own or machines.wrote(letter, sender):
        return []
    texts, files = _contents(letter)
    whole = texts[:MOST_TEXT].replace("\x00", "").strip()
    subject = words(letter, "Subject")[:LONGEST_SUBJECT]
    text = said(whole) or ("" if _RE.match(subject) else subject)  # «СТОП» alone may stand above an empty letter
    message_id = _first_id(field(letter, "Message-ID"))
    details = WrittenLetter(
        message_id=message_id,
        names=_names(letter),
        thread=_thread(letter, message_id),
        subject=subject,
        whole="" if whole == text else whole,
        files=tuple(files[:MOST_NAMES]),
        is_cut=is_cut,
    )
    return [Incoming(_key(message_id, raw), sender, text, date(letter, received_at), letter=details)]


def without_marks(subject: str) -> str:
    """A subject without «Re:» and the like, in Russian too."""
    return _RE.sub("", subject).strip()


def _key(message_id: str, raw: bytes) -> str:
    """The same for the same letter read twice."""
    if 0 < len(message_id) <= LONGEST_KEY:
        return message_id
    return f"sha256:{hashlib.sha256(message_id.encode('utf-8', 'replace') or raw).hexdigest()}"


def _first_id(value: str) -> str:
    found = MESSAGE_ID.search(value)
    return found[0] if found else ""


def _names(letter: Message) -> tuple[str, ...]:
    """What it says it answers: the address it was sent to, In-Reply-To, the last of References."""
    named = [_first_id(field(letter, "In-Reply-To")), *MESSAGE_ID.findall(field(letter, "References"))[-1:]]
    named = [one for one in named if one]
    return tuple(dict.fromkeys(one for one in (about(letter, named), *named) if one))


def _thread(letter: Message, message_id: str) -> tuple[str, ...]:
    """RFC 5322 3.6.4: the References of an answer to it."""
    known = MESSAGE_ID.findall(field(letter, "References")) or MESSAGE_ID.findall(field(letter, "In-Reply-To"))[:1]
    return tuple(dict.fromkeys([*known, message_id] if message_id else known))[-MOST_NAMES:]


def _contents(letter: Message) -> tuple[str, list[str]]:
    """Its text (that of its HTML where it has no other), and the names of what is attached."""
    plain, pages, files = list[str](), list[str](), list[str]()
    for part in _parts(letter):
        kind = part.get_content_type()
        if _is_attached(part) or kind not in ("text/plain", "text/html"):
            files.extend(_file_name(part))
        else:
            payload = part.get_payload(decode=True)
            text = text_of(payload if isinstance(payload, bytes) else b"", part.get_content_charset())
            (plain if kind == "text/plain" else pages).append(text)
    return "\n\n".join(plain) if any(map(str.strip, plain)) else "\n\n".join(map(quoting_text, pages)), files


def _parts(letter: Message) -> Iterator[Message]:
    """Its leaves; a letter within the letter is one of them."""
    if letter.is_multipart() and letter.get_content_maintype() == "multipart":
        for part in letter.get_payload():
            if isinstance(part, Message):
                yield from _parts(part)
    else:
        yield letter


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _file_name(part: Message) -> Iterator[str]:
    """Pictures of a signature have no name of their own: these are not told."""
    name = part.get_filename()
    if name:
        holder = Message()
        holder["Name"] = name.encode("utf-8", "replace").decode()
        yield words(holder, "Name")[:LONGEST_NAME]
    elif part.get_content_disposition() == "attachment":
        yield part.get_content_type()
