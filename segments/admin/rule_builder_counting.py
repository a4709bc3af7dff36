"""A count that gives way: when the rule changes again, the query of the former question is stopped in the database.

The browser drops its request, but the server would go on counting for nobody. So the session of a count bears
the name of the page that asks, and a new question of the same page first cancels whatever still runs under it.
The name holds the user: nobody stops the count of another.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from segments.rules.bounded import TooSlow

CANCEL = """
SELECT pg_cancel_backend(pid) FROM pg_stat_activity
WHERE application_name = %s AND pid <> pg_backend_pid() AND datname = current_database() AND state <> 'idle'
"""
NAME = "SELECT set_config('application_name', %s, true)"


class Superseded(Exception):
    """A newer question of the same page has stopped this one: nobody waits for the answer."""


def name_of(user_id: int, page: str) -> str:
    """At most 63 bytes, as PostgreSQL keeps them."""
    return f"krug count {user_id} {page}"[:63]


@contextmanager
def giving_way(name: str, *, limit: float) -> Iterator[None]:
    """Stops the former question of this name, and asks under it: a transaction of its own, which gives the name back.

    Raises `Superseded`, or `TooSlow` past `limit` seconds.
    """
    began = time.monotonic()
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(CANCEL, [name])
            cursor.execute(NAME, [name])
            yield
    except TooSlow:
        # PostgreSQL has one code for both ends of a query: who was stopped before the limit was stopped by somebody.
        if time.monotonic() - began < limit:
            raise Superseded from None
        raise
