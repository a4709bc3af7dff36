"""Scenarios for tests, and a clock that is moved by making everything in the database older."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import connection

from campaigns import scenarios
from campaigns.models import Campaign, Enrolment, EnrolmentMove, Message, Scenario, ScenarioStep, ScenarioVersion
from campaigns.pump.draining import drain
from campaigns.scenarios import states
from segments.models import Customer
from tests.campaigns.builders import make_campaign
from tests.segments.builders import make_staff

_numbers = count(1)

LETTER = {"key": "letter", "do": "send", "react": ["clicked", "visited"], "wait_hours": 72}
SECOND = {"key": "second", "do": "send", "react": ["visited"], "wait_hours": 24}

# Every time of what is to be older: Enrolments wait, messages went, days were taken.
AGES = {
    "campaigns_enrolment": ("happened_at", "entered_at", "since", "due_at", "ended_at"),
    "campaigns_enrolmentmove": ("happened_at",),
    "campaigns_scenarioversion": ("activated_at",),
    "campaigns_scenario": ("looked_at",),
    "campaigns_outcome": ("happened_at",),
    "campaigns_chunk": ("due_at", "send_until"),
    "campaigns_deliverystate": ("delivered_at", "opened_at", "clicked_at", "replied_at", "failed_at", "changed_at"),
    "campaigns_calltask": ("made_at", "deadline", "due_at", "called_at", "told_at"),
    "segments_interaction": ("happened_at",),
    "segments_membership": ("entered_at",),
    "segments_membershipchange": ("happened_at",),
}
FAR = 100_000  # days


def make_scenario(
    flow: Sequence[Mapping[str, Any]], entry: Mapping[str, Any], *, texts: Mapping[str, Mapping[str, Any]] | None = None,
    **fields: Any,
) -> ScenarioVersion:  # fmt: skip
    """A draft version with a campaign for each sending node; `texts` are fields of a node's campaign."""
    number = next(_numbers)
    author = make_staff(username=f"scenarist{number}")
    scenario = Scenario.objects.create(name=f"Сценарий {number}", author=author)
    defaults = {"salt": f"salt{number}", "control_percent": 0, "repeat_days": 0}
    version = ScenarioVersion.objects.create(
        scenario=scenario, flow=list(flow), entry=dict(entry), **(defaults | fields)
    )
    for node in flow:
        if node["do"] == "send":
            campaign = make_campaign(kind=Campaign.Kind.TRIGGER, author=author, **(texts or {}).get(node["key"], {}))
            ScenarioStep.objects.create(version=version, key=node["key"], campaign=campaign)
    return version


def working(*args: Any, **fields: Any) -> ScenarioVersion:
    """Asked for and approved by two people."""
    version = make_scenario(*args, **fields)
    states.submit(version, version.scenario.author)
    states.approve(version, make_staff("campaigns.approve_campaign"))
    return version


def hours_later(hours: float) -> None:
    """Let this time pass, then lead on and send what is due."""
    past = timedelta(hours=hours)
    with connection.cursor() as cursor:
        for table, columns in AGES.items():
            changes = ", ".join(f"{column} = {column} - %(past)s" for column in columns)
            cursor.execute(f"UPDATE {table} SET {changes}", {"past": past})
        for days in (FAR + past.days, -FAR):  # first to where no day is taken
            cursor.execute("UPDATE campaigns_contactslot SET day = day - %(days)s::int", {"days": days})
    lead()


def lead() -> None:
    """A tick, and workers of every channel."""
    scenarios.lead()
    for channel in Message.objects.values_list("channel", flat=True).distinct():
        drain(channel)


def way_of(customer: Customer) -> list[str]:
    """What happened to her, as "place verdict", in order."""
    moves = EnrolmentMove.objects.filter(enrolment__customer=customer).order_by("pk")
    return [f"{node} {verdict}" for node, verdict in moves.values_list("node", "verdict")]


def state_of(customer: Customer) -> tuple[str, str]:
    """(state, why) of her only enrolment."""
    return Enrolment.objects.values_list("state", "why").get(customer=customer)
