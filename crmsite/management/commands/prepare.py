"""Bring the database to this code, and fill an empty one with the demo base. `up` and a release run it first."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from crmsite import demo

LOCK = "SELECT pg_advisory_lock(hashtext('krug.prepare'))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('krug.prepare'))"


class Command(BaseCommand):
    help = "Migrate when there is something to migrate; with --demo, load the demo base when nobody is in the base."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true")

    def handle(self, **options: Any) -> None:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(
                _("The database at DATABASE_URL does not answer: %(error)s") % {"error": error}
            ) from error
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
        self._migrate()
        if options["demo"]:
            demo.load_when_empty(self.stdout.write)
        with connection.cursor() as cursor:
            cursor.execute(UNLOCK)

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write(_("Migrating the database…"))
            call_command("migrate", interactive=False, verbosity=0)
