"""The sandbox: stands in for the provider of an account in journal mode. Messages are recorded, nothing leaves."""

import secrets
import time
from collections.abc import Iterable, Iterator
from decimal import Decimal

from channels.models import JournalEntry
from channels.providers.base import ACCEPTED, Addressed, After, Before, Found, Provider, Request, Result, Sought, Told

BATCH_SECONDS = 0.5  # a slow trickle is recorded and answered as it comes
LONGEST_RECIPIENT = 320


class JournalProvider(Provider):
    """Takes all and tells all accepted, at no cost, with a key of its own. Whatever does not send is the real provider's:
    its check, its webhook (reports of what was sent before) and its look-ups."""

    width = 100

    def __init__(self, real: Provider) -> None:
        super().__init__(real.account)
        self.real = real

    def open(self) -> None:
        """There is nothing to connect to."""

    def close(self) -> None:
        """There is nothing to let go of."""

    def send(self, messages: Iterable[Addressed], before: Before, after: After) -> None:
        """In batches of one statement. What stops in the middle has recorded, and told, all that it began."""
        waiting: list[Addressed] = []
        since = time.monotonic()
        try:
            for message in messages:
                before(message.id)
                waiting.append(message)
                if len(waiting) >= self.width or time.monotonic() - since >= BATCH_SECONDS:
                    self._record(waiting, after)
                    since = time.monotonic()
        finally:
            self._record(waiting, after)

    def check(self) -> str:
        return self.real.check()

    def reports(self, request: Request) -> Told:
        return self.real.reports(request)

    def can_seek(self, sought: Sought) -> bool:
        return self.real.can_seek(sought)

    def lookup(self, sought: Iterable[Sought]) -> Iterator[Found]:
        return self.real.lookup(sought)

    def cost(self, message: Addressed) -> Decimal:
        return Decimal(0)

    def _record(self, waiting: list[Addressed], after: After) -> None:
        batch, waiting[:] = list(waiting), []
        JournalEntry.objects.bulk_create(
            JournalEntry(
                account=self.account,
                channel=self.account.channel,
                recipient=message.to[:LONGEST_RECIPIENT],
                body=message.body,
            )
            for message in batch
        )
        for message in batch:
            after(message.id, Result(ACCEPTED, provider_key=f"journal-{secrets.token_hex(8)}", cost=Decimal(0)))
