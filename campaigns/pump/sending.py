"""One leased chunk through one provider."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from campaigns import promo, rendering
from campaigns.models import Campaign, Chunk
from campaigns.models.outbox import OutcomeKind
from campaigns.models.policy import Policy
from campaigns.policy import Arbiter
from campaigns.pump.journal import Journal
from campaigns.pump.leasing import Lease, Row, read
from campaigns.pump.recording import Batch, Outcome, news, record
from campaigns.scenarios import claiming
from channels.health import Breaker
from channels.limits import Gate
from channels.providers.base import REJECTED, UNKNOWN, Addressed, Provider, Result

BATCH = 100  # messages; before each so many, and every second, it is asked what changed
BATCH_SECONDS = 1.0  # and as often it is written what became of them: the journal has it meanwhile


@dataclass(slots=True)
class Route:
    """What chunks of one account have in common while a pump runs."""

    provider: Provider
    gate: Gate
    breaker: Breaker


@dataclass(slots=True)
class ChunkSending:
    """Sends one chunk. `should_stop` says that this process must end soon."""

    lease: Lease
    letter: rendering.Compiled
    route: Route
    journal: Journal
    should_stop: Callable[[], bool]
    accepted: int = 0
    failed: int = 0  # refused, or on the wire without an answer
    _open: dict[int, Row] = field(default_factory=dict)  # nothing is decided about these yet
    _in_flight: set[int] = field(default_factory=set)
    _arbiter: Arbiter = field(init=False)
    _batch: Batch = field(init=False)
    _written_at: float = 0.0
    _withdrawn: frozenset[int] = frozenset()
    _state: str = Campaign.State.RUNNING
    _halted: bool = False

    def __post_init__(self) -> None:
        run = self.lease.run
        self._arbiter = Arbiter(
            run.campaign,
            run.send_until,
            Policy.now(),
            is_again=self.lease.attempts > 1,
            is_correction=run.corrects_id is not None,
        )
        self._batch = Batch(run.campaign.channel, arbiter=self._arbiter)

    @property
    def pause(self) -> str:
        """Why the campaign must wait for a person; '' when it need not."""
        return self._batch.consequences.pause

    def run(self) -> None:
        """Send what may be sent, record all of it, and let go of the chunk.

        Raises `Fenced` when the chunk is not ours any more, ProviderError when the account cannot be used.
        """
        self._written_at = self.lease.clock()
        rows = read(self.lease)
        over = claiming.over(self.lease.run, self.lease.message_ids)
        for row in rows:
            if row.refusal or row.message_id in over:
                self._batch.suppress(row.message_id, row.refusal or claiming.OVER)
        self._open = {row.message_id: row for row in rows if not row.refusal and row.message_id not in over}
        self._wait_for_their_time()
        if self._open and not self.route.gate.closed_for():
            self._give_codes()
            self.route.provider.expect(row.address or "" for row in self._open.values())
            self.route.provider.send(self._messages(), self._before, self._after)
        self.let_go(delay=self.route.gate.closed_for())

    def let_go(self, delay: int = 0) -> None:
        """Write what is known; a call without an answer is unknown; what is still open is cancelled with its
        campaign, or waits `delay` seconds."""
        for message_id in sorted(self._in_flight):
            self._tell(message_id, Result(UNKNOWN, code="no_answer"))
        self._in_flight.clear()
        if self._state == Campaign.State.STOPPED:
            self._batch.outcomes.extend(Outcome(pk, OutcomeKind.CANCELLED) for pk in self._open)
            self._open.clear()
        state = Chunk.State.FREE if self._open else Chunk.State.DONE
        record(self.lease, self._batch, state=state, delay=delay)
        self.journal.clear()

    def _wait_for_their_time(self) -> None:
        """Who may not be written to yet, by her clock or by the limits over all campaigns."""
        now = self.lease.now()
        for message_id, wait in self._arbiter.judge(list(self._open.values()), now).items():
            del self._open[message_id]
            if wait.until:
                self._batch.postpone(message_id, wait.until)
            else:
                self._batch.suppress(message_id, wait.reason)

    def _give_codes(self) -> None:
        """Who gets no promo code that her message prints waits for one, or is not written to."""
        now, run = self.lease.now(), self.lease.run
        for message_id, reason in promo.missing(run, self.letter.slots, list(self._open.values())).items():
            del self._open[message_id]
            if reason == promo.DRY and now + promo.AGAIN < run.send_until:
                self._batch.postpone(message_id, now + promo.AGAIN)
            else:
                self._batch.suppress(message_id, reason)

    def _messages(self) -> Iterator[Addressed]:
        rows = list(self._open.values())
        run = self.lease.run
        values = rendering.values_for(run, self.letter, rows, are_leaving=True)
        sender = rendering.envelope_of(run.content, run.account)
        for place, row in enumerate(rows):
            self._write_if_due()
            if place and place % BATCH == 0:
                self._hear(rows[place : place + BATCH])
            if self._halted or self.pause or self.should_stop() or self.route.breaker.is_open:
                return
            body = self._body(row, values[row.message_id])
            if body is not None and not self._is_put_off(row):
                if not self.route.gate.wait():
                    return
                yield Addressed(row.message_id, row.address or "", body, sender)

    def _body(self, row: Row, values: dict[str, str]) -> bytes | None:
        """The rendered message; None when this one person cannot be written to, which is then decided."""
        if row.contact_point_id in self._withdrawn:
            del self._open[row.message_id]
            self._batch.suppress(row.message_id, "no_consent")
            return None
        try:
            return self.letter.render(row.message_id, row.address or "", values)
        except rendering.CannotRender as error:
            self._decide(row.message_id, Result(REJECTED, code=str(error), permanent=True))
            return None

    def _is_put_off(self, row: Row) -> bool:
        """Whether the domain of this address has had enough for now: the message then waits, the others go on."""
        seconds = self.route.gate.later(row.address or "")
        if seconds:
            del self._open[row.message_id]
            self._batch.postpone(row.message_id, self.lease.now() + timedelta(seconds=seconds))
        return bool(seconds)

    def _before(self, message_id: int) -> None:
        self.lease.guard()
        self.journal.before(message_id)
        self._in_flight.add(message_id)

    def _after(self, message_id: int, result: Result) -> None:
        self.journal.after(message_id, result)
        self._in_flight.discard(message_id)
        self._tell(message_id, result)
        self._write_if_due()

    def _tell(self, message_id: int, result: Result) -> None:
        """What the account answered, or did not: it counts for its health too."""
        self.route.breaker.note(result)
        self.failed += result.kind in (REJECTED, UNKNOWN)
        self._batch.consequences.note(self._open[message_id], result)
        self._decide(message_id, result)

    def _decide(self, message_id: int, result: Result) -> None:
        del self._open[message_id]
        self._batch.add(message_id, result)
        self.accepted += result.kind == OutcomeKind.ACCEPTED

    def _write_if_due(self) -> None:
        if self.lease.clock() - self._written_at < BATCH_SECONDS:
            return
        record(self.lease, self._batch)
        self._written_at = self.lease.clock()
        self._hear(self._open.values())

    def _hear(self, rows: Iterable[Row]) -> None:
        """Ask what changed for these, who are next, and for the campaign."""
        now = news(self.lease, [row.contact_point_id for row in rows if row.contact_point_id])
        self._withdrawn = now.withdrawn
        self._state = now.state
        self._halted = not now.may_go_on
