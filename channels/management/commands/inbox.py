"""`manage.py inbox`: the SMTP server of the built-in inbox, until it is told to stop."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from channels.inbox_server import default_controller


class Command(BaseCommand):
    help = "Take letters on loopback and keep them for the admin's inbox page."

    def handle(self, *args: Any, **options: Any) -> None:
        server = default_controller()
        try:
            server.start()
        except OSError as error:
            sentence = _("Port %(port)s of the built-in inbox is taken: set INBOX_PORT to a free one.")
            raise CommandError(sentence % {"port": server.port}) from error
        self.stdout.write(
            _("The built-in inbox listens on %(host)s:%(port)s.") % {"host": server.hostname, "port": server.port}
        )
        stopping = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, stopping)
        signal.sigwait(stopping)
        server.stop()
