"""Work over the whole base that is done once a night: facts of all customers, the check of loose keys.

`NightWork.due_at` says when; the sweep rings, a job of the queue `segments` does it. Work that failed comes again in
an hour, work that was killed at the next sweep: each kind may be repeated at any time.
"""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone

from segments import membership, orphans, overlaps, shares
from segments.bells import ring
from segments.facts import refresh_facts
from segments.identity import review
from segments.identity.households import refresh_households
from segments.models import NightWork

QUEUE = "segments"
JOB = "segments.nightly.run_due"
LONGEST = 3600  # seconds
AFTER_FAILURE = dt.timedelta(hours=1)
LOCK = "SELECT pg_try_advisory_lock(hashtext('segments.nightly'), hashtext(%s))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('segments.nightly'), hashtext(%s))"


def _look_after_segments() -> dict[str, Any]:
    """What is told of segments beside who is in them; they themselves are refreshed from 3 o'clock on."""
    return {"measured": shares.measure(), "twins": overlaps.find_twins(), "forgotten": membership.prune()}


# name: (hour by the clock of the holding, what is done). Facts come before the segments that read them (3 o'clock).
WORKS: dict[str, tuple[dt.time, Callable[[], dict[str, Any]]]] = {
    "facts": (dt.time(2), refresh_facts),
    "households": (dt.time(1), refresh_households),
    "review": (dt.time(1), review.propose_tonight),
    "segments": (dt.time(4), _look_after_segments),
    "orphans": (dt.time(4), orphans.check),
}


def register(name: str, at: dt.time, work: Callable[[], dict[str, Any]]) -> None:
    """Work of an upper app, from `AppConfig.ready`; a name that is taken is a programming error."""
    if WORKS.setdefault(name, (at, work)) != (at, work):
        raise ValueError(f"two nightly works are called {name!r}")


def next_night(name: str, now: dt.datetime | None = None) -> dt.datetime:
    """When this work is due next, after `now`."""
    local = timezone.localtime(now, timezone.get_default_timezone())
    at = WORKS[name][0]
    night = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return night if night > local else night + dt.timedelta(days=1)


def sweep() -> dict[str, int]:
    """Ring for what is due; work that never ran is due the next night: {"night_works": rung}."""
    known = set(NightWork.objects.values_list("name", flat=True))
    if absent := [NightWork(name=name, due_at=next_night(name)) for name in WORKS if name not in known]:
        NightWork.objects.bulk_create(absent, ignore_conflicts=True)
    due = NightWork.objects.filter(name__in=WORKS, due_at__lte=timezone.now()).values_list("name", flat=True)
    return {"night_works": ring(QUEUE, JOB, {f"night-{name}": (name,) for name in due}, longest=LONGEST)}


def failed() -> dict[str, str]:
    """{name: why} of the works whose last run failed."""
    return dict(NightWork.objects.exclude(error="").values_list("name", "error"))


def run_due(name: str) -> dict[str, Any] | None:
    """The job: do the work if it still is due and nobody does it now; what it returned stays on its row."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, (name,))
        if not cursor.fetchone()[0]:
            return None
        try:
            if NightWork.objects.filter(name=name, due_at__lte=timezone.now()).exists():
                return _run(name)
            return None
        finally:
            cursor.execute(UNLOCK, (name,))


def _run(name: str) -> dict[str, Any]:
    begun = time.monotonic()
    row = NightWork.objects.filter(name=name)
    try:
        result = WORKS[name][1]()
    except Exception as error:
        row.update(error=f"{type(error).__name__}: {error}"[:2000], due_at=timezone.now() + AFTER_FAILURE)
        raise
    result = {"seconds": round(time.monotonic() - begun, 3), **result}
    row.update(result=result, error="", done_at=timezone.now(), due_at=next_night(name))
    return result
