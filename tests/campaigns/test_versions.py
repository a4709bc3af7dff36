"""Texts by the brand of a person's car: everybody gets exactly one version, the one that the written order says."""

import random
from collections import Counter
from datetime import date, timedelta
from email import message_from_bytes, policy
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import approval, cloning, follow_ups, guard, planning, pricing, readiness, running, versions, writing
from campaigns.admin import reading
from campaigns.admin.brand_versions import of_results
from campaigns.models import Campaign, Content, DeliveryState, Message, Run
from campaigns.pump.draining import drain
from campaigns.refusals import Refused
from campaigns.rendering import empty_values
from channels.models import JournalEntry
from segments.models import Customer, CustomerFacts, Vehicle
from tests.campaigns.builders import LETTER, approve, make_account, make_campaign, make_content, make_reader
from tests.campaigns.launches import ended, start
from tests.segments.builders import make_brand, make_consent, make_contact, make_facts, make_segment, make_vehicle

pytestmark = pytest.mark.usefixtures("permitted")
_numbers = count(1)


def make_owner(last: str = "", newest: str = "", *others: tuple[str, int], **fields: object) -> Customer:
    """Who bought this brand last, owns this newest car, and others since that many years."""
    email = fields.setdefault("email", f"owner{next(_numbers)}@example.test")
    customer = make_reader(**fields)
    customer.email = email
    make_facts(customer, last_brand=last and make_brand(last) or None, car_brand=newest and make_brand(newest) or None)
    for brand, years in others:
        since = date(2026, 1, 1) - timedelta(days=365 * years)
        make_vehicle(customer, brand=make_brand(brand), owned_since=since)
    return customer


def make_version(campaign: Campaign, brand: str, **texts: object) -> Content:
    written = {"subject": f"Для {brand}", "preheader": "", "body": LETTER.replace("service", brand.lower())} | texts
    return writing.write(campaign, make_brand(brand), **written)


def versions_of(run: Run) -> dict[int, str]:
    """{customer: the brand of her version, "" for the main one, or why there is none}"""
    names = dict(Content.objects.values_list("pk", "brand__name"))
    rows = Message.objects.filter(run_id=run.pk).values_list("customer_id", "content_id", "left_out")
    return {customer: names[content] or "" if content else left_out for customer, content, left_out in rows}


def written_with(*people: Customer, brands: tuple[str, ...] = ("Lada", "Kia"), **fields: object) -> Campaign:
    campaign = make_campaign(make_segment(*people), **fields)
    for brand in brands:
        make_version(campaign, brand)
    return campaign


def frozen(campaign: Campaign) -> Run:
    run = running._open_run(campaign)
    planning.freeze(run)
    return run


def test_the_car_bought_last_then_the_newest_owned_then_the_one_owned_latest() -> None:
    people = {
        make_owner("Lada", "Kia"): "Lada",
        make_owner("Toyota", "Kia", ("Lada", 1)): "Kia",
        make_owner("Toyota", "Toyota", ("Lada", 9), ("Kia", 2)): "Kia",
        make_owner("", "", ("Lada", 2), ("Toyota", 1)): "Lada",
        make_owner("Toyota", "BMW"): "",
        make_reader(): "",
    }
    run = frozen(written_with(*people))
    assert versions_of(run) == {customer.pk: brand for customer, brand in people.items()}


def test_whoever_has_no_version_is_left_out_when_the_campaign_says_so() -> None:
    lada, none = make_owner("Lada"), make_owner("Toyota")
    campaign = written_with(lada, none, needs_version=True)
    planned = planning.forecast(campaign)
    assert {step.key: step.people for step in planned.steps if step.people} == {
        "segments": 2,
        "no_version": 1,
        "to_send": 1,
    }
    assert planned.by_version == {writing.current(campaign, make_brand("Lada")).pk: 1}
    run = frozen(campaign)
    assert versions_of(run) == {lada.pk: "Lada", none.pk: "no_version"}
    assert run.left_out == {"no_version": 1}


def test_an_address_goes_to_the_one_of_two_people_who_has_a_version() -> None:
    none, lada = make_owner("Toyota", email="home@example.test"), make_owner("Lada")
    make_contact(lada, "home@example.test", position=0)
    run = frozen(written_with(none, lada, needs_version=True))
    assert versions_of(run)[lada.pk] == "Lada"
    assert Counter(Message.objects.filter(run_id=run.pk).values_list("left_out", flat=True)) == {"": 1, "no_version": 1}


