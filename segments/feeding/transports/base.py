"""The contract of a transport, and what all those have in common that bring files."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, NamedTuple, Self

from django.utils import timezone
from django.utils.translation import gettext as _

from segments.feeding.errors import FeedError
from segments.feeding.names import Found, Group, groups, is_marked_ready
from segments.models import Feed, ImportBatch, ImportFile

DONE = "done"


@dataclass(slots=True)
class Delivery:
    """What a look brought: `files` = {kind: fetched file}, called as the sender calls it.

    `rows` = {kind: rows that the place holds now}; empty: whatever the files hold. There may be rows and no file:
    the place was counted, and nothing has changed.
    """

    files: dict[str, Path] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


class Identity(NamedTuple):
    """The key of a machine as it is kept in `Feed.host_key`, and as a person compares it."""

    key: str
    fingerprint: str


class Transport:
    """Used as a context manager: connects on entering. Every method may raise FeedError.

    `alive` turns true when the place showed that the source works, even if there was nothing to load.
    `waits` turns true when more is to come soon: a file is still growing, or another delivery lies there.
    A transport that `names_its_columns` needs nobody to confirm them. `files_field` is what of the form fills
    `Feed.files`: names of files, or entities.
    """

    names_its_columns = False
    files_field = "names"

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.memory: dict[str, Any] = dict(feed.seen)
        self.alive = self.waits = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    @classmethod
    def mistakes(cls, address: str, files: Any) -> dict[str, str]:
        """What is wrong with the settings of a feed, by field; asked by the form before anything is stored."""
        wrong = {}
        for name, check, value in (("address", cls.check_address, address), ("files", cls.check_files, files)):
            try:
                check(value)
            except FeedError as error:
                wrong[name] = str(error)
        return wrong

    @staticmethod
    def check_address(address: str) -> None:
        raise NotImplementedError

    @staticmethod
    def check_files(files: Any) -> None:
        raise NotImplementedError

    def identity(self) -> "Identity | None":
        """What a person must confirm before any secret is sent; None where nothing is to be confirmed."""
        return None

    def check(self) -> list[str]:
        """What the place shows, a line each, for the person who sets the feed up. Takes nothing."""
        raise NotImplementedError

    def next_delivery(self, spool: Path, *, again: bool = False) -> Delivery | None:
        """Fetch what is new into the empty folder `spool`; `again` retries what was refused before."""
        raise NotImplementedError

    def received(self, delivery: Delivery, batch: ImportBatch) -> None:
        """The delivery became a batch, in the same transaction as this call."""

    def refused(self, delivery: Delivery, sentence: str) -> None:
        """The delivery cannot be imported at all."""

    def lost(self, delivery: Delivery) -> None:
        """This server could not keep the delivery: the next look fetches it again."""

    def tidy(self) -> None:
        """After the look: put away what was loaded, where the feed is told to."""


class FileTransport(Transport):
    """Files in one folder of some machine. `memory` = {name: {"stamp", "digest"?, "refused"?}}.

    A file is taken when its size and time are what they were at the last look (or `name.ready` lies beside it), and
    a delivery when none of its files is still changing.
    """

    def listed(self) -> list[Found]:
        """The plain files of the folder; neither links nor folders."""
        raise NotImplementedError

    def fetch(self, found: Found, target: Path) -> Found:
        """Copy the file to `target`; returns how it looks after that."""
        raise NotImplementedError

    def rename(self, name: str, folder: str, new_name: str) -> None:
        """Move a file into the subfolder (made when absent); never over another file."""
        raise NotImplementedError

    @staticmethod
    def check_files(files: Any) -> None:
        if not isinstance(files, dict) or not any(files.values()):
            raise FeedError(_("Say how the files are called, for example “counterparties*.csv”."))
        patterns = [pattern for pattern in files.values() if pattern]
        if any("/" in pattern or "\\" in pattern for pattern in patterns):
            raise FeedError(_("A name of a file has no slashes: the folder belongs into the address."))
        if len({pattern.lower() for pattern in patterns}) < len(patterns):
            raise FeedError(_("Two kinds of files have the same name: Krug could not tell them apart."))

    def check(self) -> list[str]:
        files = self.listed()
        matched = {found.name for group in groups(files, self.feed.files) for found in group.files.values()}
        lines = [_("“%(name)s”, %(size)s KB") % {"name": each.name, "size": each.size // 1024 or 1} for each in files]
        return [
            line if found.name in matched else _("%(file)s: not taken, no name of the feed fits") % {"file": line}
            for found, line in zip(files, lines, strict=True)
        ]

    def next_delivery(self, spool: Path, *, again: bool = False) -> Delivery | None:
        files = self.listed()
        names = {found.name for found in files}
        self.memory = {name: entry for name, entry in self.memory.items() if name in names}
        waiting = groups(files, self.feed.files)
        changing = {found.name for group in waiting for found in group.files.values() if self._changes(found, names)}
        for group in waiting:
            if changing & {found.name for found in group.files.values()}:
                self.waits = True
            elif delivery := self._fetched(group, spool, again=again):
                self.waits = self.waits or group is not waiting[-1]
                return delivery
        self._say_refused()
        return None

    def _changes(self, found: Found, names: set[str]) -> bool:
        """Whether the file is new or another than at the last look; remembers how it looks now."""
        if self.memory.get(found.name, {}).get("stamp") == found.stamp:
            return False
        self.memory[found.name] = {"stamp": found.stamp}
        return not is_marked_ready(found, names)

    def _fetched(self, group: Group, spool: Path, *, again: bool) -> Delivery | None:
        """None when nothing of it is new, or when a file changed meanwhile: then all of it is fetched again."""
        delivery, digests = Delivery(), {}
        for kind, found in group.files.items():
            entry = self.memory[found.name]
            if "digest" in entry and not (again and entry.get("refused")):
                continue
            target = spool / kind / PurePosixPath(found.name).name
            target.parent.mkdir(exist_ok=True)
            if self.fetch(found, target).stamp != found.stamp or target.stat().st_size != found.size:
                del self.memory[found.name]
                self.waits = True
                return None
            digests[found.name] = digest_of(target)
            if _is_known(self.feed, kind, digests[found.name]):
                self.alive = True
            else:
                delivery.files[kind] = target
        for name, digest in digests.items():
            self.memory[name]["digest"] = digest
        return delivery if delivery.files else None

    def received(self, delivery: Delivery, batch: ImportBatch) -> None:
        """A good delivery also ends the complaint about a bad one before it."""
        for entry in self.memory.values():
            entry.pop("refused", None)

    def refused(self, delivery: Delivery, sentence: str) -> None:
        for path in delivery.files.values():
            self.memory[path.name]["refused"] = sentence

    def lost(self, delivery: Delivery) -> None:
        for path in delivery.files.values():
            del self.memory[path.name]["digest"]

    def _say_refused(self) -> None:
        refused: dict[str, list[str]] = {}
        for name, entry in self.memory.items():
            if sentence := entry.get("refused"):
                refused.setdefault(sentence, []).append(name)
        if refused:
            raise FeedError("; ".join(f"{', '.join(names)}: {sentence}" for sentence, names in refused.items()))

    def tidy(self) -> None:
        """Move what is loaded to `done/`; a file that was written anew meanwhile stays where it is."""
        if not self.feed.moves_taken:
            return
        loaded = ImportFile.objects.filter(batch__feed=self.feed, batch__state=ImportBatch.State.DONE)
        digests = set(loaded.values_list("digest", flat=True))
        for found in self.listed():
            entry = self.memory.get(found.name, {})
            if entry.get("stamp") == found.stamp and entry.get("digest") in digests:
                self.rename(found.name, DONE, _dated(found.name))
                del self.memory[found.name]


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_known(feed: Feed, kind: str, digest: str) -> bool:
    """Whether an import came by this content, whatever became of it: the machine loads nothing twice."""
    return ImportFile.objects.filter(batch__feed=feed, kind=kind, digest=digest).exists()


def _dated(name: str) -> str:
    """`cards.csv` → `cards.20261121-031500.csv`: a file of the same name comes tomorrow."""
    path = PurePosixPath(name)
    return f"{path.stem}.{timezone.localtime():%Y%m%d-%H%M%S}{path.suffix}"
