"""The life of an import: uploaded → decoded → mapped → previewed | loading → done | failed | cancelled.

Only this module and `undoing` write `ImportBatch.state`. Files lie in `MEDIA_ROOT/imports/<id>/`. A run that was killed is run
again from the start: rows that it had committed are recognised by their content hash, so nothing doubles.
"""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from collections.abc import Mapping as Mapping_
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import django_rq
from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from segments.identity.merging import LOCK
from segments.importing.ahead import beside
from segments.importing.errors import Cancelled, UnusableFile
from segments.importing.examples import examples
from segments.importing.loading import load
from segments.importing.mapping import Columns, check, check_options, propose
from segments.importing.reading import open_table
from segments.importing.refused import write_refused
from segments.importing.work import Work, folder_of, has_written
from segments.models.imports import ImportBatch, ImportFile, Mapping, Source

State = ImportBatch.State
WAITING = (State.UPLOADED, State.DECODED, State.MAPPED)
GOING = (State.MAPPED, State.LOADING)
CONFIRMABLE = (State.DECODED, State.PREVIEWED, State.FAILED, State.CANCELLED)
WAIT_SECONDS = 1.0
JOB = "segments.importing.jobs.run_batch"
LAST_USED = "last used"


def receive(
    source: Source | str, *, author: Any = None, feed: Any = None, encoding: str = "", **files: BinaryIO | None
) -> ImportBatch:
    """Keep the files (keyword: their kind, `cards=…`), understand them, propose a mapping.

    `encoding` (a key of `reading.LABELS`) is what a person picked for the texts; '' leaves it to their bytes.
    Raises UnusableFile and leaves nothing behind.
    """
    given = {Mapping.Kind(kind): file for kind, file in files.items() if file is not None}
    if not given:
        raise UnusableFile(_("Choose a file of cards, a file of documents, or both."))
    with transaction.atomic():
        if isinstance(source, str):
            source = Source.objects.get_or_create(name=source.strip())[0]
        batch = ImportBatch.objects.create(source=source, author=author, feed=feed)
        folder = folder_of(batch)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            batch.counters = {"files": {kind: _keep(batch, kind, file, encoding) for kind, file in given.items()}}
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        batch.state = State.DECODED
        batch.save()
    return batch


def _keep(batch: ImportBatch, kind: str, file: BinaryIO, encoding: str) -> dict[str, Any]:
    """Keep one file; returns what the pages say of it: columns, label, delimiter, skipped."""
    path, digest = folder_of(batch) / kind, hashlib.sha256()
    with path.open("wb") as kept:
        while part := file.read(1 << 20):
            digest.update(part)
            kept.write(part)
    table = open_table(path, encoding=encoding or None, kind=kind)
    saved = Mapping.objects.filter(source=batch.source, kind=kind, name=LAST_USED).first()
    fits = saved is not None and {name for names in saved.columns.values() for name in names} <= set(table.headers)
    ImportFile.objects.create(
        batch=batch,
        kind=kind,
        name=Path(str(getattr(file, "name", ""))).name[:255],
        size=path.stat().st_size,
        digest=digest.hexdigest(),
        encoding=encoding,
        columns=saved.columns if saved and fits else propose(kind, table.headers),
        options=saved.options if saved else {},
    )
    return {
        "columns": len(table.headers), "label": str(table.label), "delimiter": table.delimiter,
        "skipped": table.skipped._asdict(),
    }  # fmt: skip


def headers_of(batch: ImportBatch, kind: str) -> list[str]:
    """The headers of a received file, [] when it has none of this kind."""
    file = batch.files.filter(kind=kind).first()
    if file is None:
        return []
    return open_table(folder_of(batch) / kind, encoding=file.encoding or None, kind=kind).headers


def confirm(
    batch: ImportBatch,
    *,
    columns: Mapping_[str, Columns] | None = None,
    options: Mapping_[str, Any] | None = None,
    dry_run: bool = False,
    background: bool = True,
) -> None:
    """Accept the mapping (`columns` and `options` by kind; None: as proposed) and queue the import.

    Raises UnusableFile when a needed field has no column. An import that was only tried, failed or was cancelled
    may be confirmed again.
    """
    files = list(batch.files.all())
    for file in files:
        file.options = check_options(file.kind, (options or {}).get(file.kind, file.options))
        chosen = (columns or {}).get(file.kind) or file.columns
        file.columns = check(file.kind, chosen, headers_of(batch, file.kind), file.options)
    started_at = None if batch.dry_run else batch.started_at
    with transaction.atomic():
        free = ImportBatch.objects.filter(pk=batch.pk, state__in=CONFIRMABLE)
        moved = free.update(
            state=State.MAPPED, dry_run=dry_run, error="", cancel_asked=False, heartbeat_at=timezone.now(),
            finished_at=None, counters=_lasting(batch), started_at=started_at,
        )  # fmt: skip
        if not moved:
            raise UnusableFile(_("This import is already running or done. Start a new one."))
        for file in files:
            file.save(update_fields=["columns", "options"])
            Mapping.objects.update_or_create(
                source=batch.source, kind=file.kind, name=LAST_USED,
                defaults={"columns": file.columns, "options": file.options},
            )  # fmt: skip
        if background:
            enqueue(batch.pk)
    batch.refresh_from_db()


