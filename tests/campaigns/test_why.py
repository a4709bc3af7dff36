"""Why not Ivanov: one sentence for one person, whatever became of her message."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import follow_ups, outbox, running, why
from campaigns.admin.person import tell
from campaigns.models import Campaign, Chunk, DeliveryState, Message, Outcome, Run
from segments.identity.merging import merge
from segments.models import Customer, Membership, MembershipChange
from tests.campaigns.builders import make_campaign, make_reader
from tests.campaigns.launches import address_of, became, corrected_text, launched, sent, start
from tests.segments.builders import make_contact, make_customer, make_segment, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


@pytest.fixture
def anna() -> Customer:
    return make_reader(email="anna@example.test")


@pytest.fixture
def analyst(client: Client) -> Client:
    client.force_login(make_staff("campaigns.view_campaign", username="analyst"))
    return client


def sentence(campaign: Campaign, person: Customer) -> str:
    (told,) = tell(campaign, [person], make_staff())
    return told.sentence


def asked(client: Client, campaign: Campaign, text: str) -> str:
    return client.get(reverse("admin:campaigns_campaign_person", args=[campaign.pk]), {"q": text}).content.decode()


def report(run: Run, person: Customer, **times: object) -> None:
    message = Message.objects.get(run_id=run.pk, customer=person)
    DeliveryState.objects.update_or_create(run_id=run.pk, message_id=message.pk, defaults=times)


def test_who_got_it_is_told_when_and_at_which_masked_address(anna: Customer) -> None:
    run = sent(anna)
    told = sentence(run.campaign, anna)
    assert re.fullmatch(r"Отправлено \d+ \w+ \d{4}, \d\d:\d\d на a\*\*\*@example\.test: .*отчёта пока нет\.", told), (
        told
    )


def test_the_strongest_report_is_told(anna: Customer) -> None:
    run, now = sent(anna), timezone.now()
    for field, word in (
        ("failed_at", "не доставлено"), ("delivered_at", ": доставлено"), ("opened_at", "открыто"),
        ("clicked_at", "по ссылке"), ("unsubscribed_at", "отписка"),
    ):  # fmt: skip
        report(run, anna, **{field: now})
        assert word in sentence(run.campaign, anna), field


def test_every_ending_has_its_sentence(anna: Customer) -> None:
    refused, silent, unknown, late, stopped, waiting, bare = (make_reader() for _ in range(7))
    address_of(bare).holders.all().delete()
    run = launched(anna, refused, silent, unknown, late, stopped, waiting, bare)
    for person, kind, reason, reply in (
        (refused, "rejected", "550", "550 no such user"), (silent, "rejected", "", ""),
        (unknown, "unknown", "no_answer", ""), (late, "suppressed", "expired", ""), (stopped, "cancelled", "", ""),
    ):  # fmt: skip
        message = Message.objects.get(run_id=run.pk, customer=person)
        Outcome.objects.create(
            message_id=message.pk, run_id=run.pk, kind=kind, reason=reason, reply=reply, happened_at=run.started_at
        )
    for person, words in (
        (refused, "«550 no such user»"), (silent, "провайдер отказал"), (unknown, "Неизвестно, дошло ли"),
        (late, "не успели отправить в срок. Так было перед отправкой"), (stopped, "кампанию остановили"),
        (waiting, "ждёт в очереди"), (bare, "нет адреса. Так было при запуске"),
    ):  # fmt: skip
        assert words in sentence(run.campaign, person)
    Chunk.objects.filter(run_id=run.pk).update(due_at=timezone.now() + timedelta(hours=9))
    assert "ждёт до" in sentence(run.campaign, waiting)


def test_what_an_unknown_turned_out_to_be_is_told(anna: Customer) -> None:
    run = became(launched(anna), {anna: ("unknown", "no_answer")})
    outbox.resolve([Message.objects.get(run_id=run.pk).pk], "rejected", evidence="look-up")
    assert "провайдер отказал" in sentence(run.campaign, anna)


def test_who_was_in_no_segment_or_in_an_excluded_one_or_came_too_late(anna: Customer) -> None:
    stranger, bought, late = make_reader(), make_reader(), make_reader()
    owners, buyers = make_segment(anna, bought, name="Владельцы"), make_segment(bought, name="Уже купили")
    campaign = make_campaign(owners, except_segments=(buyers,))
    Membership.objects.update(entered_at=timezone.now() - timedelta(days=1))
    start(campaign)
    Membership.objects.create(segment=owners, customer=late, entered_at=timezone.now() + timedelta(minutes=1))
    assert "ни в одном из сегментов" in sentence(campaign, stranger)
    assert "в исключённом сегменте «Уже купили»" in sentence(campaign, bought)
    assert "в сегменте «Владельцы» только с" in sentence(campaign, late)


def test_what_the_segment_was_at_the_launch_is_read_from_its_log(anna: Customer) -> None:
    """She has left the excluded segment since."""
    bought = make_reader()
    owners, buyers = make_segment(anna, bought), make_segment(bought, name="Уже купили")
    campaign = make_campaign(owners, except_segments=(buyers,))
    start(campaign)
    Membership.objects.filter(segment=buyers).delete()
    MembershipChange.objects.create(
        segment=buyers,
        happened_at=timezone.now() + timedelta(seconds=1),
        cause="nightly",
        gone_count=1,
        gone=[bought.pk],
    )
    assert "в исключённом сегменте «Уже купили»" in sentence(campaign, bought)


def test_a_person_who_was_joined_since_answers_for_both(anna: Customer) -> None:
    twin = make_reader()
    run = sent(twin)
    merge([(twin.pk, anna.pk, "test")])
    assert "Отправлено" in sentence(run.campaign, anna)


def test_campaigns_that_follow_a_run_say_so(anna: Customer) -> None:
    late, stranger = make_reader(), make_reader()
    faulty = became(launched(anna, late, name="Осмотр"), {anna: ("accepted", ""), late: ("suppressed", "expired")})
    correction = corrected_text(follow_ups.correct(faulty, faulty.campaign.author))
    second = follow_ups.try_again(faulty, ["expired"], faulty.campaign.author)
    start(correction)
    start(second)
    assert "«Осмотр» до этого человека не дошло" in sentence(correction, late)
    assert "«Осмотр» этот человек получил" in sentence(second, anna)
    assert "ни в одном" in sentence(faulty.campaign, stranger)


def test_one_is_found_by_name_phone_mail_and_number(analyst: Client) -> None:
    person = make_reader(last_name="Щукина", first_name="Вера", email="vera.schukina@example.test")
    make_contact(person, "+79115550142")
    campaign = sent(person).campaign
    for text in ("щукина вера", "8 (911) 555-01-42", "vera.schukina@example.test", str(person.pk)):
        page = asked(analyst, campaign, text)
        assert "Щукина" in page, text
        assert "v***@example.test" in page, text
    assert "никого не нашлось" in asked(analyst, campaign, "Ъъъъ")
    assert "Щукина" not in asked(analyst, campaign, "")


def test_the_number_of_a_merged_one_leads_to_the_living(analyst: Client, anna: Customer) -> None:
    twin = make_customer(last_name="Двойникова")
    campaign = sent(anna).campaign
    merge([(twin.pk, anna.pk, "test")])
    page = asked(analyst, campaign, str(twin.pk))
    assert "Двойникова" not in page
    assert "Отправлено" in page


def test_a_name_that_many_have_is_cut_and_costs_no_query_a_person(analyst: Client) -> None:
    people = [make_reader(last_name="Многова") for _ in range(12)]
    campaign = sent(*people[:6]).campaign

    def queries(text: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            asked(analyst, campaign, text)
        return len(captured)

    asked(analyst, campaign, "Многова")
    page = asked(analyst, campaign, "Многова")
    assert page.count('class="kb-item"') == 10
    assert "Есть и другие" in page
    alone = make_reader(last_name="Одинцова")
    assert queries("Многова") - queries(alone.last_name) <= 2


def test_who_is_called_so_from_the_first_word_on_comes_first(analyst: Client) -> None:
    people = [make_reader(last_name=name, first_name="Пётр") for name in ("Авдеев Петров", "Петров", "Яковлев Петров")]
    campaign = sent(*people).campaign
    page = asked(analyst, campaign, "петров  Пётр")
    assert page.index("Петров Пётр") < page.index("Авдеев Петров") < page.index("Яковлев Петров")


def test_names_a_slip_away_are_said_to_be_near(analyst: Client) -> None:
    campaign = sent(make_reader(last_name="Щукина")).campaign
    page = asked(analyst, campaign, "щукена")
    assert "похожие имена" in page


def test_a_campaign_without_a_run_has_no_fates(anna: Customer) -> None:
    assert why.fates([], [anna]) == {}
    campaign = make_campaign(make_segment(anna))
    assert "ни в одном" in sentence(campaign, anna)
    run = start(campaign)
    assert why.fates([run], [anna])[anna.pk].fate == "pending"
    running.stop(campaign)
    assert why.fates([run], [anna])[anna.pk].fate == "cancelled"
