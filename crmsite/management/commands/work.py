"""One worker on one queue."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from crmsite.supervision.worker import worker_for


class Command(BaseCommand):
    help = "Work on exactly one queue until told to stop; with --burst, until it is empty."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue")
        parser.add_argument("--burst", action="store_true")

    def handle(self, *, queue: str, burst: bool, **options: object) -> None:
        if queue not in settings.QUEUES:
            sentence = _("There is no queue “%(name)s”. The queues are: %(queues)s.")
            raise CommandError(sentence % {"name": queue, "queues": ", ".join(settings.QUEUES)})
        worker_for(queue).work(burst=burst, logging_level="INFO")
