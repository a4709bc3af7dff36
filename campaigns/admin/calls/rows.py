"""Calls as a page shows them: a fixed number of queries, however many they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from campaigns import quiet_hours
from campaigns.calls_to_make import history, lists, phones
from campaigns.calls_to_make.words import TONES
from campaigns.models import CallTask, Policy
from segments.masking import REVEAL_CONTACTS, VIEW_CONTACTS, shown
from segments.models import Customer, CustomerZone, Interaction


@dataclass(frozen=True, slots=True)
class Row:
    """`phone` as the user may see it, whole in `number` for whom no mask holds; `opens_at`: the first hour at which one may
    call, of a customer for whom it is too early or too late now."""

    task: CallTask
    customer: Customer
    history: list[Interaction]
    phone: str
    number: str
    may_reveal: bool
    clock: datetime
    opens_at: datetime | None
    is_overdue: bool
    is_late: bool

    @property
    def tone(self) -> str:
        return TONES.get(CallTask.Outcome(self.task.outcome), "") if self.task.outcome else ""

    @property
    def is_open(self) -> bool:
        return self.task.state == CallTask.State.OPEN


def read(user: Any, tasks: Sequence[CallTask]) -> list[Row]:
    """Whoever may not be called any more is not among them: the next sweep cancels that call."""
    living = {task.pk: task.customer.merged_into or task.customer for task in tasks if task.customer_id}
    numbers, policy, now = phones.of(tasks), Policy.now(), timezone.now()
    zones = dict(
        CustomerZone.objects.filter(facts__in={each.pk for each in living.values()}).values_list("facts", "time_zone")
    )
    told = history.of({task: customer.pk for task, customer in living.items()})
    sees, may_reveal = user.has_perm(VIEW_CONTACTS), user.has_perm(REVEAL_CONTACTS)
    found = []
    for task in tasks:
        phone = numbers.get(task.pk)
        if phone is None and task.state == CallTask.State.OPEN:
            continue
        customer = living[task.pk]
        zone = zones.get(customer.pk, settings.TIME_ZONE)
        opens_at = quiet_hours.day_opens_at(policy, zone, now)
        found.append(Row(
            task, customer, told[task.pk], shown(user, "phone", phone.value) if phone else "",
            phone.value if phone and sees else "", bool(phone) and may_reveal and not sees,
            now.astimezone(ZoneInfo(zone)), opens_at.astimezone(ZoneInfo(zone)) if opens_at > now else None,
            task.state == CallTask.State.OPEN and task.due_at < now,
            task.state == CallTask.State.OPEN and task.due_at < now - lists.ESCALATES_AFTER,
        ))  # fmt: skip
    return found
