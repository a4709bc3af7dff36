"""The built-in inbox: an SMTP server on loopback that keeps every letter and sends none out."""

from typing import ClassVar

from django.conf import settings
from django.utils.functional import Promise

from channels.providers.base import Option, default_of
from channels.providers.smtp import SmtpProvider


class InboxProvider(SmtpProvider):
    """The default e-mail account: nothing leaves the machine. Host and port come from the settings."""

    is_local = True
    options: ClassVar[dict[str, object]] = {"timeout": SmtpProvider.options["timeout"]}
    bounds: ClassVar[dict[str, tuple[float, float]]] = {"timeout": SmtpProvider.bounds["timeout"]}
    secrets: ClassVar[dict[str, str | Promise | Option]] = {}

    def option(self, name: str) -> object:
        """What a mail server has to choose from beside that is not asked for here."""
        if name in self.options:
            return super().option(name)
        return "none" if name == "security" else default_of(SmtpProvider.options[name])

    def address(self) -> tuple[str, int]:
        return settings.INBOX_HOST, settings.INBOX_PORT
