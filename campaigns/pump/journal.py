"""The local journal: one file per pump, locked while its process lives.

`S id` stands in it before a call, `R id kind code key reply` after the answer. Lines are not synced to disk:
they outlive the process, not the machine; whoever reads them after another boot may trust only what is there.
"""

import fcntl
import os
import socket
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.refusals import Refused
from channels.providers.base import Result

SUFFIX = ".journal"
FREE_BYTES = 50 * 2**20  # below this nothing is sent: a call that cannot be journalled must not be made
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Place(NamedTuple):
    """Where a process runs: its journal can be trusted only here."""

    host: str
    boot: str


@lru_cache(maxsize=1)
def here() -> Place:
    return Place(socket.gethostname()[:80], BOOT_ID.read_text().strip())


class Journal:
    """Append-only; holds the file's lock until closed. A context manager: left cleanly, the file goes."""

    def __init__(self, token: int) -> None:
        self.token = token
        self.place = here()
        self.path = folder() / f"{token}{SUFFIX}"
        self._file = -1

    def __enter__(self) -> "Journal":
        while self._file < 0:
            self._file = _locked(self.path)
        self._append(f"B {self.place.boot}\n")
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """After an exception the file stays: recovery reads it as soon as the lock is free."""
        if kind is None:
            self.path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = -1

    def before(self, message_id: int) -> None:
        """Write that the call is about to be made. Raises OSError when it cannot be written: make no call."""
        self._append(f"S {message_id}\n")

    def after(self, message_id: int, result: Result) -> None:
        words = (result.kind, result.code, result.provider_key, result.reply)
        self._append(f"R {message_id}\t" + "\t".join(map(_word, words)) + "\n")

    def clear(self) -> None:
        """Forget what the database has by now."""
        os.ftruncate(self._file, 0)
        self._append(f"B {self.place.boot}\n")

    def _append(self, line: str) -> None:
        raw = line.encode()
        if os.write(self._file, raw) != len(raw):
            raise OSError(f"{self.path}: a line was cut short")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a journal says: calls that were begun, and the answers that came."""

    boot: str
    begun: frozenset[int]
    answers: dict[int, Result]

    @property
    def in_flight(self) -> frozenset[int]:
        return self.begun - self.answers.keys()


def read(raw: bytes) -> Reading:
    """Parse a journal; a last line that was cut short does not count."""
    boot = ""
    begun: set[int] = set()
    answers: dict[int, Result] = {}
    for line in raw.decode("utf-8", "replace").split("\n")[:-1]:
        mark, _blank, rest = line.partition(" ")
        if mark == "B":
            boot = rest
        elif mark == "S":
            begun.add(int(rest))
            answers.pop(int(rest), None)
        elif mark == "R":
            message_id, kind, code, key, reply = rest.split("\t")
            answers[int(message_id)] = Result(kind, provider_key=key, code=code, reply=reply)
    return Reading(boot, frozenset(begun), answers)


def folder() -> Path:
    settings.JOURNAL_DIR.mkdir(parents=True, exist_ok=True)
    return settings.JOURNAL_DIR


def require_space() -> None:
    """Raises `Refused` when the disk of the journals is nearly full."""
    disk = os.statvfs(folder())
    if disk.f_bavail * disk.f_frsize < FREE_BYTES:
        raise Refused(
            _("The disk is nearly full, sending waits: free some space on the disk of %(path)s.") % {"path": folder()}
        )


def is_at(path: Path, file: int) -> bool:
    """Whether the open file is still the one that the path names."""
    try:
        return path.stat().st_ino == os.fstat(file).st_ino
    except FileNotFoundError:
        return False


def _locked(path: Path) -> int:
    """Open and lock; -1 when somebody took the file away between the two (recovery had it for a moment)."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX)
    if is_at(path, file):
        return file
    os.close(file)
    return -1


def _word(value: str) -> str:
    """One field of a line: no tabs, no line breaks."""
    return value if value.isprintable() else " ".join(value.split())
