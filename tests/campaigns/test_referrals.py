"""A friend comes by a customer's link: who counts, when points are given, and when they are taken back."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from html import unescape
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from limits import RateLimitItem

from campaigns import links, loyalty
from campaigns.models import LoyaltyFacts, Outcome, PointsEntry, Referral, ReferralDay, ReferralProgramme
from campaigns.points import ledger
from campaigns.pump.draining import drain
from campaigns.referrals import asking, pages, registering, report, rewarding, taking_in
from campaigns.slots import Row, find
from channels.models import JournalEntry
from segments.consents import record_consent
from segments.erasing import erase
from segments.models import Card, Consent, ConsentState, ContactPoint, Customer, CustomerFacts, Household, Interaction
from tests.campaigns.builders import LETTER, make_campaign, make_reader
from tests.campaigns.launches import start
from tests.campaigns.referrals import ADVERTISING, CONSENT, make_programme
from tests.segments.builders import make_centre, make_contact, make_customer, make_facts, make_interaction, make_segment

pytestmark = pytest.mark.django_db
PHONE, SHOWN = "+79123456789", "8 (912) 345-67-89"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def counters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a test are its own, whatever was asked in the last hour."""
    counted = Counter[Any]()

    def allowed(limit: RateLimitItem, *key: str) -> bool:
        counted[limit, key] += 1
        return counted[limit, key] <= limit.amount

    monkeypatch.setattr("channels.throttle.allowed", allowed)


@pytest.fixture
def programme() -> ReferralProgramme:
    return make_programme(is_active=True, condition="visit", welcome=100)


@pytest.fixture
def anna() -> Customer:
    """Who invites."""
    return make_customer()


def address(customer: Customer) -> str:
    return "/f/" + links.friend_url(customer.pk).rpartition("/")[2]


def ask(customer: Customer, phone: str = SHOWN, **fields: Any) -> Any:
    filled = {"name": "Пётр Ильин", "phone": phone, "consent": "on"} | fields
    return Client().post(address(customer), {name: value for name, value in filled.items() if value})


def pass_on() -> dict[str, int]:
    """What the job does, with everything due."""
    Referral.objects.exclude(due_at=None).update(due_at=timezone.now() - DAY)
    return {"taken": taking_in.take_in(), **rewarding.reward()}


def brought(customer: Customer, phone: str = SHOWN, **fields: Any) -> Referral:
    assert ask(customer, phone, **fields).status_code == 302
    pass_on()
    return Referral.objects.latest("pk")


def points(person: Customer | int) -> int:
    return ledger.balance(getattr(person, "pk", person))


def test_a_friend_becomes_a_card_and_points_come_with_the_first_visit(
    programme: ReferralProgramme, anna: Customer
) -> None:
    make_facts(anna, home_centre=make_centre())
    page = unescape(Client().get(address(anna)).content.decode())
    assert (programme.title in page, CONSENT in page, "<script" in page) == (True, True, False)
    friend = brought(anna).customer
    assert (friend.last_name, friend.first_name, friend.contacts.get().contact_point.value) == ("Ильин", "Пётр", PHONE)
    card = Card.objects.get(customer=friend)
    assert (card.source.name, card.why, card.centre) == (taking_in.SOURCE, "lead", make_centre())
    assert CustomerFacts.objects.get(pk=friend.pk).home_centre == make_centre(), "a salesperson of there may call"
    assert Consent.objects.filter(text=CONSENT, purpose="service", origin="person").count() == len(taking_in.CALLED)
    assert not Consent.objects.filter(purpose="advertising").exists(), "the second tick was not set"
    assert (points(anna), points(friend)) == (0, 0)

    visit = make_interaction(friend, "visit", happened_at=timezone.now())
    assert pass_on() == {"taken": 0, "given": 1, "back": 0}
    assert (points(anna), points(friend)) == (500, 100)
    assert pass_on()["given"] == 0

    Interaction.objects.filter(pk=visit.pk).update(status="Отменён")
    assert pass_on()["back"] == 1
    assert (points(anna), points(friend)) == (0, 0)
    Interaction.objects.filter(pk=visit.pk).update(status="")
    pass_on()
    assert (points(anna), points(friend), PointsEntry.objects.filter(kind="returned").count()) == (500, 100, 2)


def test_points_that_are_spent_stay_until_they_can_be_taken_back(programme: ReferralProgramme, anna: Customer) -> None:
    friend = brought(anna).customer
    visit = make_interaction(friend, "visit", happened_at=timezone.now())
    pass_on()
    ledger.spend(anna.pk, 400, "till")
    visit.delete()  # as the undo of its import does
    assert pass_on()["back"] == 0
    assert (points(anna), points(friend)) == (100, 100), "both or neither"
    assert report.of(programme).owed == 600
    ledger.accrue([ledger.Gift(anna.pk, 400, "other")])
    assert pass_on()["back"] == 1
    assert (points(anna), points(friend)) == (0, 0)


