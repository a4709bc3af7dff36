"""Claiming chunks and holding them: one worker at a time, by the database's clock; the holder trusts only its
own monotonic clock, and stops well before the lease could end.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from campaigns import partitions
from campaigns.literals import bigints
from campaigns.models import Content, Run
from campaigns.pump.journal import Journal
from channels.models import Account
from channels.standing_in import sender_sql
from segments.consents import may_write_by_key_sql

SECONDS = 30
RENEW_AT = 0.33  # of the lease
REFUSE_AT = 0.8

# A chunk of a running campaign, and the account that sends it: its own, in use and not paused by its breaker, or one
# that stands in. `clock_timestamp`, since the lease begins now.
CLAIM = f"""
WITH due AS MATERIALIZED (
    SELECT c.id, sender.id AS sender_id FROM campaigns_chunk AS c
    JOIN campaigns_run AS r ON r.id = c.run_id
    JOIN campaigns_campaign AS g ON g.id = r.campaign_id AND g.state = 'running'
    JOIN channels_account AS a ON a.id = c.account_id AND a.is_active
    CROSS JOIN LATERAL ({sender_sql("a", "g.purpose")}) AS sender
    WHERE c.state = 0 AND c.channel = %(channel)s AND c.due_at <= clock_timestamp()
    ORDER BY c.due_at, c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED
)
UPDATE campaigns_chunk AS c
SET state = 1, token = %(token)s, leased_until = clock_timestamp() + %(seconds)s * interval '1 second',
    host = %(host)s, boot = %(boot)s, journal = %(journal)s, attempts = attempts + 1
FROM due WHERE c.id = due.id
RETURNING c.id, c.run_id, c.attempts, c.message_ids, due.sender_id, clock_timestamp(), c.send_until,
    (SELECT m.content_id FROM campaigns_message AS m WHERE m.run_id = c.run_id AND m.id = c.message_ids[1])
"""

STANDS_IN = """
UPDATE campaigns_run SET stand_ins = array_append(stand_ins, %(account)s::bigint)
WHERE id = %(run)s AND %(account)s <> ALL(stand_ins)
"""

RENEW = """
UPDATE campaigns_chunk SET leased_until = clock_timestamp() + %(seconds)s * interval '1 second'
WHERE id = %(chunk)s AND token = %(token)s AND state = 1
"""

# Of customers who became one person in mid-run (a merged one points at the living one, however many merges ago) the
# first in line keeps her message, whoever lives on: hers may have gone before the merge. A control group stays untouched.
# `+ 0` keeps the planner from looking for it by the run, all of which it would read for each message of the chunk, as long
# as statistics know of no such run.
ANOTHER_OF_HERS = """
SELECT FROM (
    SELECT coalesce(c.merged_into_id, c.id) AS id
    UNION ALL SELECT e.id FROM segments_customer AS e WHERE e.merged_into_id = coalesce(c.merged_into_id, c.id)
) AS same JOIN campaigns_message AS o ON o.customer_id = same.id AND o.run_id + 0 = m.run_id
WHERE same.id <> c.id AND (o.left_out IN ('control', 'global_control') OR (o.left_out = '' AND o.id < m.id))
"""

# Why the person of a message `m` may not be written to *today*, by what is joined below.
REFUSAL = f"""CASE
    WHEN %(send_until)s < clock_timestamp() THEN 'expired'
    WHEN p.id IS NULL THEN 'no_contact'
    WHEN p.validity <> 'valid' THEN 'invalid'
    WHEN p.is_shared THEN 'shared'
    WHEN NOT {may_write_by_key_sql("p.id")} THEN 'no_consent'
    WHEN p.reachability = 'unreachable' THEN 'suppressed'
    WHEN EXISTS ({ANOTHER_OF_HERS}) THEN 'duplicate'
    ELSE '' END"""
TODAY = """
LEFT JOIN segments_customer AS c ON c.id = m.customer_id
LEFT JOIN segments_customerzone AS z ON z.customer_id = COALESCE(c.merged_into_id, m.customer_id)
LEFT JOIN segments_contactpoint AS p ON p.id = m.contact_point_id
"""
# Who of the chunk has no outcome yet. Each is looked up by key, which OFFSET makes the planner keep to: until statistics know
# of a run that has just begun, it would rather go through all of it every time. For the same reason the month is named and
# `+ 0` hides the run: of two indexes that seem to cost the same it took that of the run, half a million rows for a chunk.
READ = f"""
SELECT m.id, m.customer_id, COALESCE(c.merged_into_id, m.customer_id), m.contact_point_id, p.value,
    COALESCE(z.time_zone, %(time_zone)s), {REFUSAL}
