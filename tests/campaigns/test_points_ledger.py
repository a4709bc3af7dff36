"""Bonus points: the sum is right whoever merges, spends at once or is late, and never below zero."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.models import PointsEntry, PromoRedemption
from campaigns.points import ledger
from campaigns.points.ledger import Gift
from campaigns.promo import redeeming
from campaigns.refusals import Refused
from segments.models import Customer
from tests.campaigns.builders import make_reader
from tests.campaigns.test_promo_redeeming import buy, issued
from tests.segments.builders import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
DAY = timedelta(days=1)


def give(person: Customer, points: int, key: str = "a", days: int | None = None) -> None:
    ledger.accrue([Gift(person.pk, points, key, days=days)])


def test_a_gift_is_given_once_and_spent_to_the_last_point() -> None:
    person = make_customer()
    give(person, 100)
    give(person, 100)
    assert ledger.balance(person.pk) == 100
    assert ledger.spend(person.pk, 60, "s1")
    assert not ledger.spend(person.pk, 60, "s1")
    for points in (41, 0, -5):
        with pytest.raises(Refused):
            ledger.spend(person.pk, points, f"s{points}")
    assert ledger.spend(person.pk, 40, "s2")
    assert ledger.balance(person.pk) == 0


def test_whoever_became_one_has_the_points_of_both() -> None:
    one, other = make_customer(), make_customer("Петрова")
    give(one, 30)
    give(other, 20, "b")
    Customer.objects.filter(pk=other.pk).update(merged_into=one)
    assert ledger.balance(one.pk) == ledger.balance(other.pk) == 50
    assert ledger.spend(other.pk, 50, "s")
    assert ledger.balance(one.pk) == 0


def test_points_are_gone_on_their_day_the_earliest_being_spent_first() -> None:
    person, today = make_customer(), timezone.localdate()
    give(person, 100, "early", days=10)
    give(person, 50, "late", days=20)
    give(person, 5, "for good")
    ledger.spend(person.pk, 70, "s")
    for day, left in ((9, 85), (10, 55), (10, 55), (19, 55), (20, 5), (400, 5)):
        ledger.expire(today + day * DAY)
        assert ledger.balance(person.pk) == left, day
    assert PointsEntry.objects.filter(kind="expired").count() == 2


def test_a_night_that_did_not_run_costs_nobody_and_saves_nobody() -> None:
    """What is over cannot be spent, whether or not the night has been here."""
    person = make_customer()
    give(person, 100, days=1)
    give(person, 5, "b")
    PointsEntry.objects.filter(key="a").update(expires_on=timezone.localdate())
    with pytest.raises(Refused):
        ledger.spend(person.pk, 6, "s")
    assert ledger.spend(person.pk, 5, "s")
    assert ledger.balance(person.pk) == 100 - 100  # the refusal took nothing down with it


def test_of_many_people_only_those_concerned_are_touched() -> None:
    people = [make_customer(f"К{n}") for n in range(20)]
    ledger.accrue(Gift(person.pk, 10, f"g{n}", days=1 if n % 2 else 5) for n, person in enumerate(people))
    assert ledger.expire(timezone.localdate() + DAY) == 10
    assert [ledger.balance(person.pk) for person in people[:4]] == [10, 0, 10, 0]
    assert ledger.expire(timezone.localdate() + DAY) == 0


def test_a_promo_code_gives_points_and_takes_them_back() -> None:
    code = issued(gives="points", amount=500, points_days=30)
    answer = buy(code)
    assert answer.discount is None
    entry = PointsEntry.objects.get()
    assert (entry.customer_id, entry.points, entry.expires_on) == (
        code.customer_id,
        500,
        timezone.localdate() + 30 * DAY,
    )
    buy(code)  # the same receipt
    assert ledger.balance(code.customer_id) == 500
    redeeming.take_back(answer.redemption)
    assert ledger.balance(code.customer_id) == 0
    again = buy(code, receipt="2").redemption
    ledger.spend(code.customer_id, 1, "s")
    with pytest.raises(Refused):
        redeeming.take_back(again)
    assert PromoRedemption.objects.get(pk=again.pk).cancelled_at is None


@pytest.mark.django_db(transaction=True)
def test_of_many_who_spend_at_once_nobody_gets_below_zero() -> None:
    person, gate = make_reader(), Barrier(6)
    give(person, 100)

    def take(number: int) -> bool:
        gate.wait(30)
        try:
            return ledger.spend(person.pk, 30, f"s{number}")
        except Refused:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        found: list[Any] = [future.result() for future in [threads.submit(take, number) for number in range(6)]]
    assert sum(found) == 3
    assert ledger.balance(person.pk) == 10
