"""`manage.py read_mail [ACCOUNT]`: read the mailboxes of accounts; with --piped, one letter from standard input."""

import logging
import signal
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils.translation import gettext as _

from channels import collecting
from channels.mailbox import MOST_BYTES
from channels.models import Account, Channel
from channels.providers.base import ProviderError

log = logging.getLogger(__name__)

STOPPING = {signal.SIGINT, signal.SIGTERM}


class Command(BaseCommand):
    help = (
        "Read bounces, complaints and letters of people from the mailbox of an e-mail account, or of all that have one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", nargs="?", default="", help="name of the account; without it, all")
        parser.add_argument("--piped", action="store_true", help="take one letter from standard input instead")
        parser.add_argument("--every", type=int, default=0, metavar="SECONDS", help="go on until told to stop")

    def handle(self, *args: Any, account: str, piped: bool, every: int, **options: Any) -> None:
        if piped:
            self._take_piped(account)
            return
        if not self._read(self._accounts(account)) and not every:
            raise CommandError(_("Not every mailbox could be read."))
        while every and self._nobody_stops(every):
            self._read(self._accounts(account))

    def _take_piped(self, name: str) -> None:
        if not name:
            raise CommandError(_("Name the account whose letter is piped in."))
        (account,) = self._accounts(name)
        if account.channel != Channel.EMAIL:
            raise CommandError(_("A letter is piped into an e-mail account; “%(name)s” is none.") % {"name": name})
        self._tell(account, collecting.take_piped(account, sys.stdin.buffer.read(MOST_BYTES)))

    def _accounts(self, name: str) -> list[Account]:
        found = collecting.accounts_to_read(name)
        if name and not found:
            raise CommandError(
                _("There is no account by the name “%(name)s” that people may write to.") % {"name": name}
            )
        return found

    def _read(self, accounts: Sequence[Account]) -> bool:
        """One mailbox that cannot be read does not hold up the others; tells whether all could."""
        is_well = True
        for account in accounts:
            try:
                self._tell(account, collecting.collect(account))
            except ProviderError as error:
                self.stderr.write(f"{account.name}: {error}")
                is_well = False
            except Exception as fault:  # a letter that cannot be stored: those of the others are read all the same
                log.exception("the mailbox of account %s was not read to its end", account.pk)
                self.stderr.write(f"{account.name}: {type(fault).__name__}")
                is_well = False
        return is_well

    def _tell(self, account: Account, done: collecting.Collected) -> None:
        sentence = _(
            "%(account)s: letters and SMS %(letters)d, bounces among them %(bounces)d, written by people %(written)d, new %(news)d."
        )
        counts = {"letters": done.letters, "bounces": done.bounces, "written": done.written, "news": done.news}
        self.stdout.write(sentence % {"account": account.name, **counts})

    def _nobody_stops(self, seconds: int) -> bool:
        """Wait for the next turn, without a connection to the database."""
        connection.close()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        told = signal.sigtimedwait(STOPPING, seconds)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        return told is None
