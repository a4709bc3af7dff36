"""Who is in a segment now: materialised set-wise, at night and when a rule or the base has changed.

`Segment.refresh_due_at` says when a refresh is due; `sweep` rings for those that are. A refresh that
fails keeps the old membership, says why on the segment, and comes again the next night.
"""

import datetime as dt
import time
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from segments.bells import ring
from segments.models import CustomerFacts, Segment, SegmentSize
from segments.rules.bounded import TooSlow, bounded
from segments.rules.compile import business_day, matching
from segments.rules.tree import RuleError, segments_used

QUEUE = "segments"
JOB = "segments.refreshing.refresh_due"
NIGHT = dt.time(3)  # by the clock of the holding
LIMIT = 120  # seconds a statement

LOCK = "SELECT pg_advisory_xact_lock(hashtext('segments.refreshing'), %(segment)s)"
WANTED = "CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS {query}"
ANALYZE = "ANALYZE wanted"
REMOVE = """
DELETE FROM segments_membership AS member WHERE segment_id = %(segment)s
AND NOT EXISTS (SELECT FROM wanted WHERE wanted.customer_id = member.customer_id)
"""
ADD = """
INSERT INTO segments_membership (segment_id, customer_id, entered_at)
SELECT %(segment)s, customer_id, now() FROM wanted
WHERE NOT EXISTS (SELECT FROM segments_membership AS member
                  WHERE member.segment_id = %(segment)s AND member.customer_id = wanted.customer_id)
ORDER BY customer_id
"""
SIZE = "SELECT count(*) FROM wanted"


def refresh(segment: Segment) -> dict[str, Any]:
    """Bring the membership in step with the rule: {slug, size, added, removed, seconds}.

    Raises `RuleError` or `TooSlow` after the reason was kept on the segment. People whose membership did
    not change are not touched.
    """
    started, due = time.perf_counter(), segment.refresh_due_at
    try:
        size, added, removed = _materialise(segment.pk, matching(segment.rule))
    except (RuleError, TooSlow) as error:
        Segment.objects.filter(pk=segment.pk).update(error=str(error))
        _settle(segment.pk, due)
        raise
    _settle(segment.pk, due)
    seconds = round(time.perf_counter() - started, 3)
    return {"slug": segment.slug, "size": size, "added": added, "removed": removed, "seconds": seconds}


def _materialise(segment_id: int, wanted: QuerySet[CustomerFacts]) -> tuple[int, int, int]:
    sql, params = wanted.values("customer_id").query.sql_with_params()
    key = {"segment": segment_id}
    with bounded(LIMIT), connection.cursor() as cursor:
        cursor.execute(LOCK, key)
        cursor.execute(WANTED.format(query=sql), params)
        cursor.execute(ANALYZE)
        cursor.execute(REMOVE, key)
        removed = cursor.rowcount
        cursor.execute(ADD, key)
        added = cursor.rowcount
        cursor.execute(SIZE)
        size = cursor.fetchone()[0]
        cursor.execute("DROP TABLE wanted")
        Segment.objects.filter(pk=segment_id).update(size=size, refreshed_at=timezone.now(), error="")
        SegmentSize.objects.update_or_create(segment_id=segment_id, day=business_day(), defaults={"size": size})
    return size, added, removed


def _settle(segment_id: int, due: dt.datetime | None) -> None:
    """Due again next night, unless someone asked anew while the refresh ran."""
    Segment.objects.filter(pk=segment_id, refresh_due_at=due).update(refresh_due_at=next_night())


def next_night(now: dt.datetime | None = None) -> dt.datetime:
    local = timezone.localtime(now, timezone.get_default_timezone())
    night = local.replace(hour=NIGHT.hour, minute=0, second=0, microsecond=0)
    return night if night > local else night + dt.timedelta(days=1)


def ask(segments: Iterable[Segment] | None = None) -> None:
    """Refresh these and those that depend on them (None: all) as soon as a worker is free."""
    living = Segment.objects.filter(is_archived=False)
    if segments is not None:
        living = living.filter(pk__in=[each.pk for each in _with_dependants(segments)])
    living.update(refresh_due_at=timezone.now())
    transaction.on_commit(sweep, robust=True)  # a lost bell is rung by the next tick


def sweep() -> dict[str, int]:
    """Ring for every segment that is due and not yet in the queue: {due, enqueued}."""
    due = in_order(Segment.objects.filter(is_archived=False, refresh_due_at__lte=timezone.now()))
    return {"due": len(due), "enqueued": ring(QUEUE, JOB, {f"refresh-segment-{each.pk}": (each.pk,) for each in due})}


def refresh_due(segment_id: int) -> dict[str, Any] | None:
    """The job: refresh a segment if it still is due; a refusal is on the segment, not in the queue."""
    segment = Segment.objects.filter(pk=segment_id, is_archived=False, refresh_due_at__lte=timezone.now()).first()
    if segment is None:
        return None
    try:
        return refresh(segment)
    except (RuleError, TooSlow) as error:
        return {"slug": segment.slug, "error": str(error)}


def in_order(segments: Iterable[Segment]) -> list[Segment]:
    """Segments that others ask about come before them."""
    by_slug = {each.slug: each for each in segments}
    ordered: dict[str, Segment] = {}

    def visit(segment: Segment, above: frozenset[str]) -> None:
        for slug in _used_by(segment):
            if slug in by_slug and slug not in above and slug not in ordered:
                visit(by_slug[slug], above | {segment.slug})
        ordered.setdefault(segment.slug, segment)

    for each in by_slug.values():
        visit(each, frozenset())
    return list(ordered.values())


def _used_by(segment: Segment) -> list[str]:
    return list(segments_used(segment.rule)) if segment.rule else []


def dependants(segment: Segment) -> list[Segment]:
    """Segments whose own rule asks about this one."""
    return [each for each in Segment.objects.exclude(pk=segment.pk) if segment.slug in _used_by(each)]


def _with_dependants(segments: Iterable[Segment]) -> list[Segment]:
    found: dict[int, Segment] = {}
    ahead = list(segments)
    while ahead:
        segment = ahead.pop()
        if segment.pk not in found:
            found[segment.pk] = segment
            ahead.extend(dependants(segment))
    return list(found.values())
