"""One at a time: a lock that goes with its connection, so that a killed worker holds nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

LOCK = "SELECT pg_try_advisory_lock(hashtext(%s), %s::int)"
UNLOCK = "SELECT pg_advisory_unlock(hashtext(%s), %s::int)"


@contextmanager
def alone(work: str, key: int) -> Iterator[bool]:
    """Whether nobody else does this work of this key just now; within the block nobody begins it."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, (work, key))
        is_free = cursor.fetchone()[0]
    try:
        yield is_free
    finally:
        if is_free:
            with connection.cursor() as cursor:
                cursor.execute(UNLOCK, (work, key))
