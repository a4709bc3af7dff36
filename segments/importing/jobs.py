"""The queue `imports`: run or undo a batch, and find those whose bell was lost."""

from datetime import timedelta

import django_rq
from django.conf import settings
from django.utils import timezone

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
    queue = django_rq.get_queue("imports")
    waiting, rung = set(queue.get_job_ids()), 0
    for batch_id, state in lost.values_list("pk", "state"):
        name, job = ("undo", undoing.JOB) if state == State.UNDOING else ("import", running.JOB)
        if f"{name}-{batch_id}" not in waiting:
            queue.enqueue(job, batch_id, job_id=f"{name}-{batch_id}")
            rung += 1
    return {"imports": rung}
