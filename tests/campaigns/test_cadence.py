"""Who of those whom advertising may reach got how much of it: counted, shown, and found by the same rule."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import cadence, planning, reach
from campaigns.models import CadenceCount, Campaign, Policy, Touch
from channels.models import Device
from segments import nightly, ready_made
from segments.models import ContactPoint, Customer, Segment
from segments.rules.counting import count_people
from segments.rules.words import sentence
from tests.campaigns.builders import make_account, make_campaign, make_reader
from tests.segments.builders import (
    make_brand,
    make_consent,
    make_contact,
    make_customer,
    make_facts,
    make_segment,
    make_staff,
)

pytestmark = pytest.mark.django_db


def reader(**facts: object) -> Customer:
    """Advertising may reach her by e-mail."""
    customer = make_reader()
    make_facts(customer, **facts)
    return customer


def touched(customer: Customer, campaign: Campaign, *days_ago: int, failed: bool = False) -> None:
    now = timezone.now()
    newest = Touch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    Touch.objects.bulk_create(
        Touch(
            pk=newest + number, customer=customer, campaign=campaign, channel="email",
            sent_at=now - timedelta(days=ago), failed_at=now if failed else None,
        )
        for number, ago in enumerate(days_ago, 1)
    )  # fmt: skip


@pytest.fixture
def offer() -> Campaign:
    return make_campaign(account=make_account())


def rule(times: int = 3) -> dict:
    return cadence.RARELY.document({"times": times})


def test_people_are_counted_by_what_they_got(offer: Campaign) -> None:
    people = [reader() for _ in range(6)]
    for times, customer in enumerate(people):
        touched(customer, offer, *range(1, times + 1))
    cadence.count()
    found = cadence.read()
    assert found.everybody.columns == [1, 1, 1, 1, 2]
    assert (found.everybody.people, found.fewer, found.wanted) == (6, 3, 3)


def test_service_messages_old_ones_and_what_did_not_arrive_do_not_count(offer: Campaign) -> None:
    anna = reader()
    touched(anna, offer, 31, 40)
    touched(anna, offer, 2, failed=True)
    touched(anna, make_campaign(account=offer.account, purpose="service"), 1, 2, 3)
    cadence.count()
    assert cadence.read().everybody.columns == [1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    "flaw", [{"validity": "invalid"}, {"is_shared": True}, {"reachability": "unreachable"}], ids=str
)
def test_who_cannot_be_written_to_is_not_counted(flaw: dict) -> None:
    ContactPoint.objects.filter(holders__customer=reader()).update(**flaw)
    silent = make_reader(consent=None)
    make_facts(silent)
    make_facts(make_reader(consent=False))
    reached = reader()
    assert cadence.count() == {"reachable": 1}
    assert count_people(rule(), sample=5).sample == [reached.pk]


def test_a_consent_for_a_brand_alone_is_none_for_the_holding() -> None:
    customer = make_reader(consent=None)
    make_facts(customer)
    make_consent(ContactPoint.objects.get(), brand_id=make_brand("Lada").pk)
    assert cadence.count() == {"reachable": 0}


def test_a_device_counts_while_its_site_knows_it() -> None:
    customer = make_customer()
    make_facts(customer)
    account = make_account(channel="push", provider="webpush", mode="journal")
    point = make_contact(customer, "device-1", kind="device")
    make_consent(point, channels=["push"])
    assert cadence.count() == {"reachable": 0}
    device = Device.objects.create(key=point.value, account=account, address="https://push.example/1")
    assert cadence.count() == {"reachable": 1}
    Device.objects.filter(pk=device.pk).update(gone_at=timezone.now())
    assert cadence.count() == {"reachable": 0}


def test_a_person_stands_in_every_channel_that_reaches_her_and_once_among_all(offer: Campaign) -> None:
    anna, lada = reader(last_brand=make_brand("Lada")), make_brand("Lada")
    make_consent(make_contact(anna, "+79120000001"), channels=["sms"])
    reader()
    touched(anna, offer, 1)
    cadence.count()
    found = cadence.read()
    assert {line.name: (line.people, fewer) for line, fewer in found.channels} == {"E-mail": (2, 2), "SMS": (1, 1)}
    assert [(line.name, line.columns[:2]) for line, _fewer in found.brands] == [(str(lada), [0, 1]), ("", [1, 0])]
    assert found.everybody.people == 2


def test_the_threshold_is_that_of_the_policy(offer: Campaign) -> None:
    touched(reader(), offer, 1)
    cadence.count()
    Policy.objects.filter(pk=Policy.ONLY).update(wanted_per_month=1)
    assert cadence.read().fewer == 0


def test_the_rule_finds_exactly_those_that_the_report_counts(offer: Campaign) -> None:
    for times in (0, 2, 3, 5):
        touched(reader(), offer, *range(1, times + 1))
    make_facts(make_customer())
    cadence.count()
    for times in (1, 3, 4):
        assert count_people(rule(times)).count == cadence.read().everybody.fewer(times)
    assert "рекламное сообщение" in sentence(rule())


def test_a_rule_may_ask_whom_advertising_does_not_reach() -> None:
    reader()
    unreached = make_customer()
    make_facts(unreached)
    node = {"field": "advertising", "op": "none_of", "value": list(reach.CONTACTS)}
    assert count_people({"format": 1, "rule": {"all": [node]}}, sample=5).sample == [unreached.pk]


def test_a_second_count_replaces_the_first() -> None:
    reader()
    cadence.count()
    first = CadenceCount.objects.get(channel="").counted_at
    cadence.count()
    assert CadenceCount.objects.get(channel="").counted_at > first


def test_it_is_counted_every_night() -> None:
    assert nightly.WORKS["cadence"][1] is cadence.count
    assert cadence.read() is None
    with pytest.raises(ValueError, match="cadence"):
        nightly.register("cadence", nightly.WORKS["cadence"][0], dict)


def test_parts_of_a_bar_fill_it() -> None:
    line = cadence.Line("x")
    line.got.update({0: 1, 2: 2, 9: 1})
    assert line.bars == [(0, "0.00", "25.00"), (2, "25.00", "50.00"), (4, "75.00", "25.00")]
    assert cadence.Line("nobody").bars == []


# The page


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_staff("campaigns.view_policy", "segments.add_segment", "segments.view_segment"))
    return client


PAGE = "admin:campaigns_policy_cadence"


def test_before_the_first_count_the_page_offers_one(manager: Client) -> None:
    reader()
    assert "ещё не считали" in manager.get(reverse(PAGE)).content.decode()
    assert manager.post(reverse(PAGE)).status_code == 302
    page = manager.get(reverse(PAGE)).content.decode()
    assert "Сделать из них сегмент" in page


def test_the_button_makes_the_segment(manager: Client, offer: Campaign) -> None:
    touched(reader(), offer, 1)
    touched(reader(), offer, 1, 2, 3)
    cadence.count()
    key = manager.get(reverse(PAGE)).context["cut"]
    answer = manager.post(reverse("admin:segments_segment_make"), {"cut": key, f"{key}-times": 3})
    segment = Segment.objects.get()
    assert answer.url == reverse("admin:segments_segment_change", args=[segment.pk])
    assert segment.rule == rule(3)
    assert ready_made.cut_of(key) is cadence.RARELY


def test_who_may_only_look_gets_no_buttons(client: Client) -> None:
    client.force_login(make_staff("campaigns.view_policy"))
    reader()
    cadence.count()
    assert "Сделать из них сегмент" not in client.get(reverse(PAGE)).content.decode()
    assert client.post(reverse(PAGE)).status_code == 403
    client.force_login(make_staff())
    assert client.get(reverse(PAGE)).status_code == 403


def test_the_page_asks_few_questions(manager: Client, django_assert_max_num_queries: object) -> None:
    for number in range(12):
        reader(last_brand=make_brand(f"Бренд {number}"))
    cadence.count()
    with django_assert_max_num_queries(25):
        manager.get(reverse(PAGE))


def test_a_campaign_to_everybody_reaches_exactly_those_whom_the_report_counts() -> None:
    """The report asks by joins what sending asks of each address."""
    reader(), make_facts(make_reader(consent=False)), make_facts(make_reader(consent=None))
    about_a_brand = reader()
    lada = make_brand("Lada").pk
    make_consent(ContactPoint.objects.get(holders__customer=about_a_brand), given=False, brand_id=lada)
    campaign = make_campaign(make_segment(*Customer.objects.all()), account=make_account())
    assert cadence.count() == {"reachable": 2}
    assert planning.waterfall(campaign)[-1].people == 2
