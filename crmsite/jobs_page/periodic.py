"""What is done by the clock: the sweeps of the scheduler and the nightly work; when it was, when it will be."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crmsite.base_alarms import NIGHT_WORKS
from crmsite.heartbeat import SILENT_AFTER, STUCK_AFTER, Life
from crmsite.jobs_page import names
from crmsite.jobs_page.errors import masked
from segments.models import NightWork
from segments.nightly import WORKS

NIGHT_LATE_AFTER = dt.timedelta(hours=2)  # it waits by right behind imports and other nightly work


@dataclass(frozen=True)
class Line:
    """`next_at` is None for what comes every few seconds; `problem` is an error, masked, empty when all is well."""

    name: str
    last_at: dt.datetime | None
    seconds: float | None
    next_at: dt.datetime | None
    is_late: bool
    problem: str


def lines(life: Life | None) -> list[Line]:
    """The sweeps, in the order they are done, then the nightly work in the order of the night."""
    return [*(_sweep(name, life) for name in names.SWEEPS), *_nights()]


def _sweep(name: str, life: Life | None) -> Line:
    done = life.sweeps.get(name) if life else None
    if life is None or done is None:
        return Line(str(names.SWEEPS[name]), None, None, None, True, "")
    patience = STUCK_AFTER if life.doing else SILENT_AFTER
    late = timezone.now() - done.ended_at > patience
    return Line(str(names.SWEEPS[name]), done.ended_at, done.seconds, None, late, masked(done.error))


def _nights() -> list[Line]:
    rows = NightWork.objects.filter(name__in=WORKS).order_by("due_at", "name")
    return [_night(row) for row in rows]


def _night(row: NightWork) -> Line:
    seconds = row.result.get("seconds") if row.done_at else None
    late = timezone.now() - row.due_at > NIGHT_LATE_AFTER
    name = _("Every night: %(work)s") % {"work": NIGHT_WORKS.get(row.name, row.name)}
    return Line(capfirst(name), row.done_at, seconds, row.due_at, late, masked(row.error))
