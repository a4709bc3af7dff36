"""Pools in the admin: made, filled, brought in, and fixed once people were promised something."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import PromoCode, PromoPool
from campaigns.promo import bringing, choosing, filling, redeeming
from campaigns.promo.redeeming import By, Purchase
from segments.models import DataExport
from tests.campaigns.builders import make_reader
from tests.campaigns.promos import make_pool, make_promo_campaign, make_shared
from tests.segments.builders import make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
RIGHTS = [f"campaigns.{verb}_promopool" for verb in ("view", "add", "change")]


@pytest.fixture
def manager() -> Client:
    client = Client()
    client.force_login(make_staff(*RIGHTS))
    return client


def url(page: str, *args: Any) -> str:
    return reverse(f"admin:campaigns_promopool_{page}", args=args)


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Весна", "kind": "personal", "gives": "percent", "amount": 10, "per_person": 1, "length": 10,
        "is_active": "on", "prefix": "", "gift": "", "word": "", "number": "", "pictures-TOTAL_FORMS": 0, "pictures-INITIAL_FORMS": 0,
    } | changes  # fmt: skip


def test_the_list_counts_the_codes_of_all_its_pools_in_one_query(manager: Client) -> None:
    counted = []
    for codes in (3, 7):
        make_pool(codes)
        make_shared(f"WORD{codes}")
        with CaptureQueriesContext(connection) as asked:
            page = manager.get(url("changelist")).content.decode()
        counted.append(sum("campaigns_promo" in query["sql"] for query in asked))
    assert counted[0] == counted[1]
    assert "3" in page
    assert "7" in page


def test_a_new_pool_has_its_codes_made(manager: Client) -> None:
    manager.post(url("add"), form(number=30, prefix="AUTO"))
    pool = PromoPool.objects.get()
    assert pool.to_make == 30
    assert "30" in manager.get(url("change", pool.pk)).content.decode()
    filling.make_due()
    assert PromoCode.objects.filter(pool=pool, code__startswith="AUTO").count() == 30


def test_a_code_for_all_is_asked_for_and_must_be_free(manager: Client) -> None:
    make_shared("ЛЕТО")
    for word in ("", "лето"):
        assert "word" in manager.post(url("add"), form(kind="shared", word=word)).context["adminform"].form.errors
    manager.post(url("add"), form(kind="shared", word="Весна"))
    assert PromoPool.objects.get(name="Весна").codes.get().code == "Весна"


def test_what_it_gives_must_make_sense(manager: Client) -> None:
    for changes, wrong in (
        ({"amount": ""}, "amount"),
        ({"amount": 101}, "amount"),
        ({"gives": "gift"}, "gift"),
        ({"valid_from": "2026-12-02", "valid_to": "2026-12-01"}, "valid_to"),
    ):
        errors = manager.post(url("add"), form(**changes)).context["adminform"].form.errors
        assert list(errors) == [wrong], changes
    assert not PromoPool.objects.exists()


def test_terms_are_fixed_once_a_campaign_has_them(manager: Client) -> None:
    pool = make_pool(1)
    manager.post(url("change", pool.pk), form(amount=15))
    assert PromoPool.objects.get().amount == 15
    choosing.save(make_promo_campaign(None, make_reader()), pool)
    manager.post(url("change", pool.pk), form(amount=50, name="Лето"))
    pool.refresh_from_db()
    assert (pool.amount, pool.name) == (15, "Лето")


def test_more_are_made_stopped_and_brought_in(manager: Client, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    pool = make_pool()
    manager.post(url("make", pool.pk), {"number": "500"})
    assert PromoPool.objects.get().to_make == 500
    manager.post(url("stop", pool.pk))
    assert PromoPool.objects.get().to_make == 0
    answer = manager.post(url("make", pool.pk), {"number": "много"}, follow=True)
    assert len(answer.context["messages"]) == 1
    file = SimpleUploadedFile("codes.csv", "код\nA1\nA1\n".encode())
    page = manager.post(url("bring", pool.pk), {"file": file}, follow=True).content.decode()
    assert ("codes.csv" in page, "Обновите страницу" in page, PromoCode.objects.count()) == (True, True, 0)
    assert bringing.bring_due() == 1
    assert PromoCode.objects.get().code == "A1"
    page = manager.get(url("change", pool.pk)).content.decode()
    assert ("Загружен 1 код" in page, "в файле" in page) == (True, True)
    assert len(manager.post(url("bring", pool.pk), follow=True).context["messages"]) == 1


def test_the_list_tells_what_became_of_them(manager: Client) -> None:
    make_pool(3)
    assert "0 · 0 · 3" in manager.get(url("changelist")).content.decode()


def test_whoever_may_only_look_changes_nothing() -> None:
    client, pool = Client(), make_pool()
    client.force_login(make_staff("campaigns.view_promopool"))
    assert client.get(url("change", pool.pk)).status_code == 200
    for page in ("make", "stop", "bring", "export"):
        assert client.post(url(page, pool.pk)).status_code == 403


def test_all_codes_leave_as_a_file_and_the_log_says_who_took_them(manager: Client) -> None:
    pool, person = make_pool(2), make_reader()
    code = PromoCode.objects.filter(pool=pool).order_by("pk")[0]
    PromoCode.objects.filter(pk=code.pk).update(customer=person, issued_at=timezone.now(), valid_until="2026-12-31")
    redeeming.redeem(Purchase(code.code, "12/3", Decimal(1000)), By("cashier"))
    answer = manager.post(url("export", pool.pk))
    lines = list(csv.reader(answer.getvalue().decode("utf-8-sig").splitlines(), delimiter=";"))
    assert len(lines) == 3
    assert (lines[1][0], lines[1][2], lines[1][5:]) == (code.code, "31.12.2026", ["1000.00", "100.00", "12/3"])
    assert lines[2][1:] == [""] * 7
    assert person.last_name not in answer.getvalue().decode()
    kept = DataExport.objects.get()
    assert (kept.kind, kept.about, kept.rows) == ("promo_codes", pool.name, 2)
    assert manager.get(url("export", pool.pk)).status_code == 405
