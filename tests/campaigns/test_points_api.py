"""Tills ask for points and spend them; managers give and take; letters print the balance."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import trying
from campaigns.models import PointsEntry, PromoTill
from campaigns.points import ledger
from channels import server_keys
from tests.campaigns.builders import LETTER, make_campaign, make_reader
from tests.campaigns.promos import call_till
from tests.campaigns.test_points_ledger import give
from tests.segments.builders import make_contact, make_segment, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
PHONE = "+79119876543"


def call(verb: str, key: str, **told: Any) -> tuple[int, dict[str, Any]]:
    return call_till(f"/points/{verb}/", key, **told)


def test_a_till_spends_what_there_is_once_a_receipt() -> None:
    key, person = server_keys.renew(PromoTill.objects.create(name="Касса")), make_reader()
    make_contact(person, PHONE)
    give(person, 100)
    assert call("balance", key, phone="8 (911) 987-65-43") == (200, {"ok": True, "points": 100})
    spent = {"phone": PHONE, "points": 60, "receipt": "7"}
    assert call("spend", key, **spent)[1] == {"ok": True, "repeated": False, "points": 40}
    assert call("spend", key, **spent)[1] == {"ok": True, "repeated": True, "points": 40}
    assert call("spend", key, **spent | {"receipt": "8"})[0] == 409
    assert call("spend", key, **spent | {"points": 0})[0] == 422
    assert call("balance", "", phone=PHONE)[0] == 401


def test_nobody_s_phone_and_a_family_s_open_no_account() -> None:
    key = server_keys.renew(PromoTill.objects.create(name="Касса"))
    assert call("balance", key, phone=PHONE)[0] == 404
    for _ in range(2):
        make_contact(make_reader(), PHONE)
    assert call("balance", key, phone=PHONE)[0] == 404
    assert call("balance", key, phone="нет")[0] == 404


def test_a_manager_gives_and_takes_once_a_form() -> None:
    client, person = Client(), make_reader()
    client.force_login(make_staff("campaigns.add_pointsentry", "campaigns.view_pointsentry", "segments.view_customer"))
    address = reverse("admin:campaigns_pointsentry_adjust", args=[person.pk])
    for points, nonce, balance in (("50", "a", 50), ("50", "a", 50), ("-20", "b", 30), ("-31", "c", 30), ("", "d", 30)):
        client.post(address, {"points": points, "nonce": nonce, "why": "Извинение"})
        assert ledger.balance(person.pk) == balance
    page = client.get(reverse("admin:segments_customer_change", args=[person.pk])).content.decode()
    assert "Извинение" in page
    client.force_login(make_staff("campaigns.view_pointsentry"))
    assert client.post(address, {"points": "5", "nonce": "e", "why": "Себе"}).status_code == 403
    assert PointsEntry.objects.count() == 2


def test_a_letter_prints_the_balance_or_its_default() -> None:
    body = LETTER.replace("Записаться", 'Баллов: {{ баллы|"пока нет" }}')
    person = make_reader()
    campaign = make_campaign(make_segment(person), content={"body": body})
    assert "Баллов: пока нет" in trying.show(campaign.contents.get(), person.pk).html
    give(person, 1500)
    assert "Баллов: 1500" in trying.show(campaign.contents.get(), person.pk).html
