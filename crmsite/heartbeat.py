"""The scheduler's sign of life, kept in Redis: when it last beat, what it does now, how each sweep went last.

Redis may forget it: the next pass, seconds later, writes it anew. Nothing but eyes depends on it.
"""

import datetime as dt
import json
import logging
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from redis.exceptions import RedisError

from crmsite.redis_client import redis

KEY = "krug:scheduler"
SILENT_AFTER = dt.timedelta(minutes=2)  # it beats every few seconds, and at least every minute where cron runs it
STUCK_AFTER = dt.timedelta(minutes=15)  # no sweep does long work: that is for jobs
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sweep:
    """How a sweep went last. `error` is the error of the program, empty when it did well."""

    ended_at: dt.datetime
    seconds: float
    error: str


@dataclass(frozen=True)
class Life:
    """`doing` is the sweep under way since `since`, or nothing. `sweeps` has those that ever ended."""

    beat_at: dt.datetime
    doing: str
    since: dt.datetime
    sweeps: dict[str, Sweep]

    def is_late(self, now: dt.datetime) -> bool:
        """Whether a person must look: it is silent, or has not come out of one sweep for long."""
        return now - self.since > STUCK_AFTER if self.doing else now - self.beat_at > SILENT_AFTER


def begun(sweep: str) -> None:
    now = timezone.now().timestamp()
    _write({"beat": now, "doing": sweep, "since": now})


def ended(sweep: str, done: dict[str, Any]) -> None:
    """`done` as `crmsite.schedule.tick` tells it. One that another scheduler does says nothing about the sweep."""
    now = timezone.now().timestamp()
    told = {"at": now, "seconds": done["seconds"], "error": done.get("error", "")}
    own = {} if done.get("busy") else {f"sweep:{sweep}": json.dumps(told)}
    _write({"beat": now, "doing": "", "since": now, **own})


def read() -> Life | None:
    """None: no scheduler has ever been here, or Redis forgot it seconds ago. Raises RedisError."""
    found = {key.decode(): value.decode() for key, value in redis().hgetall(KEY).items()}
    if "beat" not in found:
        return None
    sweeps = {key.removeprefix("sweep:"): json.loads(told) for key, told in found.items() if key.startswith("sweep:")}
    return Life(
        beat_at=_moment(found["beat"]),
        doing=found["doing"],
        since=_moment(found["since"]),
        sweeps={name: Sweep(_moment(told["at"]), told["seconds"], told["error"]) for name, told in sweeps.items()},
    )


def _moment(seconds: str | float) -> dt.datetime:
    return dt.datetime.fromtimestamp(float(seconds), dt.UTC)


def _write(fields: dict[str, Any]) -> None:
    """A scheduler without Redis goes on: what it finds due is written in PostgreSQL."""
    try:
        redis().hset(KEY, mapping=fields)
    except RedisError as error:
        log.warning("The heartbeat is not written: %s", error)
