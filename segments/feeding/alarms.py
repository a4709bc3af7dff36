"""How a feed stands: late, failed, suddenly shrunk, or well. Derived anew from its looks and imports each time, so
that an alarm ends by itself when the feed is good again."""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from segments.models import Feed, FeedLook, ImportBatch, Mapping

State, Problem = ImportBatch.State, Feed.Problem


def settle(feed: Feed) -> None:
    """Count a delivery that was loaded since, and keep what is wrong now. Idempotent."""
    now = timezone.now()
    batch = feed.batches.order_by("-pk").first()
    if batch and batch.state == State.DONE:
        _count(feed, batch)
    problem, detail = judge(feed, batch, now)
    if (problem, detail) != (feed.problem, feed.problem_detail):
        since = feed.problem_since if problem == feed.problem else now
        feed.problem, feed.problem_detail, feed.problem_since = problem, detail, since if problem else None
        feed.save(update_fields=["problem", "problem_detail", "problem_since"])


def _count(feed: Feed, batch: ImportBatch) -> None:
    finished_at = batch.finished_at or timezone.now()
    if feed.last_ok_at and feed.last_ok_at >= finished_at:
        return
    seen = FeedLook.objects.filter(feed=feed, batch=batch).first()
    feed.rows = feed.rows | (seen.rows if seen else {})
    feed.last_ok_at = finished_at
    feed.save(update_fields=["rows", "last_ok_at"])


def judge(feed: Feed, batch: ImportBatch | None, now: datetime) -> tuple[str, str]:
    """(problem, the sentence about it), ("", "") when all is well. `batch` is the feed's last import."""
    if not feed.is_active:
        return "", ""
    if batch and batch.state == State.FAILED:
        return Problem.FAILED, batch.error
    if batch and batch.state == State.DECODED:
        return _waiting(feed, batch)
    seen = feed.looks.first()
    if seen and seen.batch_id is None and seen.outcome in _OF_LOOK:
        return _OF_LOOK[seen.outcome], seen.detail
    if (feed.last_ok_at or feed.created_at) + timedelta(hours=feed.late_after_hours) < now:
        return Problem.LATE, ""
    return "", ""


_OF_LOOK: dict[str, str] = {FeedLook.Outcome.FAILED: Problem.FAILED, FeedLook.Outcome.HELD: Problem.SHRUNK}


def _waiting(feed: Feed, batch: ImportBatch) -> tuple[str, str]:
    """A delivery that was received and not loaded: too short, or its columns need a person."""
    seen = FeedLook.objects.filter(feed=feed, batch=batch).first()
    if seen and seen.outcome == FeedLook.Outcome.HELD:
        return Problem.SHRUNK, seen.detail
    return Problem.FAILED, seen.detail if seen else _("A delivery was received and waits for you to check its columns.")


def shrunk(feed: Feed, rows: dict[str, int]) -> str:
    """A sentence when any kind of rows fell by more than the feed allows against its last good delivery, else ""."""
    fallen = [
        _("%(kind)s: %(now)s rows instead of %(before)s")
        % {"kind": Mapping.Kind(kind).label, "now": number_format(now), "before": number_format(before)}
        for kind, now in rows.items()
        if (before := feed.rows.get(kind, 0)) and now < before * (100 - feed.shrink_percent) / 100
    ]
    return capfirst("; ".join(fallen))


def in_trouble() -> list[Feed]:
    """Feeds that a person should look at, the longest standing first; without their memory, which can be long."""
    troubled = Feed.objects.exclude(problem="").filter(is_active=True).select_related("source").defer("seen")
    return list(troubled.order_by(F("problem_since").asc(nulls_last=True), "pk"))
