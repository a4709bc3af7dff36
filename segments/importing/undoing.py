"""Taking an import back as a whole: done | failed | cancelled → undoing → undone. Only here and in `running` states move.

What the import added goes, what it changed becomes what it was, its merges and its consents are taken back. What a
later import changed, what others use and whoever has messages stay, and are listed. It runs in a worker under the lock
of all imports, in steps that may each be repeated, so a kill anywhere is mended by running it again:

1. all rows of the base in *one* transaction: nobody ever sees half a person, and a kill leaves the base as it was;
2. consents in small transactions of their own, so that nobody's opt-out waits for an undo, each address ruled anew
   from the log: a withdrawal made since stays in force;
3. addresses that nothing holds any more, likewise;
4. facts and segments.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_rq
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from segments import consents
from segments.facts import refresh_facts
from segments.identity.households import refresh_households
from segments.importing import images, undo_plan, undo_steps
from segments.importing.progress import Progress
from segments.importing.running import alone
from segments.importing.undo_keeps import why_kept
from segments.importing.work import has_written
from segments.models.imports import BeforeImage, ImportBatch, RejectedRow
from segments.refreshing import ask

State = ImportBatch.State
UNDOABLE = (State.DONE, State.FAILED, State.CANCELLED, State.PREVIEWED)
DAYS = 30  # how long an import can be undone, and its images, files and refused rows are kept
FORGET_REFUSED = "DELETE FROM segments_rejectedrow WHERE batch_id = ANY(%s)"
JOB = "segments.importing.jobs.undo_batch"
PART = 20_000  # addresses per transaction
LISTED = 200  # rows of a plan that are shown by name
EVERYBODY = "SELECT count(*) FROM segments_customer"
# Judged again at the moment of deleting: a person may have decided since.
FORGET_CONTACTS = """
DELETE FROM segments_contactpoint AS cp WHERE cp.id = ANY(%(points)s)
  AND NOT EXISTS (SELECT FROM segments_cardcontact AS cc WHERE cc.contact_point_id = cp.id)
  AND NOT EXISTS (SELECT {said}) AND {why} IS NULL
