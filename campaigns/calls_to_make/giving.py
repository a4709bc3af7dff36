"""Whose a call is: taken by a salesperson, or given by the head of sales to one of his centre, or back to all."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.calls_to_make import lists
from campaigns.models import CallEvent, CallTask
from campaigns.refusals import Refused
from segments import places
from segments.models import Salesperson


@transaction.atomic
def take(task_id: int, user: Any) -> None:
    """Of two who take it at once the second is told so. Raises `Refused`."""
    salesperson = places.of(user).salesperson
    if salesperson is None:
        raise Refused(_("You are not entered as a salesperson: ask an administrator to choose you in your workplace."))
    free = lists.seen_by(user).filter(pk=task_id, state=CallTask.State.OPEN, salesperson=None)
    if not free.update(salesperson=salesperson):
        raise Refused(_("Somebody has taken this call already: choose another."))
    CallEvent.objects.create(task_id=task_id, verb="taken", author=user)


@transaction.atomic
def give(task_ids: Collection[int], salesperson: Salesperson | None, user: Any) -> int:
    """Open calls of the user's centres go to somebody who works where they are; None: to whoever takes them. Returns how
    many went. Raises `Refused`."""
    tasks = lists.seen_by(user).filter(pk__in=task_ids, state=CallTask.State.OPEN)
    if salesperson is not None:
        theirs = {centre for who, centre in places.working() if who == salesperson.pk}
        tasks = tasks.filter(centre__in=theirs)
    given = list(tasks.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    if not given:
        raise Refused(_("Choose calls of a centre where this salesperson works."))
    CallTask.objects.filter(pk__in=given).update(salesperson=salesperson)
    name = salesperson.name if salesperson else ""
    CallEvent.objects.bulk_create(CallEvent(task_id=pk, verb="given", author=user, note=name) for pk in given)
    return len(given)
