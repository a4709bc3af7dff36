"""Campaigns over messengers and push from their form to the provider: written in the admin, sent by the pump."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import links, outbox, permission, running, writing
from campaigns.models import Campaign, CampaignEvent, Message, Run
from campaigns.pump.draining import drain
from channels import devices
from channels.devices import Introduced, Saying
from channels.models import Account
from channels.sealing import seal
from segments.binding import bind
from segments.models import ContactPoint, Segment
from tests.campaigns.builders import approve, draft_form, make_account
from tests.campaigns.test_admin_campaigns import MANAGER
from tests.peers.http_messengers import TOKEN
from tests.peers.process import peer
from tests.segments.builders import make_consent, make_customer, make_segment, make_staff

pytestmark = pytest.mark.django_db
TEXT = '{{ имя|"Здравствуйте" }}, ждём на осмотр: https://dealer.example/service'
PEOPLE = {"Анна": "79210000001", "": "79210000002", "Пётр": "79210000403"}  # the last one has stopped the bot
BUTTONS = {
    "button_text_1": "Записаться",
    "button_to_1": "https://dealer.example/book",
    "button_text_2": "Перезвоните мне",
    "button_to_2": "звонок",
}


@pytest.fixture(scope="module")
def messengers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    journal = tmp_path_factory.mktemp("messengers") / "journal"
    with peer("http_provider", "http_messengers", str(journal)) as port:
        yield port, journal


@pytest.fixture
def account(messengers: tuple[int, Path]) -> Account:
    messengers[1].write_text("")
    options = {"url": f"http://127.0.0.1:{messengers[0]}"}
    secret = seal(json.dumps({"token": TOKEN, "webhook": "w"}))
    return make_account(name="MAX", channel="max", provider="max_bot", secret=secret, options=options, per_second=1000)


@pytest.fixture
def segment() -> Segment:
    people = []
    for name, number in PEOPLE.items():
        customer = make_customer(first_name=name, last_name="")
        make_consent(ContactPoint.objects.get(pk=bind(customer.pk, "max", number)), channels=["max"])
        people.append(customer)
    return make_segment(*people)


@pytest.fixture
def manager(own_installation: None) -> Client:
    user = make_staff(*MANAGER, username="messenger-manager")
    permission.turn_on(user)
    client = Client()
    client.force_login(user)
    return client


def form(account: Account, segment: Segment, **changes: object) -> dict[str, object]:
    return draft_form(account, segment, text=TEXT) | BUTTONS | changes


def post(manager: Client, page: str, data: dict[str, object]) -> str:
    return manager.post(reverse(f"admin:campaigns_campaign_{page}"), data).content.decode()


def launch(name: str) -> Run:
    campaign = Campaign.objects.get(name=name)
    approve(campaign)
    run = running.start(campaign)
    drain(campaign.channel, seconds=10)
    return run


def lines(journal: Path) -> dict[str, dict[str, Any]]:
    return {line["to"]: line for line in map(json.loads, journal.read_text().splitlines())}


def test_from_the_form_to_max(
    manager: Client, account: Account, segment: Segment, messengers: tuple[int, Path]
) -> None:
    post(manager, "add", form(account, segment))
    content = writing.current(Campaign.objects.get(name="Осмотр"))
    assert content.extras == {
        "buttons": [
            {"text": "Записаться", "url": "https://dealer.example/book"},
            {"text": "Перезвоните мне", "data": "звонок"},
        ]
    }
    assert [link.url for link in content.links.order_by("number")] == [
        "https://dealer.example/service",
        "https://dealer.example/book",
    ]

    run = launch("Осмотр")
    counts = outbox.counts([run.pk])
    assert (counts["audience"], counts["accepted"], counts["rejected"]) == (3, 2, 1), counts
    taken = lines(messengers[1])
    assert set(taken) == {"79210000001", "79210000002"}
    for message in Message.objects.filter(run_id=run.pk).select_related("contact_point"):
        if line := taken.get(message.contact_point.value):
            track = links.tokens(message.pk).track
            keys = [key for row in line["more"][0]["payload"]["buttons"] for key in row]
            assert f"/l/B{track}" in line["text"]
            assert keys[0]["url"].endswith(f"/l/C{track}")
            assert [key.get("payload") for key in keys] == [None, "звонок", "СТОП"]
            assert keys[2]["text"] == "Не беспокоить"


def test_mistakes_of_buttons_stand_under_their_fields(manager: Client, account: Account, segment: Segment) -> None:
    wrong = {"button_to_1": "", "button_text_2": "", "button_text_3": "Сайт", "button_to_3": "https://"}
    page = manager.post(reverse("admin:campaigns_campaign_add"), form(account, segment, **wrong))
    assert set(page.context["form"].errors) == {"button_to_1", "button_text_2", "button_to_3"}
    page = manager.post(reverse("admin:campaigns_campaign_add"), form(account, segment, text=" "))
    assert set(page.context["form"].errors) == {"text"}
    assert not Campaign.objects.exists()


def test_the_counter_and_the_preview(manager: Client, account: Account, segment: Segment) -> None:
    preview = post(manager, "preview", form(account, segment))
    for words in ("Анна, ждём на осмотр", "Записаться", "https://dealer.example/book", "Не беспокоить"):
        assert words in preview
    assert "символов из 3999" in post(manager, "counter", form(account, segment)).replace("\xa0", "")
    assert "cp-over" in post(manager, "counter", form(account, segment, text="я" * 4000))


def test_a_test_goes_to_ids(manager: Client, account: Account, segment: Segment, messengers: tuple[int, Path]) -> None:
    assert "anna@example.ru" in post(manager, "test", form(account, segment, test_addresses="anna@example.ru"))
    post(manager, "test", form(account, segment, test_addresses="79210000007"))
    assert lines(messengers[1])["79210000007"]["text"].startswith("[тест] Анна, ждём на осмотр: https://dealer.example")


def test_from_the_form_to_a_phone(manager: Client, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with peer("http_provider", "http_push", str(journal)) as port:
        url = f"http://127.0.0.1:{port}"
        with urlopen(f"{url}/console/service-account.json", timeout=10) as answer:
            secret = seal(answer.read().decode())
        options = {"url": url, "token_url": f"{url}/token/3600"}
        account = make_account(name="Приложение", channel="push", provider="fcm", secret=secret, options=options)
        people = []
        for name, token in {"Анна": "dEv1ce:APA91b_0001001", "Пётр": "dEv1ce:APA91b_0002550"}.items():
            customer = make_customer(first_name=name, last_name="")
            device = devices.register(account, Introduced(token, token), Saying())
            make_consent(ContactPoint.objects.get(pk=bind(customer.pk, "device", device.key)), channels=["push"])
            people.append(customer)
        segment = make_segment(*people)
        texts = {"title": "{{ имя }}, пора на осмотр", "text": "Запись открыта", "link": "https://dealer.example/book"}
        post(manager, "add", form(account, segment, **texts))
        preview = post(manager, "preview", form(account, segment, **texts))
        assert "Анна, пора на осмотр" in preview
        assert "https://dealer.example/book" in preview
        run = launch("Осмотр")
    counts = outbox.counts([run.pk])
    assert (counts["audience"], counts["accepted"], counts["rejected"]) == (2, 1, 1), counts
    (taken,) = lines(journal).values()
    message = Message.objects.get(run_id=run.pk, customer_id=people[0].pk)
    assert taken["more"]["notification"] == {"title": "Анна, пора на осмотр", "body": "Запись открыта"}
    assert taken["more"]["data"]["link"].endswith(f"/l/B{links.tokens(message.pk).track}")


def test_a_notification_needs_a_title_and_a_text(manager: Client, account: Account, segment: Segment) -> None:
    push = make_account(name="Приложение", channel="push", provider="fcm")
    wrong = {"title": "", "text": "", "link": "dealer.example"}
    page = manager.post(reverse("admin:campaigns_campaign_add"), form(push, segment, **wrong))
    assert set(page.context["form"].errors) == {"title", "text", "link"}


def test_what_the_law_bars_is_said_on_the_form_and_before_the_launch(
    manager: Client, account: Account, segment: Segment
) -> None:
    telegram = make_account(name="Бот", channel="telegram", provider="telegram")
    assert "Закон" not in post(manager, "audience", form(account, segment))
    assert "38-ФЗ" in post(manager, "audience", form(telegram, segment))
    assert "38-ФЗ" not in post(manager, "audience", form(telegram, segment, purpose="service"))
    post(manager, "add", form(telegram, segment))
    campaign = Campaign.objects.get(channel="telegram")
    review = manager.get(reverse("admin:campaigns_campaign_review", args=[campaign.pk])).content.decode()
    assert "38-ФЗ" in review
    assert not CampaignEvent.objects.filter(verb="submit").exists()
