"""A folder of this server, below the roots that the installation allows (setting FEED_ROOTS)."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from segments.feeding.errors import FeedError
from segments.feeding.names import Found
from segments.feeding.transports.base import FileTransport


class Folder(FileTransport):
    """Everything goes through a descriptor of the folder and follows no link: nothing outside can be reached."""

    @staticmethod
    def check_address(address: str) -> None:
        folder_at(address)

    def listed(self) -> list[Found]:
        with self._opened() as folder, os.scandir(folder) as entries:
            return [
                _found(entry.name, entry.stat(follow_symlinks=False))
                for entry in entries
                if entry.is_file(follow_symlinks=False)
            ]

    def fetch(self, found: Found, target: Path) -> Found:
        with self._opened() as folder, self._file(folder, found.name) as source, target.open("wb") as kept:
            shutil.copyfileobj(source, kept, 1 << 20)
            return _found(found.name, os.fstat(source.fileno()))

    @contextmanager
    def _file(self, folder: int, name: str) -> Iterator[Any]:
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        except OSError as error:
            raise FeedError(_("The file “%(name)s” cannot be read: %(why)s.") % _told(name, error)) from error
        with os.fdopen(descriptor, "rb") as file:
            yield file

    def rename(self, name: str, folder: str, new_name: str) -> None:
        try:
            with self._opened() as here:
                if not os.access(folder, os.F_OK, dir_fd=here, follow_symlinks=False):
                    os.mkdir(folder, dir_fd=here)
                there = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
                try:
                    if new_name in os.listdir(there):
                        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
                    os.rename(name, new_name, src_dir_fd=here, dst_dir_fd=there)
                finally:
                    os.close(there)
        except OSError as error:
            raise FeedError(
                _("The file “%(name)s” cannot be moved to “done”: %(why)s.") % _told(name, error)
            ) from error

    @contextmanager
    def _opened(self) -> Iterator[int]:
        path = folder_at(self.feed.address)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            raise FeedError(_("The folder “%(name)s” cannot be read: %(why)s.") % _told(str(path), error)) from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def folder_at(address: str) -> Path:
    """The folder, links resolved; a relative address is below the first root. Raises FeedError outside the roots."""
    roots = [Path(root).resolve() for root in settings.FEED_ROOTS]
    path = (roots[0] / address).resolve()
    if not any(path.is_relative_to(root) for root in roots):
        sentence = _("Only folders below %(roots)s may be watched.")
        raise FeedError(sentence % {"roots": ", ".join(f"“{root}”" for root in roots)})
    if not path.is_dir():
        raise FeedError(
            _("There is no folder “%(path)s” on this server. Make it, and let 1C write there.") % {"path": path}
        )
    return path


def _found(name: str, status: os.stat_result) -> Found:
    if not stat.S_ISREG(status.st_mode):
        raise FeedError(_("“%(name)s” is not a plain file.") % {"name": name})
    return Found(name, status.st_size, status.st_mtime_ns // 10**9)


def _told(name: str, error: OSError) -> dict[str, str]:
    return {"name": name, "why": error.strerror or str(error)}
