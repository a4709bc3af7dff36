"""The queue `imports`: run or undo a batch, and find those whose bell was lost."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from segments.bells import ring
from segments.identity import review
from segments.importing import running, undoing
from segments.models.imports import ImportBatch

State = ImportBatch.State
STALE = timedelta(seconds=60)  # a living run writes its heartbeat about once a second, a waiting one too


def run_batch(batch_id: int) -> None:
    batch = running.run(batch_id)
    if batch.state == ImportBatch.State.DONE and not batch.dry_run and settings.REVIEW_SECONDS:
        review.enqueue(batch_id)


def undo_batch(batch_id: int) -> None:
    undoing.undo(batch_id)


def sweep() -> dict[str, int]:
    """Ring for imports and undos without a sign of life (running one twice is harmless), and forget old ones."""
    undoing.forget_old()
    lost = ImportBatch.objects.filter(
        state__in=(*running.GOING, State.UNDOING), heartbeat_at__lt=timezone.now() - STALE
    )
    imports, undos = {}, {}
    for batch_id, state in lost.values_list("pk", "state"):
        if state == State.UNDOING:
            undos[f"undo-{batch_id}"] = (batch_id,)
        else:
            imports[f"import-{batch_id}"] = (batch_id,)
    return {"imports": ring("imports", running.JOB, imports) + ring("imports", undoing.JOB, undos)}
