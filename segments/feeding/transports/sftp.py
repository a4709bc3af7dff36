"""A folder on another machine by SFTP. The machine's key must be the one that was pinned before any secret is sent."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import asyncssh
from django.utils.translation import gettext as _

from segments.feeding.errors import FeedError
from segments.feeding.guard import allowed_address
from segments.feeding.names import Found
from segments.feeding.sealing import unseal
from segments.feeding.transports.base import FileTransport, Identity
from segments.models import Feed

SECONDS = 20  # to connect, to list
FETCH_SECONDS = 1800
PORT = 22


class Sftp(FileTransport):
    """`address` = sftp://host[:port]/folder; the secret is a password or a private key (PEM, OpenSSH)."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.host, self.port, self.folder = place_of(feed.address)
        self._loop: Any = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: Any = None

    @staticmethod
    def check_address(address: str) -> None:
        place_of(address)

    def __enter__(self) -> Self:
        if not self.feed.host_key:
            raise FeedError(_("The key of the machine is not confirmed yet: press “Check” and compare it."))
        secret = unseal(self.feed.secret)
        self._loop = asyncio.new_event_loop()
        try:
            self._connection = self._wait(self._connect(secret))
            self._client = self._wait(self._connection.start_sftp_client())
        except BaseException:
            self.close()
            raise
        return self

    def _connect(self, secret: str) -> Awaitable[asyncssh.SSHClientConnection]:
        """Only what the feed says is used: neither the server's own keys and agent nor its configuration."""
        is_key = secret.lstrip().startswith("-----BEGIN")
        try:
            keys = [asyncssh.import_private_key(secret.strip() + "\n")] if is_key else []
            trusted = [asyncssh.import_public_key(self.feed.host_key)]
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            raise FeedError(_("The key cannot be read: %(why)s.") % {"why": error}) from error
        return asyncssh.connect(
            allowed_address(self.host, self.port), self.port, username=self.feed.login, known_hosts=(trusted, [], []),
            password=None if is_key else secret, client_keys=keys or None, agent_path=None, config=None,
            connect_timeout=SECONDS, login_timeout=SECONDS, keepalive_interval=15,
        )  # fmt: skip

    def identity(self) -> Identity:
        return shown_key(self.host, self.port)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._client is not None:
            self._client.exit()
        if self._connection is not None:
            self._connection.abort()
            self._loop.run_until_complete(self._connection.wait_closed())
        self._loop.close()

    def listed(self) -> list[Found]:
        entries = self._wait(self._client.readdir(self.folder))
        plain = [entry for entry in entries if entry.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR]
        return [_found(entry.filename, entry.attrs) for entry in plain if "/" not in entry.filename]

    def fetch(self, found: Found, target: Path) -> Found:
        source = self._path(found.name)
        self._wait(self._client.get(source, str(target)), FETCH_SECONDS)
        return _found(found.name, self._wait(self._client.lstat(source)))

    def rename(self, name: str, folder: str, new_name: str) -> None:
        there = self._path(folder)
        if not self._wait(self._client.isdir(there)):
            self._wait(self._client.mkdir(there))
        self._wait(self._client.rename(self._path(name), str(PurePosixPath(there) / new_name)))

    def _path(self, name: str) -> str:
        return str(PurePosixPath(self.folder) / name)

    def _wait(self, work: Awaitable[Any], seconds: float = SECONDS) -> Any:
        """Every failure of the other side as a sentence."""
        try:
            return self._loop.run_until_complete(asyncio.wait_for(work, seconds))
        except tuple(_REASONS) as error:
            raise FeedError(_sentence(error) % {"host": self.host, "folder": self.folder, "why": error}) from error


def shown_key(host: str, port: int) -> Identity:
    """The key that the machine shows, with its SHA-256 fingerprint. Nothing is sent."""

    async def ask() -> Any:
        address = allowed_address(host, port)
        return await asyncio.wait_for(asyncssh.get_server_host_key(address, port, config=None), SECONDS)

    try:
        key = asyncio.run(ask())
    except (asyncssh.Error, OSError, TimeoutError) as error:
        sentence = _("%(host)s does not answer as an SFTP server: %(why)s.")
        raise FeedError(sentence % {"host": host, "why": error or _("no answer in time")}) from error
    if key is None:
        raise FeedError(_("%(host)s showed no key.") % {"host": host})
    return Identity(key.export_public_key().decode().strip(), key.get_fingerprint())


def fingerprint_of(host_key: str) -> str:
    """Of a pinned key; '' when none is pinned."""
    return asyncssh.import_public_key(host_key).get_fingerprint() if host_key else ""


def place_of(address: str) -> tuple[str, int, str]:
    """(host, port, folder) of an sftp:// address."""
    try:
        split = urlsplit(address.strip())
        port = split.port or PORT
    except ValueError:
        split, port = urlsplit(""), 0
    if split.scheme != "sftp" or not split.hostname:
        raise FeedError(_("The address looks like sftp://host/folder or sftp://host:2222/folder."))
    if split.username or split.password:
        raise FeedError(_("The address holds no login and no password: they have fields of their own."))
    return split.hostname, port, unquote(split.path) or "/"


def _found(name: str, attrs: asyncssh.SFTPAttrs) -> Found:
    return Found(name, attrs.size or 0, attrs.mtime or 0)


def _reasons() -> dict[type[BaseException], Any]:
    """What asyncssh raises, the particular before the general."""
    return {
        asyncssh.HostKeyNotVerifiable: lambda: _(
            "The key of %(host)s is not the one that was confirmed. If the machine was replaced, confirm the new key; "
            "if not, somebody stands between."
        ),
        asyncssh.PermissionDenied: lambda: _("%(host)s did not accept the login and the password or key."),
        asyncssh.SFTPNoSuchFile: lambda: _("There is no folder “%(folder)s” on %(host)s."),
        asyncssh.SFTPPermissionDenied: lambda: _("The login may not do this in “%(folder)s” on %(host)s: %(why)s."),
        asyncssh.Error: lambda: _("%(host)s broke off: %(why)s."),
        TimeoutError: lambda: _("%(host)s did not answer in time."),
        OSError: lambda: _("%(host)s cannot be reached: %(why)s."),
    }


_REASONS = _reasons()


def _sentence(error: BaseException) -> str:
    return next(words() for kind, words in _REASONS.items() if isinstance(error, kind))
