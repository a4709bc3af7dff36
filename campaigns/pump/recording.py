"""Appending outcomes under the fence: one transaction a batch, or nothing of it; and what changed meanwhile (campaign
state, permission, withdrawn consents).
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from campaigns.literals import bigints
from campaigns.models import Campaign, Chunk
from campaigns.models.outbox import OutcomeKind
from campaigns.policy import Arbiter
from campaigns.pump.consequences import Consequences
from campaigns.pump.leasing import SECONDS, Fenced, Lease
from channels.providers.base import DEFERRED, Result
from segments.consents import may_write_by_key_sql

FIRST_DELAY = 60  # seconds until the first retry of what the provider deferred; doubles with every attempt
LONGEST_DELAY = 3600
GONE = (OutcomeKind.ACCEPTED, OutcomeKind.UNKNOWN)  # it has reached somebody, or may have
TOGETHER = 15  # seconds: what is put off to nearly the same time comes back in one chunk

# A lease that ended well, before all of its chunk went, was no attempt that failed.
FENCE = """
UPDATE campaigns_chunk
SET state = %(state)s, token = CASE WHEN %(state)s = 0 THEN NULL ELSE token END,
    leased_until = clock_timestamp() + %(seconds)s * interval '1 second',
    due_at = CASE WHEN %(state)s = 0 THEN clock_timestamp() + %(delay)s * interval '1 second' ELSE due_at END,
    attempts = CASE WHEN %(state)s = 0 AND NOT %(has_failed)s THEN GREATEST(attempts - 1, 0) ELSE attempts END,
    message_ids = CASE WHEN cardinality(%(moved)s::bigint[]) = 0 THEN message_ids ELSE
        ARRAY(SELECT t.id FROM unnest(message_ids) WITH ORDINALITY AS t (id, place)
              WHERE t.id <> ALL(%(moved)s::bigint[]) ORDER BY t.place) END
WHERE id = %(chunk)s AND token = %(token)s AND state = 1
"""

# Due again after the delay, or when the run's time is up, or theirs: then they are read as expired.
MOVE = """
INSERT INTO campaigns_chunk (run_id, account_id, channel, send_until, message_ids, attempts, due_at)
SELECT c.run_id, c.account_id, c.channel, c.send_until, %(moved)s, %(attempts)s,
       LEAST(clock_timestamp() + %(delay)s * interval '1 second', COALESCE(c.send_until, r.send_until))
FROM campaigns_chunk AS c JOIN campaigns_run AS r ON r.id = c.run_id WHERE c.id = %(chunk)s
"""

# Put off by us, not by the provider: it was no attempt.
POSTPONE = """
INSERT INTO campaigns_chunk (run_id, account_id, channel, send_until, message_ids, attempts, due_at)
SELECT c.run_id, c.account_id, c.channel, c.send_until, %(moved)s, GREATEST(%(attempts)s - 1, 0),
       LEAST(to_timestamp(%(due)s), COALESCE(c.send_until, r.send_until))
FROM campaigns_chunk AS c JOIN campaigns_run AS r ON r.id = c.run_id WHERE c.id = %(chunk)s
"""

APPEND = "COPY campaigns_outcome (run_id, message_id, kind, reason, provider_key, reply, token) FROM STDIN"

NEWS = f"""
SELECT g.state, EXISTS (SELECT FROM campaigns_sendingpermit WHERE is_on),
       ARRAY(SELECT p.id FROM unnest(%(points)s::bigint[]) AS p (id) WHERE NOT {may_write_by_key_sql("p.id")})