FROM unnest(%(ids)s::bigint[]) AS t (id)
CROSS JOIN LATERAL (
    SELECT * FROM {{messages}} AS of_run
    WHERE of_run.run_id + 0 = %(run)s AND of_run.id = t.id AND NOT EXISTS (
        SELECT FROM campaigns_outcome AS o WHERE o.run_id = of_run.run_id AND o.message_id = of_run.id OFFSET 0
    ) OFFSET 0
) AS m {TODAY}
ORDER BY m.id
"""


class Fenced(Exception):
    """The lease is lost, or too near its end: whoever held it must not send."""


class Row(NamedTuple):
    """A message of a leased chunk; `refusal` is '' or why this person may no longer be written to. `person_id` is who the
    customer is today."""

    message_id: int
    customer_id: int
    person_id: int
    contact_point_id: int | None
    address: str | None
    time_zone: str
    refusal: str


@dataclass(slots=True)
class Lease:
    """A chunk held by this process. `held_since` is read before the database set the lease: never too late. `attempts`:
    those that failed or ended with their worker, and this one; `has_failed`: the account could not be used. `leased_at`
    is the database's moment of the claim."""

    chunk_id: int
    run: Run
    attempts: int
    message_ids: list[int]
    token: int
    held_since: float
    leased_at: datetime
    clock: Callable[[], float] = field(default=time.monotonic)
    has_failed: bool = False
    _since: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """By the database's clock: a worker whose own is wrong must not write to people at night."""
        return self.leased_at + timedelta(seconds=time.monotonic() - self._since)

    def guard(self) -> None:
        """Immediately before a call: renews a third into the lease, raises `Fenced` near its end."""
        age = self._age()
        if age < SECONDS * RENEW_AT:
            return
        if age < SECONDS * REFUSE_AT:
            self.renew()
        if self._age() >= SECONDS * REFUSE_AT:
            raise Fenced

    def _age(self) -> float:
        return self.clock() - self.held_since

    def renew(self) -> None:
        asked_at = self.clock()
        with connection.cursor() as cursor:
            cursor.execute(RENEW, {"seconds": SECONDS, "chunk": self.chunk_id, "token": self.token})
            if cursor.rowcount != 1:
                raise Fenced
        self.held_since = asked_at


# Of a pump, by run, content, account that sends and the time at which messages are given up. What changes in mid-run is
# asked by the statements themselves; the rest is as the pump read it first.
Runs = dict[tuple[int, int | None, int, datetime | None], Run]


def claim(channel: str, journal: Journal, runs: Runs | None = None) -> Lease | None:
    """Lease the chunk that is due longest, or None when there is none. `runs`: those that the caller has leased of."""
    asked_at = time.monotonic()
    parameters = {
        "channel": channel,
        "seconds": SECONDS,
        "token": journal.token,
        "host": journal.place.host,
        "boot": journal.place.boot,
        "journal": journal.path.name,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, parameters)
        found = cursor.fetchone()
    if found is None:
        return None
    chunk_id, run_id, attempts, message_ids, sender_id, leased_at, send_until, content_id = found
    runs, of_run = {} if runs is None else runs, (run_id, content_id, sender_id, send_until)
    if of_run not in runs:
        runs[of_run] = _run(*of_run)
    return Lease(chunk_id, runs[of_run], attempts, message_ids, journal.token, asked_at, leased_at)


def _run(run_id: int, content_id: int | None, sender_id: int, send_until: datetime | None) -> Run:
    """The run as whoever leases of it sees it: with the version and the end of the chunk, over the account that sends."""
    run = Run.objects.select_related("campaign", "content", "account").get(pk=run_id)
    if content_id not in (None, run.content_id):  # all of a chunk have one version
        run.content = Content.objects.select_related("brand").get(pk=content_id)
    run.send_until = send_until or run.send_until
    if sender_id != run.account_id:
        _stand_in(run, sender_id)
    return run


def _stand_in(run: Run, account_id: int) -> None:
    """This run, as its holder sees it, goes over another account. It is written down before anything leaves: reports may
    come sooner than our own commit."""
    with connection.cursor() as cursor:
        cursor.execute(STANDS_IN, {"run": run.pk, "account": account_id})
    run.account = Account.objects.get(pk=account_id)


def read(lease: Lease) -> list[Row]:
    """The messages of the chunk that have no outcome yet, with today's refusals."""
    campaign = lease.run.campaign
    parameters = {
        "run": lease.run.pk,
        "ids": bigints(lease.message_ids),
        "channel": campaign.channel,
        "purpose": campaign.purpose,
        "brand": campaign.brand_id,
        "time_zone": settings.TIME_ZONE,
        "send_until": lease.run.send_until,
    }
    with connection.cursor() as cursor:
        cursor.execute(READ.format(messages=partitions.of_run("campaigns_message", lease.run.pk)), parameters)
        return [Row(*row) for row in cursor.fetchall()]
