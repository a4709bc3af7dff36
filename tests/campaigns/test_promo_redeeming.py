"""A code is good for what was promised, once, and one receipt is one purchase."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.models import PromoCode, PromoPool, PromoRedemption
from campaigns.promo import issuing, judging, redeeming
from campaigns.promo.judging import Why
from campaigns.promo.redeeming import By, Purchase
from tests.campaigns.builders import make_reader
from tests.campaigns.promos import make_pool, make_shared
from tests.campaigns.test_promo_issuing import a_run, rows
from tests.segments.builders import make_centre

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
TILL = By("cashier")


def issued(**fields: Any) -> PromoCode:
    """A code that somebody has."""
    person, pool = make_reader(), make_pool(3, **fields)
    assert not issuing.issue(pool, a_run(pool, person), rows(person))
    return PromoCode.objects.select_related("pool").get(customer=person)


def buy(code: PromoCode | str, receipt: str = "1", **purchase: Any) -> redeeming.Answer:
    purchase.setdefault("amount", Decimal(1000))
    return redeeming.redeem(Purchase(getattr(code, "code", code), receipt, **purchase), TILL)


def why(code: PromoCode | str, **purchase: Any) -> Why | None:
    """Why it would not be taken; to look at it writes nothing."""
    purchase.setdefault("amount", Decimal(1000))
    return redeeming.look(Purchase(getattr(code, "code", code), **purchase)).verdict.why


def test_a_good_code_is_taken_once_and_keeps_whose_it_is() -> None:
    code = issued()
    answer = buy(code.code.lower(), receipt="7")
    written = PromoRedemption.objects.get()
    assert answer.redemption == written
    assert (written.customer_id, written.campaign_id) == (code.customer_id, code.campaign_id)
    assert (written.amount, written.discount, written.door) == (1000, 100, "cashier")
    again = buy(code, receipt="8")
    assert again.verdict.why == Why.USED
    assert str(timezone.localdate().year) in again.verdict.sentence
    assert PromoRedemption.objects.count() == 1


def test_the_same_receipt_told_again_is_the_same_purchase() -> None:
    code = issued()
    first, second = buy(code), buy(code)
    assert (first.is_repeated, second.is_repeated) == (False, True)
    assert first.redemption == second.redemption
    shared = make_shared()
    assert [buy(shared.codes.get(), receipt=each).is_repeated for each in ("1", "2", "1")] == [False, False, True]
    assert PromoRedemption.objects.count() == 3


def test_what_was_taken_back_may_be_taken_again() -> None:
    code = issued()
    written = buy(code).redemption
    assert redeeming.take_back(written)
    assert not redeeming.take_back(written)
    assert buy(code).redemption != written
    assert PromoRedemption.objects.filter(cancelled_at=None).count() == 1


def test_each_reason_why_a_code_is_not_good() -> None:
    today = timezone.localdate()
    day = timedelta(days=1)
    here, there = make_centre(), make_centre("Максимум Север")
    code = issued(minimum_sum=500)
    code.pool.centres.add(here)
    assert why("KAHT7X3M9P") == Why.UNKNOWN
    assert why(PromoCode.objects.filter(issued_at=None).first()) == Why.UNKNOWN
    assert why(code, centre=here) is None
    assert why(code, centre=there) == Why.OTHER_CENTRE
    assert why(code) == Why.OTHER_CENTRE
    assert why(code, centre=here, amount=Decimal("499.99")) == Why.TOO_LITTLE
    PromoCode.objects.filter(pk=code.pk).update(valid_until=today)
    assert why(code, centre=here) is None
    PromoCode.objects.filter(pk=code.pk).update(valid_until=today - day)
    assert why(code, centre=here) == Why.OVER
    assert why(code, centre=here, happened_at=timezone.now() - day) is None  # the day of the purchase counts
    PromoCode.objects.filter(pk=code.pk).update(valid_until=None, is_withdrawn=True)
    assert why(code, centre=here) == Why.WITHDRAWN
    assert why(issued(valid_from=today + day)) == Why.NOT_YET
    assert not PromoRedemption.objects.exists()


def test_a_code_for_all_ends_with_its_limit_and_its_last_day() -> None:
    shared = make_shared(total_limit=2).codes.get()
    assert [buy(shared, receipt=each).verdict.why for each in "123"] == [None, None, Why.LIMIT]
    PromoPool.objects.update(total_limit=None, valid_to=timezone.localdate() - timedelta(days=1))
    assert why(shared) == Why.OVER


def test_what_it_takes_off() -> None:
    for fields, amount, off in (
        ({"amount": 10}, "999.99", "100.00"),
        ({"amount": 7}, "0.10", "0.01"),
        ({"gives": "roubles", "amount": 500}, "1200", "500.00"),
        ({"gives": "roubles", "amount": 500}, "300", "300.00"),
        ({"gives": "gift", "gift": "Коврики"}, "300", None),
    ):
        found = judging.discount(PromoPool(**fields), Decimal(amount))
        assert found == (off and Decimal(off)), fields


def test_many_at_once_are_judged_one_after_the_other() -> None:
    code = issued()
    told = [Purchase(code.code, each, Decimal(100)) for each in ("1", "1", "2")] + [Purchase("НЕТ", "3", Decimal(5))]
    answers = redeeming.redeem_all(told, TILL)
    assert [(each.verdict.why, each.is_repeated) for each in answers] == [
        (None, False), (None, True), (Why.USED, False), (Why.UNKNOWN, False),
    ]  # fmt: skip
    assert PromoRedemption.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_those_who_take_one_code_at_once_one_has_it() -> None:
    code, gate = issued(), Barrier(4)

    def take(number: int) -> Why | None:
        gate.wait(30)
        try:
            return buy(code, receipt=str(number)).verdict.why
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        found = [future.result() for future in [threads.submit(take, number) for number in range(4)]]
    assert sorted(map(str, found)) == ["None", *["used"] * 3]
    assert PromoRedemption.objects.count() == 1
