"""Questions that a person waits for: at most so many seconds, and room for hash tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

NOW = "SELECT current_setting('statement_timeout'), current_setting('work_mem')"
SET = "SELECT set_config('statement_timeout', %s, true), set_config('work_mem', %s, true)"
WORK_MEM = "64MB"


class TooSlow(Exception):
    """The database was stopped at the limit. `str()` says what to do."""


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """A transaction whose statements are stopped after `seconds`; raises `TooSlow` then.

    Inside another transaction the settings are given back at the end; a rollback gives them back by itself.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(NOW)
            before = cursor.fetchone()
            cursor.execute(SET, [str(int(seconds * 1000)), WORK_MEM])
            yield
            cursor.execute(SET, before)
    except DatabaseError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise TooSlow(
            _("This rule takes longer than %(seconds)s s: make it narrower or build it upon another segment.")
            % {"seconds": int(seconds)}
        ) from error