FROM campaigns_run AS r JOIN campaigns_campaign AS g ON g.id = r.campaign_id WHERE r.id = %(run)s
"""


class Outcome(NamedTuple):
    """One final outcome, as it is appended."""

    message_id: int
    kind: str
    reason: str = ""
    provider_key: str = ""
    reply: str = ""

    @classmethod
    def of(cls, message_id: int, result: Result) -> "Outcome":
        return cls(message_id, result.kind, result.code[:40], result.provider_key[:120], result.reply[:300])


@dataclass(slots=True)
class Batch:
    """What is known and not written yet, of messages of one channel."""

    channel: str = ""
    outcomes: list[Outcome] = field(default_factory=list)
    deferred: list[int] = field(default_factory=list)
    postponed: dict[int, list[int]] = field(default_factory=dict)  # by the second of the epoch from which they may go
    arbiter: Arbiter | None = None
    consequences: Consequences = field(init=False)

    def __post_init__(self) -> None:
        self.consequences = Consequences(self.channel)

    def add(self, message_id: int, result: Result) -> None:
        if result.kind == DEFERRED:
            self.deferred.append(message_id)
        else:
            self.outcomes.append(Outcome.of(message_id, result))

    def suppress(self, message_id: int, reason: str) -> None:
        self.outcomes.append(Outcome(message_id, OutcomeKind.SUPPRESSED, reason))

    def postpone(self, message_id: int, until: datetime) -> None:
        """Not before then: a limit of ours is used up. Nothing was sent."""
        due = math.ceil(until.timestamp() / TOGETHER) * TOGETHER
        self.postponed.setdefault(due, []).append(message_id)

    @property
    def moved(self) -> list[int]:
        """All that leaves the chunk without an outcome."""
        return self.deferred + [pk for message_ids in self.postponed.values() for pk in message_ids]

    def clear(self) -> None:
        self.outcomes.clear()
        self.deferred.clear()
        self.postponed.clear()


class News(NamedTuple):
    """What changed while the batch was sent. `withdrawn` are contact points."""

    state: str
    is_permitted: bool
    withdrawn: frozenset[int]

    @property
    def may_go_on(self) -> bool:
        return self.is_permitted and self.state == Campaign.State.RUNNING


def record(lease: Lease, batch: Batch, *, state: Chunk.State = Chunk.State.LEASED, delay: int = 0) -> None:
    """Write a batch and put the chunk into `state` (FREE: due again after `delay` seconds).

    Raises `Fenced`, with nothing written, when the chunk is no longer ours. Empties the batch.
    """
    asked_at = lease.clock()
    with transaction.atomic(), connection.cursor() as cursor:
        fenced = {
            "state": state,
            "seconds": SECONDS,
            "delay": delay,
            "moved": batch.moved,
            "chunk": lease.chunk_id,
            "token": lease.token,
            "has_failed": lease.has_failed,
            "attempts": lease.attempts,
        }
        cursor.execute(FENCE, fenced)
        if cursor.rowcount != 1:
            raise Fenced
        append(cursor, lease.run.pk, lease.token, batch.outcomes)
        if batch.deferred:
            cursor.execute(MOVE, fenced | {"moved": batch.deferred, "delay": retry_delay(lease.attempts)})
        for due, message_ids in batch.postponed.items():
            cursor.execute(POSTPONE, fenced | {"moved": message_ids, "due": due})
        batch.consequences.write()
        if batch.arbiter:
            _give_back_slots(batch.arbiter, batch, is_over=state != Chunk.State.LEASED)
    lease.held_since = asked_at
    batch.clear()


def _give_back_slots(arbiter: Arbiter, batch: Batch, *, is_over: bool) -> None:
    """Of all that did not go; once the lease is over, of all that is left of it too."""
    gone = {outcome.message_id for outcome in batch.outcomes if outcome.kind in GONE}
    arbiter.keep(gone)
    arbiter.give_back(
        arbiter.taken.keys() if is_over else {*batch.moved, *(o.message_id for o in batch.outcomes)} - gone
    )


def append(cursor, run_id: int, token: int, outcomes: Iterable[Outcome]) -> None:  # noqa: ANN001
    """COPY outcomes; a second outcome of a message breaks the primary key, and with it the transaction."""
    with cursor.copy(APPEND) as copy:
        for outcome in outcomes:
            copy.write_row((run_id, *outcome, token))


def retry_delay(attempts: int) -> int:
    """Seconds to wait after the nth attempt."""
    return min(FIRST_DELAY * 2 ** min(max(attempts - 1, 0), 10), LONGEST_DELAY)


def news(lease: Lease, points: Collection[int]) -> News:
    """As of now. `points` are contact points that are about to be written to, asked for their consent."""
    campaign = lease.run.campaign
    asked = {
        "run": lease.run.pk,
        "points": bigints(points),
        "channel": campaign.channel,
        "purpose": campaign.purpose,
        "brand": campaign.brand_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(NEWS, asked)
        state, is_permitted, withdrawn = cursor.fetchone()
    return News(state, is_permitted, frozenset(withdrawn))
