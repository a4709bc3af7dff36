"""The embedded PostgreSQL and Redis, alone, as daemons kept in `$VAR_DIR`."""

import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from crmsite.embedded import lifecycle
from crmsite.embedded.refusals import EmbeddedError


class Command(BaseCommand):
    help = "Start or stop the embedded PostgreSQL and Redis; `env` prints their addresses, exit 1 when stopped."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["start", "stop", "env"])

    def handle(self, *, verb: str, **options: object) -> None:
        try:
            getattr(self, f"_{verb}")()
        except EmbeddedError as error:
            raise CommandError(str(error)) from error

    def _start(self) -> None:
        lifecycle.start(settings.VAR_DIR)
        self.stdout.write(_("PostgreSQL and Redis are running."))

    def _stop(self) -> None:
        lifecycle.stop(settings.VAR_DIR)
        self.stdout.write(_("PostgreSQL and Redis are stopped."))

    def _env(self) -> None:
        state = lifecycle.running(settings.VAR_DIR)
        if not state:
            self.stderr.write(_("The embedded servers are stopped: start them with `manage.py embedded start`."))
            sys.exit(1)
        for name, url in state.urls.items():
            self.stdout.write(f"{name}={url}")
