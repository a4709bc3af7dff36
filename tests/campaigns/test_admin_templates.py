"""A WhatsApp campaign from the list of templates to the Cloud API, and what becomes of templates meanwhile."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import bell, drafting, links, outbox, permission, readiness, running, templating, writing
from campaigns.models import Campaign, CampaignEvent, Message, MessageTemplate
from campaigns.pump.draining import drain
from campaigns.refusals import Refused
from channels.models import Account
from channels.providers.base import ProviderError
from channels.sealing import seal
from segments.models import Segment
from tests.campaigns.builders import approve, make_account
from tests.campaigns.test_admin_campaigns import MANAGER
from tests.campaigns.test_admin_messengers import post
from tests.peers.http_messengers import NUMBER, STATUSES, TOKEN, WABA
from tests.peers.http_sms import KEY
from tests.peers.process import peer
from tests.segments.builders import make_consent, make_contact, make_customer, make_segment, make_staff

pytestmark = pytest.mark.django_db
PEOPLE = {"Анна": "+79210000001", "": "+79210000002"}
VALUES = {
    "header.1": "Альфа-Авто",
    "body.1": '{{ имя|"Здравствуйте" }}',
    "body.2": "Polo",
    "button.1": "https://dealer.example/book",
}


@pytest.fixture(autouse=True)
def short(settings: object) -> None:
    settings.SHORT_URL = "https://kr.example"


@pytest.fixture(scope="module")
def meta(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    journal = tmp_path_factory.mktemp("whatsapp") / "journal"
    with peer("http_provider", "http_messengers", str(journal)) as port:
        yield port, journal


@pytest.fixture
def account(meta: tuple[int, Path]) -> Account:
    meta[1].write_text("")
    thinks(meta[0], STATUSES)
    options = {"url": f"http://127.0.0.1:{meta[0]}", "phone_number_id": NUMBER, "waba_id": WABA}
    secret = seal(json.dumps({"token": TOKEN, "app_secret": "s", "verify": "v"}))
    return make_account(name="WhatsApp", channel="whatsapp", provider="whatsapp", secret=secret, options=options)


def thinks(port: int, statuses: dict[str, str]) -> None:
    """What Meta thinks of the templates from now on."""
    url = f"http://127.0.0.1:{port}/console/templates"
    with urlopen(Request(url, json.dumps(statuses).encode(), {"Content-Type": "application/json"}), timeout=10):
        pass


def owners(people: dict[str, str]) -> Segment:
    customers = []
    for name, phone in people.items():
        customers.append(make_customer(first_name=name, last_name=""))
        make_consent(make_contact(customers[-1], phone), channels=["whatsapp"], purpose="service")
    return make_segment(*customers)


@pytest.fixture
def manager(own_installation: None) -> Client:
    user = make_staff(*MANAGER, "campaigns.view_messagetemplate", username="template-manager")
    permission.turn_on(user)
    client = Client()
    client.force_login(user)
    return client


def form(account: Account, segment: Segment, **changes: object) -> dict[str, object]:
    template = MessageTemplate.objects.filter(name="service").first()
    values = {f"value_{key}": text for key, text in VALUES.items()}
    return {
        "name": "Осмотр", "purpose": "service", "brand": "", "account": account.pk, "starts_at": "",
        "lateness_hours": 12, "priority": 2, "control_percent": 0, "segments_in": [segment.pk], "template": template.pk if template else "",
    } | values | changes  # fmt: skip


def scheduled(name: str) -> Campaign:
    campaign = Campaign.objects.get(name=name)
    approve(campaign)
    return campaign


def test_from_the_list_of_templates_to_the_phone(manager: Client, account: Account, meta: tuple[int, Path]) -> None:
    segment = owners(PEOPLE)
    manager.post(reverse("admin:campaigns_messagetemplate_read"))
    page = manager.get(reverse("admin:campaigns_messagetemplate_changelist")).content.decode()
    assert "одобрен" in page
    assert "INVALID_FORMAT" in page
    places = post(manager, "places", form(account, segment))
    assert [f'name="value_{key}"' in places for key in VALUES] == [True] * 4
    assert "Куда ведёт «Записаться»" in places
    post(manager, "add", form(account, segment))
    content = writing.current(Campaign.objects.get(name="Осмотр"))
    assert (content.body, content.extras["values"]) == ("{{1}}, автомобиль {{2}} ждёт осмотра.", VALUES)
    assert [link.url for link in content.links.all()] == ["https://dealer.example/book"]
    page = manager.get(reverse("admin:campaigns_campaign_change", args=[content.campaign_id])).context["form"]
    assert {row.name: row.value() for row in page.value_rows()} == {
        f"value_{key}": text for key, text in VALUES.items()
    }
    preview = post(manager, "preview", form(account, segment))
    for words in (
        "Сервис Альфа-Авто",
        "Анна, автомобиль Polo ждёт осмотра.",
        "Записаться",
        "https://dealer.example/book",
    ):
        assert words in preview

    run = running.start(scheduled("Осмотр"))
    drain("whatsapp", seconds=10)
    counts = outbox.counts([run.pk])
    assert (counts["audience"], counts["accepted"]) == (2, 2), counts
    taken = {line["to"]: line["more"] for line in map(json.loads, meta[1].read_text().splitlines())}
    for message in Message.objects.filter(run_id=run.pk).select_related("contact_point", "customer"):
        template = taken[message.contact_point.value.lstrip("+")]
        header, body, refusal, link = template["components"]
        assert (template["name"], template["language"]) == ("service", {"code": "ru"})
        assert header["parameters"][0]["text"] == "Альфа-Авто"
        assert [one["text"] for one in body["parameters"]] == [message.customer.first_name or "Здравствуйте", "Polo"]
        assert (refusal["index"], refusal["parameters"][0]["payload"]) == ("0", "СТОП")
        assert (link["index"], link["parameters"][0]["text"]) == ("1", f"B{links.tokens(message.pk).track}")


def test_a_picture_goes_from_the_form_to_the_phone(manager: Client, account: Account, meta: tuple[int, Path]) -> None:
    thinks(meta[0], STATUSES | {"ad": "APPROVED"})
    templating.sync(account)
    template, segment = MessageTemplate.objects.get(name="ad"), owners({"Анна": "+79210000001"})
    page = manager.get(reverse("admin:campaigns_messagetemplate_change", args=[template.pk])).content.decode()
    assert "Картинка: у каждой кампании своя" in page
    given = form(account, segment, template=template.pk) | {"value_body.name": "10 %"}
    wrong = manager.post(reverse("admin:campaigns_campaign_add"), given | {"value_header.picture": "a.jpg"})
    assert set(wrong.context["form"].errors) == {"value_header.picture"}
    given |= {"value_header.picture": "https://dealer.example/spring.jpg"}
    assert '<img src="https://dealer.example/spring.jpg"' in post(manager, "preview", given)
    post(manager, "add", given)
    running.start(scheduled("Осмотр"))
    drain("whatsapp", seconds=10)
    (line,) = map(json.loads, meta[1].read_text().splitlines())
    header, body = line["more"]["components"]
    assert header == {
        "type": "header",
        "parameters": [{"type": "image", "image": {"link": "https://dealer.example/spring.jpg"}}],
    }
    assert body["parameters"] == [{"type": "text", "text": "10 %", "parameter_name": "name"}]


def test_from_the_form_to_vk(manager: Client, tmp_path: Path) -> None:
    """Its templates are those that an administrator has copied into the account."""
    journal = tmp_path / "journal"
    with peer("http_provider", "http_sms", str(journal)) as port:
        options = {"url": f"http://127.0.0.1:{port}", "templates": ["16 = {{client}}, ваш автомобиль готов: {{link}}"]}
        secret = seal(KEY)
        account = make_account(name="VK", channel="vk", provider="vk_devino", secret=secret, options=options)
        manager.post(reverse("admin:campaigns_messagetemplate_read"))
        customer = make_customer(first_name="Анна")
        make_consent(make_contact(customer, "+79210000001"), channels=["vk"], purpose="service")
        values = {"value_body.client": "{{ имя }}", "value_body.link": "https://dealer.example/ready"}
        chosen = MessageTemplate.objects.get(account=account).pk
        post(manager, "add", form(account, make_segment(customer), template=chosen, **values))
        running.start(scheduled("Осмотр"))
        drain("vk", seconds=10)
    (line,) = map(json.loads, journal.read_text().splitlines())
    track = links.tokens(Message.objects.get().pk).track
    assert line["to"].lstrip("+") == "79210000001"
    assert line["text"] == f"16: Анна | https://kr.example/l/B{track}"


def test_a_template_that_meta_pauses_stops_the_campaign_with_its_reason(manager: Client, account: Account) -> None:
    templating.sync(account)
    post(manager, "add", form(account, owners({"Анна": "+79210000415"})))
    campaign = scheduled("Осмотр")
    running.start(campaign)
    drain("whatsapp", seconds=10)
    campaign.refresh_from_db()
    assert campaign.state == "paused"
    assert "132015" in CampaignEvent.objects.filter(campaign=campaign, verb="pause").get().note


def test_what_the_list_says_stops_campaigns_too(manager: Client, account: Account, meta: tuple[int, Path]) -> None:
    templating.sync(account)
    post(manager, "add", form(account, owners(PEOPLE)))
    campaign = scheduled("Осмотр")
    running.start(campaign)
    thinks(meta[0], STATUSES | {"service": "PAUSED"})
    assert templating.sync_all() == {"templates": 3, "failed": 0}
    campaign.refresh_from_db()
    assert campaign.state == "paused"
    assert "приостановлен" in CampaignEvent.objects.filter(campaign=campaign, verb="pause").get().note
    thinks(meta[0], {"reminder": "REJECTED"})
    templating.sync(account)
    assert MessageTemplate.objects.get(name="service").state == "gone"
    assert any("больше нет" in sentence for sentence in readiness.obstacles(campaign))


def test_a_template_that_was_rewritten_is_looked_at_again(manager: Client, account: Account) -> None:
    templating.sync(account)
    post(manager, "add", form(account, owners(PEOPLE)))
    campaign = Campaign.objects.get(name="Осмотр")
    assert readiness.obstacles(campaign) == []
    MessageTemplate.objects.filter(name="service").update(body="{{1}}, скидка {{2}}!")
    assert any("изменился" in sentence for sentence in readiness.obstacles(campaign))


def test_mistakes_stand_under_their_places(manager: Client, account: Account) -> None:
    templating.sync(account)
    wrong = {"value_header.1": "", "value_body.1": '{{ имя|"" }}', "value_button.1": "dealer.example"}
    page = manager.post(reverse("admin:campaigns_campaign_add"), form(account, owners(PEOPLE), **wrong))
    assert set(page.context["form"].errors) == {"value_header.1", "value_body.1", "value_button.1"}
    page = manager.post(reverse("admin:campaigns_campaign_add"), form(account, owners({}), template=""))
    assert set(page.context["form"].errors) == {"template"}
    advertisement = MessageTemplate.objects.get(name="ad")
    page = manager.post(reverse("admin:campaigns_campaign_add"), form(account, owners({}), template=advertisement.pk))
    assert set(page.context["form"].errors) == {"template"}
    textback = make_account(name="TextBack", channel="whatsapp", provider="textback")
    page = manager.post(reverse("admin:campaigns_campaign_add"), form(textback, owners({})))
    assert "account" in page.context["form"].errors


def test_a_form_without_a_template_yet_is_no_mistake_of_the_program(manager: Client, account: Account) -> None:
    """Whoever has just chosen the account sees what to do next."""
    begun = form(account, owners(PEOPLE), template="")
    assert "Шаблон не выбран" in post(manager, "preview", begun)
    assert post(manager, "counter", begun) == ""
    assert "≈ 2" in post(manager, "audience", begun)
    assert "Шаблон не выбран" in post(manager, "test", begun | {"test_addresses": "+79210000009"})


def test_a_trial_goes_out_under_the_template(manager: Client, account: Account, meta: tuple[int, Path]) -> None:
    templating.sync(account)
    post(manager, "test", form(account, owners(PEOPLE), test_addresses="8 921 000-00-09"))
    (line,) = map(json.loads, meta[1].read_text().splitlines())
    assert line["text"].startswith("service/ru: Альфа-Авто | Анна | Polo")


def test_a_command_names_the_template_and_its_values(account: Account) -> None:
    templating.sync(account)
    make_segment(slug="spring")
    plan = {
        "name": "Осмотр",
        "segments_in": ["spring"],
        "channel": "whatsapp",
        "account": "WhatsApp",
        "purpose": "service",
    }
    content = {"template": "service", "language": "ru", "values": VALUES}
    made = drafting.draft(plan | {"content": content}, make_staff())
    assert made.contents.get().extras["header"] == "Сервис {{1}}"
    for wrong in ({"template": "no-such"}, {"values": {}}, {"values": {"body.1": 5}}, {"buttons": []}):
        with pytest.raises(Refused):
            drafting.draft(plan | {"content": content | wrong}, make_staff())


def test_a_list_that_is_old_is_asked_for_once_an_hour(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not templating.is_due()
    templating.sync(account)
    assert not templating.is_due()
    MessageTemplate.objects.update(asked_at="2026-01-01T00:00Z")
    assert templating.is_due()
    Account.objects.update(secret=seal(json.dumps({"token": "of nobody"})))
    with pytest.raises(ProviderError):
        templating.sync(Account.objects.get(pk=account.pk))
    assert templating.sync_all()["failed"] == 1
    assert not templating.is_due()
    assert MessageTemplate.objects.get(name="service").may_be_sent
    assert bell.TEMPLATES.endswith("read_templates")
