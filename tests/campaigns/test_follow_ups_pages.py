"""The pages of corrections and second tries: the buttons, the draft's form, the review, who may what."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign, FollowUp, Run
from segments.models import Customer
from tests.campaigns.builders import draft_form, make_account, make_reader
from tests.campaigns.launches import became, corrected_text, launched, sent, start
from tests.segments.builders import make_customer, make_segment, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]

MANAGER = ("campaigns.view_campaign", "campaigns.add_campaign", "campaigns.change_campaign", "campaigns.run_campaign")


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_staff(*MANAGER, username="manager"))
    return client


@pytest.fixture
def anna() -> Customer:
    return make_reader(first_name="Анна")


@pytest.fixture
def faulty(anna: Customer) -> Run:
    return sent(anna, name="Осмотр за 1 900 ₽")


def url(name: str, campaign: Campaign) -> str:
    return reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk])


def text(client: Client, name: str, campaign: Campaign) -> str:
    response = client.get(url(name, campaign))
    assert response.status_code == 200
    return response.content.decode()


def made(client: Client, run: Run) -> Campaign:
    response = client.post(url("correct", run.campaign))
    draft = FollowUp.objects.get(run=run).campaign
    assert response["Location"] == url("change", draft)
    return draft


def test_a_correction_begins_on_the_page_of_the_campaign(manager: Client, faulty: Run) -> None:
    assert "Исправление…" in text(manager, "page", faulty.campaign)
    form = text(manager, "change", made(manager, faulty))
    assert "Тем, кто получил сообщение" in form
    assert "Осмотр за 1 900 ₽" in form
    assert "про кого неизвестно" in form
    assert 'name="segments_in"' not in form
    assert "пора подготовить" not in form.lower(), "the text of an advertisement is no correction"
    assert 'name="control_percent"' not in form


def test_its_form_keeps_to_the_channel_and_saves_the_text(manager: Client, faulty: Run) -> None:
    draft = made(manager, faulty)
    sms = make_account(name="СМС", channel="sms", provider="smsaero")
    data = draft_form(faulty.account, make_segment(), subject="Исправление", body="<mjml><mj-body></mj-body></mjml>")
    page = manager.post(url("change", draft), data | {"account": sms.pk})
    assert page.status_code == 200
    assert page.context["form"].errors["account"]
    del data["segments_in"]
    answer = manager.post(url("change", draft), data | {"purpose": "service"})
    draft.refresh_from_db()
    assert (answer.status_code, draft.contents.get().subject) == (302, "Исправление")
    assert (draft.purpose, draft.control_percent) == ("advertising", 0)


def test_the_form_counts_its_people_and_shows_the_message_to_one_of_them(
    manager: Client, faulty: Run, anna: Customer
) -> None:
    draft = made(manager, faulty)
    asked = {
        "campaign": draft.pk,
        "account": faulty.account_id,
        "subject": "Т",
        "body": "<mjml><mj-body></mj-body></mjml>",
    }
    counted = manager.post(reverse("admin:campaigns_campaign_audience"), asked)
    assert "≈ 1 человек" in counted.content.decode()
    shown = manager.post(reverse("admin:campaigns_campaign_preview"), asked | {"who": "first"})
    assert str(anna) in shown.content.decode()


def test_the_review_says_whom_it_is_for(manager: Client, faulty: Run) -> None:
    draft = corrected_text(made(manager, faulty))
    page = text(manager, "review", draft)
    assert "Получили ошибочное сообщение" in page
    assert "Исправление бывает одно" in page
    assert "в сегментах" not in page


def test_after_one_was_launched_there_is_no_button_for_another(manager: Client, faulty: Run) -> None:
    draft = corrected_text(made(manager, faulty))
    start(draft)
    page = text(manager, "page", faulty.campaign)
    assert "ask-correct" not in page
    assert url("change", draft) in page
    refused = manager.post(url("correct", faulty.campaign), follow=True)
    assert "уже отправлено" in refused.content.decode()


def test_whom_it_missed_is_chosen_by_reasons(manager: Client, anna: Customer) -> None:
    late, bare = make_reader(), make_customer()
    run = became(launched(anna, late, bare), {anna: ("accepted", ""), late: ("suppressed", "expired")})
    page = text(manager, "missed", run.campaign)
    assert 'value="expired" checked' in page
    assert 'value="no_contact">' in page
    assert 'value="accepted"' not in page
    answer = manager.post(url("missed", run.campaign), {"reasons": ["expired", "control"]})
    follow_up = FollowUp.objects.get(run=run)
    assert (follow_up.kind, follow_up.reasons) == ("missed", ["expired"])
    assert answer["Location"] == url("change", follow_up.campaign)
    form = text(manager, "change", follow_up.campaign)
    assert "не успели отправить в срок" in form
    assert "хотя бы одну причину" in manager.post(url("missed", run.campaign)).content.decode()


def test_when_everybody_got_it_there_is_nobody_to_choose(manager: Client, faulty: Run) -> None:
    assert "Таких нет" in text(manager, "missed", faulty.campaign)


def test_a_campaign_that_still_runs_offers_no_second_try(manager: Client, anna: Customer) -> None:
    run = launched(anna)
    page = text(manager, "page", run.campaign)
    assert url("missed", run.campaign) not in page
    assert "Сначала остановите" in page


def test_a_draft_has_neither(manager: Client, faulty: Run) -> None:
    draft = made(manager, faulty)
    for name in ("correct", "missed"):
        assert manager.post(url(name, draft))["Location"] == url("review", draft)


def test_the_list_says_what_a_campaign_follows(manager: Client, faulty: Run) -> None:
    made(manager, faulty)
    page = manager.get(reverse("admin:campaigns_campaign_changelist")).content.decode()
    assert "исправление: Осмотр за 1 900 ₽" in page


def test_a_draft_is_deleted_with_what_it_follows(client: Client, faulty: Run) -> None:
    client.force_login(make_staff(*MANAGER, "campaigns.delete_campaign", username="deleter"))
    draft = made(client, faulty)
    page = text(client, "delete", draft)
    assert "ollow" not in page.split("<main")[-1].split("csrf")[0]
    client.post(url("delete", draft), {"post": "yes"})
    assert not FollowUp.objects.exists()
    assert Run.objects.filter(pk=faulty.pk).exists()


def test_who_may_not_write_campaigns_may_neither(client: Client, faulty: Run) -> None:
    client.force_login(make_staff("campaigns.view_campaign", username="analyst"))
    assert client.post(url("correct", faulty.campaign)).status_code == 403
    assert client.get(url("missed", faulty.campaign)).status_code == 403
    page = text(client, "page", faulty.campaign)
    assert "ask-correct" not in page
    assert url("missed", faulty.campaign) not in page
    assert client.get(url("correct", faulty.campaign)).status_code == 405
