"""Sessions over which message centres bring receipts and replies, held for as long as their accounts are in use.

Workers hold a session only while they send; receipts come at any time. A thread an account: it connects, takes what
comes, and connects again with growing pauses. Accounts that are added, changed or taken out of use are noticed.
"""

import logging
import threading
import time
from collections.abc import Iterable

from django.db import connection

from channels.models import Account
from channels.providers.base import ProviderError
from channels.providers.smpp import SmppProvider

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
STEADY_SECONDS = 60.0  # a session that lasted so long is renewed after the first pause


class Listener(threading.Thread):
    """Holds the session of one account until told to stop."""

    def __init__(self, account: Account) -> None:
        super().__init__(name=f"listen-{account.pk}", daemon=True)
        self.account = account
        self.known_as = known_as(account)
        self.stopping = threading.Event()
        self.pause = FIRST_PAUSE

    def run(self) -> None:
        try:
            provider = SmppProvider(self.account)
            while not self.stopping.is_set():
                began = time.monotonic()
                self._listen(provider)
                if time.monotonic() - began > STEADY_SECONDS:
                    self.pause = FIRST_PAUSE
                self.stopping.wait(self.pause)
                self.pause = min(2 * self.pause, LONGEST_PAUSE)
        finally:
            connection.close()  # this thread's own

    def _listen(self, provider: SmppProvider) -> None:
        try:
            provider.listen(self.stopping)
        except ProviderError as error:
            log.warning("account %s (%s): %s", self.account.pk, self.account.name, error)
            if error.permanent:
                self.pause = LONGEST_PAUSE


class Listeners:
    """One listener for each account that should have one."""

    def __init__(self) -> None:
        self._running: dict[int, Listener] = {}

    def tend(self, accounts: Iterable[Account]) -> None:
        """Start, stop and renew, so that exactly these accounts are listened to as they are now. A listener that an
        unforeseen fault ended is started anew."""
        wanted = {account.pk: account for account in accounts}
        for pk, listener in list(self._running.items()):
            account = wanted.get(pk)
            if account is None or known_as(account) != listener.known_as or not listener.is_alive():
                self._end([self._running.pop(pk)])
        for pk, account in wanted.items():
            if pk not in self._running:
                self._running[pk] = Listener(account)
                self._running[pk].start()

    def stop(self) -> None:
        """Unbind everywhere and wait for it."""
        self._end(self._running.values())
        self._running.clear()

    def _end(self, listeners: Iterable[Listener]) -> None:
        ending = list(listeners)
        for listener in ending:
            listener.stopping.set()
        for listener in ending:
            listener.join(10)


def accounts_to_hear(name: str = "") -> list[Account]:
    """Accounts in use whose provider keeps a session; only the one of this name, if there is one."""
    found = Account.objects.filter(provider="smpp", is_active=True)
    return list(found.filter(name=name) if name else found)


def known_as(account: Account) -> tuple[str, str]:
    """What a session depends on: when it changes, a new session is due."""
    return repr(sorted((account.options or {}).items())), account.secret