@pytest.mark.parametrize(("condition", "kind", "given"), [
    ("request", "", 500), ("visit", "sale", 0), ("purchase", "visit", 0), ("purchase", "sale", 500),
])  # fmt: skip
def test_points_are_given_by_the_condition(anna: Customer, condition: str, kind: str, given: int) -> None:
    make_programme(is_active=True, condition=condition)
    friend = brought(anna).customer
    if kind:
        make_interaction(friend, kind, happened_at=timezone.now())
        pass_on()
    assert points(anna) == given


def test_what_came_too_late_or_was_a_refund_counts_for_nothing(anna: Customer) -> None:
    programme = make_programme(is_active=True, condition="purchase", days=10)
    friend = brought(anna).customer
    make_interaction(friend, "sale", happened_at=timezone.now(), amount=-5)
    sale = make_interaction(friend, "sale", happened_at=timezone.now() + 11 * DAY)
    pass_on()
    assert (points(anna), report.of(programme).purchases) == (0, 0)
    Interaction.objects.filter(pk=sale.pk).update(happened_at=timezone.now() + 9 * DAY)
    pass_on()
    assert (points(anna), report.of(programme).purchases) == (500, 1)


def test_who_is_no_newcomer_gets_the_same_page_and_brings_nothing(programme: ReferralProgramme, anna: Customer) -> None:
    home = Household.objects.create(name="Ивановы", size=2)
    Customer.objects.filter(pk=anna.pk).update(household=home)
    merged = make_customer(merged_into=anna)
    kin, stranger = make_customer(household=home), make_customer()
    phones = {}
    for number, person in enumerate((anna, kin, stranger)):
        make_contact(person, phones.setdefault(person.pk, f"+7912000000{number}"))
    people = Customer.objects.count()
    answers = [ask(merged, phone) for phone in (*phones.values(), SHOWN)]
    assert {(each.status_code, each.url) for each in answers} == {(302, address(merged) + "/done")}
    pass_on()
    assert list(Referral.objects.order_by("pk").values_list("state", "why", "customer")[:3]) == [
        ("refused", "own", anna.pk), ("refused", "household", kin.pk), ("refused", "existing", stranger.pk),
    ]  # fmt: skip
    assert (Referral.objects.filter(state="newcomer").count(), Customer.objects.count()) == (1, people + 1)
    make_interaction(stranger, "visit", happened_at=timezone.now())
    pass_on()
    assert points(anna) == 0
    assert dict(report.of(programme).refused).keys() == {
        str(Referral.Why(why).label) for why in ("own", "household", "existing")
    }


def test_a_withdrawal_is_never_raised_by_a_request(programme: ReferralProgramme, anna: Customer) -> None:
    refused = make_contact(make_customer(), "+79120000001")
    record_consent(
        contact_point_ids=[refused.pk], channels=["sms"], given=False, origin="person", purpose="advertising"
    )
    brought(anna, refused.value, advertising="on")
    assert not ConsentState.objects.get(contact_point=refused).given
    friend = brought(anna, advertising="on").customer
    said = ConsentState.objects.filter(contact_point=friend.contacts.get().contact_point, given=True)
    assert set(said.values_list("purpose", "channel")) == {
        (p, c) for p in ("service", "advertising") for c in taking_in.CALLED
    }
    assert set(Consent.objects.filter(customer=friend, purpose="advertising").values_list("text", flat=True)) == {
        ADVERTISING
    }


def test_a_phone_of_a_stop_list_that_nobody_has_stays_stopped(programme: ReferralProgramme, anna: Customer) -> None:
    stopped = ContactPoint.objects.create(kind="phone", value=PHONE)
    record_consent(
        contact_point_ids=[stopped.pk], channels=["sms"], given=False, origin="import", purpose="advertising"
    )
    friend = brought(anna, advertising="on").customer
    assert friend.contacts.get().contact_point == stopped
    assert ConsentState.objects.filter(contact_point=stopped).values_list("channel", "given").get() == ("sms", False)


def test_the_first_link_wins_and_the_same_phone_is_one_request(programme: ReferralProgramme, anna: Customer) -> None:
    ask(anna)
    ask(anna, "+7 912 345 67 89")
    ask(make_customer(), PHONE)
    assert Referral.objects.values_list("referrer", "times").get() == (anna.pk, 3)
    first = brought(anna)
    second = brought(make_customer(), "+79120000002")
    Customer.objects.filter(pk=second.customer_id).update(merged_into=first.customer)  # one person with two phones
    make_interaction(first.customer, "visit", happened_at=timezone.now())
    pass_on()
    second.refresh_from_db()
    assert (second.state, second.why, points(anna), points(second.referrer_id)) == ("refused", "another", 500, 0)


def test_a_friend_who_turns_out_to_be_an_old_customer_brings_nothing(
    programme: ReferralProgramme, anna: Customer
) -> None:
    friend = brought(anna).customer
    make_interaction(friend, "visit", happened_at=timezone.now())
    pass_on()
    before = make_interaction(friend, "service", happened_at=timezone.now() - 400 * DAY)  # joined to an old card
    pass_on()
    assert (points(anna), Referral.objects.get().why) == (0, "existing")
    before.delete()
    pass_on()
    assert (points(anna), Referral.objects.get().state) == (500, "newcomer")


