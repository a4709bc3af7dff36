"""A pump: leases chunk after chunk of a channel for a while, then lets another job go on."""

import gc
import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypedDict

from django.db import connection

from campaigns import permission, rendering
from campaigns.pump import recovery
from campaigns.pump.journal import Journal, require_space
from campaigns.pump.leasing import Lease, Runs, claim
from campaigns.pump.recording import retry_delay
from campaigns.pump.sending import ChunkSending, Route
from campaigns.refusals import Refused
from campaigns.transitions import attempt
from channels import health
from channels.health import Breaker, Tally
from channels.limits import Gate
from channels.providers import provider_for
from channels.providers.base import ProviderError
from channels.standing_in import sender_of

SECONDS = 40  # of one pump; well under the job's timeout
LATEST = 10  # seconds more, after which a chunk that drains slowly is given back

TOKEN = "SELECT nextval('campaigns_token_seq')"

log = logging.getLogger(__name__)


class Drained(TypedDict):
    """`more`: time was up before the chunks were."""

    accepted: int
    chunks: int
    more: bool


def drain(channel: str, seconds: float = SECONDS) -> Drained:
    """Send what is due on a channel, for about `seconds`. Raises `Fenced` when a lease was lost: the journal
    stays, and recovery settles it."""
    recovery.recover()
    with _told_to_stop() as told, _heap_at_rest(), Journal(_new_token()) as journal:
        pump = _Pump(channel, journal, told, until=time.monotonic() + seconds)
        try:
            return pump.run()
        finally:
            pump.close()


@dataclass(slots=True)
class _Pump:
    channel: str
    journal: Journal
    told: threading.Event
    until: float
    routes: dict[int, Route] = field(default_factory=dict)
    letters: dict[tuple[int, int, int], rendering.Compiled] = field(default_factory=dict)
    runs: Runs = field(default_factory=dict)

    def run(self) -> Drained:
        done = Drained(accepted=0, chunks=0, more=False)
        while _may_send():
            if self.told.is_set() or time.monotonic() >= self.until:
                return done | {"more": True}
            lease = claim(self.channel, self.journal, self.runs)
            if lease is None:
                break
            sending = ChunkSending(lease, self._letter(lease), self._route(lease), self.journal, self._must_end)
            is_usable = self._send(sending)
            done["accepted"] += sending.accepted
            done["chunks"] += 1
            if not is_usable:
                break
        return done

    def close(self) -> None:
        for route in self.routes.values():
            route.provider.close()
            route.gate.close()

    def _send(self, sending: ChunkSending) -> bool:
        """Tells whether the pump may go on: with another account at least. One that fails is paused, and one that a
        person must mend pauses its campaign too, and says why, unless another account stands in."""
        lease, breaker = sending.lease, sending.route.breaker
        account_id = lease.run.account.pk
        try:
            sending.run()
        except ProviderError as error:
            log.warning("chunk %s: %s", lease.chunk_id, error)
            is_paused = health.failed(account_id, str(error), permanent=error.permanent)
            if error.permanent and sender_of(account_id, lease.run.campaign.purpose) is None:
                attempt(lease.run.campaign, "pause", note=str(error))
            lease.has_failed = True
            sending.let_go(delay=retry_delay(lease.attempts))
            return is_paused
        finally:
            health.sent(account_id, Tally(sending.accepted, sending.failed))
        if sending.pause:
            attempt(lease.run.campaign, "pause", note=sending.pause)
        if breaker.is_open:
            log.warning("account %s: %s", account_id, breaker.reason)
            health.trip(account_id, breaker)
        return True

    def _must_end(self) -> bool:
        return self.told.is_set() or time.monotonic() >= self.until + LATEST

    def _letter(self, lease: Lease) -> rendering.Compiled:
        """The content as it was launched, of the version of the chunk, compiled once."""
        run = lease.run
        key = (run.pk, run.account.pk, run.content.pk)
        if key not in self.letters:
            self.letters[key] = rendering.compile_content(run.content, run)
        return self.letters[key]

    def _route(self, lease: Lease) -> Route:
        account = lease.run.account
        if account.pk not in self.routes:
            breaker = Breaker(on_probation=health.on_probation(account.pk))
            self.routes[account.pk] = Route(provider_for(account), Gate(account, lease.now), breaker)
        return self.routes[account.pk]


def _may_send() -> bool:
    """Asked with every lease."""
    try:
        require_space()
    except Refused as error:
        log.error("%s", error)
        return False
    return permission.is_allowed()


def _new_token() -> int:
    with connection.cursor() as cursor:
        cursor.execute(TOKEN)
        return cursor.fetchone()[0]


@contextmanager
def _heap_at_rest() -> Iterator[None]:
    """What is there before a pump, the modules above all, is not gone through for garbage while it lasts: that took a
    seventh of its time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Set by SIGTERM: the message that is on its way is finished, the rest of the chunk given back."""
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    earlier = signal.signal(signal.SIGTERM, lambda *_: told.set())
    try:
        yield told
    finally:
        signal.signal(signal.SIGTERM, earlier)
