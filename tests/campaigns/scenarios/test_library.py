"""An invented person goes through each scenario of the library, by a clock that is moved: message by message when she is
silent, out when she reaches its goal."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.calls_to_make import telling
from campaigns.calls_to_make.telling import Said
from campaigns.models import (
    CallTask,
    Campaign,
    DeliveryState,
    EngagementFacts,
    Enrolment,
    Message,
    PromoCode,
    ScenarioVersion,
)
from campaigns.promo import choosing, spelling
from campaigns.scenarios import drafting, flow, states
from campaigns.scenarios.goals import OF_HISTORY
from campaigns.scenarios.library import RECIPES
from campaigns.scenarios.occasions import DATES
from channels.models import JournalEntry
from segments.facts import refresh_facts
from segments.models import Brand, CarModel, Consent, ContactPoint, Customer, CustomerFacts, RfmLine, RfmScore
from segments.rules.compile import matching
from tests.campaigns.builders import make_account, make_campaign, make_reader
from tests.campaigns.promos import make_pool
from tests.campaigns.recommending.test_recommending import car
from tests.campaigns.referrals import make_referral
from tests.campaigns.scenarios.builders import hours_later, lead, state_of, way_of
from tests.crmsite.builders import at_work
from tests.crmsite.builders import make_staff as make_member
from tests.segments.builders import (
    make_brand,
    make_centre,
    make_consent,
    make_contact,
    make_customer,
    make_facts,
    make_interaction,
    make_model,
    make_staff,
    make_vehicle,
)
from tests.tracking.site_room import make_event, make_site, server_of
from tracking import nps, surveys
from tracking.models import WebsiteEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


def address_of_letters(customer: Customer) -> str:
    return ContactPoint.objects.get(holders__customer=customer, kind="email").value


@pytest.fixture
def sms_too(permitted: None) -> None:
    """And a bot."""
    make_account(channel="sms", provider="http_sms", mode="journal", sender_name="ALFA")
    make_account(channel="max", provider="max_bot", mode="journal")


# What the base has to know of somebody whom the rule of the scenario lets in.
KNOWN: dict[str, dict[str, Any]] = {
    "price-to-used": {"left_reason": "Высокая цена"},
    "used-to-lower": {"left_condition": "used"},
    "none-in-stock": {"left_reason": "Нет в наличии"},
    "came-again": {"purchases": 1},
    "reactivation-buy": {"services": 1},
    "launch": {"new_cars": 2},
    "launch-yearly": {"purchases": 1, "new_cars": 1},
    "launch-sellers": {"buyouts": 1},
}


def known_of(customer: Customer, recipe: str) -> None:
    """She has a centre, so that she may be called."""
    CustomerFacts.objects.filter(customer=customer).update(home_centre=make_centre(), **KNOWN.get(recipe, {}))
    if recipe == "cheaper-brand":
        make_vehicle(customer, brand=Brand.objects.get(name="BMW"), owned_since=timezone.localdate())
    if recipe == "vip":
        today = timezone.localdate()
        RfmScore.objects.create(line=RfmLine.Line.ALL, customer=customer, code="444", last_day=today, purchases=9,
                                money=10**6, since=today)  # fmt: skip
    if recipe == "reactivation-silent":
        numbers = dict.fromkeys(("sent", "delivered", "opened", "clicked", "replied", "failed", "email_sent", "email_opened",
                                 "email_clicked", "sms_sent", "sms_clicked"), 0)  # fmt: skip
        today, now = timezone.localdate(), timezone.now()
        EngagementFacts.objects.create(customer_id=customer.pk, email_unopened=4, first_sent=today, last_sent=today,
                                       last_campaign=make_campaign(), computed_at=now, **numbers)  # fmt: skip


def copied(recipe: str) -> ScenarioVersion:
    """From the library, asked for and approved by two people; nobody in the control group."""
    for brand in ("BMW", "Toyota"):
        make_brand(brand)
    version = drafting.begin(make_staff(username="scenarist"), recipe=recipe)
    version.control_percent = 0
    version.save()
    pool = make_pool(5, gives="gift", gift="Мойка") if recipe == "promo-subscriber" else None
    for step in version.steps.select_related("campaign"):
        choosing.save(step.campaign, pool)
    states.submit(version, version.scenario.author)
    states.approve(version, make_staff("campaigns.approve_campaign"))
    return version


def invented(version: ScenarioVersion) -> Customer:
    """Somebody who agreed to letters and SMS, with the occasion of the scenario."""
    customer = make_reader()
    make_consent(make_contact(customer, f"+7921{customer.pk:07}"), channels=["sms"])
    chat = make_contact(customer, f"{customer.pk}", kind="max")
    make_consent(chat, channels=["max"])
    entry = version.entry
    begun = timezone.now() - timedelta(minutes=version.delay_minutes + 60)
    if entry["occasion"] == "did":
        line = (entry["lines"] or [""])[0]
        make_interaction(customer, OF_HISTORY[entry["did"]][0], happened_at=begun, line=line)
    if entry["occasion"] == "subscribed":
        make_consent(chat, channels=["max"], origin="person", customer_id=customer.pk)
    if entry["occasion"] == "friend_asked":
        make_referral(customer, asked_at=begun)
    if entry["occasion"] == "site_away":
        long_ago = begun - timedelta(days=entry["days"])
        WebsiteEvent.objects.create(site=make_site(), key="e", kind="page_view", happened_at=long_ago,
                                    received_at=timezone.now(), device="d", customer=customer)  # fmt: skip
    if entry["occasion"] in ("cart", "view"):
        kind = {"cart": "cart_add", "view": "product_view"}[entry["occasion"]]
        server_of(make_site()).tell(
            make_event(kind, at=begun - timedelta(hours=1), person={"email": address_of_letters(customer)})
        )
    refresh_facts()
    known_of(customer, version.scenario.recipe)
    if entry["occasion"] == "launch":
        novelty_for(customer, version)
    if entry["occasion"] == "date":
        column, comes_round, _label = DATES[entry["date"]]
        day = timezone.localdate() - timedelta(days=entry["offset"])
        if comes_round:
            years = (entry["ages"] or [30])[0]
            leap = (day.month, day.day) == (2, 29)
            day = day.replace(year=day.year - years, day=28 if leap else day.day)
        CustomerFacts.objects.filter(customer=customer).update(**{column: day})
    return customer


def novelty_for(customer: Customer, version: ScenarioVersion) -> None:
    """The first car of a new model came as long ago as the scenario waits; she has bought another one of the brand."""
    CustomerFacts.objects.filter(customer=customer).update(last_brand=make_brand("Haval"))
    came = timezone.now() - timedelta(minutes=version.delay_minutes)
    ScenarioVersion.objects.filter(pk=version.pk).update(activated_at=came)
    car(
        make_model(make_brand("Haval"), "Новый"),
        2_000_000,
        arrived=(timezone.localdate() - timezone.localdate(came)).days,
    )


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
    assert CallTask.objects.count() == sum(each.endswith(" not_called") for each in way_of(anna))
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


def through(recipe: str, *hours: float) -> Customer:
    """An invented person goes so far by the clock, silent."""
    anna = invented(copied(recipe))
    lead()
    for each in hours:
        hours_later(each)
    return anna


def told(outcome: str) -> None:
    """A salesperson says what came of the only call."""
    user = at_work(make_member("salesperson"), make_centre())
    telling.tell(CallTask.objects.get().pk, user, Said(outcome))
    lead()


@pytest.mark.usefixtures("sms_too")
def test_the_answer_to_your_terms_becomes_a_call_with_a_deadline() -> None:
    anna = through("your-terms", 5)
    now, message = timezone.now(), Message.objects.get()
    DeliveryState.objects.create(message_id=message.pk, run=message.run, replied_at=now, changed_at=now)
    lead()
    task = CallTask.objects.get()
    assert (task.step, task.customer, task.deadline - task.made_at) == ("answer", anna, timedelta(days=1))
    assert "Ваши условия" in task.reason
    told("visit")
    assert state_of(anna) == ("left", "was_called")


@pytest.mark.usefixtures("sms_too")
def test_whoever_is_silent_to_your_terms_is_called_and_whom_nobody_called_leaves() -> None:
    anna = through("your-terms", 73, 73)
    assert way_of(anna) == ["0 sent", "0 silent", "1 sent", "1 silent"]
    assert CallTask.objects.get().step == "remind"
    hours_later(73)
    assert way_of(anna)[4:] == ["2 not_called", "3 end"]


@pytest.mark.usefixtures("sms_too")
def test_whoever_came_again_and_was_called_gets_no_letter() -> None:
    anna = through("came-again", 3)
    told("thinks")
    assert state_of(anna) == ("left", "was_called")
    assert not Message.objects.exists()


@pytest.mark.usefixtures("sms_too")
def test_a_vip_gets_the_letter_after_the_call() -> None:
    anna = through("vip", 3)
    told("thinks")
    assert way_of(anna) == ["0 was_called", "1 sent"]


@pytest.mark.usefixtures("sms_too")
def test_whoever_is_insured_is_told_of_accessories_at_once() -> None:
    anna = invented(copied("next-best"))
    make_interaction(anna, "insurance", happened_at=timezone.now() - timedelta(days=3))
    lead()
    assert way_of(anna) == ["0 yes", "1 went", "3 sent"]


@pytest.mark.usefixtures("sms_too")
def test_a_low_score_becomes_a_call_and_a_high_one_ends_the_way() -> None:
    anna = through("nps", 5)
    subject = surveys.subject_of(Message.objects.get().pk)
    assert subject
    nps.rate(subject, 3)
    lead()
    assert way_of(anna) == ["0 sent", "0 reacted", "3 yes"]
    assert "оценку" in CallTask.objects.get().reason
    told("thinks")
    assert state_of(anna) == ("left", "was_called")


@pytest.mark.usefixtures("sms_too")
def test_a_high_score_by_the_sms_ends_the_way() -> None:
    anna = through("nps", 97)
    nps.rate(surveys.subject_of(Message.objects.get(channel="sms").pk), 9)
    lead()
    assert way_of(anna) == ["0 sent", "0 silent", "1 sent", "1 reacted", "3 no"]
    assert not CallTask.objects.exists()


@pytest.mark.usefixtures("sms_too")
def test_a_new_subscriber_gets_one_code_in_the_chat_and_by_letter() -> None:
    anna = through("promo-subscriber", 25, 24)
    assert list(Message.objects.order_by("pk").values_list("channel", flat=True)) == ["max", "email"]
    code = PromoCode.objects.get(customer=anna, issued_at__isnull=False)
    entries = JournalEntry.objects.order_by("pk")
    assert len(entries) == 2
    assert spelling.shown(code.code) in json.loads(bytes(entries[0].body))["text"]


@pytest.mark.usefixtures("sms_too")
def test_whoever_agreed_long_before_or_left_and_came_back_is_no_new_subscriber() -> None:
    anna = invented(copied("promo-subscriber"))
    chat = ContactPoint.objects.get(kind="max")
    make_consent(chat, given=False, channels=["max"], origin="person", customer_id=anna.pk)
    make_consent(chat, channels=["max"], origin="person", customer_id=anna.pk)
    first = Consent.objects.filter(contact_point=chat, origin="person").order_by("pk").first()
    Consent.objects.filter(pk=first.pk).update(recorded_at=timezone.now() - timedelta(days=90))
    lead()
    assert not Enrolment.objects.filter(customer=anna).exists()


@pytest.mark.usefixtures("sms_too")
def test_whoever_came_to_the_site_again_is_not_reactivated() -> None:
    anna = invented(copied("reactivation-site"))
    WebsiteEvent.objects.create(site=make_site(), key="f", kind="page_view", happened_at=timezone.now() - timedelta(days=9),
                                received_at=timezone.now(), device="d", customer=anna)  # fmt: skip
    lead()
    assert not Enrolment.objects.exists()


def test_of_a_novelty_each_kind_of_people_is_told_apart() -> None:
    enthusiast, upgrader, seller, nobody = (
        make_facts(make_customer(), **{"new_cars": 0, "purchases": 0, "buyouts": 0} | known).customer_id
        for known in ({"new_cars": 2, "purchases": 2}, {"new_cars": 1, "purchases": 1},
                      {"new_cars": 3, "purchases": 3, "buyouts": 1}, {})
    )  # fmt: skip
    entered = {
        recipe: set(matching(RECIPES[recipe].entry["rule"]).values_list("pk", flat=True))
        for recipe in ("launch", "launch-yearly", "launch-sellers")
    }
    assert entered == {"launch": {enthusiast}, "launch-yearly": {upgrader}, "launch-sellers": {seller}}
    assert nobody


@pytest.mark.usefixtures("sms_too")
def test_a_model_that_stood_here_before_and_one_of_another_brand_and_class_are_no_news() -> None:
    anna = invented(copied("launch"))
    car(CarModel.objects.get(name="Новый"), 1_900_000, arrived=300, gone=200)
    car(make_model(make_brand("BMW"), "X9", car_class="SUV-F"), 9_000_000, arrived=0)
    lead()
    assert not Enrolment.objects.filter(customer=anna).exists()


@pytest.mark.parametrize(
    "recipe", ["price-to-used", "used-to-lower", "none-in-stock", "came-again", "cheaper-brand", "vip"]
)
def test_whom_the_rule_does_not_hold_for_does_not_enter(recipe: str) -> None:
    anna = invented(copied(recipe))
    CustomerFacts.objects.filter(customer=anna).update(left_reason="Думает", left_condition="new", purchases=0)
    RfmScore.objects.all().delete()
    make_vehicle(anna, brand=Brand.objects.get(name="Toyota"), owned_since=timezone.localdate())
    lead()
    assert not Enrolment.objects.exists()
