"""When who is in a segment is worked out anew, and in which order.

`Segment.refresh_due_at` says when a refresh is due and `refresh_cause` why; `sweep` rings for those that are. A
refresh that fails keeps the old membership, says why on the segment, and comes again at its next time. A frozen
segment is filled once and then never due.
"""

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from segments.bells import ring
from segments.membership import Step, bring_in_step
from segments.models import Segment
from segments.outward import syncing
from segments.rules.bounded import TooSlow
from segments.rules.compile import matching
from segments.rules.tree import RuleError, segments_used
from segments.shares import measure

QUEUE = "segments"
JOB = "segments.refreshing.refresh_due"
NIGHT = dt.time(3)  # by the clock of the holding
HOUR = dt.timedelta(hours=1)

Policy, Cause = Segment.Policy, Segment.Cause
STILL = Q(policy=Policy.FROZEN, refreshed_at__isnull=False)  # frozen, and filled
OWN = ("rule", "policy", "size", "refreshed_at", "refresh_due_at", "refresh_cause")


def refresh(segment: Segment) -> dict[str, Any]:
    """Bring the membership in step with the rule: {slug, size, added, removed, seconds}.

    Raises `RuleError` or `TooSlow` after the reason was kept on the segment. People whose membership did
    not change are not touched; a frozen segment that was filled is left as it is.
    """
    started = time.perf_counter()
    segment.refresh_from_db(fields=OWN)  # another refresh, or a person, may have been here since it was read
    if segment.policy == Policy.FROZEN and segment.refreshed_at:
        return _report(segment, Step(segment.size or 0, 0, 0), started)
    try:
        step = bring_in_step(segment.pk, matching(segment.rule), cause=_cause(segment))
    except (RuleError, TooSlow) as error:
        Segment.objects.filter(pk=segment.pk).update(error=str(error))
        _settle(segment)
        raise
    _settle(segment)
    if step.added or step.removed:
        _ask(_on_change(dependants(segment)), Cause.SEGMENT)
        syncing.ask(segment.pk)
    return _report(segment, step, started)


def _report(segment: Segment, step: Step, started: float) -> dict[str, Any]:
    seconds = round(time.perf_counter() - started, 3)
    return {"slug": segment.slug, "size": step.size, "added": step.added, "removed": step.removed, "seconds": seconds}


def _cause(segment: Segment) -> str:
    if segment.refreshed_at is None:
        return Cause.FIRST
    is_due = segment.refresh_due_at is not None and segment.refresh_due_at <= timezone.now()
    return segment.refresh_cause if is_due else Cause.PERSON  # by the command, before its time


def _settle(segment: Segment) -> None:
    """Due again by its policy, unless someone asked anew while the refresh ran."""
    unasked = Segment.objects.filter(pk=segment.pk, refresh_due_at=segment.refresh_due_at)
    unasked.update(refresh_due_at=next_time(segment.policy), refresh_cause=Cause.TIME)


def next_time(policy: str, now: dt.datetime | None = None) -> dt.datetime | None:
    """When a segment that was refreshed just now is due again; None: never."""
    if policy == Policy.FROZEN:
        return None
    if policy == Policy.HOURLY:
        return (now or timezone.now()) + HOUR
    return next_night(now)


def next_night(now: dt.datetime | None = None) -> dt.datetime:
    local = timezone.localtime(now, timezone.get_default_timezone())
    night = local.replace(hour=NIGHT.hour, minute=0, second=0, microsecond=0)
    return night if night > local else night + dt.timedelta(days=1)


def ask(segments: Iterable[Segment] | None = None, *, cause: str = Cause.RULE) -> None:
    """Refresh these and those that depend on them as soon as a worker is free.

    None: the base has changed, so those that follow every change of it.
    """
    if segments is None:
        _ask(_living().filter(policy=Policy.ON_CHANGE), Cause.BASE)
    else:
        _ask(_living().filter(pk__in=[each.pk for each in _with_dependants(segments)]), cause)
    transaction.on_commit(sweep, robust=True)  # a lost bell is rung by the next tick


def _living() -> QuerySet[Segment]:
    return Segment.objects.filter(is_archived=False).exclude(STILL)


def _on_change(segments: Iterable[Segment]) -> QuerySet[Segment]:
    return _living().filter(policy=Policy.ON_CHANGE, pk__in=[each.pk for each in segments])


def _ask(segments: QuerySet[Segment], cause: str) -> None:
    segments.update(refresh_due_at=timezone.now(), refresh_cause=cause)


def reschedule(segment: Segment) -> None:
    """After another policy was chosen: due by it, and at once where the list was frozen until now."""
    if segment.policy == Policy.FROZEN and segment.refreshed_at:
        Segment.objects.filter(pk=segment.pk).update(refresh_due_at=None)
    else:
        ask([segment])


def sweep() -> dict[str, int]:
    """Ring for every segment that is due and not yet in the queue: {due, enqueued}."""
    due = in_order(_living().filter(refresh_due_at__lte=timezone.now()))
    return {"due": len(due), "enqueued": ring(QUEUE, JOB, {f"refresh-segment-{each.pk}": (each.pk,) for each in due})}


def refresh_due(segment_id: int) -> dict[str, Any] | None:
    """The job: refresh a segment if it still is due; a refusal is on the segment, not in the queue."""
    segment = _living().filter(pk=segment_id, refresh_due_at__lte=timezone.now()).first()
    if segment is None:
        return None
    is_new = segment.refreshed_at is None
    try:
        done = refresh(segment)
    except (RuleError, TooSlow) as error:
        return {"slug": segment.slug, "error": str(error)}
    if is_new:
        measure([segment])  # the next night is too far for who made it a minute ago
    return done


def in_order(segments: Iterable[Segment]) -> list[Segment]:
    """Segments that others ask about come before them."""
    by_slug = {each.slug: each for each in segments}
    ordered: dict[str, Segment] = {}

    def visit(segment: Segment, above: frozenset[str]) -> None:
        for slug in used_by(segment):
            if slug in by_slug and slug not in above and slug not in ordered:
                visit(by_slug[slug], above | {segment.slug})
        ordered.setdefault(segment.slug, segment)

    for each in by_slug.values():
        visit(each, frozenset())
    return list(ordered.values())


def used_by(segment: Segment) -> list[str]:
    """Slugs of the segments that its rule asks about."""
    return list(segments_used(segment.rule)) if segment.rule else []


def dependants(segment: Segment) -> list[Segment]:
    """Segments whose own rule asks about this one."""
    return list(_asking_about(segment, Segment.objects.exclude(pk=segment.pk)))


def _asking_about(segment: Segment, others: Iterable[Segment]) -> Iterator[Segment]:
    return (each for each in others if each.pk != segment.pk and segment.slug in used_by(each))


def _with_dependants(segments: Iterable[Segment]) -> list[Segment]:
    found: dict[int, Segment] = {}
    ahead, everyone = list(segments), list(Segment.objects.all())
    while ahead:
        segment = ahead.pop()
        if segment.pk not in found:
            found[segment.pk] = segment
            ahead.extend(_asking_about(segment, everyone))
    return list(found.values())