def test_the_ceiling_of_a_person_counts_the_earliest(anna: Customer) -> None:
    make_programme(is_active=True, condition="request", ceiling=2)
    for number in range(3):
        ask(anna, f"+7912000000{number}")
    pass_on()
    assert list(Referral.objects.order_by("pk").values_list("points", "why")) == [(500, ""), (500, ""), (0, "ceiling")]
    brought(make_customer(), "+79120000009")
    assert points(anna) == 1000
    assert PointsEntry.objects.count() == 3


def test_wrong_forms_are_told_what_to_do_and_keep_what_was_typed(programme: ReferralProgramme, anna: Customer) -> None:
    for fields in ({"phone": "12"}, {"consent": ""}, {"name": "   "}, {"name": "123"}):
        answer = ask(anna, **fields)
        assert (answer.status_code, b'role="alert"' in answer.content) == (400, True)
    assert "Пётр Ильин".encode() in ask(anna, phone="12").content
    assert ask(anna, website="http://spam").status_code == 302
    assert not Referral.objects.exists()


def test_links_are_counted_once_an_hour_and_machines_are_not(programme: ReferralProgramme, anna: Customer) -> None:
    for headers in ({"User-Agent": "TelegramBot"}, {"Sec-Fetch-Mode": "cors"}):
        Client(headers=headers).get(address(anna))
    Client().head(address(anna))
    assert not ReferralDay.objects.exists()
    for _each in range(2):
        Client().get(address(anna))
    assert ReferralDay.objects.get(programme=programme).followed == 1


def test_a_link_of_nobody_of_the_erased_and_of_no_programme(programme: ReferralProgramme, anna: Customer) -> None:
    forged = address(anna)[:-1] + ("A" if address(anna)[-1] != "A" else "B")
    assert [Client().get(page).status_code for page in (forged, forged + "/done", "/f/x", address(anna))] == [
        404,
        404,
        404,
        200,
    ]
    row = Row(1, anna.pk)
    assert find(registering.NAME).resolve(None, [row]) == {1: links.friend_url(anna.pk)}
    friend = brought(anna)
    other = make_customer()
    waiting = ask(anna, "+79120000005")
    assert waiting.status_code == 302
    erase([anna.pk])
    assert Client().get(address(anna)).status_code == 404
    pass_on()
    assert set(Referral.objects.values_list("state", "why", "points")) == {("refused", "nobody", 0)}
    erase([friend.customer_id])
    friend.refresh_from_db()
    assert (friend.phone, friend.name, friend.customer) == ("", "", None)
    ReferralProgramme.objects.update(is_active=False)
    page = Client().get(address(other))
    assert (page.status_code, b"<form" in page.content) == (200, False)
    assert ask(other).status_code == 200
    assert find(registering.NAME).resolve(None, [row]) == {}


def test_facts_follow_friends(programme: ReferralProgramme, anna: Customer) -> None:
    friend, today = brought(anna).customer, timezone.localdate()
    make_facts(anna)
    assert loyalty.catch_up(timezone.now() - DAY) == 2
    told = LoyaltyFacts.objects.values_list("friends", "last_friend", "came_by_friend")
    assert (told.get(pk=anna.pk), told.get(pk=friend.pk)) == ((1, today, None), (0, None, today))


def test_the_link_stands_in_letters(permitted: None, programme: ReferralProgramme) -> None:
    reader = make_reader()
    body = re.sub(r"https://dealer\.example/service[^\"]*", "{{ ссылка_другу }}", LETTER)
    start(make_campaign(make_segment(reader), content={"body": body}))
    drain("email")
    assert Outcome.objects.get().kind == "accepted"
    parts = message_from_bytes(bytes(JournalEntry.objects.get().body)).walk()
    assert (
        links.friend_url(reader.pk)
        in next(p for p in parts if p.get_content_type() == "text/plain").get_payload(decode=True).decode()
    )


def test_too_many_requests_of_one_address_wait(programme: ReferralProgramme, anna: Customer) -> None:
    for number in range(pages.OF_ADDRESS.amount):
        assert ask(make_customer(), f"+79120000{number:03}").status_code == 302
    answer = ask(anna)
    assert (answer.status_code, answer.headers["Retry-After"], Referral.objects.filter(phone=PHONE).exists()) == (
        429,
        "3600",
        False,
    )


@pytest.mark.django_db(transaction=True)
def test_a_hundred_requests_at_once_are_one_friend_and_one_gift() -> None:
    programme, people = make_programme(is_active=True, condition="request"), [make_customer() for _each in range(4)]
    gate = Barrier(10)

    def work(number: int) -> None:
        gate.wait(60)
        for _each in range(10):
            asking.ask(people[number % 4].pk, programme, asking.Request("Пётр", PHONE, False))
        taking_in.take_in()
        rewarding.reward()
        connection.close()

    with ThreadPoolExecutor(10) as threads:
        for future in [threads.submit(work, number) for number in range(10)]:
            future.result()
    referral = Referral.objects.get()
    assert (referral.times, referral.state, Customer.objects.count()) == (100, "newcomer", 5)
    assert PointsEntry.objects.values_list("customer", "points").get() == (referral.referrer_id, 500)
