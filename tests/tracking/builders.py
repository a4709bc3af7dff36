"""Builders of results for tests: a launched campaign with its messages, numbers and calls."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from campaigns import links, partitions
from campaigns.models import Campaign, Message, Run
from segments.models import ContactPoint, Customer
from tests.campaigns.builders import make_campaign
from tracking.models import SubstituteNumber
from tracking.numbers import Line, lease

_numbers = count(1)
HEADER = (
    "id;start_time;finish_time;direction;source;is_lost;contact_phone_number;virtual_phone_number;"
    "communication_id;talk_duration"
)
OUTCOME = "INSERT INTO campaigns_outcome (run_id, message_id, kind, happened_at) VALUES (%s, %s, %s, %s)"


def make_number(number: str = "", **fields: Any) -> SubstituteNumber:
    return SubstituteNumber.objects.create(number=number or f"+7812{next(_numbers):07}", **fields)


def make_period(days: int = 90, *, begins: int = 0) -> TimestamptzRange:
    """`days` long, from `begins` days after now."""
    start = timezone.now() + timedelta(days=begins)
    return TimestamptzRange(start, start + timedelta(days=days), "[)")


def make_lease(number: SubstituteNumber, campaign: Campaign | None = None, **fields: Any) -> Any:
    period = fields.pop("period", None) or make_period(begins=-10)
    line = fields.pop("line", None) or Line("email", campaign.brand if campaign else None)
    return lease(number, line, campaign=campaign, period=period)


def make_run(campaign: Campaign | None = None, *, days_ago: float = 1, **fields: Any) -> Run:
    """A run of the campaign as if it had been launched `days_ago`, with its month's partitions."""
    campaign = campaign or make_campaign()
    started_at = timezone.now() - timedelta(days=days_ago)
    month = partitions.month_of(timezone.localdate())
    partitions.ensure(month)
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.RUNNING, started_at=started_at)
    campaign.refresh_from_db()
    return Run.objects.create(
        id=month * partitions.RUNS_A_MONTH + next(_numbers),
        campaign=campaign,
        content=campaign.contents.latest("version"),
        account=campaign.account,
        started_at=started_at,
        send_until=started_at + timedelta(days=3),
        **fields,
    )


def make_message(run: Run, customer: Customer, *, left_out: str = "", outcome: str = "accepted") -> Message:
    """A message of the run to the customer's e-mail; a sent one has an outcome, of when the run began."""
    point = ContactPoint.objects.filter(holders__customer=customer, kind="email").first()
    message = Message.objects.create(
        run=run, customer=customer, channel="email", contact_point=point, left_out=left_out, planned_at=run.started_at
    )
    if not left_out and outcome:
        with connection.cursor() as cursor:
            cursor.execute(OUTCOME, [run.pk, message.pk, outcome, run.started_at])
    return message


def choice(message: Message) -> str:
    return links.tokens(message.pk).choice


def track(message: Message) -> str:
    return links.tokens(message.pk).track


def call_line(number: str, caller: str = "79211234567", *, key: object = None, at: str = "", **cells: Any) -> str:
    """One row under `HEADER`; `at` is Moscow time, now by default."""
    at = at or timezone.localtime().strftime("%Y-%m-%d %H:%M:%S")
    key = key if key is not None else next(_numbers)
    is_lost = "true" if cells.get("lost") else "false"
    return f"{key};{at};;{cells.get('direction', 'in')};call_tracking;{is_lost};{caller};{number.lstrip('+')};1;60"


def call_file(lines: Iterable[str], encoding: str = "utf-8") -> bytes:
    return "\r\n".join([HEADER, *lines]).encode(encoding)
