"""The rows that say who is in a segment: brought in step with a rule by differences only, each of them logged.

Nothing is rewritten for people whose membership did not change.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from segments.models import CustomerFacts, Membership, MembershipChange, Segment, SegmentSize
from segments.rules.bounded import bounded
from segments.rules.compile import business_day

LIMIT = 120  # seconds a statement
KEPT_DAYS = 400  # how long it is known who came and went: a year and a month of comparing

LOCK = "SELECT pg_advisory_xact_lock(hashtext('segments.refreshing'), %(segment)s)"
FILL_DIRECTLY = """
INSERT INTO segments_membership (segment_id, customer_id, entered_at)
SELECT %s, wanted.customer_id, now() FROM ({query}) AS wanted (customer_id) ORDER BY wanted.customer_id
"""
WANTED = "CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS {query}"
ANALYZE = "ANALYZE wanted"
STEP = """
WITH left_it AS (
    DELETE FROM segments_membership AS member WHERE segment_id = %(segment)s
    AND NOT EXISTS (SELECT FROM wanted WHERE wanted.customer_id = member.customer_id)
    RETURNING customer_id
), came AS (
    INSERT INTO segments_membership (segment_id, customer_id, entered_at)
    SELECT %(segment)s, customer_id, now() FROM wanted
    WHERE NOT EXISTS (SELECT FROM segments_membership AS member
                      WHERE member.segment_id = %(segment)s AND member.customer_id = wanted.customer_id)
    ORDER BY customer_id RETURNING customer_id
), counted AS (
    SELECT (SELECT count(*) FROM came) AS came, (SELECT count(*) FROM left_it) AS gone
), logged AS (
    INSERT INTO segments_membershipchange (segment_id, happened_at, cause, entered_count, gone_count, entered, gone)
    SELECT %(segment)s, now(), %(cause)s, came, gone, ARRAY(SELECT customer_id FROM came ORDER BY 1),
           ARRAY(SELECT customer_id FROM left_it ORDER BY 1)
    FROM counted WHERE came + gone > 0
)
SELECT (SELECT count(*) FROM wanted), came, gone FROM counted
"""
DROP = "DROP TABLE wanted"
FORGET = """
UPDATE segments_membershipchange
SET entered = ARRAY(SELECT id FROM unnest(entered) AS id WHERE id <> ALL(%(people)s)),
    gone = ARRAY(SELECT id FROM unnest(gone) AS id WHERE id <> ALL(%(people)s))
WHERE entered && %(people)s::bigint[] OR gone && %(people)s::bigint[]
"""


@dataclass(frozen=True)
class Step:
    """What a refresh did: how many are in the segment now, how many came, how many left."""

    size: int
    added: int
    removed: int


def bring_in_step(segment_id: int, wanted: QuerySet[CustomerFacts], *, cause: str) -> Step:
    """Make exactly the people of `wanted` members. Raises `TooSlow`; then nothing has changed."""
    sql, params = wanted.values("customer_id").query.sql_with_params()
    key = {"segment": segment_id, "cause": cause}
    with bounded(LIMIT), connection.cursor() as cursor:
        cursor.execute(LOCK, key)
        if cause == Segment.Cause.FIRST and not Membership.objects.filter(segment=segment_id).exists():
            step = _first_fill(cursor, (sql, params), key)
        else:
            step = _differences(cursor, (sql, params), key)
        _note(segment_id, step)
    return step


def _first_fill(cursor: Any, query: tuple[str, Any], key: dict[str, Any]) -> Step:
    """Nobody is in it: there is nothing to compare with."""
    sql, params = query
    cursor.execute(FILL_DIRECTLY.format(query=sql), [key["segment"], *params])
    return _filled(cursor.rowcount, key)


def _filled(size: int, key: dict[str, Any]) -> Step:
    if size:
        MembershipChange.objects.create(segment_id=key["segment"], cause=key["cause"], entered_count=size)
    return Step(size, size, 0)


def _differences(cursor: Any, query: tuple[str, Any], key: dict[str, Any]) -> Step:
    sql, params = query
    cursor.execute(WANTED.format(query=sql), params)
    cursor.execute(ANALYZE)
    cursor.execute(STEP, key)
    size, came, gone = cursor.fetchone()
    cursor.execute(DROP)
    return Step(size, came, gone)


def _note(segment_id: int, step: Step) -> None:
    """The segment's own figures and the size of the day."""
    now = timezone.now()
    figures: dict[str, Any] = {"size": step.size, "refreshed_at": now, "error": ""}
    if step.added or step.removed:
        figures["changed_at"] = now
    if step.added:
        figures["entered_last_at"] = now
    Segment.objects.filter(pk=segment_id).update(**figures)
    came, gone = {"entered": step.added}, {"gone": step.removed}
    day, made = SegmentSize.objects.get_or_create(
        segment_id=segment_id, day=business_day(), defaults={"size": step.size, **came, **gone}
    )
    if not made:
        more = {"entered": F("entered") + step.added, "gone": F("gone") + step.removed}
        SegmentSize.objects.filter(pk=day.pk).update(size=step.size, **more)


def prune() -> int:
    """Forget who came and went longer ago than `KEPT_DAYS`; returns how many entries went."""
    return MembershipChange.objects.filter(happened_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()[0]


def forget(customer_ids: list[int]) -> None:
    """Take erased people out of the log; its counts stay."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"people": customer_ids})