"""
# Most of their rows have just gone. By what the planner knew before it may take one for empty, and read it whole for
# every address.
ANALYZE = "ANALYZE segments_contactpoint, segments_cardcontact, segments_consent"
BEQUEATH_CONTACTS = undo_steps.BEQUEATH.format(table="segments_contactpoint", last="")


class CannotUndo(Exception):
    """This import cannot be undone; `str()` is the (translated) reason."""


@dataclass(frozen=True)
class Plan:
    """What an undo would do, in rows by kind; `kept` are the first `LISTED` of what stays: kind, key, reason."""

    counts: undo_plan.Counts
    kept: list[dict[str, str]]

    @property
    def kept_in_all(self) -> int:
        return sum(self.counts.kept.values())


def why_not(batch: ImportBatch) -> str:
    """Why this import cannot be undone; '' when it can."""
    if batch.state == State.UNDONE:
        return _("This import has been undone already.")
    if batch.state == State.UNDOING:
        return _("This import is being undone.")
    if not has_written(batch) or batch.state not in UNDOABLE:
        return _("This import has written nothing that could be undone.")
    if batch.finished_at is None or batch.finished_at < timezone.now() - timedelta(days=DAYS):
        return _("An import can be undone within %(days)s days; this one is older.") % {"days": DAYS}
    return ""


def plan(batch: ImportBatch) -> Plan:
    """What undoing it now would do, by the very statements of the act. Changes nothing. Raises CannotUndo."""
    if reason := why_not(batch):
        raise CannotUndo(reason)
    with transaction.atomic(), connection.cursor() as cursor:
        undo_plan.classify(cursor, batch)
        undo_plan.classify_contacts(cursor, batch.pk)
        found = Plan(undo_plan.counts(cursor, batch.pk), undo_steps.kept(cursor, LISTED))
        transaction.set_rollback(True)
    return found


def begin(batch: ImportBatch, *, background: bool = True) -> None:
    """Ask for the undo; of many that ask at once one succeeds. Raises CannotUndo."""
    with transaction.atomic():
        now = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if reason := why_not(now):
            raise CannotUndo(reason)
        ImportBatch.objects.filter(pk=batch.pk).update(
            state=State.UNDOING, stage="", rows_done=0, rows_total=0, error="", cancel_asked=False,
            heartbeat_at=timezone.now(),
            counters=now.counters | {"undo": {"from": now.state, "removed": {}, "restored": {}, "kept": {}}},
        )  # fmt: skip
        if background:
            transaction.on_commit(lambda: django_rq.get_queue("imports").enqueue(JOB, batch.pk), robust=True)
    batch.refresh_from_db()


def undo(batch_id: int) -> ImportBatch:
    """Do what `begin` asked for, after any import that runs; safe to repeat. Ends undone, or as it was with an error."""
    batch = ImportBatch.objects.select_related("source").get(pk=batch_id)
    try:
        with alone(batch, (State.UNDOING,)) as begun:
            if begun:
                _undo(batch)
    except (OperationalError, InterfaceError):  # the database went away: the sweep runs it again
        raise
    except Exception:
        _stop(batch.pk, _("The undo stopped on an internal error; the log has the details. It may be tried again."))
        raise
    batch.refresh_from_db()
    return batch


def kept_of(batch: ImportBatch, most: int | None = None) -> list[dict[str, str]]:
    """What stayed when the import was undone: kind, key, reason; for `DAYS` days."""
    listed = BeforeImage.objects.filter(batch=batch, kind__startswith="kept-").order_by("kind", "row_id")
    return list(listed.values_list("before", flat=True)[:most])


def forget_old() -> int:
    """Remove images, refused rows and files of imports that can no longer be undone; returns how many imports had any."""
    old = ImportBatch.objects.filter(finished_at__lt=timezone.now() - timedelta(days=DAYS)).exclude(state=State.UNDOING)
    kept = Exists(BeforeImage.objects.filter(batch=OuterRef("pk"))) | Exists(
        RejectedRow.objects.filter(batch=OuterRef("pk"))
    )
    ids = list(old.filter(kept).values_list("pk", flat=True))
    with transaction.atomic(), connection.cursor() as cursor:
        for forget in (images.FORGET, FORGET_REFUSED) if ids else ():
            cursor.execute(forget, (ids,))
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folders = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()] if folder.is_dir() else []
    filed = list(old.filter(pk__in=folders).values_list("pk", flat=True))
    for batch_id in filed:
        shutil.rmtree(folder / str(batch_id), ignore_errors=True)
    return len({*ids, *filed})


def _undo(batch: ImportBatch) -> None:
    started, progress = time.monotonic(), Progress(batch.pk, apart=True)
    try:
        touched = _rows(batch, progress)
        _consents(batch.pk, progress)
        _contacts(batch.pk, progress)
        progress.begin("settling")
        _refresh(touched)
    finally:
        progress.close()
    with _counted(batch.pk) as counted:
        counted["seconds"] = round(counted.get("seconds", 0) + time.monotonic() - started, 3)
        counted["at"] = timezone.now().isoformat()
        ImportBatch.objects.filter(pk=batch.pk).update(state=State.UNDONE, stage="done", heartbeat_at=timezone.now())


def _rows(batch: ImportBatch, progress: Progress) -> list[int] | None:
    """Cards, documents, cars, stock, people: one transaction. Returns whose facts changed; None when an earlier run
    of this undo was killed after it: then nobody knows."""
    progress.begin("undo_plan")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        undo_plan.classify(cursor, batch)
        found = undo_plan.counts(cursor, batch.pk)
        consented = found.removed.pop("consent", 0)
        total = sum(found.removed.values()) + sum(found.restored.values()) + consented
        progress.begin("undo_rows", total)
        undo_steps.remember_touched(cursor)
        undo_steps.restore(cursor)
        progress.advance(sum(found.restored.values()))
        undo_steps.remove(cursor, batch.pk)
        progress.advance(sum(found.removed.get(kind, 0) for kind in ("card", "document")))
        touched = undo_steps.settle(cursor, batch.pk)
        undo_steps.leave_history(cursor, batch.pk)
        progress.advance(total - consented - progress.rows_done)
        with _counted(batch.pk) as counted:  # last: the row of the batch stays locked to the end
            again = counted.get("rows_done", False)
            counted["rows_done"] = True
            _add(counted, removed=found.removed, restored=found.restored)
    return None if again else touched


def _consents(batch_id: int, progress: Progress) -> None:
    progress.begin("undo_consents")

    def part(points: Sequence[int]) -> None:
        undone = consents.take_back(batch_id, points)
        with _counted(batch_id) as counted:
            _add(counted, removed={"consent": undone})
        transaction.on_commit(lambda: progress.advance(undone))

    _in_parts(consents.said_in_batch(batch_id), part)


def _contacts(batch_id: int, progress: Progress) -> None:
    progress.begin("undo_contacts")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(undo_plan.TABLE)
        undo_plan.classify_contacts(cursor, batch_id)
        points = undo_steps.removable_contacts(cursor)
        cursor.execute(undo_steps.LIST_KEPT, {"batch": batch_id})
        cursor.execute(BEQUEATH_CONTACTS, {"kind": "contact"})
        cursor.execute(ANALYZE)
    forget = FORGET_CONTACTS.format(said=undo_plan.SAID, why=why_kept("cp.id", "contacts"))

    def part(points: Sequence[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(forget, {"batch": batch_id, "points": list(points)})
            gone = cursor.rowcount
        with _counted(batch_id) as counted:
            _add(counted, removed={"contact": gone})

    _in_parts(points, part)
    with _counted(batch_id) as counted, connection.cursor() as cursor:
        cursor.execute(undo_steps.COUNT_KEPT, {"batch": batch_id})
        counted["kept"] = dict(cursor.fetchall())


def _in_parts(ids: Sequence[int], act: Callable[[Sequence[int]], None]) -> None:
    for start in range(0, len(ids), PART):
        with transaction.atomic():
            act(ids[start : start + PART])


def _refresh(touched: list[int] | None) -> None:
    if touched is not None and not touched:
        return
    with connection.cursor() as cursor:
        cursor.execute(EVERYBODY)
        everybody = cursor.fetchone()[0]
    chosen = None if touched is None or len(touched) > everybody / 4 else touched
    refresh_facts(chosen)
    refresh_households(chosen)
    ask()


@contextmanager
def _counted(batch_id: int) -> Iterator[dict[str, Any]]:
    """`counters["undo"]` of a batch: locked, and written back at the end."""
    with transaction.atomic():
        counters = ImportBatch.objects.select_for_update().only("counters").get(pk=batch_id).counters
        yield counters["undo"]
        ImportBatch.objects.filter(pk=batch_id).update(counters=counters)


def _add(counted: dict[str, Any], **numbers: dict[str, int]) -> None:
    for name, by_kind in numbers.items():
        for kind, rows in by_kind.items():
            if rows:
                counted[name][kind] = counted[name].get(kind, 0) + rows


def _stop(batch_id: int, error: str) -> None:
    """Back to what the import was before the undo was asked for; what was taken back so far stays so."""
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        if batch.state == State.UNDOING:
            batch.state, batch.error = batch.counters["undo"]["from"], error
            batch.save(update_fields=["state", "error"])
