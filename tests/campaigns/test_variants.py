"""Variants of a campaign: everybody who is written to is in exactly one, drawn alike by Python and SQL."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import (
    approval,
    cloning,
    cutting,
    follow_ups,
    launch_gate,
    planning,
    readiness,
    running,
    variants,
    versions,
    writing,
)
from campaigns.experiments import draw
from campaigns.models import Campaign, Chunk, Content, Message, Run, Variant
from campaigns.pump.draining import drain
from campaigns.refusals import Refused
from segments.models import Customer, CustomerZone
from tests.campaigns.builders import LETTER, approve, make_campaign, make_reader, make_segment_with
from tests.campaigns.launches import ended, start
from tests.campaigns.test_versions import frozen, make_owner, make_version
from tests.segments.builders import make_brand, make_facts

pytestmark = pytest.mark.usefixtures("permitted")


# A few people tell nothing apart, and that is said.
ANSWERED = dict.fromkeys(("no_power", "no_segments", "no_test", "no_hypothesis"), "Проба")


def make_variants(campaign: Campaign, *shares: int, hours: dict[str, int] | None = None) -> list[Variant]:
    return Variant.objects.bulk_create(
        Variant(campaign=campaign, letter=letter, share=share, hour=(hours or {}).get(letter))
        for letter, share in zip(Variant.LETTERS, shares, strict=False)
    )


def write_variant(campaign: Campaign, letter: str, brand: str = "", **texts: object) -> Content:
    written = {"subject": f"Вариант {letter} {brand}".strip(), "preheader": "", "body": LETTER} | texts
    return writing.write(campaign, make_brand(brand) if brand else None, variant=letter, **written)


def with_variants(*people: Customer, shares: tuple[int, ...] = (50, 50), **fields: object) -> Campaign:
    """A campaign of which every variant has a text of its own."""
    campaign = make_campaign(make_segment_with(list(people)), **fields)
    for variant in make_variants(campaign, *shares)[1:]:
        write_variant(campaign, variant.letter)
    launch_gate.answer(campaign, ANSWERED)
    return campaign


def drawn_in(run: Run) -> dict[int, str]:
    """{customer: her variant} of those who are written to"""
    return dict(Message.objects.filter(run_id=run.pk, left_out="").values_list("customer_id", "variant"))


def by_the_book(campaign: Campaign, customer_id: int) -> str:
    """The written rule once more: the first 52 bits of SHA-256, in whole numbers."""
    number = int.from_bytes(sha256(f"{campaign.salt}/variants:{customer_id}".encode()).digest()[:8], "big") >> 12
    until = 0
    for variant in campaign.variants.order_by("letter"):
        until += variant.share
        if number * 100 < until * 2**52:
            return variant.letter
    raise AssertionError


@pytest.mark.parametrize("shares", [(50, 50), (90, 10), (34, 33, 33), (1, 99), (17, 16, 17, 16, 17, 17)])
def test_sql_and_python_draw_as_the_rule_says(shares: tuple[int, ...]) -> None:
    people = [make_reader() for _ in range(60)]
    campaign = with_variants(*people, shares=shares)
    found = drawn_in(frozen(campaign))
    assert found == {customer.pk: by_the_book(campaign, customer.pk) for customer in people}
    assert found == {customer.pk: variants.of_customer(campaign, customer.pk) for customer in people}
    assert planning.forecast(campaign).by_variant == Counter(found.values())


def test_a_share_holds_its_part_of_many_and_knows_nothing_of_the_control_group() -> None:
    campaign = make_campaign(make_segment_with(0), salt="known numbers")
    make_variants(campaign, 70, 20, 10)
    drawn = {pk: variants.of_customer(campaign, pk) for pk in range(3000)}
    counted = Counter(drawn.values())
    for letter, share in (("A", 0.7), ("B", 0.2), ("C", 0.1)):
        assert counted[letter] / 3000 == pytest.approx(share, abs=0.025)
    left_alone = [pk for pk in drawn if draw(campaign.salt, pk) < 0.3]
    assert sum(drawn[pk] == "A" for pk in left_alone) / len(left_alone) == pytest.approx(0.7, abs=0.05)


def test_whoever_is_left_out_has_no_variant() -> None:
    people = [make_reader() for _ in range(30)]
    silent = make_reader(consent=False)
    run = frozen(with_variants(*people, silent, control_percent=50, salt="half of them"))
    rows = Message.objects.filter(run_id=run.pk).values_list("left_out", "variant")
    assert {bool(variant) for left_out, variant in rows if left_out} == {False}
    assert {bool(variant) for left_out, variant in rows if not left_out} == {True}
    assert Counter(left_out for left_out, _variant in rows)["no_consent"] == 1


def test_a_ceiling_takes_people_from_their_variants_and_changes_nobody_s() -> None:
    people = [make_reader() for _ in range(30)]
    campaign = with_variants(*people, ceiling=12)
    forecast = planning.forecast(campaign)
    run = frozen(campaign)
    drawn = drawn_in(run)
    assert drawn == {pk: by_the_book(campaign, pk) for pk in drawn}
    assert (len(drawn), run.left_out) == (12, {"over_ceiling": 18})
    assert forecast.by_variant == Counter(drawn.values())
    assert not Message.objects.filter(run_id=run.pk, left_out="over_ceiling").exclude(variant="").exists()


def test_each_gets_the_text_of_her_variant_for_her_brand() -> None:
    """Own version of the brand, else the variant's own text, else what A has."""
    lada, kia = [make_owner("Lada") for _ in range(20)], [make_owner("Kia") for _ in range(20)]
    campaign = with_variants(*lada, *kia, shares=(34, 33, 33))
    campaign.contents.filter(variant="C").delete()
    make_version(campaign, "Lada")
    make_version(campaign, "Kia")
    write_variant(campaign, "B", "Lada")
    run = frozen(campaign)
    subjects = dict(Content.objects.values_list("pk", "subject"))
    rows = Message.objects.filter(run_id=run.pk).values_list("customer_id", "content_id")
    got = {customer: subjects[content] for customer, content in rows}
    drawn = drawn_in(run)
    texts = {
        ("Lada", "A"): "Для Lada", ("Lada", "B"): "Вариант B Lada", ("Lada", "C"): "Для Lada",
        ("Kia", "A"): "Для Kia", ("Kia", "B"): "Вариант B", ("Kia", "C"): "Для Kia",
    }  # fmt: skip
    owners = {person.pk: "Lada" for person in lada} | {person.pk: "Kia" for person in kia}
    assert got == {pk: texts[brand, drawn[pk]] for pk, brand in owners.items()}
    assert got == {pk: versions.of_person(campaign, pk).subject for pk in owners}


