"""How far an import is: written to its batch about once a second, and asked there whether to stop."""

import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection, connections

from segments.importing.errors import Cancelled

EVERY_SECONDS = 1.0
TICK = """
UPDATE segments_importbatch SET stage = %s, rows_done = %s, rows_total = %s, heartbeat_at = clock_timestamp()
WHERE id = %s RETURNING cancel_asked
"""


class Progress:
    """Stage and rows of one batch. A dry run lives in one long transaction, so it reports over a second connection."""

    def __init__(self, batch_id: int, *, apart: bool) -> None:
        self.batch_id, self.apart = batch_id, apart
        self.stage, self.rows_done, self.rows_total = "", 0, 0
        self.told_at = 0.0
        self._own: Any = None

    def begin(self, stage: str, rows_total: int | None = None) -> None:
        self.stage = stage
        if rows_total is not None:
            self.rows_done, self.rows_total = 0, rows_total
        self.tell(now=True)

    def advance(self, rows: int) -> None:
        self.rows_done += rows
        self.tell()

    def tell(self, *, now: bool = False) -> None:
        """Write the state down; raises Cancelled when a person has asked to stop."""
        if not now and time.monotonic() - self.told_at < EVERY_SECONDS:
            return
        self.told_at = time.monotonic()
        with self._connection().cursor() as cursor:
            cursor.execute(TICK, (self.stage, self.rows_done, max(self.rows_total, self.rows_done), self.batch_id))
            row = cursor.fetchone()
        if row and row[0]:
            raise Cancelled

    def _connection(self) -> Any:
        if not self.apart:
            return connection
        if self._own is None:
            self._own = connections.create_connection(connection.alias)
        return self._own

    def close(self) -> None:
        if self._own is not None:
            self._own.close()
            self._own = None


class Timers:
    """Seconds spent by part of the work; `with timers("clean"):`. Threads work side by side, so the parts may come to
    more than the total."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(("read", "clean", "identify", "load", "facts"), 0.0)
        self.started = time.monotonic()
        self._adding = threading.Lock()

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            with self._adding:
                self.seconds[part] += time.monotonic() - start

    def all(self) -> dict[str, float]:
        return {
            **{part: round(s, 3) for part, s in self.seconds.items()},
            "total": round(time.monotonic() - self.started, 3),
        }


def peak_rss_mb() -> int:
    """The most memory this process had at once. What the kernel tells of usage counts the process it was forked from
    too, so its own mark is asked where there is one."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
