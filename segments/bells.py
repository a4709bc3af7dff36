"""Ringing for a worker: PostgreSQL says what is due, the queue only that somebody should look."""

from collections.abc import Mapping
from typing import Any

import django_rq

DAY = 86_400  # seconds that a failed job is kept for whoever looks into it


def ring(queue_name: str, job: str, calls: Mapping[str, tuple[Any, ...]], *, longest: int | None = None) -> int:
    """Enqueue `job` for each {id of the job: arguments} that does not wait already; returns how many were enqueued.

    `longest`: seconds it may take, None: as the queue says.
    """
    if not calls:
        return 0
    queue = django_rq.get_queue(queue_name)
    waiting = set(queue.get_job_ids())
    fresh = [job_id for job_id in calls if job_id not in waiting]
    for job_id in fresh:
        queue.enqueue(job, *calls[job_id], job_id=job_id, job_timeout=longest, result_ttl=0, failure_ttl=DAY)
    return len(fresh)
