"""The progress of an import or an undo on the command line: one line on a terminal, rewritten once a second."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TextIO

from django.db import connection

from segments.models.imports import ImportBatch

EVERY_SECONDS = 1.0
WIDTH = 78


@contextmanager
def watched(batch_id: int, terminal: TextIO) -> Iterator[None]:
    """Tell there how far the batch is while the block runs; a file or a pipe is told nothing."""
    if not terminal.isatty():
        yield
        return
    done = Event()
    thread = Thread(target=_tell, args=(batch_id, terminal, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        terminal.write("\r" + " " * WIDTH + "\r")
        terminal.flush()


def line(batch: ImportBatch, seconds: float) -> str:
    """Stage, rows, rows a second and seconds left, after `seconds` of work."""
    done, total = batch.rows_done, batch.rows_total
    words = [batch.stage or batch.state]
    if total:
        words.append(f"{done:,} / {total:,} rows, {100 * done // total} %")
    if done and seconds:
        words.append(f"{done / seconds:,.0f} rows/s")
        words.append(f"{max(total - done, 0) * seconds / done:,.0f} s left")
    return ", ".join(words)[:WIDTH]


def _tell(batch_id: int, terminal: TextIO, done: Event) -> None:
    started = time.monotonic()
    try:
        while not done.wait(EVERY_SECONDS):
            batch = ImportBatch.objects.filter(pk=batch_id).first()
            if batch is not None:
                terminal.write("\r" + line(batch, time.monotonic() - started).ljust(WIDTH))
                terminal.flush()
    finally:
        connection.close()  # of this thread
