"""The built-in inbox: an SMTP server on loopback that keeps every letter and sends none out."""

from typing import ClassVar

from django.conf import settings

from channels.providers.smtp import SmtpProvider


class InboxProvider(SmtpProvider):
    """The default e-mail account: nothing leaves the machine. Host and port come from the settings."""

    options: ClassVar[dict[str, object]] = {"security": "none", "username": "", "timeout": 30}

    def address(self) -> tuple[str, int]:
        return settings.INBOX_HOST, settings.INBOX_PORT
