"""A room whose processes die on purpose, and are started again as a supervisor would; all the while the books are kept."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import connection, transaction

from campaigns import cutting, outbox, running
from campaigns.models import Campaign, Run
from tests.campaigns.room import PATIENCE, Room, assert_identity, compare, is_closed


@dataclass(slots=True)
class Kept:
    """A program that somebody starts again when it ends."""

    words: tuple[Any, ...]
    process: subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Books:
    """What a send cost. `longest` is the longest time in which nothing was taken, seconds."""

    lost: int = 0
    double: int = 0
    stranger: int = 0
    unknown: int = 0
    accepted: int = 0
    deaths: int = 0
    longest: float = 0

    def told(self) -> dict[str, float]:
        """The figures of a send."""
        return {name: getattr(self, name) for name in ("lost", "double", "unknown", "accepted", "longest")}


class Ward(Room):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.points = folder / "points"
        self.points.touch()
        self.kept: list[Kept] = []
        self.deaths = 0
        self.may_end = False  # of itself: else a program that ends otherwise than by a kill is a fault

    def keep(self, *words: Any, clock: float = 0) -> Kept:
        """A program of ours (`work sending-email`) that is started again whenever it ends; it dies by `points`."""
        command = (sys.executable, "-m", "tests.peers.mortal", self.points, clock, *words)
        kept = Kept(command, self._start(*command))
        self.kept.append(kept)
        return kept

    def keep_worker(self, channel: str = "email", clock: float = 0) -> Kept:
        return self.keep("work", f"sending-{channel}", clock=clock)

    def keep_scheduler(self, clock: float = 0) -> Kept:
        return self.keep("tick", "--every", "1", clock=clock)

    def die_at(self, points: Iterable[str]) -> None:
        """From now on; what was met before may be met again."""
        self.points.with_name(f"{self.points.name}.met").unlink(missing_ok=True)
        self.points.write_text("\n".join(points))

    def met(self) -> list[str]:
        """The points at which somebody died."""
        path = self.points.with_name(f"{self.points.name}.met")
        return path.read_text().split() if path.exists() else []

    def tend(self) -> None:
        for kept in self.kept:
            if kept.process.poll() is not None:
                assert self.may_end or kept.process.returncode == -9, f"{kept.words} ended: {self.said()}"
                self.deaths += 1
                kept.process = self._start(*kept.words)

    def horses(self, kept: Kept) -> list[int]:
        """The work-horse of a kept worker, while it has a job."""
        pid = kept.process.pid
        with suppress(OSError):
            return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []

    def see_through(
        self, campaign: Campaign, meanwhile: Callable[[], object] = lambda: None, *, seconds: float = PATIENCE
    ) -> Books:
        """Tend until the campaign is over; in every snapshot on the way all people are accounted for."""
        ends = time.monotonic() + seconds
        while not is_closed(campaign):
            self.tend()
            meanwhile()
            assert_books_balance(campaign)
            if time.monotonic() > ends:
                raise AssertionError(f"the campaign did not end in {seconds} s: {self.said()}")
            time.sleep(0.05)
        return self.books(Run.objects.get(campaign=campaign))

    def said(self) -> str:
        """What the processes said last."""
        return (self.folder / "processes.log").read_text(errors="replace")[-3000:]

    def books(self, run: Run) -> Books:
        """The journal of the mail server against the database, at the end."""
        found = compare(self, run)
        counts = assert_identity(run)
        assert counts["pending"] == 0
        assert outbox.unknowns([run.pk]).count() == found["unknown"]
        moments = [letter["at"] for letter in self.taken()]
        longest = max((later - sooner for sooner, later in zip(moments, moments[1:], strict=False)), default=0)
        parts = {part: found[part] for part in ("lost", "double", "stranger", "unknown")}
        deaths = self.deaths + len(self.met())
        return Books(**parts, accepted=counts["accepted"], deaths=deaths, longest=round(longest, 1))


def assert_books_balance(campaign: Campaign) -> None:
    """Of one moment: the identity holds, and what is finished has nothing pending."""
    with snapshot():
        for run in Run.objects.filter(campaign=campaign):
            counts = assert_identity(run)
            assert run.finished_at is None or counts["pending"] == 0


@contextmanager
def snapshot() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def start(campaign: Campaign, *, chunk: int = 25) -> Run:
    with mock.patch.object(cutting, "CHUNK", chunk):
        return running.start(campaign)


def assert_nobody_suffers(books: Books, *, unknown: int) -> None:
    """Lost 0, double 0, and no more unknown than may be."""
    assert (books.lost, books.double, books.stranger) == (0, 0, 0), books
    assert books.unknown <= unknown, books
