"""Jobs that failed: read newest first, run again, forgotten.

RQ keeps a failed job for a time of its own (`failure_ttl`), and leaves its id in the registry when the same id was
rung for again: only what still says "failed" is one.
"""

import datetime as dt
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from redis import Redis
from rq import Queue
from rq.defaults import DEFAULT_FAILURE_TTL
from rq.exceptions import DeserializationError, InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus
from rq.registry import FailedJobRegistry
from rq.results import Result
from rq.serializers import JSONSerializer
from rq.utils import str_to_date

from campaigns.refusals import Refused
from crmsite.jobs_page import errors, names
from crmsite.redis_client import redis

PER_PAGE = 25
MOST = 200  # of each queue that are looked at; older ones are not shown


@dataclass(frozen=True)
class Key:
    """Where a failed job is. `str()` of it comes back from a form."""

    queue: str
    job: str

    def __str__(self) -> str:
        return f"{self.queue}:{self.job}"

    @classmethod
    def read(cls, text: str) -> "Key | None":
        queue, colon, job = text.partition(":")
        return cls(queue, job) if colon and job and queue in settings.QUEUES else None


@dataclass(frozen=True)
class Failure:
    """One line of the list. `function` is shown only when it has no name."""

    key: Key
    failed_at: dt.datetime
    name: str
    subject: str
    function: str
    cause: str
    line: str
    trace: str

    @property
    def may_be_repeated(self) -> bool:
        return names.may_be_repeated(self.function)


def found() -> list[tuple[dt.datetime, Key]]:
    """(when, which) of the failed, newest first, at most `MOST` of a queue. Raises RedisError."""
    client = redis()
    with client.pipeline(transaction=False) as pipe:
        for queue in settings.QUEUES:
            pipe.zrevrange(_registry(queue).key, 0, MOST - 1, withscores=True)
        ranges = pipe.execute()
    expiring = [
        (Key(queue, job_id.decode()), score)
        for queue, entries in zip(settings.QUEUES, ranges, strict=True)
        for job_id, score in entries
    ]
    with client.pipeline(transaction=False) as pipe:
        for key, _score in expiring:
            pipe.hmget(Job.key_for(key.job), "status", "ended_at", "failure_ttl")
        states = pipe.execute()
    failed = [
        (_failed_at(score, ended_at, kept_for), key)
        for (key, score), (status, ended_at, kept_for) in zip(expiring, states, strict=True)
        if status == JobStatus.FAILED.encode()
    ]
    return sorted(failed, key=lambda pair: pair[0], reverse=True)


def _failed_at(score: float, ended_at: bytes | None, kept_for: bytes | None) -> dt.datetime:
    """One whose worker was killed has no end: it is kept for `kept_for` seconds up to `score`."""
    if ended_at:
        return str_to_date(ended_at)
    return dt.datetime.fromtimestamp(score - int(kept_for or DEFAULT_FAILURE_TTL), dt.UTC)


def read(shown: Iterable[tuple[dt.datetime, Key]]) -> list[Failure]:
    """Lines for these; one that went away meanwhile is left out."""
    shown, client = list(shown), redis()
    jobs = Job.fetch_many([key.job for _when, key in shown], connection=client, serializer=JSONSerializer)
    traces = _traces(client, [key.job for _when, key in shown])
    return [_line(when, key, job, trace) for (when, key), job, trace in zip(shown, jobs, traces, strict=True) if job]


def repeat(key: Key) -> str:
    """Put it back into its queue; returns its name. Raises Refused."""
    job = _fetch(key)
    (function, _arguments), name = _call(job), title(job)
    if not names.may_be_repeated(function):
        raise Refused(
            _("“%(name)s” cannot be repeated by hand: this version does not know it as safe.") % {"name": function}
        )
    if job.get_status() != JobStatus.FAILED:
        raise Refused(_("“%(name)s” waits or runs again already.") % {"name": name})
    try:
        _registry(key.queue).requeue(job)
    except InvalidJobOperation:
        raise Refused(_("“%(name)s” was repeated or forgotten by somebody else.") % {"name": name}) from None
    return name


def forget(key: Key) -> str:
    """Delete a failed job; returns its name. Raises Refused."""
    job = _fetch(key)
    name = title(job)
    if job.get_status() != JobStatus.FAILED or not _registry(key.queue).remove(job):
        raise Refused(_("“%(name)s” has not failed any more: it is left alone.") % {"name": name})
    job.delete()
    return name


def title(job: Job) -> str:
    """«Import of a file № 5»."""
    function, arguments = _call(job)
    return f"{names.name_of(function)} {names.subject_of(arguments)}".strip()


def _fetch(key: Key) -> Job:
    try:
        return Job.fetch(key.job, connection=redis(), serializer=JSONSerializer)
    except NoSuchJobError:
        raise Refused(_("The job is no longer there: it was repeated or forgotten meanwhile.")) from None


def _registry(queue: str) -> FailedJobRegistry:
    return FailedJobRegistry(queue=Queue(queue, connection=redis(), serializer=JSONSerializer))


def _traces(client: Redis, job_ids: list[str]) -> list[str]:
    """The last traceback of each job, empty where there is none."""
    with client.pipeline(transaction=False) as pipe:
        for job_id in job_ids:
            pipe.xrevrange(Result.get_key(job_id), "+", "-", count=1)
        streams = pipe.execute()
    return [
        Result.restore(job_id, stream[0][0].decode(), stream[0][1], connection=client).exc_string or ""
        if stream
        else ""
        for job_id, stream in zip(job_ids, streams, strict=True)
    ]


def _line(when: dt.datetime, key: Key, job: Job, trace: str) -> Failure:
    function, arguments = _call(job)
    known = names.may_be_repeated(function)
    return Failure(
        key, when, names.name_of(function), names.subject_of(arguments), function,
        cause=errors.cause(trace) if known else _("It is of another version of the program, and waits for it."),
        line=errors.last_line(trace), trace=errors.masked(trace),
    )  # fmt: skip


def _call(job: Job) -> tuple[str, tuple[Any, ...]]:
    """(function, arguments); ("", ()) of what some other program put there."""
    try:
        return job.func_name or "", tuple(job.args)
    except (DeserializationError, zlib.error):
        return "", ()
