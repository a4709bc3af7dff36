"""What a person decides about a delivery that was held back: load it anyway, or drop it."""

from django.utils import timezone
from django.utils.translation import gettext as _

from segments.feeding import alarms
from segments.feeding.errors import FeedError
from segments.importing import running
from segments.importing.errors import UnusableFile
from segments.models import Feed, FeedLook, ImportBatch


def held(feed: Feed) -> ImportBatch | None:
    """The delivery that waits for a decision."""
    last = feed.batches.order_by("-pk").first()
    return last if last and last.state == ImportBatch.State.DECODED else None


def load_anyway(feed: Feed) -> None:
    """Load what was held back; where nothing had changed, take the smaller count for the right one.

    Raises FeedError when the file cannot be loaded as it is.
    """
    batch = held(feed)
    try:
        if batch is not None:
            running.confirm(batch)
        else:
            _accept(feed)
    except UnusableFile as error:
        raise FeedError(str(error)) from error
    alarms.settle(feed)


def _accept(feed: Feed) -> None:
    seen = feed.looks.first()
    if seen is None or seen.outcome != FeedLook.Outcome.HELD:
        raise FeedError(_("Nothing of this feed is held back any more."))
    feed.rows = feed.rows | seen.rows
    feed.due_at = timezone.now()
    feed.save(update_fields=["rows", "due_at"])
    FeedLook.objects.filter(pk=seen.pk).update(outcome=FeedLook.Outcome.NOTHING)


def drop(feed: Feed) -> None:
    """Forget the delivery; the same content is not taken again."""
    batch = held(feed)
    if batch is None:
        raise FeedError(_("Nothing of this feed is held back any more."))
    running.cancel(batch)
    alarms.settle(feed)
