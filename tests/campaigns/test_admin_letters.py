"""An SMS campaign from its form to the operator: written in the admin, sent by the pump, charged by segments."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import links, outbox, permission, running, writing
from campaigns.models import Campaign, Message
from campaigns.pump.draining import drain
from channels.models import Account
from channels.sealing import seal
from segments.models import Customer, Segment
from tests.campaigns.builders import approve, draft_form, make_account
from tests.campaigns.test_admin_campaigns import MANAGER
from tests.peers.http_sms import KEY
from tests.peers.process import peer
from tests.segments.builders import make_consent, make_contact, make_customer, make_segment, make_staff

pytestmark = pytest.mark.django_db
TEXT = '{{ имя|"Здравствуйте" }}, пора на осмотр: https://dealer.example/service'
NUMBERS = {"Анна": "+79210000001", "": "+79210000002", "Пётр": "+79210000550"}  # the last one is refused


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    journal = tmp_path_factory.mktemp("sms") / "journal"
    with peer("http_provider", "http_sms", str(journal)) as port:
        yield port, journal


@pytest.fixture
def account(operator: tuple[int, Path]) -> Account:
    options = {"url": f"http://127.0.0.1:{operator[0]}"}
    return make_account(
        name="SMSC", channel="sms", provider="smsc", secret=seal(KEY), options=options, cost=3, per_second=1000
    )


def make_owner(name: str, phone: str) -> Customer:
    customer = make_customer(first_name=name, last_name="")
    contact = make_contact(customer, phone)
    make_consent(contact, channels=["sms"])
    return customer


@pytest.fixture
def segment() -> Segment:
    return make_segment(*(make_owner(*pair) for pair in NUMBERS.items()))


@pytest.fixture
def manager(own_installation: None) -> Client:
    user = make_staff(*MANAGER, username="sms-manager")
    permission.turn_on(user)
    client = Client()
    client.force_login(user)
    return client


def form(account: Account, segment: Segment, **changes: object) -> dict[str, object]:
    return draft_form(account, segment, text=TEXT) | changes


def test_from_the_form_to_the_operator(
    manager: Client, account: Account, segment: Segment, operator: tuple[int, Path]
) -> None:
    manager.post(reverse("admin:campaigns_campaign_add"), form(account, segment))
    campaign = Campaign.objects.get(name="Осмотр")
    assert (campaign.channel, writing.current(campaign).body, writing.current(campaign).subject) == ("sms", TEXT, "")
    approve(campaign)
    run = running.start(campaign)
    drain("sms", seconds=10)

    counts = outbox.counts([run.pk])
    assert (counts["audience"], counts["accepted"], counts["rejected"]) == (3, 2, 1), counts
    texts = {line["to"]: line["text"] for line in map(json.loads, operator[1].read_text().splitlines())}
    assert {phone.lstrip("+") for phone in texts} >= {"79210000001", "79210000002"}
    for message in Message.objects.filter(run_id=run.pk).select_related():
        customer = Customer.objects.get(pk=message.customer_id)
        phone = NUMBERS[customer.first_name]
        text = next((said for to, said in texts.items() if to.lstrip("+") == phone.lstrip("+")), None)
        if text is None:
            continue
        track, choice = links.tokens(message.pk)
        assert text.startswith(f"{customer.first_name or 'Здравствуйте'}, пора на осмотр: ")
        assert f"/l/B{track}" in text
        assert text.endswith(f"/s/{choice}")


def test_a_text_of_sms_may_not_be_empty_and_letters_are_not_asked_for(
    manager: Client, account: Account, segment: Segment
) -> None:
    page = manager.post(reverse("admin:campaigns_campaign_add"), form(account, segment, text=" "))
    assert list(page.context["form"].errors) == ["text"]
    page = manager.post(reverse("admin:campaigns_campaign_add"), form(account, segment, text="{{ сломано"))
    assert list(page.context["form"].errors) == ["text"]
    page = manager.post(
        reverse("admin:campaigns_campaign_add"), form(make_account(name="Почта 0"), segment, name="Письмо")
    )
    assert set(page.context["form"].errors) == {"subject", "body"}
    assert not Campaign.objects.exists()


def test_the_preview_is_a_bubble_and_the_counter_says_what_it_takes(
    manager: Client, account: Account, segment: Segment
) -> None:
    preview = manager.post(reverse("admin:campaigns_campaign_preview"), form(account, segment)).content.decode()
    assert "Анна, пора на осмотр: https://dealer.example/service" in preview
    counter = manager.post(reverse("admin:campaigns_campaign_counter"), form(account, segment)).content.decode()
    assert "2 части" in counter, counter
    assert "6,00" in counter
    assert "data-latin" not in counter  # a Cyrillic name leaves nothing to save
    long = form(
        account, segment, text="Пора подготовить автомобиль к сезону: мастер проверит его за час, приезжайте к нам"
    )
    counter = manager.post(reverse("admin:campaigns_campaign_counter"), long).content.decode()
    assert 'data-latin="Pora podgotovit avtomobil k sezonu' in counter
    assert "Латиницей: 1 часть" in counter, counter
    cheap = form(account, segment, text="Zhdem vas {{ ссылка_на_опрос }}")
    counter = manager.post(reverse("admin:campaigns_campaign_counter"), cheap).content.decode()
    assert "1 часть" in counter
    assert "data-latin" not in counter
    broken = form(account, segment, text="{{ сломано")
    assert manager.post(reverse("admin:campaigns_campaign_counter"), broken).content == b""


def test_a_trial_goes_to_phones_of_any_shape(
    manager: Client, account: Account, segment: Segment, operator: tuple[int, Path]
) -> None:
    operator[1].write_text("")
    url = reverse("admin:campaigns_campaign_test")
    wrong = manager.post(url, form(account, segment, test_addresses="a@example.ru"))
    assert "a@example.ru" in wrong.content.decode()
    assert operator[1].read_text() == ""
    manager.post(url, form(account, segment, test_addresses="8 (921) 000-00-09, +79210000010"))
    lines = list(map(json.loads, operator[1].read_text().splitlines()))
    assert sorted(line["to"].lstrip("+") for line in lines) == ["79210000009", "79210000010"]
    assert all("https://dealer.example/service" in line["text"] for line in lines)


def test_a_new_campaign_begins_with_the_usual_letter(manager: Client, account: Account) -> None:
    """However many channels have a default account."""
    Account.objects.filter(pk=account.pk).update(is_default=True)
    letters = make_account(name="Почта 1", is_default=True)
    page = manager.get(reverse("admin:campaigns_campaign_add"))
    assert page.context["form"]["account"].value() == letters.pk
    nothing_chosen = {"segments_in": [], "text": TEXT, "subject": "Письмо", "body": "<mjml><mj-body></mj-body></mjml>"}
    preview = manager.post(reverse("admin:campaigns_campaign_preview"), nothing_chosen).content.decode()
    assert "пора на осмотр" not in preview