def test_who_has_no_version_is_the_same_in_all_variants() -> None:
    owners, others = [make_owner("Lada") for _ in range(12)], [make_reader() for _ in range(12)]
    campaign = with_variants(*owners, *others, needs_version=True)
    make_version(campaign, "Lada")
    run = frozen(campaign)
    assert set(drawn_in(run)) == {person.pk for person in owners}
    assert run.left_out == {"no_version": 12}


def test_variants_go_out_each_with_its_own_text() -> None:
    people = [make_reader() for _ in range(24)]
    campaign = with_variants(*people)
    run = start(campaign)
    assert drain("email")["accepted"] == 24
    ended(run)
    drawn = drawn_in(run)
    contents = dict(Content.objects.values_list("pk", "variant"))
    for chunk in Chunk.objects.all():
        assert (
            len(
                {
                    contents[pk]
                    for pk in Message.objects.filter(pk__in=chunk.message_ids).values_list("content_id", flat=True)
                }
            )
            == 1
        )
    assert set(drawn.values()) == {"A", "B"}


def test_in_a_second_try_everybody_stays_in_her_variant() -> None:
    people = [make_reader() for _ in range(30)]
    campaign = with_variants(*people)
    run = start(campaign)
    first = drawn_in(run)
    running.stop(campaign)
    drain("email")
    ended(run)
    again = follow_ups.try_again(run, ["cancelled"], campaign.author)
    assert [(each.letter, each.share) for each in again.variants.all()] == [("A", 50), ("B", 50)]
    again.variants.filter(letter="A").update(share=99)  # as if the draw had changed: what she was told decides
    again.variants.filter(letter="B").update(share=1)
    assert drawn_in(frozen(again)) == first


def test_a_change_of_shares_hours_or_texts_takes_the_approval_away() -> None:
    campaign = with_variants(make_reader(), make_reader())
    approve(campaign)
    changes = [
        lambda: campaign.variants.filter(letter="A").update(share=60),
        lambda: campaign.variants.filter(letter="B").update(hour=18),
        lambda: campaign.variants.filter(letter="B").update(name="другая тема"),
        lambda: write_variant(campaign, "B", subject="Не то"),
        lambda: variants.remove(campaign, "B"),
    ]
    for change in changes:
        before = approval.fingerprint(campaign)
        assert before == approval.fingerprint(campaign)
        change()
        assert approval.fingerprint(campaign) != before
    assert not approval.is_valid(campaign)
    with pytest.raises(Refused):
        running.start(campaign)


def test_a_clone_has_the_variants_and_their_texts() -> None:
    campaign = with_variants(make_reader(), shares=(60, 40))
    copied = cloning.clone(campaign, campaign.author)
    assert [(each.letter, each.share) for each in copied.variants.all()] == [("A", 60), ("B", 40)]
    assert [each.written() for each in versions.every(copied)] == [each.written() for each in versions.every(campaign)]
    assert copied.salt != campaign.salt


def test_shares_that_are_not_a_whole_forbid_the_launch() -> None:
    campaign = with_variants(make_reader(), shares=(50, 40))
    assert [sentence for sentence in readiness.obstacles(campaign) if "90" in sentence]


