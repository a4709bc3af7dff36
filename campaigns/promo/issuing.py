"""Giving codes to people: one for each, as her message is about to go.

A code is taken in a transaction of its own before the call, so that a retry finds it: whoever has one of the pool that is
still good, and unused, gets that one again, by whatever message or channel. All of a pool's codes are given under its lock,
so that two workers neither give one code twice nor give one person two.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from django.db import connection, transaction
from django.utils import timezone

from campaigns.literals import bigints
from campaigns.models import PromoCode, PromoPool, Run

DRY = "no_promo_code"  # the pool has none left
SPENT = "promo_limit"  # she has had as many as the pool gives to one person

# Of a person and of those merged into her.
HERS = """
    SELECT c.* FROM campaigns_promocode AS c
    WHERE c.pool_id = %(pool)s AND c.issued_at IS NOT NULL AND c.customer_id IN (
        SELECT a.person_id UNION ALL SELECT m.id FROM segments_customer AS m WHERE m.merged_into_id = a.person_id)
"""
# The one that she is to be told: still good and not used; of several the one that this message printed, then the last.
GOOD = f"""
    SELECT c.id, c.code, c.valid_until FROM ({HERS}) AS c
    WHERE NOT c.is_withdrawn AND (c.valid_until IS NULL OR c.valid_until >= %(today)s)
      AND NOT EXISTS (SELECT FROM campaigns_promoredemption AS r WHERE r.code_id = c.id AND r.cancelled_at IS NULL)
    ORDER BY c.message_id = a.message_id DESC, c.id DESC LIMIT 1
"""
ASKED = "unnest(%(messages)s::bigint[], %(people)s::bigint[]) AS a (message_id, person_id)"
READ = f"""
SELECT a.message_id, good.id, good.code, good.valid_until FROM {ASKED} JOIN LATERAL ({GOOD}) AS good ON true
"""
ISSUE = f"""
WITH lacking AS (
    SELECT DISTINCT ON (a.person_id) a.message_id, a.person_id FROM {ASKED}
    WHERE NOT EXISTS ({GOOD}) AND (%(limit)s::int IS NULL OR (SELECT count(*) FROM ({HERS}) AS had) < %(limit)s)
    ORDER BY a.person_id, a.message_id
), in_line AS (
    SELECT *, row_number() OVER (ORDER BY person_id) AS place FROM lacking
), free AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
        SELECT id FROM campaigns_promocode WHERE pool_id = %(pool)s AND issued_at IS NULL AND NOT is_withdrawn
        ORDER BY id LIMIT (SELECT count(*) FROM lacking) FOR UPDATE SKIP LOCKED) AS taken
)
UPDATE campaigns_promocode AS c SET customer_id = in_line.person_id, message_id = in_line.message_id,
    campaign_id = %(campaign)s, issued_at = clock_timestamp(), valid_until = %(until)s
FROM in_line JOIN free USING (place) WHERE c.id = free.id
RETURNING c.id
"""
HAVE_HAD = f"""
SELECT a.message_id FROM {ASKED} WHERE (SELECT count(*) FROM ({HERS}) AS had) >= %(limit)s
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class Going(Protocol):
    """A message about to go (`campaigns.pump.leasing.Row`)."""

    @property
    def message_id(self) -> int: ...
    @property
    def person_id(self) -> int: ...


class Alone(NamedTuple):
    """`Going` of one person, by whatever stands for her message."""

    message_id: int
    person_id: int


class Told(NamedTuple):
    code_id: int
    code: str
    valid_until: date | None


def last_day(pool: PromoPool, today: date) -> date | None:
    """Until when a code that is issued today is good; None: without end."""
    ends = [pool.valid_to, today + timedelta(days=pool.valid_days) if pool.valid_days else None]
    return min((day for day in ends if day), default=None)


def issue(pool: PromoPool, run: Run, rows: Sequence[Going]) -> dict[int, str]:
    """Give each of these people her code; returns why not, by message, for those who get none: `DRY` or `SPENT`."""
    today = timezone.localdate()
    asked = _asked(pool, rows, today) | {
        "limit": pool.per_person,
        "campaign": run.campaign_id,
        "until": last_day(pool, today),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, [f"promo pool {pool.pk}"])
        cursor.execute(ISSUE, asked)
    has = told(pool, rows)
    lacking = [row for row in rows if row.message_id not in has]
    if not lacking:
        return {}
    spent: set[int] = set()
    if pool.per_person:
        with connection.cursor() as cursor:
            cursor.execute(HAVE_HAD, _asked(pool, lacking, today) | {"limit": pool.per_person})
            spent = {row[0] for row in cursor.fetchall()}
    return {row.message_id: SPENT if row.message_id in spent else DRY for row in lacking}


def give(pool: PromoPool, run: Run, who: Alone) -> tuple[Told | None, str]:
    """The code of one person outside of a letter, or why there is none: `DRY` (the pool is over, too) or `SPENT`."""
    if pool.valid_to and pool.valid_to < timezone.localdate():
        return None, DRY
    if not pool.is_personal:
        found = shared(pool)
        return found, "" if found else DRY
    why = issue(pool, run, [who]).get(who.message_id, "")
    found = told(pool, [who]).get(who.message_id)
    if found:  # she has read it here: a code of a letter alone may come back (`campaigns.promo.returning`)
        PromoCode.objects.filter(pk=found.code_id).update(message_id=who.message_id)
    return found, why


def shared(pool: PromoPool) -> Told | None:
    """The code that all have; None while the pool has none."""
    found: PromoCode | None = pool.codes.filter(is_withdrawn=False).first()
    return Told(found.pk, found.code, pool.valid_to) if found else None


def told(pool: PromoPool, rows: Sequence[Going]) -> dict[int, Told]:
    """The codes that these people have, by message."""
    with connection.cursor() as cursor:
        cursor.execute(READ, _asked(pool, rows, timezone.localdate()))
        return {message_id: Told(*rest) for message_id, *rest in cursor.fetchall()}


def _asked(pool: PromoPool, rows: Sequence[Going], today: date) -> dict[str, object]:
    return {
        "pool": pool.pk,
        "messages": bigints(row.message_id for row in rows),
        "people": bigints(row.person_id for row in rows),
        "today": today,
    }