def chosen_by_hand(customer: Customer, brands: set[str]) -> str:
    """The written order once more, a person at a time."""
    facts = CustomerFacts.objects.select_related("last_brand", "car_brand").get(pk=customer.pk)
    owned = Vehicle.objects.filter(customer=customer).select_related("brand")
    owned = sorted(owned, key=lambda car: (car.owned_since or date.min, car.pk), reverse=True)
    cars = [facts.last_brand, facts.car_brand, *(car.brand for car in owned)]
    return next((brand.name for brand in cars if brand and brand.name in brands), "")


@pytest.mark.parametrize("seed", range(4))
def test_everybody_gets_exactly_one_version(seed: int) -> None:
    rng, names = random.Random(seed), ["Lada", "Kia", "Toyota", "BMW", "Skoda"]
    people = [
        make_owner(
            rng.choice(["", *names]),
            rng.choice(["", *names]),
            *((rng.choice(names), rng.randrange(3)) for _ in range(rng.randrange(4))),
        )
        for _ in range(60)
    ]
    brands = set(rng.sample(names, rng.randrange(1, 5)))
    for needs_version in (False, True):
        campaign = written_with(*people, brands=tuple(sorted(brands)), needs_version=needs_version, control_percent=20)
        run = frozen(campaign)
        expected = {each.pk: chosen_by_hand(each, brands) for each in people}
        if needs_version:
            expected = {pk: brand or "no_version" for pk, brand in expected.items()}
        assert versions_of(run) == expected
        told = planning.forecast(campaign).by_version
        assert told == Counter(Message.objects.filter(run_id=run.pk, left_out="").values_list("content_id", flat=True))


def test_planning_takes_as_many_statements_whatever_the_number_of_versions() -> None:
    people = [make_owner("Lada"), make_owner("Kia"), make_reader()]
    counted = []
    for brands in (("Lada",), tuple(f"Марка-{n}" for n in range(12))):
        campaign = written_with(*people, brands=brands)
        run = running._open_run(campaign)
        with CaptureQueriesContext(connection) as asked:
            planning.freeze(run)
        counted.append(len(asked))
    plain = running._open_run(make_campaign(make_segment(*people)))
    with CaptureQueriesContext(connection) as asked:
        planning.freeze(plain)
    assert [*counted] == [len(asked)] * 2


def test_each_gets_her_version_and_its_links() -> None:
    people = {make_owner("Lada"): "Lada", make_owner("Kia"): "Kia", make_owner(): ""}
    run = start(written_with(*people))
    assert drain("email")["accepted"] == 3
    ended(run)
    letters = [message_from_bytes(bytes(entry.body), policy=policy.default) for entry in JournalEntry.objects.all()]
    assert {letter["To"]: letter["Subject"] for letter in letters} == {
        customer.email: f"Для {brand}" if brand else "Весенний сервис" for customer, brand in people.items()
    }


def test_the_page_counts_what_became_of_each_version() -> None:
    campaign = written_with(make_owner("Lada"), make_owner("Lada"), make_reader())
    assert of_results(make_campaign(make_segment())) == []
    run = start(campaign)
    drain("email")
    message = Message.objects.filter(content_id=writing.current(campaign, make_brand("Lada")).pk).first()
    DeliveryState.objects.create(
        message_id=message.pk, run_id=run.pk, delivered_at=run.started_at, opened_at=run.started_at
    )
    told = {brand.name if brand else "": numbers for brand, numbers in of_results(campaign)}
    assert told == {"Kia": [0] * 6, "Lada": [2, 2, 1, 1, 0, 0], "": [1, 1, 0, 0, 0, 0]}


def test_each_version_costs_what_its_own_text_takes() -> None:
    account = make_account(channel="sms", provider="smsc", mode="journal", cost=3)
    owner, other = make_owner("Lada"), make_reader()
    for number, person in enumerate((owner, other)):
        make_consent(make_contact(person, f"+7999000000{number}", kind="phone"), channels=["sms"])
    text = {"subject": "", "preheader": "", "body": "Ждём на осмотр"}
    campaign = make_campaign(make_segment(owner, other), account=account, channel="sms", content=text)
    longer = make_version(campaign, "Lada", **text | {"body": "Ждём на осмотр " * 6})  # of a segment more
    prices = [pricing.of_one(content) for content in (writing.current(campaign), longer)]
    start(campaign)
    assert drain("sms")["accepted"] == 2
    assert prices[1] == prices[0] + 3
    assert reading.results(campaign, campaign.author)["cost"] == sum(prices)