def test_what_is_wrong_with_the_text_of_a_variant_names_it() -> None:
    campaign = with_variants(make_reader())
    write_variant(campaign, "B", subject="")
    assert [sentence for sentence in readiness.obstacles(campaign) if "B" in sentence]


def test_variants_are_added_and_removed_with_shares_that_stay_whole() -> None:
    campaign = make_campaign(make_segment_with(0))
    assert variants.add(campaign).letter == "B"
    assert variants.add(campaign).letter == "C"
    assert [each.share for each in variants.every(campaign)] == [34, 33, 33]
    campaign.variants.filter(letter="A").update(share=80)
    campaign.variants.filter(letter__in="BC").update(share=10)
    variants.add(campaign)
    assert [each.share for each in variants.every(campaign)] == [40, 10, 10, 40]
    variants.remove(campaign, "B")
    assert [(each.letter, each.share) for each in variants.every(campaign)] == [("A", 50), ("C", 10), ("D", 40)]
    assert variants.add(campaign).letter == "B"
    for letter in "BCD":
        variants.remove(campaign, letter)
    assert variants.every(campaign) == []
    for _ in range(5):
        variants.add(campaign)
    with pytest.raises(Refused):
        variants.add(campaign)


def test_planning_takes_no_more_statements_for_more_variants() -> None:
    people = [make_reader() for _ in range(4)]
    counted = []
    for shares in ((50, 50), (17, 17, 17, 17, 16, 16)):
        run = running._open_run(with_variants(*people, shares=shares))
        with CaptureQueriesContext(connection) as asked:
            planning.freeze(run)
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_planning_takes_no_more_statements_for_more_time_zones() -> None:
    people, counted = [make_reader() for _ in range(3)], []
    for person, zone in zip(people, ("Asia/Vladivostok", "Asia/Omsk", "Europe/Samara"), strict=True):
        CustomerZone.objects.create(facts=make_facts(person), time_zone=zone, source="city")
        campaign = with_variants(*people)
        campaign.variants.filter(letter="B").update(hour=18)
        run = running._open_run(campaign)
        with CaptureQueriesContext(connection) as asked:
            planning.freeze(run)
        counted.append(len(asked))
    assert counted == [counted[0]] * 3


def test_an_hour_of_its_own_is_the_next_by_her_clock() -> None:
    people = [make_reader() for _ in range(20)]
    CustomerZone.objects.bulk_create(
        CustomerZone(facts=make_facts(person), time_zone="Asia/Vladivostok", source="city") for person in people[::2]
    )
    campaign = with_variants(*people)
    campaign.variants.filter(letter="B").update(hour=18)
    began = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)  # 12:30 in Moscow, 19:30 in Vladivostok
    run = running._open_run(campaign)
    run.started_at, run.send_until = began, began + timedelta(hours=72)
    with mock.patch.object(timezone, "now", return_value=began):
        planning.freeze(run)
    homes = {
        person.pk: "Asia/Vladivostok" if place % 2 == 0 else "Europe/Moscow" for place, person in enumerate(people)
    }
    messages = {
        pk: row for pk, *row in Message.objects.filter(run_id=run.pk).values_list("pk", "customer_id", "variant")
    }
    due = {messages[pk][0]: chunk.due_at for chunk in Chunk.objects.filter(run_id=run.pk) for pk in chunk.message_ids}
    for customer, variant in messages.values():
        local = due[customer].astimezone(ZoneInfo(homes[customer]))
        if variant == "A":
            assert due[customer] == began
        else:
            assert (local.hour, local.minute) == (18, 0)
            assert timedelta(0) < due[customer] - began < timedelta(days=1)


def test_within_the_hour_it_goes_at_once() -> None:
    moment = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
    assert cutting._at_hour(moment, "Europe/Moscow", 12) == moment


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_campaign_every_person_has_one_variant_and_a_text_of_it(seed: int) -> None:
    rng = random.Random(seed)
    names = ["Lada", "Kia", "Skoda"]
    people = [make_owner(rng.choice(["", *names]), rng.choice(["", *names])) for _ in range(50)]
    shares = rng.choice([(50, 50), (10, 90), (20, 30, 50)])
    campaign = with_variants(
        *people, shares=shares, control_percent=rng.choice([0, 30]), needs_version=rng.random() < 0.5
    )
    brands = rng.sample(names, 2)
    for brand in brands:
        make_version(campaign, brand)
    write_variant(campaign, "B", brands[0])
    plain = versions.choice(campaign)
    assert plain.has_variants
    run = frozen(campaign)
    contents = Content.objects.select_related("brand").in_bulk()
    for message in Message.objects.filter(run_id=run.pk):
        if message.left_out:
            assert message.variant == ""
            continue
        text = contents[message.content_id]
        assert message.variant == by_the_book(campaign, message.customer_id)
        assert (text.variant or "A") == message.variant
        assert versions.of_person(campaign, message.customer_id) == text
