"""The discount guard: how many messages with a discount a person gets, who is being trained, and discounts that begin anew."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import planning
from campaigns.contact_slots import forget
from campaigns.models import ContactSlot, Message, Policy, PromoCode, PromoRedemption, Run, SegmentDiscount
from campaigns.promo import beginning_anew, choosing, discounts
from campaigns.promo.redeeming import By, Purchase, redeem
from campaigns.pump.draining import drain
from segments import guards
from segments.models import Customer
from tests.campaigns.builders import make_campaign, make_reader
from tests.campaigns.launches import launched, start
from tests.campaigns.promos import make_pool
from tests.campaigns.room import assert_identity
from tests.segments.builders import make_interaction, make_segment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


@pytest.fixture
def anna() -> Customer:
    return make_reader()


def limit(**fields: object) -> None:
    Policy.objects.update_or_create(pk=Policy.ONLY, defaults={"quiet_channels": [], **fields})


def offered(customer: Customer, *days_ago: int) -> None:
    """Messages with a discount that she got before."""
    today = timezone.localdate()
    ContactSlot.objects.bulk_create(
        ContactSlot(
            holder=customer.pk, day=today - timedelta(days=ago), channel="email", message_id=ago, is_discount=True
        )
        for ago in days_ago
    )


def with_a_discount(*people: Customer, **fields: object) -> Run:
    campaign = make_campaign(make_segment(*people))
    choosing.save(campaign, make_pool(**fields))
    return start(campaign)


def left_out(run: Run, customer: Customer) -> str:
    return Message.objects.get(run_id=run.pk, customer=customer).left_out


def test_who_has_had_discounts_enough_is_left_out_of_another_and_of_nothing_else(anna: Customer) -> None:
    limit(discounts=2, discount_days=90)
    other = make_reader()
    offered(anna, 40, 80)
    offered(other, 40, 91)
    run = with_a_discount(anna, other)
    assert (left_out(run, anna), left_out(run, other)) == ("discount_cap", "")
    assert {step.key: step.people for step in planning.waterfall(run.campaign)}["discount_cap"] == 1
    assert left_out(launched(anna, other), anna) == ""
    assert left_out(with_a_discount(anna, other, gives="gift", amount=None, gift="Коврик"), anna) == ""


def test_a_message_with_a_discount_is_counted_and_the_next_one_is_suppressed_by_the_arbiter(anna: Customer) -> None:
    with_a_discount(anna)
    drain("email")
    assert set(ContactSlot.objects.values_list("is_discount", flat=True)) == {True}
    ContactSlot.objects.update(day=timezone.localdate() - timedelta(days=35))
    run = with_a_discount(anna)
    limit(discounts=1)
    drain("email")
    assert assert_identity(run)["by_reason"] == {"discount_cap": 1}
    assert drain_of(launched(anna)) == 1


def drain_of(run: Run) -> int:
    drain("email")
    return assert_identity(run)["accepted"]


def test_who_has_room_again_within_the_time_of_the_run_waits(anna: Customer) -> None:
    limit(discounts=1, discount_days=60)
    offered(anna, 58)
    run = with_a_discount(anna)
    assert drain_of(run) == 0
    assert assert_identity(run)["pending"] == 1


def test_days_with_a_discount_are_kept_as_long_as_a_limit_may_count_them(anna: Customer) -> None:
    offered(anna, 61, 369, 371)
    ContactSlot.objects.create(holder=-1, day=timezone.localdate() - timedelta(days=61), channel="email", message_id=1)
    assert forget() == 2
    assert sorted(ContactSlot.objects.values_list("message_id", flat=True)) == [61, 369]


def bought(customer: Customer, days_ago: int, *, discount: bool = False) -> None:
    moment = timezone.now() - timedelta(days=days_ago)
    make_interaction(customer, "service", happened_at=moment, amount=1000)
    if discount:
        code = PromoCode.objects.create(
            pool=make_pool(),
            code=f"C{customer.pk}{days_ago}",
            key=f"C{customer.pk}{days_ago}",
            customer=customer,
            issued_at=moment,
        )
        PromoRedemption.objects.create(
            code=code, customer=customer, happened_at=moment, amount=1000, receipt="1", door="till"
        )


def test_a_segment_that_buys_with_a_discount_more_and_more_is_told_of(anna: Customer) -> None:
    segment, other = make_segment(anna), make_segment(make_reader())
    for number in range(20):
        bought(anna, 10 + number, discount=number < 8)
        bought(anna, 200 + number, discount=number < 4)
    discounts.count()
    kept = SegmentDiscount.objects.get()
    assert (kept.segment, kept.purchases, kept.discounted) == (segment, 20, 8)
    assert (kept.purchases_before, kept.discounted_before) == (20, 4)
    assert discounts.of_person(anna) == (40, 12)
    (sentence,) = [each for each in guards.advice(segment) if "40 %" in each]
    assert "20 %" in sentence
    assert "trained" not in [
        guard.name for guard in guards.found(guards.marked(type(segment).objects).get(pk=other.pk))
    ]
    campaign = make_campaign(segment)
    assert discounts.warnings(campaign) == []
    choosing.save(campaign, make_pool())
    assert len(discounts.warnings(campaign)) == 1
    limit(trained_percent=40)
    assert discounts.warnings(campaign) == []
    limit(trained_percent=30)
    SegmentDiscount.objects.update(discounted_before=8)
    assert discounts.warnings(campaign) == []


def code_of(customer: Customer, **fields: object) -> PromoCode:
    pool = make_pool(1, **fields)
    code = pool.codes.filter(issued_at=None).first()
    code.customer, code.issued_at = customer, timezone.now() - timedelta(hours=2)
    code.save()
    return code


def test_after_a_purchase_a_growing_discount_begins_anew(anna: Customer) -> None:
    first, second = (code_of(anna, ends_with_purchase=True) for _step in range(2))
    plain, hers = code_of(anna), code_of(make_reader(), ends_with_purchase=True)
    redeem(Purchase(first.code, receipt="7"), By(door="cashier"))
    withdrawn = set(PromoCode.objects.filter(is_withdrawn=True))
    assert withdrawn == {second}
    make_interaction(hers.customer, "sale", happened_at=timezone.now() - timedelta(hours=3), amount=1)
    assert beginning_anew.withdraw() == 0
    make_interaction(hers.customer, "sale", happened_at=timezone.now() - timedelta(hours=1), amount=1)
    assert beginning_anew.every_night() == {"withdrawn": 1}
    plain.refresh_from_db()
    assert not plain.is_withdrawn