def test_an_edit_of_a_version_or_of_what_its_absence_means_takes_the_approval_away() -> None:
    campaign = written_with(make_owner("Lada"))
    approve(campaign)
    assert approval.is_valid(campaign)
    lada = make_brand("Lada")
    before = writing.current(campaign, lada).texts()
    make_version(campaign, "Lada", subject="Другая тема")
    assert not approval.is_valid(campaign)
    with pytest.raises(Refused):
        running.start(campaign)
    writing.write(campaign, lada, **before)
    assert approval.is_valid(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(needs_version=True)
    assert not approval.is_valid(Campaign.objects.get())
    Campaign.objects.filter(pk=campaign.pk).update(needs_version=False)
    writing.drop(campaign, lada)
    assert not approval.is_valid(Campaign.objects.get())


def test_a_clone_and_a_second_try_have_all_versions() -> None:
    campaign = written_with(make_owner("Lada"), needs_version=True)
    copied = cloning.clone(campaign, campaign.author)
    assert [content.written() for content in versions.every(copied)] == [
        content.written() for content in versions.every(campaign)
    ]
    assert copied.needs_version


def test_a_correction_speaks_to_whom_a_version_reached_whatever_they_drive_by_now() -> None:
    lada, main = make_owner("Lada"), make_owner("Toyota")
    run = start(written_with(lada, main, brands=("Lada",)))
    drain("email")
    ended(run)
    CustomerFacts.objects.filter(pk=lada.pk).update(last_brand=make_brand("Kia"))
    CustomerFacts.objects.filter(pk=main.pk).update(last_brand=make_brand("Lada"))
    draft = follow_ups.correct(run, run.campaign.author)
    make_content(draft, subject="Исправление")
    make_version(draft, "Lada")
    make_version(draft, "Kia")
    assert planning.forecast(draft).by_version == {
        writing.current(draft).pk: 1,
        writing.current(draft, make_brand("Lada")).pk: 1,
    }
    draft.needs_version = True  # only those whom the faulty version reached
    draft.save()
    assert {step.key: step.people for step in planning.waterfall(draft) if step.people} == {
        "segments": 2, "no_version": 1, "to_send": 1,
    }  # fmt: skip


def test_what_is_wrong_with_a_version_names_it() -> None:
    campaign = written_with(make_owner("Lada"), brands=("Lada",))
    make_version(campaign, "Lada", subject="")
    assert [sentence for sentence in readiness.obstacles(campaign) if "Lada" in sentence]


def test_a_placeholder_counts_as_empty_for_those_who_get_its_version() -> None:
    campaign = written_with(make_owner("Lada"), make_owner("Kia"), make_reader(), brands=("Lada",))
    make_version(campaign, "Lada", body=LETTER.replace("Здравствуйте", "{{ адрес_центра }}, {{ город }}"))
    assert empty_values(campaign) == [("адрес_центра", 1), ("город", 1)]
    make_version(
        campaign, "Lada", body=LETTER.replace("Здравствуйте", "{{ адрес_центра }}"),
        extras={"centre": {"address": "Выборгское шоссе, 27"}},
    )  # fmt: skip
    assert readiness.obstacles(campaign) == []


def test_the_guard_reads_each_version_for_its_people() -> None:
    people = [make_owner("Lada" if n % 2 else "Kia", first_name="Анна") for n in range(4)]
    campaign = written_with(*people, brands=("Lada",))
    make_version(campaign, "Lada", subject='{{ город|"наш" }}, {{ бренд }}')
    run = start(campaign)
    seen = guard.last_look(run.campaign)
    assert (seen.people, seen.rendered, seen.findings) == (4, 4, [])
    defaults = {(one.slot, one.value): one.people for one in guard.notes(seen) if one.kind == "default"}
    assert defaults[("город", "наш")] == 2
    assert run.content.brand is None
