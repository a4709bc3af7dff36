"""Feeds whose time has come: found by the sweep, looked at by a job of the queue `imports`."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from segments.bells import ring
from segments.feeding import alarms, looking
from segments.models import Feed

QUEUE = "imports"
JOB = "segments.feeding.jobs.look"
LONGEST = 3600  # seconds a look may take: a first pull of a whole catalogue


def look(feed_id: int, by_hand: bool = False) -> dict[str, Any] | None:
    """The job: look if the feed is still due; what went wrong is on the feed, not in the queue."""
    due = Q(pk=feed_id) if by_hand else Q(pk=feed_id, due_at__lte=timezone.now())
    if not Feed.objects.filter(due).exists():
        return None
    seen = looking.look(feed_id, by_hand=by_hand)
    return {"feed": feed_id, "outcome": seen.outcome} if seen else None


def ask(feed: Feed) -> None:
    """Look as soon as a worker is free, paused or not."""
    ring(QUEUE, JOB, {f"look-feed-{feed.pk}-by-hand": (feed.pk, True)}, longest=LONGEST)


def sweep() -> dict[str, int]:
    """Keep how each feed stands, and ring for those that are due: {"feeds": due, "looks": rung}."""
    for feed in Feed.objects.filter(Q(is_active=True) | ~Q(problem="")).defer("seen"):
        alarms.settle(feed)
    due = list(Feed.objects.filter(is_active=True, due_at__lte=timezone.now()).values_list("pk", flat=True))
    return {"feeds": len(due), "looks": ring(QUEUE, JOB, {f"look-feed-{pk}": (pk,) for pk in due}, longest=LONGEST)}
