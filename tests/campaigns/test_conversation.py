"""The page of a reply: the conversation in order, the form, and who may send it."""

import re
import uuid
from datetime import timedelta
from typing import Any
from unittest import mock

from django.http import HttpResponse
from django.test import TestCase, TransactionTestCase
from django.urls import reverse
from django.utils import timezone

from campaigns import answer_states, permission
from campaigns.models import Answer, Message, Reply
from channels.models import Account
from channels.providers.base import Result
from tests.campaigns.histories import make_run
from tests.campaigns.talks import PHONE, hear, make_bot, make_sms, make_whatsapp
from tests.campaigns.test_parked import commit
from tests.segments.builders import make_contact, make_customer, make_staff
from tests.test_double_clicks import at_once

NOW = timezone.now()


class ConversationTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        permissions = ("view_reply", "change_reply", "answer_reply", "view_campaign")
        cls.operator = make_staff(*(f"campaigns.{name}" for name in permissions), first_name="Ольга", last_name="Ким")
        cls.account = make_sms(cost=5)
        cls.customer = make_customer()
        cls.phone = make_contact(cls.customer, PHONE)

    def setUp(self) -> None:
        permission.turn_on(None)
        self.enterContext(mock.patch("campaigns.bell.ring_answers"))
        self.client.force_login(self.operator)

    def address(self, reply: Reply, name: str = "change") -> str:
        return reverse(f"admin:campaigns_reply_{name}", args=[reply.pk])

    def page(self, reply: Reply) -> str:
        return re.sub(r"\s+", " ", self.client.get(self.address(reply)).content.decode().replace("\xa0", " "))

    def send(self, reply: Reply, text: str = "От 12 000 ₽", **data: Any) -> HttpResponse:
        data = {"text": text, "form": str(uuid.uuid4()), "seen": reply.pk} | data
        return self.client.post(self.address(reply, "answer"), data)

    def test_all_that_was_said_over_this_channel_is_there_in_its_order(self) -> None:
        run = make_run("sms", days_ago=3)
        message = Message.objects.create(
            run=run, customer=self.customer, channel="sms", contact_point=self.phone, planned_at=NOW
        )
        commit(message, "k1")
        reply = hear(self.account, "Первый вопрос")
        self.send(reply, "Наш ответ")
        hear(self.account, "Второй вопрос")
        hear(make_bot(), "В другом канале")
        hear(self.account, "Чужое", sender="+79995554433")
        page = self.page(reply)
        places = [page.index(text) for text in (str(run.campaign), "Первый вопрос", "Наш ответ", "Второй вопрос")]
        self.assertEqual(places, sorted(places))
        self.assertNotIn("В другом канале", page)
        self.assertNotIn("Чужое", page)
        self.assertIn("Ольга Ким", page)
        self.assertIn("ждёт отправки", page)

    def test_an_answer_is_sent_once_however_often_its_form_is(self) -> None:
        reply = hear(self.account)
        form = re.search(r'name="form" value="([^"]+)"', self.page(reply))
        assert form
        for _time in range(3):
            self.assertRedirects(self.send(reply, form=form[1]), self.address(reply))
        self.assertEqual(Answer.objects.get().author, self.operator)
        reply.refresh_from_db()
        self.assertEqual(reply.answered_by, self.operator)

    def test_what_does_not_go_stays_in_the_form_with_the_reason(self) -> None:
        reply = hear(self.account)
        answer = self.send(reply, "<b>" + "я" * 1000)
        self.assertContains(answer, "Ответ длиннее 1000 символов")
        self.assertContains(answer, "&lt;b&gt;яяя")
        self.assertFalse(Answer.objects.exists())

    def test_the_counter_tells_segments_and_roubles_or_characters(self) -> None:
        told = self.client.post(self.address(hear(self.account), "count"), {"text": "я" * 71}).json()
        self.assertEqual(told, {"words": "2 сегмента, 10,00 ₽, в последнем свободно символов: 63", "is_over": False})
        told = self.client.post(self.address(hear(make_bot()), "count"), {"text": "я" * 4001}).json()
        self.assertEqual((told["words"], told["is_over"]), ("4001 из 4000 символов", True))

    def test_a_window_is_told_while_it_is_open_and_closes_the_form(self) -> None:
        whatsapp = make_whatsapp()
        reply = hear(whatsapp, at=timezone.now() - timedelta(hours=20, minutes=30))
        self.assertIn("На ответ осталось 3 часа, 29 минут", self.page(reply))
        old = hear(whatsapp, sender="79991112233", at=timezone.now() - timedelta(hours=25))
        page = self.page(old)
        self.assertIn("Это время вышло", page)
        self.assertNotIn("answer-form", page)
        self.assertContains(self.send(old), "Это время вышло")

    def test_a_journal_and_a_refusal_are_said(self) -> None:
        hear(self.account, "СТОП")
        reply = hear(self.account)
        self.assertIn("отказался от рекламы", self.page(reply))
        self.assertNotIn("ведёт журнал", self.page(reply))
        Account.objects.update(mode=Account.Mode.JOURNAL)
        self.assertIn("ведёт журнал", self.page(reply))
        permission.turn_off(None)
        self.assertNotIn("answer-form", self.page(reply))

    def test_nobody_knows_of_one_until_a_person_says(self) -> None:
        reply = hear(self.account)
        self.send(reply)
        answer = Answer.objects.get()
        answer_states.take(answer.pk)
        answer_states.settle(answer.pk, Result("unknown", code="no_answer"))
        self.assertIn("неизвестно, ушло ли", self.page(reply))
        stranger = hear(self.account, sender="+79995554433")
        self.client.post(self.address(stranger, "decide"), {"answer": answer.pk, "went": "no"})
        answer.refresh_from_db()
        self.assertEqual(answer.state, "unknown")  # it is of another conversation
        told = self.client.post(self.address(reply, "decide"), {"answer": answer.pk, "went": "no"}, follow=True)
        self.assertContains(told, "сообщение снова ждёт ответа")
        reply.refresh_from_db()
        self.assertIsNone(reply.answered_at)
        self.assertNotIn("неизвестно", self.client.get(self.address(reply, "talk")).content.decode())

    def test_addresses_stay_masked_and_markup_is_text(self) -> None:
        reply = hear(self.account, "<script>alert(1)</script>")
        self.send(reply, "<i>нет</i>")
        page = self.page(reply)
        self.assertIn("&lt;script&gt;alert", page)
        self.assertIn("&lt;i&gt;нет", page)
        self.assertNotIn(PHONE, page)
        self.assertIn("+7 *** ***-00-01", page)

    def test_who_may_only_look_finds_no_form(self) -> None:
        reply = hear(self.account)
        self.client.force_login(make_staff("campaigns.view_reply", "campaigns.change_reply"))
        self.assertNotIn("answer-form", self.page(reply))
        for name in ("answer", "count", "decide"):
            self.assertEqual(self.client.post(self.address(reply, name), {"text": "Да"}).status_code, 403)
        self.assertEqual(self.client.get(self.address(reply, "talk")).status_code, 200)
        self.client.force_login(make_staff())
        self.assertEqual(self.client.get(self.address(reply, "talk")).status_code, 403)


class ImpatientTests(TransactionTestCase):
    """Twenty clicks at once on one form."""

    def test_one_answer_and_a_page_for_each(self) -> None:
        permission.turn_on(None)
        operator = make_staff("campaigns.view_reply", "campaigns.answer_reply")
        reply, form = hear(make_sms()), str(uuid.uuid4())
        address = reverse("admin:campaigns_reply_answer", args=[reply.pk])
        with mock.patch("campaigns.bell.ring_answers"):
            told = at_once(lambda client: client.post(address, {"text": "Да", "form": form}), operator)
        self.assertEqual((told, Answer.objects.count()), ({302: 20}, 1))
