"""Messages put in order: as they stand, or the channel that is best for the person first, each once, with the reason kept."""

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from campaigns.models import ChannelWorth, EnrolmentMove, Message, ScenarioVersion, Touch
from campaigns.models.policy import Policy
from campaigns.scenarios import diagram, editing, flow, readying, words, worth
from campaigns.scenarios.dry_run import over_the_last_month
from campaigns.scenarios.flow import END, BadFlow
from channels.models import Account
from segments.models import Customer
from tests.campaigns.builders import make_account, make_campaign, make_reader
from tests.campaigns.scenarios.builders import LETTER, hours_later, lead, make_scenario, state_of, way_of, working
from tests.segments.builders import make_consent, make_contact, make_customer, make_interaction, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted", "open_hours")]
_ids = count(10**7)

VISIT = {"occasion": "did", "did": "visited"}
ORDER = {"key": "order", "do": "order", "by": "person"}
SMS = {"key": "sms", "do": "send", "react": ["visited"], "wait_hours": 24}
REST = {"key": "rest", "do": "wait", "hours": 5}


@pytest.fixture
def open_hours() -> None:
    """At every hour of the day."""
    Policy.objects.update_or_create(pk=Policy.ONLY, defaults={"quiet_channels": [], "per_month": 30})


@pytest.fixture
def anna() -> Customer:
    return reachable()


def reachable() -> Customer:
    """Agreed to letters and SMS."""
    customer = make_reader()
    make_consent(make_contact(customer, f"+7921{customer.pk:07}"), channels=["sms"])
    return customer


def scenario(*nodes: dict[str, Any], begin: Any = working, **fields: Any) -> ScenarioVersion:
    account = Account.objects.filter(channel="sms").first() or make_account(
        channel="sms", provider="http_sms", mode="journal", sender_name="ALFA", cost=Decimal(3)
    )
    texts = {"sms": {"channel": "sms", "account": account}}
    return begin(list(nodes or (ORDER, LETTER, SMS, REST)), VISIT, texts=texts, **fields)


def visited(customer: Customer, **ago: float) -> None:
    make_interaction(customer, "visit", happened_at=timezone.now() - timedelta(**(ago or {"hours": 1})))


def touched(customer: Customer, channel: str, *, messages: int, reactions: int = 0) -> None:
    now, campaign = timezone.now(), make_campaign()
    Touch.objects.bulk_create(
        Touch(message_id=next(_ids), customer=customer, campaign=campaign, channel=channel,
              sent_at=now - timedelta(days=30), clicked_at=now if number < reactions else None)
        for number in range(messages)
    )  # fmt: skip


def brings(channel: str, *, contacts: int, reactions: int, roubles: int) -> None:
    ChannelWorth.objects.create(
        channel=channel, contacts=contacts, reactions=reactions, roubles=roubles, counted_at=timezone.now()
    )


def sms_brings_most() -> None:
    brings("sms", contacts=1000, reactions=100, roubles=1_000_000)
    brings("email", contacts=1000, reactions=1, roubles=10)


def test_whom_nothing_is_known_of_the_cheaper_channel_comes_first_and_each_once(anna: Customer) -> None:
    scenario(ORDER, SMS, LETTER, REST)
    visited(anna)
    lead()
    assert way_of(anna) == ["0 to3", "2 sent"]
    hours_later(73)
    assert way_of(anna)[2:] == ["2 silent", "0 to2", "1 sent"]
    hours_later(25)
    assert way_of(anna)[5:] == ["1 silent", "0 on"]
    hours_later(6)
    assert state_of(anna) == ("finished", "waited")


def test_the_channel_that_she_reacts_to_comes_first_though_it_is_dearer(anna: Customer) -> None:
    ivan = reachable()
    for channel in ("email", "sms"):
        brings(channel, contacts=1000, reactions=20, roubles=20_000)
    touched(anna, "sms", messages=5, reactions=3)
    touched(ivan, "email", messages=5, reactions=3)
    scenario()
    for each in (anna, ivan):
        visited(each)
    lead()
    assert way_of(anna) == ["0 to3", "2 sent"]
    assert way_of(ivan) == ["0 to2", "1 sent"]
    told = {way["place"]: way for way in EnrolmentMove.objects.filter(enrolment__customer=anna, node=0).get().told}
    # (3 + 10 · 0.02) / (5 + 10) of a thousand roubles, less five parts of three.
    assert told[2] == {
        "place": 2,
        "roubles": 198.33,
        "price": 15,
        "share": 0.2133,
        "contacts": 5,
        "reactions": 3,
        "quiet": False,
    }
    assert told[1]["roubles"] == 20


def test_what_a_channel_brings_counts(anna: Customer) -> None:
    brings("email", contacts=1000, reactions=20, roubles=1000)
    brings("sms", contacts=1000, reactions=20, roubles=100_000)
    scenario()
    visited(anna)
    lead()
    assert way_of(anna) == ["0 to3", "2 sent"]


def test_whom_the_best_channel_cannot_reach_the_next_one_takes_at_once() -> None:
    no_phone, failed = make_reader(), reachable()
    sms_brings_most()
    scenario()
    for each in (no_phone, failed):
        visited(each)
    lead()
    assert way_of(no_phone) == ["0 to3", "2 no_contact", "0 to2", "1 sent"]
    assert way_of(failed) == ["0 to3", "2 sent"]
    assert Message.objects.filter(customer=no_phone, left_out="").get().channel == "email"


