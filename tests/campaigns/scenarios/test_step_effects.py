"""What each step of a scenario added, by its own control group or by that of the scenario, and the advice."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from campaigns import planning
from campaigns.models import (
    Campaign,
    DeliveryState,
    Enrolment,
    EnrolmentMove,
    Message,
    Outcome,
    Run,
    ScenarioVersion,
)
from campaigns.proportions import newcombe
from campaigns.scenarios import editing, step_effects
from campaigns.scenarios.step_effects import StepEffect
from channels.models import Account
from segments.models import Customer
from tests.campaigns.builders import make_content
from tests.campaigns.scenarios.builders import LETTER, SECOND, make_scenario
from tests.segments.builders import make_customer, make_interaction, make_staff

pytestmark = pytest.mark.django_db

WAIT = {"key": "rest", "do": "wait", "hours": 24}


@pytest.fixture
def version() -> ScenarioVersion:
    return make_scenario([LETTER, WAIT, SECOND], {"occasion": "did", "did": "visited"}, goal=["serviced"])


def entered(version: ScenarioVersion, people: int, state: str = "live", *, days: float = 50) -> list[Enrolment]:
    since = timezone.now() - timedelta(days=days)
    return Enrolment.objects.bulk_create(
        Enrolment(scenario=version.scenario, version=version, customer=make_customer(), occasion=f"{days}",
                  happened_at=since, entered_at=since, state=state)
        for _ in range(people)
    )  # fmt: skip


def run_of(campaign: Campaign) -> Run:
    now = timezone.now()
    return planning.new_run(campaign, content=make_content(campaign), now=now, send_until=now)


def came(
    enrolments: Sequence[Enrolment], version: ScenarioVersion, place: int, *, days: float, left_out: str = ""
) -> Run:
    """To a step, so many days after their occasion; what was sent was accepted."""
    campaign = version.steps.get(key=version.flow[place]["key"]).campaign
    run = campaign.runs.first() or run_of(campaign)
    for each in enrolments:
        at = each.happened_at + timedelta(days=days)
        message = Message.objects.create(
            run=run, step=place + 1, customer=each.customer, channel=campaign.channel, enrolment_id=each.pk,
            content=run.content, left_out=left_out, planned_at=at,
        )  # fmt: skip
        EnrolmentMove.objects.create(enrolment=each, version=version, node=place, verdict=left_out or "sent", run=run,
                                     message_id=message.pk, happened_at=at)  # fmt: skip
        if not left_out:
            Outcome.objects.create(message_id=message.pk, run=run, kind="accepted", happened_at=at)
    return run


def serviced(people: Sequence[Enrolment], *, days: float) -> None:
    """So many days after the occasion."""
    for each in people:
        make_interaction(each.customer, "service", happened_at=each.happened_at + timedelta(days=days))


def of_place(version: ScenarioVersion, place: int) -> StepEffect:
    return next(each for each in step_effects.of(version) if each.place == place)


def test_a_goal_belongs_to_the_step_that_was_the_last_before_it(version: ScenarioVersion) -> None:
    people, alone = entered(version, 10), entered(version, 5, "control")
    young = entered(version, 4, days=2)
    came(people, version, 0, days=0)
    came(people, version, 2, days=4)
    serviced(people[:3], days=2)
    serviced(people[2:7], days=10)  # one of them a second time
    serviced(alone[:1], days=20)
    serviced(young[:1], days=1)
    first, second = (of_place(version, place) for place in (0, 2))
    assert first.days == (0, 4)
    assert second.days == (4, 90)
    found = first.compared
    assert (found.hits, found.people, found.base, found.control, found.is_own) == (4, 14, 0, 5, False)
    assert found.between == newcombe(4, 14, 0, 5, level=1 - 0.05 / 2)
    found = second.compared
    assert (found.hits, found.people, found.base, found.control) == (4, 10, 1, 5), "the young had no time to come to it"
    assert (first.is_last, second.is_last, second.advice) == (False, True, "early")
    assert found.missing == 95


def test_its_own_control_group_counts_from_the_message_on(version: ScenarioVersion) -> None:
    people, alone = entered(version, 6), entered(version, 4)
    Campaign.objects.filter(scenario_step__key="letter").update(control_percent=20)
    came(people, version, 0, days=3)
    came(alone, version, 0, days=3, left_out="control")
    serviced(people[:2], days=5)
    serviced(people[2:], days=1)  # before the message
    serviced(people[2:3], days=200)  # too late
    serviced(alone[:1], days=4)
    found = of_place(version, 0).compared
    assert (found.hits, found.people, found.base, found.control, found.is_own) == (2, 6, 1, 4, True)


def test_what_it_cost_and_who_opted_out(version: ScenarioVersion) -> None:
    Account.objects.update(cost=Decimal("2.50"))
    people = entered(version, 3)
    run = came(people, version, 0, days=0)
    now = timezone.now()
    for message, fact in zip(Message.objects.order_by("pk"), ("unsubscribed_at", "complained_at"), strict=False):
        DeliveryState.objects.create(message_id=message.pk, run=run, changed_at=now, **{fact: now})
    found = of_place(version, 0)
    assert (found.sent, found.opted_out, found.roubles) == (3, 2, Decimal("7.50"))
    assert (found.compared, found.advice) == (None, "nobody")
    assert of_place(version, 2).days is None


def test_who_was_merged_counts_as_whom_she_is_now(version: ScenarioVersion) -> None:
    old, now = entered(version, 1)[0], make_customer()
    entered(version, 1, "control")
    came([old], version, 0, days=0)
    Customer.objects.filter(pk=old.customer_id).update(merged_into=now)
    make_interaction(now, "service", happened_at=old.happened_at + timedelta(days=1))
    assert of_place(version, 0).compared.hits == 1


@pytest.mark.parametrize(
    ("figures", "opted_out", "is_last", "advice"),
    [
        ((500, 500, 100, 50), 0, False, "keep"),
        ((500, 500, 100, 50), 0, True, "add"),
        ((500, 500, 50, 100), 0, True, "harms"),
        ((500, 500, 50, 50), 3, False, "unclear"),
        ((500, 500, 50, 50), 30, False, "annoys"),
        ((500, 99, 400, 1), 30, False, "early"),
    ],
)
def test_the_advice(figures: tuple[int, int, int, int], opted_out: int, is_last: bool, advice: str) -> None:
    compared = step_effects._compare(figures, 2, is_own=True)
    assert StepEffect(0, 500, opted_out, Decimal(0), None, compared, is_last).advice == advice


def test_the_editor_keeps_how_many_are_left_without_the_message(version: ScenarioVersion) -> None:
    posted = {"n0-key": "letter", "n0-control": "15", "n2-key": "other", "n2-control": "15"}
    editing.apply(version, QueryDict(urlencode(posted)))
    told = dict(version.steps.values_list("key", "campaign__control_percent"))
    assert told == {"letter": 15, "second": 0}
    editing.apply(version, QueryDict(urlencode(posted | {"n0-control": "90"})))
    assert version.steps.get(key="letter").campaign.control_percent == 50


def test_its_part_of_the_page(client: Client, version: ScenarioVersion) -> None:
    client.force_login(make_staff("campaigns.view_scenario"))
    address = reverse("admin:campaigns_scenario_effect", args=[version.scenario_id])

    def page() -> Any:
        return client.get(address).content.decode()

    assert "сравнить не с кем" in page()
    people, alone = entered(version, 120), entered(version, 110, "control")
    came(people[:90], version, 0, days=0)
    serviced(people[:60], days=2)
    told = page()
    assert "оставить и добавить ещё один после него" in told
    assert "50,00" in told
    Enrolment.objects.filter(pk__in=[each.pk for each in alone[:30]]).delete()
    assert "ещё 20 человек" in page()
