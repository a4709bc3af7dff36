"""The cashier's page: she sees what a code gives, takes it once, and takes it back."""

from datetime import timedelta
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from limits import RateLimitItemPerMinute

from campaigns.admin import promo_cashier
from campaigns.models import PromoRedemption
from tests.campaigns.test_promo_redeeming import issued
from tests.segments.builders import make_centre, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
PAGE = reverse("admin:campaigns_promoredemption_cashier")


@pytest.fixture
def cashier() -> Client:
    client = Client()
    client.force_login(make_staff(promo_cashier.MAY))
    return client


def told(code: str, **more: str) -> dict[str, str]:
    return {"code": code, "amount": "25 000,50", "receipt": "12", "centre": ""} | more


def test_she_sees_what_it_gives_and_a_name_and_then_takes_it(cashier: Client) -> None:
    code = issued()
    page = cashier.post(PAGE, told(code.code)).content.decode()
    assert "Анна И." in page
    assert "Иванова" not in page
    assert "2500,05" in page.replace("\xa0", "").replace("\u202f", "")
    assert not PromoRedemption.objects.exists()
    answer = cashier.post(PAGE, told(code.code, take="1"))
    assert answer.status_code == 302
    written = PromoRedemption.objects.get()
    assert (str(written.amount), written.receipt, written.door) == ("25000.50", "12", "cashier")
    assert code.code in cashier.get(PAGE).content.decode()
    page = cashier.post(PAGE, told(code.code, receipt="13", take="1"))
    assert page.context["answer"].verdict.why == "used"
    assert PromoRedemption.objects.count() == 1


def test_her_centre_is_remembered(cashier: Client) -> None:
    centre = make_centre()
    cashier.post(PAGE, told(issued().code, centre=str(centre.pk)))
    assert cashier.get(PAGE).context["form"].initial["centre"] == centre.pk


def test_she_takes_back_her_own_of_the_last_day(cashier: Client) -> None:
    cashier.post(PAGE, told(issued().code, take="1"))
    written = PromoRedemption.objects.get()
    back = reverse("admin:campaigns_promoredemption_take_back", args=[written.pk])
    other = Client()
    other.force_login(make_staff(promo_cashier.MAY))
    other.post(back)
    PromoRedemption.objects.update(recorded_at=timezone.now() - timedelta(days=2))
    cashier.post(back)
    assert PromoRedemption.objects.get().cancelled_at is None
    PromoRedemption.objects.update(recorded_at=timezone.now())
    assert cashier.get(back).status_code == 405
    cashier.post(back)
    assert PromoRedemption.objects.get().cancelled_at


def test_a_slip_is_told_beside_its_field_and_guessing_is_stopped(cashier: Client) -> None:
    page = cashier.post(PAGE, told("", amount="сто"))
    assert set(page.context["form"].errors) == {"code", "amount"}
    few = RateLimitItemPerMinute(1, namespace=f"test-cashier-{timezone.now().timestamp()}")
    with mock.patch.object(promo_cashier, "GUESSES", few):
        assert cashier.post(PAGE, told("НЕТ")).context["answer"].verdict.why == "unknown"
        assert cashier.post(PAGE, told("НЕТ")).context["answer"] is None


def test_nobody_else_comes_in() -> None:
    client = Client()
    client.force_login(make_staff("campaigns.view_promoredemption"))
    assert client.get(PAGE).status_code == 403
