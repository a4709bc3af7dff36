"""Background work that does not go on, for the start page: no scheduler, no worker, jobs that failed."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from redis.exceptions import RedisError

from crmsite import heartbeat
from crmsite.jobs_page import failures, names, state
from crmsite.jobs_page.page import MANAGE
from crmsite.tasks import Task

DAY = dt.timedelta(days=1)
# Whose work stands still with it; an analyst has nobody to wait for.
CONCERNED = ("campaigns.run_campaign", "segments.run_import", MANAGE)


def tasks_for(user: Any) -> list[Task]:
    """All of them danger: nothing goes out, or comes in, while one of these is there."""
    if not any(user.has_perm(permission) for permission in CONCERNED):
        return []
    try:
        return [*_scheduler(), *_queues(), *(_failed() if user.has_perm(MANAGE) else [])]
    except RedisError:
        detail = _("Redis is gone, so workers are not called: nothing is sent or loaded until it is back.")
        return [_task(_("The queue of jobs does not answer"), detail)]


def _task(text: str, detail: str) -> Task:
    return Task(text, detail, reverse("admin:jobs"), _("Open"), "danger")


def _moment(when: dt.datetime) -> str:
    return date_format(timezone.localtime(when), "j E, H:i")


def _scheduler() -> list[Task]:
    now, life = timezone.now(), heartbeat.read()
    if life is not None and not life.is_late(now):
        return _sweeps(life)
    if life is None:
        detail = _("Nothing has been heard of it. Start its process, “manage.py tick”.")
    elif life.doing:
        detail = _("It has been at one piece of work since %(when)s. Restart it.") % {"when": _moment(life.since)}
    else:
        detail = _("Its last sign was on %(when)s. Campaigns do not start and feeds are not looked at without it.")
        detail %= {"when": _moment(life.beat_at)}
    return [_task(_("The scheduler does not run"), detail)]


def _sweeps(life: heartbeat.Life) -> list[Task]:
    """At most one: those that broke off the last time they were done."""
    broken = [str(title) for name, title in names.SWEEPS.items() if name in life.sweeps and life.sweeps[name].error]
    if not broken:
        return []
    detail = _("%(sweeps)s. It is tried again every few seconds; the page says why it does not work.")
    return [_task(_("The scheduler cannot do all of its work"), detail % {"sweeps": "; ".join(broken)})]


def _queues() -> list[Task]:
    """One line for each queue whose first job waits too long."""
    return [_late(queue) for queue in state.queues(state.workers(), failed=[]) if queue.is_late]


def _late(queue: state.QueueNow) -> Task:
    text = _("The queue “%(name)s” does not move") % {"name": queue.title}
    why = _("no worker listens to it") if queue.is_unheard else _("its workers are busy or stuck")
    detail = _("The first job has been waiting since %(when)s: %(why)s.")
    return _task(text, detail % {"when": _moment(queue.oldest or timezone.now()), "why": why})


def _failed() -> list[Task]:
    count = sum(timezone.now() - when < DAY for when, _key in failures.found())
    if not count:
        return []
    text = ngettext("%(count)d job failed in the last day", "%(count)d jobs failed in the last day", count)
    detail = _("Look why, then repeat them or forget them.")
    return [_task(text % {"count": count}, detail)]
