"""What rules read of promo codes and points: the numbers follow what is given, bought, taken back, spent and merged."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from campaigns import loyalty
from campaigns.models import LoyaltyFacts, PromoCode, PromoRedemption
from campaigns.points import ledger
from campaigns.points.ledger import Gift
from campaigns.promo import issuing
from segments.models import Customer
from segments.rules.compile import people
from tests.campaigns.builders import make_reader
from tests.campaigns.promos import make_pool
from tests.campaigns.test_promo_issuing import a_run, rows
from tests.campaigns.test_promo_redeeming import buy, issued
from tests.segments.builders import make_customer, make_facts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
DAY = dt.timedelta(days=1)


def facts(person: Customer | int, *names: str) -> tuple[Any, ...]:
    return LoyaltyFacts.objects.values_list(*names).get(pk=getattr(person, "pk", person))


def found(field: str, op: str, value: Any = None) -> set[int]:
    rule = {"format": 1, "rule": {"field": field, "op": op, "value": value}}
    return set(people(rule).values_list("pk", flat=True))


def test_a_code_is_given_used_and_the_purchase_taken_back() -> None:
    today = timezone.localdate()
    code = issued(valid_days=10)
    loyalty.refresh()
    counted = facts(code.customer_id, "codes", "last_code", "used", "unused", "unused_until")
    assert counted == (1, today, 0, 1, code.valid_until)

    buy(code)
    assert loyalty.catch_up(timezone.now() - DAY) == 1
    assert facts(code.customer_id, "codes", "used", "last_used", "unused", "unused_until") == (1, 1, today, 0, None)

    PromoRedemption.objects.update(cancelled_at=timezone.now(), recorded_at=timezone.now() - 9 * DAY)
    assert loyalty.catch_up(timezone.now() - DAY) == 1
    assert facts(code.customer_id, "used", "unused") == (0, 1)
    assert loyalty.refresh() == 0


def test_a_code_that_is_over_or_withdrawn_waits_for_nobody() -> None:
    person = make_reader()
    for fields in ({}, {"valid_days": 3}):
        pool = make_pool(1, **fields)
        issuing.issue(pool, a_run(pool, person), rows(person))
    loyalty.refresh()
    assert facts(person, "codes", "unused") == (2, 2)
    PromoCode.objects.filter(valid_until__isnull=False).update(valid_until=timezone.localdate() - DAY)
    loyalty.refresh([person.pk])
    assert facts(person, "unused", "unused_until") == (1, None)
    PromoCode.objects.update(is_withdrawn=True)
    loyalty.refresh([person.pk])
    assert facts(person, "codes", "unused") == (2, 0)


def test_points_end_on_the_day_on_which_the_first_unspent_does() -> None:
    person, today = make_customer(), timezone.localdate()
    ledger.accrue([Gift(person.pk, 100, "a", days=10), Gift(person.pk, 50, "b", days=20), Gift(person.pk, 7, "c")])
    loyalty.refresh()
    first, second = sorted(
        expires - DAY for (expires,) in ledger.PointsEntry.objects.exclude(expires_on=None).values_list("expires_on")
    )
    assert (today < first, facts(person, "points", "points_until")) == (True, (157, first))
    for spent, left, until in ((99, 58, first), (1, 57, second), (57, 0, None)):
        ledger.spend(person.pk, spent, f"s{spent}")
        loyalty.catch_up(timezone.now() - DAY)
        assert facts(person, "points", "points_until") == (left, until)


def test_whoever_became_one_has_what_both_had() -> None:
    code, other = issued(), make_customer()
    ledger.accrue([Gift(other.pk, 20, "a")])
    loyalty.refresh()
    Customer.objects.filter(pk=code.customer_id).update(merged_into=other)
    loyalty.refresh([other.pk, code.customer_id])
    assert facts(other, "codes", "points") == (1, 20)
    assert LoyaltyFacts.objects.count() == 1


def test_rules_ask_about_those_who_have_nothing_too() -> None:
    code, stranger = issued(), make_customer()
    for customer in (code.customer, stranger):
        make_facts(customer)
    ledger.accrue([Gift(code.customer_id, 20, "a")])
    loyalty.refresh()
    assert found("promo_codes", "equals", 0) == {stranger.pk}
    assert found("promo_codes_unused", "at_least", 1) == {code.customer_id}
    assert found("points", "at_least", 20) == {code.customer_id}
    assert found("last_promo_purchase", "is_empty") == {code.customer_id, stranger.pk}
    assert found("last_promo_code", "within_days", 2) == {code.customer_id}
