"""A letter in the parts that e-mail services ask for instead of RFC 5322 bytes."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import MIMEPart
from email.utils import parseaddr

from django.utils.translation import gettext as _

from channels.providers.smtp_wire import path

# Named by fields of the call, or written by the service itself.
TAKEN = frozenset(
    {"from", "to", "subject", "date", "reply-to", "mime-version", "content-type", "content-transfer-encoding"}
)


@dataclass(frozen=True, slots=True)
class EspLetter:
    """`headers` are those that have no field of their own, unfolded, as they stand in the letter."""

    sender_name: str
    sender: str
    subject: str
    reply_to: str
    message_id: str
    headers: dict[str, str]
    text: str
    html: str
    amp: str


def parts_of(raw: bytes) -> EspLetter:
    """Raises ValueError for a letter without a sender or without a text."""
    letter = message_from_bytes(raw, policy=policy.default)
    name, sender = parseaddr(str(letter.get("From", "")))
    text, html = _text(letter.get_body(("plain",))), _text(letter.get_body(("html",)))
    if not sender or not (text or html):
        raise ValueError(_("the letter has no sender or no text"))
    return EspLetter(
        sender_name=name,
        sender=sender,
        subject=str(letter.get("Subject", "")),
        reply_to=str(letter.get("Reply-To", "")),
        message_id=str(letter.get("Message-ID", "")).strip(),
        headers={name: str(value).strip() for name, value in letter.items() if name.lower() not in TAKEN},
        text=text,
        html=html,
        amp=next((_text(part) for part in letter.walk() if part.get_content_type() == "text/x-amp-html"), ""),
    )


def recipient(address: str) -> str:
    """An e-mail address in ASCII. Raises ValueError for what is none."""
    try:
        return path(address).decode()
    except ValueError as error:
        raise ValueError(_("not an e-mail address")) from error


def _text(part: MIMEPart | None) -> str:
    if part is None:
        return ""
    try:
        return str(part.get_content()).replace("\r\n", "\n").rstrip("\n")
    except (LookupError, UnicodeError) as error:
        raise ValueError(_("the letter cannot be read")) from error
