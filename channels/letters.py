"""What a kept letter says: its headers, its texts, its source."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser

SHOWN_HEADERS = ("From", "To", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter taken apart. `html` and `text` are empty where it has no such part."""

    headers: list[tuple[str, str]]
    html: str
    text: str
    size: int


def take_apart(raw: bytes) -> Letter:
    """Parse the bytes as a mail program would."""
    message = message_from_bytes(raw, policy=policy.default)
    headers = [(name, str(message[name])) for name in SHOWN_HEADERS if message[name]]
    return Letter(headers, _part(message, "html"), _part(message, "plain"), len(raw))


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return part.get_content()
    except (LookupError, UnicodeError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def readable_subject(raw: bytes) -> str:
    """The subject of a letter, of which only the headers are parsed."""
    headers = BytesHeaderParser(policy=policy.default).parsebytes(raw.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n")
    return " ".join(str(headers.get("Subject", "")).split())


def masked(address: str) -> str:
    """An e-mail address of which only the first letter and the host are shown."""
    name, _at, host = address.rpartition("@")
    return f"{name[:1]}***@{host}" if name else "***"
