"""One pass of all that is due: every app's sweep, each on its own."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

import campaigns.jobs
import channels.jobs
import segments.jobs
import tracking.jobs
from crmsite import heartbeat

logger = logging.getLogger(__name__)

SWEEPS: dict[str, Callable[[], dict[str, Any]]] = {
    "segments": segments.jobs.sweep,
    "channels": channels.jobs.sweep,
    "campaigns": campaigns.jobs.sweep,
    "tracking": tracking.jobs.sweep,
}
TRY_LOCK = "SELECT pg_try_advisory_lock(hashtext('krug.sweep'), hashtext(%s))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('krug.sweep'), hashtext(%s))"


def tick() -> dict[str, Any]:
    """`{sweep: what it returned, with seconds}`, or `{"error": …}`, or `{"busy": True}` when another does it now."""
    return {name: _isolated(name, sweep) for name, sweep in SWEEPS.items()}


def _isolated(name: str, sweep: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """One that fails must not hold up the others: this is the boundary of a job."""
    begun = time.monotonic()
    heartbeat.begun(name)
    try:
        done = _alone(name, sweep)
    except Exception as error:
        logger.exception("The sweep of %s failed", name)
        connection.close()  # whatever state it was left in; the advisory lock goes with it
        done = {"error": f"{type(error).__name__}: {error}"}
    told = {**done, "seconds": round(time.monotonic() - begun, 3)}
    heartbeat.ended(name, told)
    return told


def _alone(name: str, sweep: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Two schedulers at once: the second leaves the sweep to the first."""
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, [name])
        if not cursor.fetchone()[0]:
            return {"busy": True}
    done = sweep()
    with connection.cursor() as cursor:
        cursor.execute(UNLOCK, [name])
    return done
