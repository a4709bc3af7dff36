"""The built-in inbox: an SMTP server on loopback that keeps every letter and sends none out."""

from typing import ClassVar

from django.conf import settings
from django.utils.functional import Promise

from channels.providers.smtp import SmtpProvider


class InboxProvider(SmtpProvider):
    """The default e-mail account: nothing leaves the machine. Host and port come from the settings."""

    is_local = True
    options: ClassVar[dict[str, object]] = {
        name: default for name, default in SmtpProvider.options.items() if name not in ("host", "port")
    } | {"security": "none"}
    secrets: ClassVar[dict[str, str | Promise]] = {}

    def address(self) -> tuple[str, int]:
        return settings.INBOX_HOST, settings.INBOX_PORT
