"""Everybody gets one code of her own, whatever happens on the way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import outbox, planning
from campaigns.models import Chunk, Message, Outcome, PromoCode, PromoPool, PromoRedemption, Resolution, Run
from campaigns.promo import filling, issuing, returning, spelling
from campaigns.pump.draining import drain
from segments.models import Customer
from tests.campaigns.builders import make_reader
from tests.campaigns.launches import address_of, fates, start
from tests.campaigns.promos import make_pool, make_promo_campaign, make_shared, printed
from tests.campaigns.room import assert_identity, empty_outbox, make_readers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


def rows(*people: Customer, first: int = 1) -> list[Any]:
    return [SimpleNamespace(message_id=first + n, person_id=person.pk) for n, person in enumerate(people)]


def a_run(pool: PromoPool, *people: Customer) -> Run:
    campaign = make_promo_campaign(pool, *people)
    now = timezone.now()
    return planning.new_run(campaign, content=campaign.contents.get(), now=now, send_until=now + timedelta(days=3))


def hers() -> dict[int, str]:
    return dict(PromoCode.objects.exclude(customer=None).values_list("customer_id", "code"))


def test_each_letter_prints_a_code_of_its_own() -> None:
    people = [make_reader() for _ in range(5)]
    pool = make_pool(7)
    run = start(make_promo_campaign(pool, *people))
    assert not hers()  # the check before the launch gives none away
    drain("email")
    told = {address_of(person).value: spelling.shown(code) for person in people if (code := hers()[person.pk])}
    assert printed() == told
    assert len(set(told.values())) == 5
    assert set(PromoCode.objects.exclude(customer=None).values_list("campaign", flat=True)) == {run.campaign_id}


def test_whoever_finds_no_code_waits_for_one_and_gets_it() -> None:
    people = [make_reader() for _ in range(3)]
    pool = make_pool(2)
    run = start(make_promo_campaign(pool, *people))
    drain("email")
    assert sorted(fates(run).values()) == ["accepted", "accepted", "pending"]
    assert assert_identity(run)["pending"] == 1
    (waiting,) = Chunk.objects.filter(run_id=run.pk, state=Chunk.State.FREE)
    assert 20 < (waiting.due_at - timezone.now()).total_seconds() / 60 < 31
    assert waiting.attempts == 0
    filling.order(pool, 1)
    filling.make_due()
    Chunk.objects.update(due_at=timezone.now())
    drain("email")
    assert set(fates(run).values()) == {"accepted"}
    assert len(set(printed().values())) == 3


def test_when_no_time_is_left_to_wait_the_reason_stays() -> None:
    run = start(make_promo_campaign(make_pool(1), make_reader(), make_reader()))
    Run.objects.update(send_until=timezone.now() + timedelta(minutes=20))
    drain("email")
    assert outbox.counts([run.pk])["by_reason"] == {"no_promo_code": 1}


def test_another_message_prints_the_same_code_while_it_is_good() -> None:
    person, pool = make_reader(), make_pool(5, per_person=None)
    run = a_run(pool, person)
    assert issuing.issue(pool, run, rows(person)) == {}
    assert issuing.issue(pool, run, rows(person, first=2)) == {}
    first, second = issuing.told(pool, rows(person))[1], issuing.told(pool, rows(person, first=2))[2]
    assert first == second
    assert len(hers()) == 1


def test_whoever_has_used_hers_gets_no_other_unless_the_pool_gives_more() -> None:
    person, pool = make_reader(), make_pool(5)
    run = a_run(pool, person)
    issuing.issue(pool, run, rows(person))
    used = PromoCode.objects.get(customer=person)
    PromoRedemption.objects.create(code=used, receipt="1", door="cashier")
    assert issuing.issue(pool, run, rows(person)) == {1: issuing.SPENT}
    pool.per_person = 2
    assert issuing.issue(pool, run, rows(person)) == {}
    assert PromoCode.objects.filter(customer=person).count() == 2


def test_of_people_who_became_one_the_living_one_has_the_code() -> None:
    one, other, pool = make_reader(), make_reader(), make_pool(5)
    run = a_run(pool, one)
    issuing.issue(pool, run, rows(other))
    Customer.objects.filter(pk=other.pk).update(merged_into=one)
    assert issuing.issue(pool, run, rows(one, first=9)) == {}
    assert PromoCode.objects.exclude(customer=None).count() == 1
    assert issuing.told(pool, rows(one, first=9))[9].code == PromoCode.objects.get(customer=other).code


def test_the_last_day_is_the_earlier_of_the_two() -> None:
    today = timezone.localdate()
    week = today + timedelta(days=7)
    for fields, day in (
        ({}, None),
        ({"valid_days": 30}, today + timedelta(days=30)),
        ({"valid_to": week}, week),
        ({"valid_days": 30, "valid_to": week}, week),
    ):
        assert issuing.last_day(PromoPool(**fields), today) == day
    person, pool = make_reader(), make_pool(1, valid_days=30)
    issuing.issue(pool, a_run(pool, person), rows(person))
    assert PromoCode.objects.get(customer=person).valid_until == today + timedelta(days=30)


def test_a_code_that_is_over_or_withdrawn_is_not_told_again() -> None:
    person, pool = make_reader(), make_pool(5, per_person=None)
    run = a_run(pool, person)
    issuing.issue(pool, run, rows(person))
    PromoCode.objects.filter(customer=person).update(valid_until=timezone.localdate() - timedelta(days=1))
    issuing.issue(pool, run, rows(person))
    PromoCode.objects.filter(customer=person).update(is_withdrawn=True)
    issuing.issue(pool, run, rows(person))
    assert PromoCode.objects.filter(customer=person).count() == 3


def test_a_code_for_all_is_printed_as_it_was_written_and_nobody_has_it() -> None:
    people = [make_reader() for _ in range(30)]
    run = start(make_promo_campaign(make_shared("Весна-26"), *people))
    drain("email")
    assert set(printed().values()) == {"Весна-26"}
    assert not hers()
    assert Outcome.objects.filter(run_id=run.pk, kind="accepted").count() == 30


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_give_no_code_twice_and_nobody_two() -> None:
    """Each is asked for the same people, and for others of its own."""
    people = make_readers(60)
    pool = make_pool(200)
    run = a_run(pool, *people[:1])
    gate = Barrier(4)

    def work(number: int) -> None:
        own = people[20 * (number % 2) : 20 * (number % 2) + 40]
        gate.wait(30)
        issuing.issue(pool, run, rows(*own, first=1000 * number))
        connection.close()

    with ThreadPoolExecutor(4) as threads:
        for future in [threads.submit(work, number) for number in range(4)]:
            future.result()
    issued = PromoCode.objects.exclude(issued_at=None)
    assert issued.count() == 60
    assert issued.values("customer").distinct().count() == 60
    empty_outbox()


def rejected(run: Run, person: Customer, kind: str = "rejected") -> int:
    """Her message of the run, as it ended; its id."""
    message = Message.objects.get(run=run, customer=person)
    Outcome.objects.filter(run_id=run.pk, message_id=message.pk).update(kind=kind)
    return message.pk


def test_codes_of_messages_that_never_went_are_given_back_and_no_others() -> None:
    people = [make_reader() for _ in range(6)]
    anna, ivan, olga, petr, vera, oleg = people
    pool = make_pool(6)
    run = start(make_promo_campaign(pool, *people))
    drain("email")
    codes = {person.pk: PromoCode.objects.get(customer=person) for person in people}
    for person, kind in (
        (anna, "rejected"),
        (ivan, "suppressed"),
        (olga, "unknown"),
        (petr, "rejected"),
        (vera, "rejected"),
    ):
        rejected(run, person, kind)
    Resolution.objects.create(
        run=run,
        message_id=Message.objects.get(run=run, customer=petr).pk,
        kind="accepted",
        evidence="webhook",
        resolved_at=timezone.now(),
    )
    PromoRedemption.objects.create(code=codes[vera.pk], customer=vera, receipt="1", door="cashier")
    assert returning.give_back() == {"returned": 2}
    assert set(hers()) == {person.pk for person in (olga, petr, vera, oleg)}
    assert returning.give_back() == {"returned": 0}
    assert set(issuing.issue(pool, run, rows(*[make_reader() for _ in range(3)], first=10**9)).values()) == {
        issuing.DRY
    }
    assert codes[anna.pk].code in set(hers().values())  # it went to somebody else


def test_a_code_that_another_message_printed_or_may_print_and_one_told_in_a_chat_stay() -> None:
    anna, ivan = make_reader(), make_reader()
    pool = make_pool(3)
    run = start(make_promo_campaign(pool, anna, ivan))
    drain("email")
    rejected(run, anna)
    rejected(run, ivan)
    start(make_promo_campaign(pool, anna))  # waits
    told, _why = issuing.give(pool, Run(), issuing.Alone(-7, ivan.pk))
    assert told
    assert returning.give_back() == {"returned": 0}
    assert set(hers()) == {anna.pk, ivan.pk}
