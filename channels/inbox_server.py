"""The SMTP server of the built-in inbox (aiosmtpd): loopback only, keeps each letter, sends none."""

import asyncio
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from channels.models import InboxLetter
from channels.signals import delivery_reported

MAX_LETTER = 20 * 1024 * 1024
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class InboxHandler:
    """Stores what DATA brought; answers 451 when the database does not take it, so that the sender retries."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        try:
            await asyncio.to_thread(_keep_in_thread, envelope.mail_from or "", envelope.rcpt_tos, raw)
        except DatabaseError:
            return "451 The inbox cannot store the letter now"
        return "250 Kept in the inbox"


def _keep_in_thread(mail_from: str, recipients: list[str], raw: bytes) -> None:
    close_old_connections()  # a server restarted since the last letter leaves a dead one in this thread
    keep(mail_from, recipients, raw)


def keep(mail_from: str, recipients: list[str], raw: bytes) -> None:
    """Store one letter for each recipient and report it delivered: this inbox is the end of its way."""
    headers = message_from_bytes(raw.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n")
    subject = readable(headers, "Subject")[:400]
    InboxLetter.objects.bulk_create(
        InboxLetter(mail_from=mail_from[:320], recipient=address[:320], subject=subject, raw=raw)
        for address in recipients
    )
    key = readable(headers, "Message-ID").strip()
    if key:
        report = {"provider": "inbox", "provider_key": key, "status": "delivered", "happened_at": timezone.now()}
        delivery_reported.send(sender=InboxHandler, reports=[{**report, "raw": {}}])


def readable(headers: Message, name: str) -> str:
    """A header decoded (RFC 2047), as far as it can be, on one line."""
    value = str(headers.get(name, ""))
    try:
        value = str(make_header(decode_header(value)))
    except (UnicodeError, LookupError, ValueError):
        value = value.encode("ascii", "replace").decode()
    return " ".join(value.replace("\x00", "").split())


def controller(host: str, port: int) -> Controller:
    """A server that is ready to `start()`. Raises ValueError for an address that is not loopback."""
    if host not in LOOPBACK:
        raise ValueError("the inbox listens on loopback only")
    return Controller(
        InboxHandler(), hostname=host, port=port, data_size_limit=MAX_LETTER, enable_SMTPUTF8=True, ident="Krug inbox"
    )


def default_controller() -> Controller:
    """The server that the settings describe."""
    return controller(settings.INBOX_HOST, settings.INBOX_PORT)
