"""An invented person goes through each scenario of the library, by a clock that is moved: message by message when she is
silent, out when she reaches its goal."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Campaign, Enrolment, Message, ScenarioVersion
from campaigns.scenarios import drafting, flow, states
from campaigns.scenarios.goals import OF_HISTORY
from campaigns.scenarios.library import RECIPES
from campaigns.scenarios.occasions import DATES
from segments.facts import refresh_facts
from segments.models import ContactPoint, Customer, CustomerFacts
from tests.campaigns.builders import make_account, make_reader
from tests.campaigns.scenarios.builders import hours_later, lead, state_of, way_of
from tests.segments.builders import make_consent, make_contact, make_interaction, make_staff
from tests.tracking.site_room import make_event, make_site, server_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


def address_of_letters(customer: Customer) -> str:
    return ContactPoint.objects.get(holders__customer=customer, kind="email").value


@pytest.fixture
def sms_too(permitted: None) -> None:
    make_account(channel="sms", provider="http_sms", mode="journal", sender_name="ALFA")


def copied(recipe: str) -> ScenarioVersion:
    """From the library, asked for and approved by two people; nobody in the control group."""
    version = drafting.begin(make_staff(username="scenarist"), recipe=recipe)
    version.control_percent = 0
    version.save()
    states.submit(version, version.scenario.author)
    states.approve(version, make_staff("campaigns.approve_campaign"))
    return version


def invented(version: ScenarioVersion) -> Customer:
    """Somebody who agreed to letters and SMS, with the occasion of the scenario."""
    customer = make_reader()
    make_consent(make_contact(customer, f"+7921{customer.pk:07}"), channels=["sms"])
    entry = version.entry
    begun = timezone.now() - timedelta(minutes=version.delay_minutes + 60)
    if entry["occasion"] == "did":
        line = (entry["lines"] or [""])[0]
        make_interaction(customer, OF_HISTORY[entry["did"]][0], happened_at=begun, line=line)
    if entry["occasion"] in ("cart", "view"):
        kind = {"cart": "cart_add", "view": "product_view"}[entry["occasion"]]
        server_of(make_site()).tell(
            make_event(kind, at=begun - timedelta(hours=1), person={"email": address_of_letters(customer)})
        )
    refresh_facts()
    if entry["occasion"] == "date":
        column, comes_round, _label = DATES[entry["date"]]
        day = timezone.localdate() - timedelta(days=entry["offset"])
        if comes_round:
            years = (entry["ages"] or [30])[0]
            leap = (day.month, day.day) == (2, 29)
            day = day.replace(year=day.year - years, day=28 if leap else day.day)
        CustomerFacts.objects.filter(customer=customer).update(**{column: day})
    return customer


@pytest.mark.usefixtures("sms_too")
@pytest.mark.parametrize("recipe", RECIPES)
def test_whoever_is_silent_gets_every_message_in_order(recipe: str) -> None:
    version = copied(recipe)
    anna = invented(version)
    lead()
    nodes = flow.read(version.flow)
    for _turn in range(3 * len(nodes)):
        enrolment = Enrolment.objects.get(customer=anna)
        if enrolment.state != "live":
            break
        node = nodes[enrolment.node]
        hours_later(node.hours + 25)  # a day more: a message waits for the day after another one
    assert state_of(anna)[0] == "finished"
    sends = [node for node in nodes if node.do == "send"]
    assert [each for each in way_of(anna) if each.endswith(" sent")] == [f"{node.place} sent" for node in sends]
    assert [message.step for message in Message.objects.filter(customer=anna).order_by("pk")] == [
        node.place + 1 for node in sends
    ]
    channels = [message.channel for message in Message.objects.order_by("pk")]
    assert channels == [RECIPES[recipe].texts[node.key].channel for node in sends]


@pytest.mark.usefixtures("sms_too")
@pytest.mark.parametrize("recipe", RECIPES)
def test_whoever_reaches_the_goal_gets_no_more(recipe: str) -> None:
    version = copied(recipe)
    anna = invented(version)
    lead()
    before = Message.objects.count()
    goal = version.goal[0]
    make_interaction(anna, OF_HISTORY[goal][0])
    nodes = flow.read(version.flow)
    hours_later(nodes[Enrolment.objects.get(customer=anna).node].hours + 25)
    assert state_of(anna) == ("goal", goal)
    assert Message.objects.count() == before


def test_a_step_whose_channel_has_no_account_is_left_out() -> None:
    version = drafting.begin(make_staff(username="scenarist"), recipe="left-week")
    assert [node["key"] for node in version.flow] == ["terms", "month", "last"]
    assert set(Campaign.objects.values_list("channel", flat=True)) == {"email"}
    states.submit(version, version.scenario.author)
