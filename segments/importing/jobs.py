"""The queue `imports`: run a batch, and find those whose bell was lost."""

from datetime import timedelta

import django_rq
from django.utils import timezone

from segments.importing import running
from segments.models.imports import ImportBatch

STALE = timedelta(seconds=60)  # a living run writes its heartbeat about once a second, a waiting one too


def run_batch(batch_id: int) -> None:
    running.run(batch_id)


def sweep() -> dict[str, int]:
    """Ring for confirmed or running batches without a sign of life. Running twice is harmless (one lock, hashes)."""
    now = timezone.now()
    lost = ImportBatch.objects.filter(state__in=running.GOING, heartbeat_at__lt=now - STALE)
    waiting = set(django_rq.get_queue("imports").get_job_ids())
    rung = 0
    for batch_id in lost.values_list("pk", flat=True):
        job_id = f"import-{batch_id}"
        if job_id not in waiting:
            django_rq.get_queue("imports").enqueue(running.JOB, batch_id, job_id=job_id)
            rung += 1
    return {"imports": rung}
