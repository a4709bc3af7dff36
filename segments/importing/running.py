"""The life of an import: received → confirmed → run (in a worker or at once) → done | failed | cancelled.

Only this module writes `ImportBatch.state`. Files lie in `MEDIA_ROOT/imports/<id>/`. A run that was killed is run
again from the start: rows that it had committed are recognised by their content hash, so nothing doubles.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import django_rq
from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from segments.importing.errors import Cancelled, UnusableFile
from segments.importing.loading import load
from segments.importing.mapping import Columns, check, propose
from segments.importing.reading import open_table
from segments.importing.refused import write_refused
from segments.importing.work import Work, folder_of
from segments.models.imports import ImportBatch, Mapping, Source

State = ImportBatch.State
LOCK = 7_411_201  # of all imports into one database
WAIT_SECONDS = 1.0
JOB = "segments.importing.jobs.run_batch"
LAST_USED = "last used"


def receive(
    source: Source | str, *, cards: BinaryIO | None = None, documents: BinaryIO | None = None, author: Any = None
) -> ImportBatch:
    """Keep the files, understand them, propose a mapping. Raises UnusableFile and leaves nothing behind."""
    if cards is None and documents is None:
        raise UnusableFile(_("Choose a file of cards, a file of documents, or both."))
    with transaction.atomic():
        if isinstance(source, str):
            source = Source.objects.get_or_create(name=source.strip())[0]
        batch = ImportBatch.objects.create(source=source, author=author)
        folder = folder_of(batch)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            for kind, file in ((Mapping.Kind.CARDS, cards), (Mapping.Kind.DOCUMENTS, documents)):
                if file is not None:
                    _keep(batch, kind, file)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        batch.save()
    return batch


def _keep(batch: ImportBatch, kind: str, file: BinaryIO) -> None:
    path = folder_of(batch) / kind
    with path.open("wb") as kept:
        shutil.copyfileobj(file, kept, 1 << 20)
    headers = open_table(path).headers
    saved = Mapping.objects.filter(source=batch.source, kind=kind, name=LAST_USED).first()
    setattr(batch, f"{kind}_file", path.name)
    fits = saved is not None and {name for names in saved.columns.values() for name in names} <= set(headers)
    setattr(batch, f"{kind}_columns", saved.columns if saved and fits else propose(kind, headers))


def headers_of(batch: ImportBatch, kind: str) -> list[str]:
    """The headers of a received file, [] when it has none of this kind."""
    name = getattr(batch, f"{kind}_file")
    return open_table(folder_of(batch) / name).headers if name else []


def confirm(
    batch: ImportBatch,
    *,
    cards_columns: Columns | None = None,
    documents_columns: Columns | None = None,
    dry_run: bool = False,
    background: bool = True,
) -> None:
    """Accept the mapping (None: as proposed) and queue the import. Raises UnusableFile when a needed field has no
    column. An import that was only tried, failed or was cancelled may be confirmed again."""
    for kind, columns in ((Mapping.Kind.CARDS, cards_columns), (Mapping.Kind.DOCUMENTS, documents_columns)):
        if not getattr(batch, f"{kind}_file"):
            continue
        chosen = check(kind, columns or getattr(batch, f"{kind}_columns"), headers_of(batch, kind))
        setattr(batch, f"{kind}_columns", chosen)
    started_at = None if batch.dry_run else batch.started_at
    with transaction.atomic():
        free = ImportBatch.objects.filter(pk=batch.pk).exclude(state__in=(State.QUEUED, State.RUNNING, State.UNDONE))
        moved = free.exclude(state=State.DONE, dry_run=False).update(
            state=State.QUEUED, dry_run=dry_run, cards_columns=batch.cards_columns, error="", cancel_asked=False,
            documents_columns=batch.documents_columns, heartbeat_at=timezone.now(), finished_at=None, counters={},
            started_at=started_at,
        )  # fmt: skip
        if not moved:
            raise UnusableFile(_("This import is already running or done. Start a new one."))
        for kind in Mapping.Kind:
            if columns := getattr(batch, f"{kind}_columns"):
                Mapping.objects.update_or_create(
                    source=batch.source, kind=kind, name=LAST_USED, defaults={"columns": columns}
                )
        if background:
            enqueue(batch.pk)
    batch.refresh_from_db()


def enqueue(batch_id: int) -> None:
    """Ring for a worker after the commit; the sweep rings again when the ring is lost."""
    transaction.on_commit(lambda: django_rq.get_queue("imports").enqueue(JOB, batch_id))


def cancel(batch: ImportBatch) -> None:
    """Stop an import: at once when it waits, within seconds when it runs; committed rows stay."""
    waiting = ImportBatch.objects.filter(pk=batch.pk, state__in=(State.UPLOADED, State.QUEUED))
    if not waiting.update(state=State.CANCELLED, finished_at=timezone.now()):
        ImportBatch.objects.filter(pk=batch.pk, state=State.RUNNING).update(cancel_asked=True)
    batch.refresh_from_db()


def discard(batch: ImportBatch) -> None:
    """Forget an import that was received but never confirmed, with its files."""
    if ImportBatch.objects.filter(pk=batch.pk, state=State.UPLOADED).delete()[0]:
        shutil.rmtree(folder_of(batch), ignore_errors=True)


def run(batch_id: int) -> ImportBatch:
    """Do the import, after any other one that runs. Ends in done, failed or cancelled; safe to repeat."""
    batch = ImportBatch.objects.select_related("source").get(pk=batch_id)
    try:
        with _alone(batch) as begun:
            if begun:
                _run(batch)
    except UnusableFile as error:
        _finish(batch, State.FAILED, error=str(error))
    except Cancelled:
        _finish(batch, State.CANCELLED)
    except (OperationalError, InterfaceError):  # the database went away: the sweep runs the batch again
        raise
    except Exception:
        _finish(batch, State.FAILED, error=_("The import stopped on an internal error; the log has the details."))
        raise
    batch.refresh_from_db()
    return batch


@contextmanager
def _alone(batch: ImportBatch) -> Iterator[bool]:
    """Hold the lock of all imports; yields False when the batch meanwhile needs no running."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,))
        while not cursor.fetchone()[0]:
            waiting = ImportBatch.objects.filter(pk=batch.pk, state__in=(State.QUEUED, State.RUNNING))
            if not waiting.update(stage="waiting", heartbeat_at=timezone.now()):
                yield False
                return
            time.sleep(WAIT_SECONDS)
            cursor.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,))
    try:
        now = timezone.now()
        yield bool(
            ImportBatch.objects.filter(pk=batch.pk, state__in=(State.QUEUED, State.RUNNING)).update(
                state=State.RUNNING, started_at=now, heartbeat_at=now
            )
        )
    finally:
        with suppress(Error), connection.cursor() as cursor:  # a lost connection has lost the lock too
            cursor.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def _run(batch: ImportBatch) -> None:
    batch.rejected.all().delete()
    work = Work(batch)
    folder_of(batch).mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=folder_of(batch)) as aside:
            if batch.dry_run:
                with transaction.atomic():
                    counters = load(work, Path(aside))
                    transaction.set_rollback(True)
            else:
                counters = load(work, Path(aside))
    finally:
        work.progress.close()
    counters["rejected_file"] = write_refused(batch, work.refused)
    counters["seconds"] = work.timers.all()
    _finish(batch, State.DONE, counters=counters, stage="done")


def _finish(batch: ImportBatch, state: str, **fields: Any) -> None:
    now = timezone.now()
    going = ImportBatch.objects.filter(pk=batch.pk, state__in=(State.QUEUED, State.RUNNING))
    going.update(state=state, finished_at=now, heartbeat_at=now, cancel_asked=False, **fields)
