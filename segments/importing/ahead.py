"""Work done ahead of whoever asks for it, in threads: the kernels of polars and pyarrow let go of the interpreter's
lock, so that one core reads and cleans while PostgreSQL writes on the other.

Order stays, memory is bounded, an error comes out where the item would have, and whoever stops asking stops the rest.
"""

import contextvars
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections

T = TypeVar("T")
R = TypeVar("R")

END: Any = object()
WRITERS = 2


def ahead(source: Iterable[T]) -> Iterator[T]:
    """The items of `source`, which makes the next one in a thread of its own while the last one is used.

    The source must not touch the database: connections belong to their threads.
    """
    items = iter(source)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(contextvars.copy_context().run, next, items, END)
        while (item := coming.result()) is not END:
            coming = pool.submit(contextvars.copy_context().run, next, items, END)
            yield item


def mapped(function: Callable[[T], R], items: Iterable[T], *, workers: int = 1) -> Iterator[R]:
    """`function` of each item, in order; up to `workers` at once, while the items are taken by the caller's thread."""
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(contextvars.copy_context().run, function, item))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def each_by_itself(function: Callable[[T], R], items: Iterable[T], *, workers: int = WRITERS) -> Iterator[R]:
    """`function`, which writes into the database, of items that have nothing in common: several at once, each thread
    over a connection of its own, in order. A dry run, or whoever else began a transaction, sees what they do only in
    that one: there it is one after the other."""
    if connection.in_atomic_block:
        return map(function, items)
    return _over_their_own(function, items, workers)


def _over_their_own(function: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """A new connection is hundredths of a second, on either side: a thread keeps its own until the last item."""
    opened = set()

    def apart(item: T) -> R:
        own = connections[DEFAULT_DB_ALIAS]  # of this thread
        own.inc_thread_sharing()  # it is closed from without
        opened.add(own)
        return function(item)

    try:
        yield from mapped(apart, items, workers=workers)
    finally:
        for own in opened:
            own.close()


def at_once(steps: Sequence[Callable[[], object]]) -> None:
    """Steps that have nothing in common, all of them side by side as in `each_by_itself`."""
    for _ in each_by_itself(lambda step: step(), steps, workers=len(steps)):
        pass


@contextmanager
def beside() -> Iterator[Callable[[Callable[[], R]], Future[R]]]:
    """Yields how to begin a step that has nothing in common with what the caller does next: it goes on in a thread of
    its own, over its own connection (not within a transaction: see `each_by_itself`). Whoever leaves waits for it."""
    with ThreadPoolExecutor(1) as pool:

        def begin(step: Callable[[], R]) -> Future[R]:
            if connection.in_atomic_block:
                done: Future[R] = Future()
                done.set_result(step())
                return done
            return pool.submit(contextvars.copy_context().run, _apart, step)

        yield begin


def _apart(step: Callable[[], R]) -> R:
    try:
        return step()
    finally:
        connection.close()  # of this thread
