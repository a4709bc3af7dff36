"""How the queues and the workers are now: a few round trips to Redis, whatever the length of the queues."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from rq import Queue, Worker
from rq.job import Job
from rq.registry import DeferredJobRegistry, ScheduledJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.utils import utcparse

from crmsite.jobs_page import failures, names
from crmsite.redis_client import redis

MOST_WORKERS = 1000
SILENT_AFTER = dt.timedelta(minutes=2)  # a worker beats every few seconds, and its record ends a minute after the last
UNHEARD_AFTER = dt.timedelta(minutes=2)  # a job without any worker
# Behind one long job others wait by right: an import or nightly work may take an hour.
WAITS_LONG = {"imports": dt.timedelta(minutes=75), "segments": dt.timedelta(minutes=75)}
WAITS_LONG_ELSE = dt.timedelta(minutes=10)

# Since when a chunk of a running campaign may be taken and nobody has; by channel.
DUE = """
SELECT c.channel, min(c.due_at) FROM campaigns_chunk AS c
JOIN campaigns_run AS r ON r.id = c.run_id
JOIN campaigns_campaign AS g ON g.id = r.campaign_id AND g.state = 'running'
WHERE c.state = 0 AND c.due_at <= clock_timestamp() GROUP BY c.channel
"""


@dataclass(frozen=True)
class QueueNow:
    """`oldest` is since when the first in the queue waits; `later`: those put off, or waiting for another job."""

    name: str
    waiting: int
    running: int
    later: int
    failed: int
    oldest: dt.datetime | None
    workers: int

    @property
    def title(self) -> str:
        return str(names.QUEUES.get(self.name, self.name))

    @property
    def failed_shown(self) -> str:
        return f"{failures.MOST}+" if self.failed >= failures.MOST else str(self.failed)

    @property
    def waits(self) -> str:
        """How long the first has been waiting, in words."""
        if self.oldest is None:
            return ""
        moment = dt.timedelta(minutes=1)
        return timesince(self.oldest) if self._waits_longer_than(moment) else _("less than a minute")

    @property
    def is_unheard(self) -> bool:
        """Nobody works on it, and something waits for longer than a restart takes."""
        return not self.workers and self._waits_longer_than(UNHEARD_AFTER)

    @property
    def is_late(self) -> bool:
        return self.is_unheard or self._waits_longer_than(WAITS_LONG.get(self.name, WAITS_LONG_ELSE))

    def _waits_longer_than(self, limit: dt.timedelta) -> bool:
        return self.oldest is not None and timezone.now() - self.oldest > limit


@dataclass(frozen=True)
class WorkerNow:
    """`job` is what it does since `since`, empty when it waits for work."""

    name: str
    queue: str
    state: str
    host: str
    beat_at: dt.datetime | None
    job: str
    since: dt.datetime | None

    @property
    def queue_title(self) -> str:
        return str(names.QUEUES.get(self.queue, self.queue))

    @property
    def is_silent(self) -> bool:
        return self.beat_at is None or timezone.now() - self.beat_at > SILENT_AFTER


def queues(workers: list[WorkerNow], failed: list[failures.Key]) -> list[QueueNow]:
    """All queues in the order of the settings. Raises RedisError."""
    client = redis()
    with client.pipeline(transaction=False) as pipe:
        for name in settings.QUEUES:
            queue = Queue(name, connection=client, serializer=JSONSerializer)
            pipe.llen(queue.key).lindex(queue.key, 0)
            for registry in (StartedJobRegistry, DeferredJobRegistry, ScheduledJobRegistry):
                pipe.zcard(registry(queue=queue).key)
        told = iter(pipe.execute())
    rows = [(name, *(next(told) for _field in range(5))) for name in settings.QUEUES]
    oldest = _enqueued_at([first.decode() for _name, _waiting, first, *_rest in rows if first])
    busy, broken = Counter(worker.queue for worker in workers), Counter(key.queue for key in failed)
    return [
        QueueNow(
            name, waiting, running, deferred + scheduled, broken[name],
            oldest.get(first.decode()) if first else None, busy[name],
        )
        for name, waiting, first, running, deferred, scheduled in rows
    ]  # fmt: skip


def workers() -> list[WorkerNow]:
    """Those that are alive, by queue; at most `MOST_WORKERS`. Raises RedisError.

    Read from their records: an object of RQ's Worker would make the connection wait for minutes.
    """
    client = redis()
    keys = [key.decode() for key in islice(client.sscan_iter(Worker.redis_workers_keys, count=500), MOST_WORKERS)]
    with client.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.hgetall(key).smembers(f"{key}:executions")
        told = pipe.execute()
    records = [(key, record, doing) for key, record, doing in zip(keys, told[::2], told[1::2], strict=True) if record]
    current = {key: next(iter(doing)).decode().rpartition(":")[0] for key, _record, doing in records if doing}
    jobs = {
        job.id: job
        for job in Job.fetch_many(current.values(), connection=client, serializer=JSONSerializer)
        if job is not None
    }
    found = [_worker(key, record, jobs.get(current.get(key, ""))) for key, record, _doing in records]
    return sorted(found, key=lambda worker: (worker.queue, worker.name))


def due_since() -> dict[str, dt.datetime]:
    """{channel: since when}: messages of running campaigns that may go now and that no worker has taken yet."""
    with connection.cursor() as cursor:
        cursor.execute(DUE)
        return dict(cursor.fetchall())


def _worker(key: str, record: dict[bytes, bytes], job: Job | None) -> WorkerNow:
    told = {field.decode(): value.decode() for field, value in record.items()}
    beat = told.get("last_heartbeat")
    return WorkerNow(
        name=key.removeprefix(Worker.redis_worker_namespace_prefix)[:12],
        queue=told.get("queues", ""),
        state=told.get("state", ""),
        host=f"{told.get('hostname', '')} · {told.get('pid', '')}",
        beat_at=utcparse(beat) if beat else None,
        job=failures.title(job) if job else "",
        since=job.started_at if job else None,
    )


def _enqueued_at(job_ids: list[str]) -> dict[str, dt.datetime]:
    with redis().pipeline(transaction=False) as pipe:
        for job_id in job_ids:
            pipe.hget(Job.key_for(job_id), "enqueued_at")
        told = pipe.execute()
    return {job_id: utcparse(when.decode()) for job_id, when in zip(job_ids, told, strict=True) if when}
