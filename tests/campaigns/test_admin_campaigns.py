"""The pages of campaigns: who sees what, what the buttons do, and that nothing is asked row by row."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from types import SimpleNamespace
from unittest import mock

from django import forms
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import approval, delivery, launch_gate, permission, plan_fields, planning, running, starter, writing
from campaigns.admin.changelist import _figures
from campaigns.models import Campaign, CampaignEvent, Content, Inquiry, Message
from campaigns.plan_fields import PlanField
from campaigns.profile_panel import messages_of
from campaigns.templatetags import campaign_words
from channels.models import Account
from channels.providers.base import ACCEPTED, REJECTED, Provider, Result
from tests.campaigns.builders import LETTER, make_campaign, make_content, make_reader, make_segment_with
from tests.segments.builders import make_customer, make_segment, make_staff

MANAGER = ("campaigns.view_campaign", "campaigns.add_campaign", "campaigns.change_campaign", "campaigns.run_campaign")
APPROVER = ("campaigns.view_campaign", "campaigns.approve_campaign", "campaigns.run_campaign")


class Pages(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.manager = make_staff(*MANAGER, username="manager", first_name="Мария", last_name="Крылова")
        cls.approver = make_staff(*APPROVER, username="approver")
        cls.analyst = make_staff("campaigns.view_campaign", username="analyst")
        cls.stranger = make_staff(username="stranger")
        cls.anna = make_reader(first_name="Анна", middle_name="Сергеевна", sex="f")
        cls.nameless = make_reader(first_name="", last_name="")
        cls.segment = make_segment_with([cls.anna, cls.nameless], name="Владельцы Lada")
        cls.campaign = make_campaign(cls.segment, name="Весенний осмотр", author=cls.manager)
        launch_gate.answer(cls.campaign, {"hypothesis": "Приедут чаще", "no_test": "Это проба"})

    def setUp(self):
        permission.turn_on(self.manager)
        self.client.force_login(self.manager)

    def url(self, name: str, *args: object, campaign: Campaign | None = None) -> str:
        return reverse(f"admin:campaigns_campaign_{name}", args=[(campaign or self.campaign).pk, *args])

    def do(self, verb: str, user: object, **data: str):
        self.client.force_login(user)
        response = self.client.post(self.url("verb", verb), data, follow=True)
        self.campaign.refresh_from_db()
        return response

    def form_data(self, **changes: object) -> dict[str, object]:
        return {
            "name": "Новая", "purpose": "advertising", "brand": "", "account": self.campaign.account_id,
            "starts_at": "", "lateness_hours": 12, "priority": 2, "control_percent": 10, "segments_in": [self.segment.pk],
            "hypothesis": "Приедут чаще", "no_test": "Это проба",
            "subject": starter.SUBJECT, "preheader": starter.PREHEADER, "body": starter.BODY,
        } | changes  # fmt: skip


class FormTests(Pages):
    def test_a_new_campaign_begins_with_a_letter(self):
        page = self.client.get(reverse("admin:campaigns_campaign_add"))
        self.assertContains(page, "обращение|&quot;Здравствуйте&quot; }}!")
        self.assertContains(page, 'data-insert="{{ имя }}"')
        self.assertContains(page, "Владельцы Lada")

    def test_saving_makes_a_draft_with_a_version_of_the_texts(self):
        response = self.client.post(reverse("admin:campaigns_campaign_add"), self.form_data())
        made = Campaign.objects.get(name="Новая")
        self.assertRedirects(response, self.url("change", campaign=made))
        self.assertEqual((made.author, made.state, made.channel), (self.manager, "draft", "email"))
        self.assertTrue(made.salt)
        self.assertEqual(writing.current(made).links.count(), 1)

    def test_saving_again_keeps_the_version_and_a_changed_text_makes_the_next(self):
        texts = {"subject": "Весенний сервис", "preheader": "Скидка до конца мая", "body": LETTER.replace("\n", "\r\n")}
        self.client.post(self.url("change"), self.form_data(**texts))
        self.assertEqual(writing.current(self.campaign).version, 1)
        response = self.client.post(
            self.url("change"), self.form_data(**texts | {"subject": "Другая тема", "_review": "1"})
        )
        self.assertRedirects(response, self.url("review"))
        self.assertEqual(writing.current(self.campaign).version, 2)

    def test_mistakes_of_a_text_stand_under_it_and_nothing_is_written(self):
        wrong = self.form_data(subject="{{ возраст }}", body=LETTER.replace("</mj-text>", "{{</mj-text>"))
        page = self.client.post(reverse("admin:campaigns_campaign_add"), wrong)
        self.assertContains(page, "Строка 1: подстановки «возраст» нет")
        self.assertContains(page, "Строка 5: подстановка не закрыта")
        self.assertFalse(Campaign.objects.filter(name="Новая").exists())

    def test_a_segment_cannot_be_both_in_and_out(self):
        page = self.client.post(self.url("change"), self.form_data(segments_out=[self.segment.pk]))
        self.assertContains(page, "одновременно включить и исключить: Владельцы Lada")

    def test_only_a_draft_is_edited(self):
        approval.submit(self.campaign, self.manager)
        response = self.client.post(self.url("change"), self.form_data(name="Иначе"), follow=True)
        self.assertRedirects(response, self.url("review"))
        self.assertContains(response, "уже не черновик")
        self.campaign.refresh_from_db()
        self.assertEqual(self.campaign.name, "Весенний осмотр")

    def test_one_who_may_only_look_gets_the_review(self):
        self.client.force_login(self.analyst)
        self.assertRedirects(self.client.get(self.url("change")), self.url("review"))
        self.assertEqual(self.client.get(reverse("admin:campaigns_campaign_add")).status_code, 403)

    def test_sending_off_is_said_on_top(self):
        permission.turn_off(self.manager)
        self.assertContains(self.client.get(self.url("change")), "Отправка отсюда выключена")

    def test_the_words_of_the_delete_page_are_right(self):
        self.client.force_login(make_staff(*MANAGER, "campaigns.delete_campaign"))
        self.assertContains(self.client.get(self.url("change")), "Удалить кампанию")
        approval.submit(self.campaign, self.manager)
        self.assertEqual(self.client.get(self.url("delete")).status_code, 403)

    def test_the_delete_page_lists_what_a_person_knows_and_takes_all_of_it(self):
        self.campaign.segments_out.add(make_segment())
        make_content(self.campaign, subject="Вторая тема")
        self.client.force_login(make_staff(*MANAGER, "campaigns.delete_campaign"))
        page = self.client.get(self.url("delete"))
        self.assertContains(page, "Версия письма: Версия 2")
        self.assertContains(page, "Версии письма: 2")
        for strange in ("object (", "campaign-segment", "Content: ", "Link: ", "Contents: "):
            self.assertNotContains(page, strange)
        self.client.post(self.url("delete"), {"post": "yes"})
        self.assertFalse(Campaign.objects.exists())
        self.assertFalse(Content.objects.exists())


class PlanFieldTests(Pages):
    def setUp(self):
        super().setUp()
        self.kept: list[object] = []
        field = PlanField(
            name="gift",
            form_field=lambda campaign: forms.CharField(label="Подарок", required=False),
            load=lambda campaign: self.kept[-1] if self.kept else None,
            save=self.save_gift,
            check=lambda campaign: [] if self.kept else ["Выберите подарок."],
        )
        self.enterContext(mock.patch.dict(plan_fields._fields, {"gift": field}))

    def save_gift(self, campaign: Campaign, value: str) -> None:
        if value == "слон":
            raise ValidationError("Слонов больше нет.")
        self.kept.append(value)

    def test_a_field_of_an_upper_app_is_shown_and_saved(self):
        self.assertContains(self.client.get(self.url("change")), "Подарок")
        self.client.post(self.url("change"), self.form_data(plan_gift="мойка"))
        self.assertEqual(self.kept, ["мойка"])
        self.assertContains(self.client.get(self.url("review")), "мойка")

    def test_what_it_refuses_is_said_and_nothing_is_saved(self):
        page = self.client.post(self.url("change"), self.form_data(plan_gift="слон", name="Со слоном"))
        self.assertContains(page, "Слонов больше нет.")
        self.campaign.refresh_from_db()
        self.assertEqual(self.campaign.name, "Весенний осмотр")

    def test_its_obstacles_stand_on_the_review(self):
        self.assertContains(self.client.get(self.url("review")), "Выберите подарок.")


class LetterTests(Pages):
    def preview(self, **data: object):
        return self.client.post(reverse("admin:campaigns_campaign_preview"), self.form_data(**data))

    def test_shows_the_unsaved_letter_as_a_customer_would_see_it(self):
        page = self.preview(who="first")
        self.assertContains(page, "Уважаемая Анна Сергеевна!")
        self.assertContains(page, "Анна, приглашаем на весенний осмотр")
        self.assertContains(self.preview(who="no_name"), "Здравствуйте, приглашаем")

    def test_is_locked_in_its_frame(self):
        page = self.preview()
        policy = page["Content-Security-Policy"]
        for rule in ("default-src 'none'", "sandbox", "frame-ancestors 'self'"):
            self.assertIn(rule, policy)
        self.assertNotIn("script", policy)

    def test_a_value_of_a_customer_is_text_and_never_markup(self):
        evil = make_customer(first_name="<script>alert(1)</script>", sex="f")
        page = self.preview(segments_in=[make_segment(evil).pk], body=LETTER)
        self.assertContains(page, "&lt;script&gt;alert(1)")
        self.assertNotContains(page, "<script")

    def test_mistakes_are_shown_in_place_of_the_letter(self):
        self.assertContains(self.preview(body="<mjml>"), "это не MJML")

    def test_rubbish_is_shown_as_what_nobody_is_known_of(self):
        page = self.client.post(
            reverse("admin:campaigns_campaign_preview"), {"body": LETTER, "who": "x", "account": "x"}
        )
        self.assertContains(page, "Здравствуйте, клиент!")

    def test_the_saved_letter_for_the_review(self):
        for who in ("first", "no_name", "longest", "no_city", "company", "nonsense"):
            self.assertContains(self.client.get(self.url("letter"), {"who": who}), "Весенний сервис")

    def test_looking_is_for_those_with_the_right(self):
        self.client.force_login(self.stranger)
        self.assertEqual(self.preview().status_code, 403)
        self.assertEqual(self.client.get(self.url("letter")).status_code, 403)
        self.client.force_login(self.manager)
        self.assertEqual(self.client.get(reverse("admin:campaigns_campaign_preview")).status_code, 405)

    def test_the_size_of_the_audience(self):
        out = make_segment(self.nameless)
        data = self.form_data(segments_out=[out.pk])
        page = self.client.post(reverse("admin:campaigns_campaign_audience"), data)
        self.assertContains(page, "В аудитории ≈ 1 человек")
        self.assertContains(page, "2 в сегментах, 1 исключено")
        nobody = self.client.post(reverse("admin:campaigns_campaign_audience"), {})
        self.assertContains(nobody, "Выберите хотя бы один сегмент")


class FakeProvider(Provider):
    """Takes what it is given, or refuses it."""

    answer = Result(ACCEPTED)
    taken: list = []  # noqa: RUF012

    def open(self) -> None: ...

    def close(self) -> None: ...

    def check(self) -> str:
        return ""

    def send(self, messages, before, after) -> None:
        for message in messages:
            before(message.id)
            self.taken.append(message)
            after(message.id, self.answer)


class TestLetterTests(Pages):
    def setUp(self):
        super().setUp()
        self.provider = FakeProvider(self.campaign.account)
        self.provider.taken = []
        self.enterContext(mock.patch("campaigns.trying.provider_for", return_value=self.provider))

    def send(self, addresses: str, **data: object):
        data = self.form_data(campaign=self.campaign.pk, test_addresses=addresses, **data)
        return self.client.post(reverse("admin:campaigns_campaign_test"), data)

    def test_goes_to_each_address_marked_as_a_test_and_makes_no_message(self):
        self.assertContains(self.send("a@b.example, c@d.example"), "Отправлено: a@b.example, c@d.example")
        self.assertEqual([message.to for message in self.provider.taken], ["a@b.example", "c@d.example"])
        self.assertNotEqual(self.provider.taken[0].id, self.provider.taken[1].id)
        letter = message_from_bytes(self.provider.taken[0].body, policy=policy.default)
        self.assertEqual(letter["Subject"], "[тест] Анна, приглашаем на весенний осмотр")
        self.assertIn("https://www.example.com/service", letter.get_body(("html",)).get_content())
        self.assertFalse(Message.objects.exists())
        self.assertEqual(CampaignEvent.objects.get().verb, "test")

    def test_says_what_is_wrong(self):
        for addresses, words in (
            ("", "от одного до 5 адресов"),
            (" ".join(f"x{n}@b.example" for n in range(6)), "от одного до 5 адресов"),
            ("вася", "«вася» — не адрес"),
        ):
            with self.subTest(addresses=addresses):
                self.assertContains(self.send(addresses), words)
        self.assertContains(self.send("a@b.example", body="{{"), "не закрыта")
        self.assertEqual(self.provider.taken, [])

    def test_without_an_address_it_goes_to_the_test_recipients_of_the_account(self):
        Account.objects.update(test_recipients="a@b.example\nc@d.example")
        self.assertContains(self.send(""), "Отправлено: a@b.example, c@d.example")

    def test_of_an_account_that_keeps_a_journal_says_so(self):
        Account.objects.update(provider="smtp", mode="journal")
        self.assertContains(self.send("a@b.example"), "никто ничего не получил")
        self.assertContains(self.client.get(self.url("review")), "работает в журнал")

    def test_a_refusal_of_the_server_is_passed_on(self):
        self.provider.answer = Result(REJECTED, reply="550 нет такого ящика")
        self.assertContains(self.send("a@b.example"), "550 нет такого ящика")

    def test_nothing_leaves_while_sending_is_off(self):
        permission.turn_off(self.manager)
        self.assertContains(self.send("a@b.example"), 'class="kb-problem"')
        self.assertEqual(self.provider.taken, [])


class ReviewTests(Pages):
    def test_of_an_account_that_cannot_send_so_many_in_time_says_so(self):
        Account.objects.update(per_day=1)
        with mock.patch.object(planning, "SEND_FOR", timedelta(seconds=1)):
            self.assertContains(self.client.get(self.url("review")), "отправит не больше 1 сообщений из 2")
        Account.objects.update(per_day=2)
        with mock.patch.object(planning, "SEND_FOR", timedelta(seconds=1)):
            self.assertNotContains(self.client.get(self.url("review")), "отправит не больше")

    def test_shows_who_gets_it_and_what_is_wrong(self):
        page = self.client.get(self.url("review"))
        self.assertContains(page, "Все проверки пройдены")
        self.assertContains(page, "Отправить на согласование")
        writing.write(self.campaign, subject="{{ имя }}", preheader="п", body=LETTER)
        page = self.client.get(self.url("review"))
        self.assertContains(page, "Подстановка «имя» пуста у 1 человека")
        self.assertContains(page, "disabled")

    def test_from_draft_to_launch_by_two_people(self):
        self.assertContains(self.do("submit", self.manager), "решает другой человек")
        self.assertEqual(self.campaign.state, "in_review")
        self.client.force_login(self.approver)
        page = self.client.get(self.url("review"))
        self.assertContains(page, "Согласовать кампанию?")
        seen = re.search(r'name="seen" value="(\w+)"', page.content.decode())[1]
        self.do("approve", self.approver, seen=seen, note="Хорошо")
        self.assertEqual(self.campaign.state, "scheduled")
        page = self.do("start", self.manager)
        self.assertRedirects(page, self.url("page"))
        self.assertEqual(self.campaign.state, "running")
        self.do("pause", self.manager)
        self.do("resume", self.manager)
        self.do("stop", self.manager)
        self.assertEqual(self.campaign.state, "stopped")

    def test_the_author_cannot_approve_her_own(self):
        self.manager.user_permissions.add(*self.approver.user_permissions.all())
        approval.submit(self.campaign, self.manager)
        self.assertContains(self.client.get(self.url("review")), "автор не может согласовать свою кампанию")
        self.do("approve", self.manager)
        self.assertEqual(self.campaign.state, "in_review")

    def test_returning_needs_a_note(self):
        approval.submit(self.campaign, self.manager)
        self.do("reject", self.approver)
        self.assertEqual(self.campaign.state, "in_review")
        page = self.do("reject", self.approver, note="Исправьте тему")
        self.assertEqual(self.campaign.state, "draft")
        self.assertContains(page, "Исправьте тему")

    def test_each_button_asks_for_its_right(self):
        for verb, user in (
            ("submit", self.approver), ("withdraw", self.approver), ("approve", self.manager), ("reject", self.manager),
            ("start", self.analyst), ("pause", self.analyst), ("resume", self.analyst), ("stop", self.analyst),
        ):  # fmt: skip
            with self.subTest(verb=verb):
                self.client.force_login(user)
                self.assertEqual(self.client.post(self.url("verb", verb)).status_code, 403)
        self.client.force_login(self.manager)
        self.assertEqual(self.client.get(self.url("verb", "submit")).status_code, 405)
        self.assertEqual(self.client.post(self.url("verb", "explode")).status_code, 404)
        self.client.force_login(self.stranger)
        for page in ("review", "page", "progress", "letter"):
            self.assertEqual(self.client.get(self.url(page)).status_code, 403)

    def test_a_clone_is_a_draft_of_its_own(self):
        self.assertEqual(self.client.get(self.url("clone")).status_code, 405)
        self.client.post(self.url("clone"))
        copy = Campaign.objects.get(name="Весенний осмотр (копия)")
        self.assertEqual(list(copy.segments_in.all()), [self.segment])
        self.assertNotEqual(copy.salt, self.campaign.salt)
        self.assertEqual(writing.current(copy).body, LETTER)


class ResultTests(Pages):
    def setUp(self):
        super().setUp()
        approval.submit(self.campaign, self.manager)
        approval.decide(self.campaign, self.approver, True)
        self.run = running.start(self.campaign, self.manager)

    def test_before_a_launch_there_is_only_the_review(self):
        other = make_campaign(self.segment)
        self.assertRedirects(self.client.get(self.url("page", campaign=other)), self.url("review", campaign=other))
        self.assertRedirects(self.client.get(self.url("review")), self.url("page"))

    def test_shows_the_identity_and_who_approved(self):
        page = self.client.get(self.url("page"))
        self.assertContains(page, "Аудитория до последнего человека")
        self.assertContains(page, "согласование: approver")
        identity = page.context["identity"]
        terms = ("accepted", "rejected", "unknown", "suppressed", "held_out", "cancelled", "pending")
        self.assertEqual(identity["audience"], sum(identity[name] for name in terms))
        self.assertEqual(sum(people for _key, _label, people in page.context["sums"]), identity["audience"])

    def test_reports_that_overtake_our_own_record_do_not_pass_what_was_sent(self):
        early = Message.objects.filter(run=self.run).values_list("pk", flat=True)
        delivery.record(dict.fromkeys(early, self.run.pk), "delivered", timezone.now())
        funnel = {step["key"]: step["people"] for step in self.client.get(self.url("page")).context["funnel"]}
        self.assertEqual((funnel["sent"], funnel["delivered"]), (0, 0))

    def test_progress_is_a_piece_until_the_state_changes(self):
        piece = self.client.get(self.url("progress"), {"state": "running"})
        self.assertContains(piece, "0 из 2")
        whole = self.client.get(self.url("progress"), {"state": "paused"})
        self.assertEqual(whole["HX-Refresh"], "true")

    def test_unknown_messages_are_listed_by_person_with_the_address_masked(self):
        message = Message.objects.get(customer=self.anna)
        _outcome(message, "unknown")
        page = self.client.get(self.url("page"))
        self.assertContains(page, "Неизвестно, дошло ли письмо")
        self.assertContains(page, "r***@example.test")

    def test_a_person_decides_about_those_of_whom_the_provider_never_heard(self):
        message = Message.objects.get(customer=self.anna)
        _outcome(message, "unknown")
        self.assertNotContains(self.client.get(self.url("page")), "Считать неотправленными")
        Inquiry.objects.create(
            run=self.run, message_id=message.pk, account_id=self.run.account_id, answer=Inquiry.Answer.UNHEARD
        )
        page = self.client.get(self.url("page"))
        self.assertContains(page, "Считать неотправленными")
        self.assertContains(page, "не слышал о нём")
        self.client.force_login(self.analyst)
        self.assertNotContains(self.client.get(self.url("page")), "Считать неотправленными")
        self.assertContains(self.do("unheard", self.manager), "им снова можно писать")
        self.assertEqual(self.client.get(self.url("page")).context["identity"]["rejected"], 1)

    def test_the_customer_page_tells_what_became_of_her_letter(self):
        request = SimpleNamespace(user=self.manager)
        message = Message.objects.get(customer=self.anna)
        self.assertEqual(messages_of(request, self.anna)["messages"][0]["word"], "в очереди")
        _outcome(message, "accepted")
        self.assertEqual(messages_of(request, self.anna)["messages"][0]["word"], "отправлено")
        self.assertEqual(messages_of(SimpleNamespace(user=self.stranger), self.anna), {})
        self.assertEqual(messages_of(request, make_customer()), {})

    def test_a_survivor_has_the_messages_of_those_merged_into_her(self):
        survivor = make_customer()
        self.anna.merged_into = survivor
        self.anna.save()
        self.assertEqual(len(messages_of(SimpleNamespace(user=self.manager), survivor)["messages"]), 1)


class ListTests(Pages):
    def test_the_list_takes_as_many_queries_for_many_as_for_few(self):
        few = self.queries()
        for number in range(10):
            make_campaign(self.segment, name=f"Кампания {number}")
        self.assertEqual(self.queries(), few)

    def queries(self) -> int:
        with CaptureQueriesContext(connection) as asked:
            page = self.client.get(reverse("admin:campaigns_campaign_changelist"))
        self.assertContains(page, "Мария Крылова")
        return len(asked)

    def test_figures_of_a_launched_campaign(self):
        run = SimpleNamespace(pk=1, audience=110, left_out={"control": 10})
        facts = {1: {"accepted": 80, "opened": 20, "clicked": 4}}
        figures = _figures([run], facts)
        self.assertEqual(figures["sent"], "80 / 100")
        self.assertEqual(figures["opened"].replace("\u00a0", " "), "20 · 25,0 %")
        self.assertEqual(_figures([], {})["sent"], None)


class WordTests(TestCase):
    def test_time_left(self):
        self.assertEqual(campaign_words.time_left(20), "осталось меньше минуты")
        self.assertEqual(campaign_words.time_left(130), "осталось примерно 2 минуты")
        self.assertEqual(campaign_words.time_left(5 * 3600), "осталось примерно 5 часов")


def _outcome(message: Message, kind: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO campaigns_outcome (run_id, message_id, kind) VALUES (%s, %s, %s)",
            [message.run_id, message.pk, kind],
        )
