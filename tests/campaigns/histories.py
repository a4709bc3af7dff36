"""A small random history of messages, and what should be said of it, worked out in plain Python."""

import datetime as dt
import random
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from campaigns import delivery, partitions
from campaigns.models import Message, Run
from segments.models import Customer
from tests.campaigns.builders import make_account, make_campaign
from tests.segments.builders import make_customer, make_facts

MOSCOW = ZoneInfo("Europe/Moscow")
OUTCOME = "INSERT INTO campaigns_outcome (run_id, message_id, kind, happened_at) VALUES (%s, %s, %s, %s)"
RESOLVE = "INSERT INTO campaigns_resolution (run_id, message_id, kind, evidence) VALUES (%s, %s, %s, '')"
FACTS = ("delivered", "opened", "clicked", "replied", "failed", "unsubscribed", "complained")
_numbers = count(1)
NOW = timezone.now().replace(microsecond=0)


@dataclass
class Letter:
    """A message as the test knows it: `kind` is its final outcome, `told` the times of what was reported."""

    run: Run
    message_id: int
    customer: Customer
    channel: str
    kind: str
    sent_at: dt.datetime
    told: dict[str, dt.datetime] = field(default_factory=dict)

    def at(self, *facts: str) -> dt.datetime | None:
        """The first time of any of these; a step implies those before it."""
        return min((self.told[fact] for fact in facts if fact in self.told), default=None)

    @property
    def steps(self) -> dict[str, dt.datetime | None]:
        return {
            "sent": self.sent_at,
            "delivered": self.at("delivered", "opened", "clicked", "replied"),
            "opened": self.at("opened", "clicked"),
            "clicked": self.at("clicked"),
            "replied": self.at("replied"),
            "failed": self.at("failed"),
            "opted_out": self.at("unsubscribed", "complained"),
        }


def day(moment: dt.datetime | None) -> dt.date | None:
    return moment and moment.astimezone(MOSCOW).date()


def make_run(channel: str, *, days_ago: int, cost: str = "0") -> Run:
    """A launched campaign of the channel, still going."""
    started_at = NOW - dt.timedelta(days=days_ago)
    month = partitions.month_of(timezone.localdate(started_at))
    partitions.ensure(month)
    campaign = make_campaign(account=make_account(channel=channel, cost=cost), channel=channel)
    return Run.objects.create(
        id=month * partitions.RUNS_A_MONTH + next(_numbers), campaign=campaign,
        content=campaign.contents.get(), account=campaign.account, started_at=started_at,
        send_until=started_at + dt.timedelta(days=3),
    )  # fmt: skip


def send(run: Run, customer: Customer, *, kind: str = "accepted", **told: dt.datetime) -> Letter:
    """A message of the run, an hour after its start; `told`: delivered=…, opened=…, as reports come."""
    sent_at = run.started_at + dt.timedelta(hours=1)
    message = Message.objects.create(
        run=run, customer=customer, channel=run.campaign.channel, planned_at=run.started_at,
        left_out="control" if kind == "control" else "",
    )  # fmt: skip
    if kind not in ("pending", "control"):
        first = "unknown" if kind == "resolved" else kind
        with connection.cursor() as cursor:
            cursor.execute(OUTCOME, [run.pk, message.pk, first, sent_at])
            if kind == "resolved":
                cursor.execute(RESOLVE, [run.pk, message.pk, "accepted"])
    letter = Letter(run, message.pk, customer, message.channel, "accepted" if kind == "resolved" else kind, sent_at)
    report(letter, **told)
    return letter


def report(letter: Letter, **told: dt.datetime) -> None:
    for fact, at in told.items():
        delivery.record({letter.message_id: letter.run.pk}, fact, at)
        letter.told[fact] = min(at, letter.told.get(fact, at))


def make_history(chance: random.Random, people: int = 12) -> tuple[list[Customer], list[Letter]]:
    """Some are never written to, some two dozen times; the reports are of every sort."""
    runs = [make_run(chance.choice(["email", "email", "sms"]), days_ago=chance.randrange(100)) for _ in range(8)]
    customers = [make_customer() for _ in range(people)]
    for customer in customers:
        make_facts(customer)
    letters = []
    for customer in customers[1:]:
        for run in chance.sample(runs, chance.randrange(len(runs) + 1)):
            kind = chance.choice(["accepted"] * 6 + ["resolved", "rejected", "unknown", "pending", "control"])
            letter = send(run, customer, kind=kind)
            if letter.kind == "accepted":
                for fact in chance.sample(FACTS, chance.randrange(4)):
                    report(letter, **{fact: letter.sent_at + dt.timedelta(minutes=chance.randrange(5000))})
            letters.append(letter)
    return customers, letters


def kept(facts: type[Model]) -> dict[int, dict[str, Any]]:
    """{customer: what a table of facts says of her}"""
    rows = facts._default_manager.values()
    return {
        row["customer_id"]: {k: v for k, v in row.items() if k not in ("customer_id", "computed_at")} for row in rows
    }
