"""`manage.py listen_smpp [ACCOUNT]`: hear receipts and replies of SMPP accounts, until told to stop."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from channels.listening import Listeners, accounts_to_hear

LOOK_SECONDS = 10.0


class Command(BaseCommand):
    help = "Keep a session with the message centre of every SMPP account in use, or of one, for receipts and replies."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", nargs="?", default="", help="name of the account; without it, all")

    def handle(self, *args: Any, account: str, **options: Any) -> None:
        if account and not accounts_to_hear(account):
            raise CommandError(_("There is no SMPP account in use by the name “%(name)s”.") % {"name": account})
        stopping = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, stopping)  # before the threads begin: they inherit it
        listeners = Listeners()
        try:
            listeners.tend(accounts_to_hear(account))
            while signal.sigtimedwait(stopping, LOOK_SECONDS) is None:
                listeners.tend(accounts_to_hear(account))
        finally:
            listeners.stop()