def test_a_channel_whose_hours_are_over_comes_last(anna: Customer) -> None:
    sms_brings_most()
    now = timezone.now()
    days = {f"{now + timedelta(days=ahead):%m-%d}" for ahead in (-1, 0, 1)}
    Policy.objects.update(quiet_channels=["sms"], days_off=sorted(days))
    scenario()
    visited(anna)
    lead()
    assert way_of(anna) == ["0 to2", "1 sent"]
    told = EnrolmentMove.objects.get(node=0).told
    assert [(way["place"], way["quiet"]) for way in told] == [(1, False), (2, True)]


def test_as_they_stand_and_a_reaction_ends_it(anna: Customer) -> None:
    brings("sms", contacts=1000, reactions=100, roubles=1_000_000)
    scenario(ORDER | {"by": "list"}, LETTER, SMS, repeat_days=30)
    visited(anna)
    lead()
    assert way_of(anna) == ["0 to2", "1 sent"]
    assert EnrolmentMove.objects.get(node=0).told is None
    make_interaction(anna, "visit", happened_at=timezone.now() + timedelta(seconds=1))
    hours_later(1)
    assert state_of(anna) == ("left", "reacted")


def test_a_second_round_begins_anew(anna: Customer) -> None:
    scenario(ORDER, LETTER, REST, {"key": "again", "do": "go", "to": "order"})
    visited(anna)
    lead()
    hours_later(73)
    assert way_of(anna) == ["0 to2", "1 sent", "1 silent", "0 on"]
    hours_later(6)
    assert way_of(anna)[4:7] == ["2 waited", "3 went", "0 to2"]


def test_who_was_merged_is_judged_by_whom_she_is_now(anna: Customer) -> None:
    old = reachable()
    touched(anna, "sms", messages=5, reactions=3)
    brings("sms", contacts=1000, reactions=20, roubles=20_000)
    scenario(REST, ORDER, LETTER, SMS)
    visited(old)
    lead()
    Customer.objects.filter(pk=old.pk).update(merged_into=anna)
    hours_later(6)
    assert way_of(old)[:2] == ["0 waited", "1 to4"]


def test_a_dry_run_takes_each_channel_once() -> None:
    both, letters = reachable(), make_reader()
    for each in (both, letters):
        visited(each, days=10)
    run = over_the_last_month(scenario(begin=make_scenario))
    order, letter, sms, _rest = run.steps
    assert (letter.written, sms.written, sms.left_out) == (2, 1, {"no_contact": 1})
    assert order.verdicts == {"to2": 2, "to3": 2, "on": 2}
    assert run.states == {"finished": 2}


def test_what_a_channel_brings_is_counted_over_a_year() -> None:
    anna, ivan = make_customer(), make_customer()
    touched(anna, "sms", messages=3, reactions=1)
    touched(ivan, "sms", messages=2)
    touched(ivan, "email", messages=1, reactions=1)
    later = timezone.now() + timedelta(days=1)
    make_interaction(anna, "sale", happened_at=later, amount=2_000_000, margin=90_000)
    make_interaction(anna, "service", happened_at=later, amount=10_000)
    make_interaction(ivan, "sale", happened_at=later + timedelta(days=100), amount=1_000_000)
    assert worth.count() == {"contacts": 6}
    worth.count()
    found = {row.channel: (row.contacts, row.reactions, row.roubles) for row in ChannelWorth.objects.all()}
    assert found == {"sms": (5, 1, Decimal(90_500)), "email": (1, 1, Decimal(0))}


def test_its_ways_are_read_and_what_is_wrong_is_named() -> None:
    order, letter, sms, rest = flow.read([ORDER, LETTER | {"reacted": ""}, SMS, REST])
    assert (order.members, order.following, order.ways["to3"]) == ((1, 2), 3, 2)
    assert (letter.following, letter.ways["reacted"], sms.following, rest.following) == (0, 3, 0, END)
    assert flow.read([ORDER, LETTER])[0].following == END
    with pytest.raises(BadFlow, match="после него нет сообщений"):
        flow.read([ORDER, REST, LETTER])
    with pytest.raises(BadFlow, match="без паузы"):
        flow.read([ORDER, LETTER, {"key": "again", "do": "go", "to": "order"}])
    with pytest.raises(BadFlow):
        flow.read([ORDER | {"by": "luck"}, LETTER])


def test_it_is_edited_drawn_and_told(anna: Customer, client: Client) -> None:
    version = make_scenario([LETTER], VISIT)
    editing.apply(version, QueryDict(urlencode({"act": "add:order"})))
    editing.apply(version, QueryDict(urlencode({"act": "up:1"})))
    editing.apply(version, QueryDict(urlencode({"n0-key": "order1", "n0-by": "list"})))
    assert version.flow[0] == {"key": "order1", "do": "order", "by": "list"}
    version = scenario()
    assert readying.obstacles(version) == []
    drawing = diagram.draw(flow.read(version.flow), words.Told.of(version), entry="", people={})
    assert drawing.boxes[0].text.startswith("сначала")
    down = [way.label for way in drawing.ways if "H" not in way.path]  # in one row, and only reactions lead aside
    assert down == ["", "", "нет реакции: 3 дня", "нет реакции: 1 день", ""]
    assert len({way.label for way in drawing.ways if "H" in way.path}) == 1
    assert len(drawing.frames) == 1
    visited(anna)
    lead()
    client.force_login(make_staff("campaigns.view_scenario", "segments.view_customer"))
    address = reverse("admin:campaigns_scenario_person", args=[version.scenario_id])
    page = client.get(address, {"q": anna.last_name}).content.decode()
    assert "выбран шаг 2" in page
    assert "E-mail: ожидается 0,00\xa0₽" in page
