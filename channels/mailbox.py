"""A mailbox read over IMAP (RFC 3501): what is new in it, letter by letter, and marking what has been read."""

import imaplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.providers.base import Option, ProviderError

MOST_BYTES = 256 * 1024  # of a letter: reports stand at its beginning, and what it carries behind them may be huge

SECURITY = (
    ("tls", gettext_lazy("TLS from the start, usually port 993")),
    ("starttls", gettext_lazy("STARTTLS, usually port 143")),
    ("none", gettext_lazy("none, for a server on this machine")),
)
# Whose letters become replies, beside the bounces that are always read.
LETTERS = (
    ("all", gettext_lazy("all that people write")),
    ("answers", gettext_lazy("only answers to a letter")),
    ("none", gettext_lazy("none: bounces only")),
)
# Of an account whose bounces come back to a mailbox.
OPTIONS: dict[str, object] = {
    "imap_host": Option(
        "",
        gettext_lazy("Mailbox: IMAP server"),
        gettext_lazy(
            "Bounces, and letters that people write back, are read from it: every letter in it is marked as read."
        ),
    ),
    "imap_port": Option(993, gettext_lazy("Mailbox: port")),
    "imap_security": Option("tls", gettext_lazy("Mailbox: encryption"), choices=SECURITY),
    "imap_username": Option("", gettext_lazy("Mailbox: user name")),
    "imap_folder": Option("", gettext_lazy("Mailbox: folder"), gettext_lazy("Empty: the inbox.")),
    "imap_letters": Option("all", gettext_lazy("Mailbox: letters for the replies"), choices=LETTERS),
}


class Letter(NamedTuple):
    """A letter as it lies in the mailbox, cut at MOST_BYTES."""

    raw: bytes
    received_at: datetime


@dataclass(slots=True)
class Mailbox:
    """A context manager; all of it raises ProviderError. `timeout` is in seconds."""

    host: str
    port: int
    security: str
    username: str
    password: str
    folder: str
    timeout: float
    _imap: imaplib.IMAP4 | None = None

    def __enter__(self) -> "Mailbox":
        try:
            self._imap = self._connect()
        except (OSError, imaplib.IMAP4.error, UnicodeError) as error:  # UnicodeError: a name that no host can have
            raise self._silent() from error
        try:
            self._imap.login(self.username, self.password)
        except (OSError, imaplib.IMAP4.abort) as error:  # it hung up: that says nothing of the password
            self._leave()
            raise self._silent() from error
        except (imaplib.IMAP4.error, UnicodeEncodeError) as error:
            self._leave()
            sentence = _("The mailbox on %(host)s did not accept the user name and password: check the account.")
            raise ProviderError(sentence % {"host": self.host}, permanent=True) from error
        if not self._is_selected():
            self._leave()
            sentence = _("There is no folder “%(folder)s” in the mailbox on %(host)s.")
            raise ProviderError(sentence % {"folder": self.folder, "host": self.host}, permanent=True)
        return self

    def __exit__(self, *exception: object) -> None:
        self._leave()

    def unseen(self) -> list[str]:
        """The letters that nobody has read, by their UIDs, oldest first."""
        data = self._ask("SEARCH", "UNSEEN")
        return sorted((data[0] or b"").decode().split(), key=int) if data else []

    def fetch(self, uid: str) -> Letter | None:
        """A letter, which stays unread; None for one that is gone."""
        data = self._ask("FETCH", uid, f"(INTERNALDATE BODY.PEEK[]<0.{MOST_BYTES}>)")
        raw = next((item[1] for item in data if isinstance(item, tuple)), None)
        if raw is None:
            return None
        words = b" ".join(item[0] if isinstance(item, tuple) else item or b"" for item in data)
        moment = imaplib.Internaldate2tuple(words)  # in local time, as the library wants it
        return Letter(raw, datetime(*moment[:6]).astimezone(UTC) if moment else timezone.now())

    def mark_seen(self, uids: Sequence[str]) -> None:
        self._ask("STORE", ",".join(uids), "+FLAGS.SILENT", r"(\Seen)")

    def _connect(self) -> imaplib.IMAP4:
        context = ssl.create_default_context()
        if self.security == "tls":
            return imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=self.timeout)
        imap = imaplib.IMAP4(self.host, self.port, timeout=self.timeout)
        if self.security == "starttls":
            imap.starttls(context)
        return imap

    def _is_selected(self) -> bool:
        """Whether there is such a folder. Raises ProviderError."""
        assert self._imap is not None
        if not self.folder.isascii():
            return False
        try:
            return self._imap.select('"' + self.folder.replace("\\", "\\\\").replace('"', '\\"') + '"')[0] == "OK"
        except (OSError, imaplib.IMAP4.error) as error:
            raise self._silent() from error

    def _ask(self, command: str, *arguments: str) -> list[Any]:
        """What the server tells at a command that goes by UIDs."""
        assert self._imap is not None
        try:
            said, data = self._imap.uid(command, *arguments)
        except (OSError, imaplib.IMAP4.error) as error:
            raise self._silent() from error
        if said != "OK":
            raise self._silent()
        return data

    def _silent(self) -> ProviderError:
        sentence = _("The mailbox on %(host)s:%(port)s does not answer.")
        return ProviderError(sentence % {"host": self.host, "port": self.port}, permanent=False)

    def _leave(self) -> None:
        imap, self._imap = self._imap, None
        if imap is not None:
            try:
                imap.logout()
            except (OSError, imaplib.IMAP4.error):
                imap.shutdown()