def _lasting(batch: ImportBatch) -> dict[str, Any]:
    """The counters that outlive a run."""
    return {"files": batch.counters.get("files", {}), "has_written": has_written(batch)}


def enqueue(batch_id: int) -> None:
    """Ring for a worker after the commit; the sweep rings again when the ring is lost."""
    transaction.on_commit(lambda: django_rq.get_queue("imports").enqueue(JOB, batch_id), robust=True)


def cancel(batch: ImportBatch) -> None:
    """Stop an import: at once when it waits, within seconds when it runs; committed rows stay."""
    waiting = ImportBatch.objects.filter(pk=batch.pk, state__in=WAITING)
    if not waiting.update(state=State.CANCELLED, finished_at=timezone.now()):
        ImportBatch.objects.filter(pk=batch.pk, state=State.LOADING).update(cancel_asked=True)
    batch.refresh_from_db()


def discard(batch: ImportBatch) -> None:
    """Forget an import that was received but never confirmed, with its files."""
    if ImportBatch.objects.filter(pk=batch.pk, state=State.DECODED).delete()[0]:
        shutil.rmtree(folder_of(batch), ignore_errors=True)


def run(batch_id: int) -> ImportBatch:
    """Do the import, after any other one that runs. Ends in done, failed or cancelled; safe to repeat."""
    batch = ImportBatch.objects.select_related("source").get(pk=batch_id)
    try:
        with alone(batch, GOING) as called:
            if called and _started(batch):
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
def alone(batch: ImportBatch, going: Collection[str]) -> Iterator[bool]:
    """Hold the lock of all imports, however long others take; yields False when the batch has left these states."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,))
        while not cursor.fetchone()[0]:
            waiting = ImportBatch.objects.filter(pk=batch.pk, state__in=going)
            if not waiting.update(stage="waiting", heartbeat_at=timezone.now()):
                yield False
                return
            time.sleep(WAIT_SECONDS)
            cursor.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,))
    try:
        yield ImportBatch.objects.filter(pk=batch.pk, state__in=going).exists()
    finally:
        with suppress(Error), connection.cursor() as cursor:  # a lost connection has lost the lock too
            cursor.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def _started(batch: ImportBatch) -> bool:
    now, going = timezone.now(), ImportBatch.objects.filter(pk=batch.pk, state__in=GOING)
    return bool(going.update(state=State.LOADING, started_at=now, heartbeat_at=now))


def _run(batch: ImportBatch) -> None:
    batch.rejected.all().delete()
    work = Work(batch)
    folder_of(batch).mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=folder_of(batch)) as aside:
            counters = _tried(work, Path(aside)) if batch.dry_run else _loaded(work, Path(aside))
    finally:
        work.progress.close()
    counters["seconds"] = work.timers.all()
    counters |= _lasting(batch)
    _finish(batch, State.PREVIEWED if batch.dry_run else State.DONE, counters=counters, stage="done")


def _tried(work: Work, aside: Path) -> dict[str, Any]:
    with transaction.atomic():
        counters = load(work, aside) | {"examples": examples(work.batch, work.refused)}
        transaction.set_rollback(True)
    return counters | {"rejected_file": write_refused(work.batch, work.refused)}


def _loaded(work: Work, aside: Path) -> dict[str, Any]:
    """The file of refused rows is written while people are identified and loaded."""
    files: list[Future[str | None]] = []
    with beside() as begin:
        counters = load(
            work, aside, all_read=lambda: files.append(begin(partial(write_refused, work.batch, work.refused)))
        )
        return counters | {"rejected_file": files[0].result()}


def _finish(batch: ImportBatch, state: str, **fields: Any) -> None:
    now = timezone.now()
    going = ImportBatch.objects.filter(pk=batch.pk, state__in=GOING)
    going.update(state=state, finished_at=now, heartbeat_at=now, cancel_asked=False, **fields)
