"""Tills over the API: keys, receipts told twice, and whoever guesses."""

from typing import Any
from unittest import mock

import pytest
from django.test import Client
from limits import RateLimitItemPerMinute

from campaigns.models import PromoRedemption, PromoTill
from campaigns.promo import api
from channels import server_keys, throttle
from tests.campaigns.promos import call_till
from tests.campaigns.test_promo_redeeming import issued
from tests.segments.builders import make_centre

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


@pytest.fixture
def till() -> PromoTill:
    return PromoTill.objects.create(name="Касса 1", centre=make_centre())


def call(verb: str, key: str, **told: Any) -> tuple[int, dict[str, Any]]:
    return call_till(f"/promo/{verb}/", key, **told)


def test_a_till_asks_takes_and_takes_back(till: PromoTill) -> None:
    key, code = server_keys.renew(till), issued()
    asked = {"code": code.code, "amount": "25000.00"}
    status, told = call("check", key, **asked)
    assert (status, told) == (
        200, {"ok": True, "gives": "percent", "worth": code.pool.worth, "discount": "2500.00"},
    )  # fmt: skip
    assert not PromoRedemption.objects.exists()
    first, second = (call("redeem", key, **asked, receipt="12/3")[1] for _ in range(2))
    assert (first["ok"], first["repeated"], second["repeated"]) == (True, False, True)
    assert first["purchase"] == second["purchase"]
    written = PromoRedemption.objects.get()
    assert (written.till, written.centre, written.door) == (till, till.centre, "till")
    assert call("redeem", key, **asked, receipt="12/4")[1]["reason"] == "used"
    assert call("cancel", key, code=code.code, receipt="12/3") == (200, {"ok": True})
    assert call("cancel", key, code=code.code, receipt="12/3") == (200, {"ok": True})
    assert call("check", key, **asked)[1]["ok"]


def test_a_till_takes_back_its_own_purchases_only(till: PromoTill) -> None:
    code, other = issued(), PromoTill.objects.create(name="Касса 2")
    call("redeem", server_keys.renew(till), code=code.code, amount="1", receipt="1")
    assert call("cancel", server_keys.renew(other), code=code.code, receipt="1")[0] == 404
    assert PromoRedemption.objects.get().cancelled_at is None


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"code": "A", "amount": "x", "receipt": "1"}, "amount"),
        ({"code": "A", "amount": "-1", "receipt": "1"}, "amount"),
        ({"code": "A", "amount": "1"}, "receipt"),
        ({"code": "A", "amount": "1", "receipt": "1", "more": 1}, "more"),
        ({"code": "A", "amount": "1", "receipt": "1", "happened_at": "2999-01-01T00:00:00Z"}, "happened_at"),
        ({"code": "A", "amount": "1", "receipt": "1", "happened_at": "2026-01-01T00:00:00"}, "happened_at"),
    ],
)
def test_what_is_not_readable_names_its_field(till: PromoTill, told: dict[str, Any], field: str) -> None:
    status, answer = call("redeem", server_keys.renew(till), **told)
    assert (status, answer["field"]) == (422, field)


def test_without_a_key_in_use_nobody_is_let_in(till: PromoTill) -> None:
    assert call("check", "", code="A", amount="1")[0] == 401
    assert call("check", "x" * 43, code="A", amount="1")[0] == 401
    key = server_keys.renew(till)
    PromoTill.objects.update(is_active=False)
    assert call("check", key, code="A", amount="1")[0] == 401
    assert Client().get("/promo/check/").status_code == 405


def test_whoever_guesses_is_stopped(till: PromoTill) -> None:
    key, code = server_keys.renew(till), issued()
    few = RateLimitItemPerMinute(2, namespace=f"test-promo-{till.pk}-{key}")
    with mock.patch.object(api, "GUESSES", few):
        for _ in range(2):
            assert call("check", key, code="НЕТ ТАКОГО", amount="1")[1]["reason"] == "unknown"
        assert call("check", key, code="НЕТ ТАКОГО", amount="1")[0] == 429
        assert call("check", key, code=code.code, amount="1")[0] == 200  # a right one is no guess


def test_without_redis_tills_are_let_in(till: PromoTill) -> None:
    with mock.patch.object(throttle, "_silent_until", float("inf")):
        assert call("check", server_keys.renew(till), code="A", amount="1")[0] == 200
