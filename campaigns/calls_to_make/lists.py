"""Which calls a member of staff sees, and of them those that a page asks for."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from campaigns.models import CallTask
from segments import places
from segments.models import Salesperson

VIEW_ALL, ASSIGN = "campaigns.view_all_calltask", "campaigns.assign_calltask"
ESCALATES_AFTER = timedelta(hours=24)  # overdue so long, a call goes before the head of sales
DONE_SHOWN = timedelta(days=30)

TABS: dict[str, str | Promise] = {
    "today": pgettext_lazy("calls to make", "Today"),
    "overdue": pgettext_lazy("calls to make", "Overdue"),
    "late": pgettext_lazy("calls to make", "Overdue for more than a day"),
    "later": pgettext_lazy("calls to make", "Later"),
    "tell": pgettext_lazy("calls to make", "Result not told"),
    "done": pgettext_lazy("calls to make", "Done"),
}
NEWEST_FIRST = {"done": "-told_at", "tell": "-called_at"}


def seen_by(user: Any) -> QuerySet[CallTask]:
    """A salesperson sees his own calls and those that nobody in his centres has taken; others those of their centres."""
    place = places.of(user)
    tasks = CallTask.objects.all()
    if place.centres is not None:
        tasks = tasks.filter(centre__in=place.centres)
    if user.has_perm(VIEW_ALL):
        return tasks
    return tasks.filter(Q(salesperson=None) | Q(salesperson=place.salesperson or 0))


def listed(user: Any, show: str, whose: str = "") -> QuerySet[CallTask]:
    """Of one of `TABS`, in the order of its page. `whose`: a salesperson's number, "nobody", or "" for everybody's."""
    tasks = seen_by(user).filter(_of(show, timezone.localtime()))
    if whose == "nobody":
        tasks = tasks.filter(salesperson=None)
    elif whose.isdecimal():
        tasks = tasks.filter(salesperson=int(whose))
    people = tasks.select_related("customer__merged_into", "salesperson", "centre", "told_by")
    return people.order_by(NEWEST_FIRST.get(show, "due_at"), "pk")


def colleagues(user: Any) -> QuerySet[Salesperson]:
    """Who works in the user's centres."""
    place = places.of(user)
    return Salesperson.objects.filter(pk__in={who for who, centre in places.working() if place.holds(centre)})


def overdue(now: datetime, by: timedelta = timedelta()) -> Q:
    return Q(state=CallTask.State.OPEN, due_at__lt=now - by)


def _of(show: str, now: datetime) -> Q:
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    is_open = Q(state=CallTask.State.OPEN)
    return {
        "overdue": overdue(now),
        "late": overdue(now, ESCALATES_AFTER),
        "later": is_open & Q(due_at__gte=tomorrow),
        "tell": Q(outcome=CallTask.Outcome.CALLED),
        "done": Q(state=CallTask.State.DONE, told_at__gte=now - DONE_SHOWN),
    }.get(show, is_open & Q(due_at__lt=tomorrow))
