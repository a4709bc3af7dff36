"""Sending answers: one worker at a time for an account, by a lock that goes with its connection.

So whoever holds the lock knows that what it finds SENDING was left by a dead worker: it becomes UNKNOWN, and is never sent
again by a machine. The intent is committed before each call, so that no restart repeats one. Limits, quiet hours and the
breaker of the account hold as for campaigns.
"""

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypedDict

from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import answer_states, answering, permission
from campaigns.answer_bodies import NoBody, answer_of, id_of, medium_of
from campaigns.models import Answer
from campaigns.pump.consequences import Consequences
from campaigns.pump.recording import retry_delay
from channels import health
from channels.health import Breaker, Tally
from channels.legal import SERVICE
from channels.limits import Gate
from channels.models import Account, AccountHealth
from channels.providers import provider_for
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Addressed, Provider, ProviderError, Result
from channels.standing_in import sender_of
from segments.alone import alone

State = Answer.State
AT_ONCE = 200
KEPT = timedelta(hours=24)  # an answer that could not go for so long is no answer any more
PAUSED = 60  # seconds until an account that its breaker has paused is asked again

DUE = """
SELECT DISTINCT account_id FROM campaigns_answer
WHERE state = 'sending' OR (state = 'queued' AND due_at <= clock_timestamp()) ORDER BY 1
"""

log = logging.getLogger(__name__)


class Sent(TypedDict):
    """Answers: on their way by now, and left unknown by a worker that died."""

    accepted: int
    lost: int


class Gone(Exception):
    """The answer waits no more (its person was erased meanwhile): nothing of it has left."""


@dataclass(frozen=True, slots=True)
class Addressee:
    contact_point_id: int | None
    customer_id: int


def due() -> list[int]:
    """Accounts over which something is to be sent, or was left on the wire."""
    with connection.cursor() as cursor:
        cursor.execute(DUE)
        return [row[0] for row in cursor.fetchall()]


def drain() -> Sent:
    """Send all that is due. An account that another worker is sending over is left to it."""
    done = Sent(accepted=0, lost=0)
    if not permission.is_allowed():
        return done
    for account in Account.objects.filter(pk__in=due()):
        with alone("krug.answers", account.pk) as is_ours:
            if is_ours:
                done["lost"] += answer_states.lose(account.pk)
                done["accepted"] += _send_all(account)
    return done


def _send_all(account: Account) -> int:
    accepted = 0
    while answers := _due_of(account):
        sending = Sending(account, {id_of(answer): answer for answer in answers})
        sending.run()
        accepted += sending.accepted
    return accepted


def _due_of(account: Account) -> list[Answer]:
    found = Answer.objects.filter(account=account, state=State.QUEUED, due_at__lte=Now())
    return list(found.select_related("account", "reply__incoming__account").order_by("pk")[:AT_ONCE])


@dataclass(slots=True)
class Sending:
    """Some answers over one account; when it has run none of them is due."""

    account: Account
    answers: dict[int, Answer]  # by the id that the provider sees
    accepted: int = 0
    failed: int = 0
    _open: set[int] = field(default_factory=set)  # nothing has left of these
    _in_flight: set[int] = field(default_factory=set)
    _breaker: Breaker = field(init=False)
    _gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        self._open = set(self.answers)
        self._breaker = Breaker(on_probation=health.on_probation(self.account.pk))
        self._gate = Gate(self.account)

    def run(self) -> None:
        self._drop_hopeless()
        if self._open and not self._waits():
            self._send()
        self._put_off(self._gate.closed_for() or PAUSED)

    def _drop_hopeless(self) -> None:
        """What may not go any more: the reason may have come since it was written."""
        for number in sorted(self._open):
            answer = self.answers[number]
            why = answering.hindrance(answer.reply)
            if not why and timezone.now() - answer.created_at > KEPT:
                why = _("It could not be sent for a day.")
            if why:
                self._settle(number, Result(REJECTED, code="closed", reply=why, permanent=True))

    def _waits(self) -> bool:
        """Whether the account must be left alone for now."""
        if seconds := self._gate.closed_for():
            self._put_off(seconds, _("The account's limits or quiet hours."))
        elif sender_of(self.account.pk, SERVICE) != self.account.pk:  # a conversation stays where it is
            paused = AccountHealth.objects.filter(account=self.account).first()
            self._put_off(PAUSED, paused.reason if paused else "")
        return not self._open

    def _send(self) -> None:
        provider: Provider = provider_for(self.account)
        try:
            provider.open()
            provider.send(self._messages(), self._before, self._after)
        except Gone:
            log.info("an answer of account %s was erased before it went", self.account.pk)
        except ProviderError as error:
            log.warning("account %s: %s", self.account.pk, error)
            health.failed(self.account.pk, str(error), permanent=error.permanent)
            self._put_off(retry_delay(1), str(error))
        finally:
            provider.close()
            self._gate.close()
            self._end()

    def _messages(self) -> Iterator[Addressed]:
        for number in sorted(self._open):
            answer = self.answers[number]
            if self._breaker.is_open:
                return
            try:
                body = medium_of(self.account.channel).body(answer)
            except NoBody as error:
                self._settle(number, Result(REJECTED, code=str(error), permanent=True))
                continue
            if seconds := self._gate.later(answer.recipient):
                self._open.discard(number)
                answer_states.put_off([answer.pk], math.ceil(seconds))
                continue
            if not self._gate.wait():
                return
            yield Addressed(number, answer.recipient, body)

    def _before(self, number: int) -> None:
        self._open.discard(number)
        if not answer_states.take(answer_of(number) or 0):
            raise Gone
        self._in_flight.add(number)

    def _after(self, number: int, result: Result) -> None:
        self._in_flight.discard(number)
        self._breaker.note(result)
        self._settle(number, result)

    def _settle(self, number: int, result: Result) -> None:
        answer = self.answers[number]
        self._open.discard(number)
        if result.kind == DEFERRED:
            answer_states.put_off([answer.pk], retry_delay(answer.attempts + 1), result.reply or result.code)
            return
        answer_states.settle(answer.pk, result)
        self.accepted += result.kind == ACCEPTED
        self.failed += result.kind == UNKNOWN or (result.kind == REJECTED and result.code != "closed")
        consequences = Consequences(self.account.channel)
        consequences.note(Addressee(answer.reply.contact_point_id, answer.reply.customer_id or 0), result)
        consequences.write()

    def _put_off(self, seconds: float, note: str = "") -> None:
        answer_states.put_off([self.answers[number].pk for number in self._open], seconds, note)
        self._open.clear()

    def _end(self) -> None:
        """A call without an answer is unknown; the account's health learns what was seen."""
        for number in sorted(self._in_flight):
            self._after(number, Result(UNKNOWN, code="no_answer"))
        health.sent(self.account.pk, Tally(self.accepted, self.failed))
        if self._breaker.is_open:
            health.trip(self.account.pk, self._breaker)
