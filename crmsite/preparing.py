"""The database brought to this code: migrated, and filled with the demo base when it holds nobody."""

from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from crmsite import demo

LOCK = "SELECT pg_advisory_lock(hashtext('krug.prepare'))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('krug.prepare'))"


class Unreachable(Exception):
    """The database does not answer; the message is a sentence."""


def is_needed(*, with_demo: bool) -> bool:
    """Whether `prepare` would do anything. Leaves no connection open. Raises Unreachable."""
    _require_database()
    needed = _is_behind() or (with_demo and demo.is_empty())
    connection.close()
    return needed


def prepare(say: Callable[[str], Any], *, with_demo: bool) -> None:
    """Do what is needed, one process at a time. Raises Unreachable."""
    _require_database()
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    if _is_behind():
        say(_("Migrating the database…"))
        call_command("migrate", interactive=False, verbosity=0)
    if with_demo and demo.is_empty():
        demo.load(say)
    with connection.cursor() as cursor:
        cursor.execute(UNLOCK)


def _require_database() -> None:
    try:
        connection.ensure_connection()
    except OperationalError as error:
        sentence = _("The database at DATABASE_URL does not answer: %(error)s")
        raise Unreachable(sentence % {"error": str(error).strip()}) from error


def _is_behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
