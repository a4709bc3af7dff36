"""What came of a call: told by the person who called, from a closed list. A second word corrects the first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.calls_to_make import lists, phones, waking
from campaigns.models import CallEvent, CallTask
from campaigns.refusals import Refused
from segments import places
from segments.reachability import mark_unreachable
from segments.refusing import refuse

Outcome, State = CallTask.Outcome, CallTask.State
TOLD = [outcome for outcome in Outcome if outcome != Outcome.CALLED]  # what a person may say
REACHED = [Outcome.VISIT, Outcome.THINKS, Outcome.REFUSED, Outcome.ASKS_NOT, Outcome.CALLED]
FARTHEST = timedelta(days=60)  # of a next call


@dataclass(frozen=True, slots=True)
class Said:
    """`next_at`: when to call again, of somebody who was not reached."""

    outcome: str
    note: str = ""
    next_at: datetime | None = None


@transaction.atomic
def tell(task_id: int, user: Any, said: Said) -> CallTask:
    """Close the call with what came of it, or put it off till the next one. Raises `Refused`, `CallTask.DoesNotExist`."""
    if said.outcome not in TOLD:
        raise Refused(_("Choose what came of the call."))
    task = lists.seen_by(user).select_for_update(no_key=True).get(pk=task_id)
    if task.state not in (State.OPEN, State.DONE):
        raise Refused(_("This call is not needed any more: reload the page."))
    now = timezone.now()
    again = _again(said, now)
    if said.outcome == Outcome.ASKS_NOT and task.outcome != Outcome.ASKS_NOT:
        _refuse(task, user, said.note)
    if said.outcome == Outcome.WRONG_NUMBER and (phone := phones.of([task]).get(task.pk)):
        mark_unreachable({phone.point: _("A salesperson called: wrong number")})
    task.state, task.outcome = (State.OPEN, "") if again else (State.DONE, said.outcome)
    task.due_at, task.note = again or task.due_at, said.note[:500]
    task.called_at = task.called_at or now
    task.told_at, task.told_by = now, user
    task.salesperson_id = task.salesperson_id or _of_centre(user, task)
    task.save()
    CallEvent.objects.create(task=task, verb=said.outcome, author=user, note=task.note)
    waking.wake([task.enrolment_id] if task.enrolment_id else [])
    return task


def _again(said: Said, now: datetime) -> datetime | None:
    if said.outcome != Outcome.NOT_REACHED or said.next_at is None:
        return None
    if not now < said.next_at <= now + FARTHEST:
        raise Refused(_("The next call must be ahead, and within 60 days."))
    return said.next_at


def _of_centre(user: Any, task: CallTask) -> int | None:
    """Whose the call becomes, of those that nobody has taken: whoever made it."""
    place = places.of(user)
    return place.salesperson if place.holds(task.centre_id) else None


def _refuse(task: CallTask, user: Any, note: str) -> None:
    living = task.customer.merged_into or task.customer
    said = ": ".join(filter(None, (str(Outcome.ASKS_NOT.label), note)))
    if not refuse(living, ["call"], text=said[:300], by=user):
        raise Refused(_("There is no phone to withdraw the consent from: the customer's card has none."))
