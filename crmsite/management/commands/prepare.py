"""Bring the database to this code, and fill an empty one with the demo base. `up` and a release run it first."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crmsite.preparing import Unreachable, prepare


class Command(BaseCommand):
    help = "Migrate when there is something to migrate; with --demo, load the demo base when nobody is in the base."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true")

    def handle(self, **options: Any) -> None:
        try:
            prepare(self.stdout.write, with_demo=options["demo"])
        except Unreachable as error:
            raise CommandError(str(error)) from error
