"""One look at a feed: what is new there becomes an import, is held back, or is refused with a sentence.

Only this module and `segments.feeding.alarms` write the state of a feed. A look may be killed anywhere: the batch and
its confirmation are one transaction, and what was taken is told by its content.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from segments.alone import alone
from segments.feeding import alarms
from segments.feeding.errors import FeedError
from segments.feeding.transports import transport_for
from segments.feeding.transports.base import Delivery, Transport
from segments.importing import running
from segments.importing.errors import UnusableFile
from segments.importing.mapping import propose
from segments.importing.reading import open_table
from segments.importing.work import folder_of
from segments.models import Feed, FeedLook, ImportBatch, Mapping

SOON = timedelta(minutes=1)  # a file is still growing, or more lies there
AFTER_FAILURE = timedelta(minutes=10)
Outcome = FeedLook.Outcome


def look(feed_id: int, *, by_hand: bool = False) -> FeedLook | None:
    """Look and take. None when there is nothing to do: paused, looked at elsewhere, or its import is under way.

    `by_hand` looks at a paused feed too, and tries again what was refused.
    """
    with alone("segments.feeding", feed_id) as free:
        feed = Feed.objects.select_related("source").filter(pk=feed_id).first()
        if not free or feed is None or not (feed.is_active or by_hand):
            return None
        alarms.settle(feed)
        if feed.batches.filter(state__in=running.GOING).exists():
            Feed.objects.filter(pk=feed.pk).update(due_at=timezone.now() + SOON)
            return None
        transport = transport_for(feed)
        seen = _look(feed, transport, by_hand=by_hand)
        _remember(feed, transport, seen)
        alarms.settle(feed)
        return seen


@contextmanager
def _spool(feed: Feed) -> Iterator[Path]:
    """An empty folder for fetched files; whatever a killed look left there is gone."""
    folder = Path(settings.MEDIA_ROOT) / "spool" / f"feed-{feed.pk}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _look(feed: Feed, transport: Transport, *, by_hand: bool) -> FeedLook:
    seen = FeedLook(feed=feed, outcome=Outcome.NOTHING)
    try:
        with transport, _spool(feed) as spool:
            delivery = transport.next_delivery(spool, again=by_hand)
            if delivery is not None:
                _take(seen, transport, delivery)
            transport.tidy()
    except (FeedError, OSError) as error:
        seen.outcome = seen.outcome if seen.batch_id else Outcome.FAILED
        seen.detail = _why(error)
    if seen.outcome == Outcome.NOTHING and transport.waits:
        seen.detail = _("A file is there but may still be growing: it is taken once it stops changing.")
    return seen


def _why(error: Exception) -> str:
    """What other machines do is a FeedError by now: anything else is of this one (its disk is full)."""
    if not isinstance(error, OSError):
        return str(error)
    return _("This server cannot keep the delivery: %(why)s.") % {"why": error.strerror or error}


def _take(seen: FeedLook, transport: Transport, delivery: Delivery) -> None:
    """Fills in the look: its outcome, the batch, the rows that came."""
    try:
        with transaction.atomic():
            batch = _received(seen.feed, delivery) if delivery.files else None
            seen.rows = delivery.rows or _rows(batch)
            if batch:
                seen.batch = batch
                transport.received(delivery, batch)
                _drop_older(seen.feed, batch)
            if short := alarms.shrunk(seen.feed, seen.rows):
                seen.outcome, seen.detail = Outcome.HELD, short
            elif batch:
                _begin(seen, transport, batch)
    except UnusableFile as error:
        seen.batch, seen.outcome, seen.detail = None, Outcome.FAILED, str(error)
        transport.refused(delivery, str(error))
    except OSError:
        seen.batch = None
        transport.lost(delivery)
        raise


def _received(feed: Feed, delivery: Delivery) -> ImportBatch:
    with ExitStack() as stack:
        files: dict[str, Any] = {kind: stack.enter_context(path.open("rb")) for kind, path in delivery.files.items()}
        return running.receive(feed.source, author=None, feed=feed, **files)


def _rows(batch: ImportBatch | None) -> dict[str, int]:
    """About how many rows the files have, by kind; a kind whose rows cannot be told without reading is left out."""
    if batch is None:
        return {}
    rows = {file.kind: open_table(folder_of(batch) / file.kind, kind=file.kind).rows for file in batch.files.all()}
    return {kind: count for kind, count in rows.items() if count}


def _drop_older(feed: Feed, batch: ImportBatch) -> None:
    """A delivery that waited for a person is overtaken by the new one."""
    for older in feed.batches.filter(state=ImportBatch.State.DECODED, pk__lt=batch.pk):
        running.cancel(older)


def _begin(seen: FeedLook, transport: Transport, batch: ImportBatch) -> None:
    """Confirm by the last mapping; columns that nobody has confirmed yet wait for a person."""
    columns = _own_columns(batch) if transport.names_its_columns else None
    if columns is None and (sentence := _unconfirmed(batch)):
        seen.outcome, seen.detail = Outcome.FAILED, sentence
        return
    try:
        with transaction.atomic():
            running.confirm(batch, columns=columns)
            seen.outcome = Outcome.LOADED
    except UnusableFile as error:
        seen.outcome, seen.detail = Outcome.FAILED, str(error)


def _own_columns(batch: ImportBatch) -> dict[str, Any]:
    return {file.kind: propose(file.kind, running.headers_of(batch, file.kind)) for file in batch.files.all()}


def _unconfirmed(batch: ImportBatch) -> str:
    last = {
        mapping.kind: mapping.columns for mapping in Mapping.objects.filter(source=batch.source, name=running.LAST_USED)
    }
    files = list(batch.files.all())
    if any(file.kind not in last for file in files):
        return _("The first delivery waits: open the import and check the columns. Later ones load by themselves.")
    if any(file.columns != last[file.kind] for file in files):
        return _("The columns of the file have changed: open the import and choose them again.")
    return ""


def _remember(feed: Feed, transport: Transport, seen: FeedLook) -> None:
    now = timezone.now()
    wait = timedelta(minutes=feed.every_minutes)
    if transport.waits or seen.outcome == Outcome.LOADED:
        wait = min(wait, SOON)
    elif seen.outcome == Outcome.FAILED:
        wait = min(wait, AFTER_FAILURE)
    alive = {"last_ok_at": now} if transport.alive and seen.outcome == Outcome.NOTHING else {}
    Feed.objects.filter(pk=feed.pk).update(seen=transport.memory, due_at=now + wait, **alive)
    _log(seen)
    feed.refresh_from_db()


def _log(seen: FeedLook) -> None:
    """A look like the last one moves its time; the log keeps what differed."""
    last = FeedLook.objects.filter(feed=seen.feed).first()
    same = last and not (last.batch_id or seen.batch_id) and _what(last) == _what(seen)
    if last and same:
        seen.pk = last.pk
        seen._state.adding = False
    seen.save()


def _what(seen: FeedLook) -> tuple[str, str, dict[str, int]]:
    return seen.outcome, seen.detail, seen.rows
