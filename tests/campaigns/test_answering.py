"""Writing an answer: when it may be written, and that the same form is one answer."""

import uuid
from datetime import timedelta
from typing import Any
from unittest import mock

from django.test import TestCase, override_settings
from django.utils import timezone

from campaigns import answering, permission
from campaigns.models import Answer, Message, Reply, Run
from campaigns.refusals import Refused
from channels.models import Account
from segments.models import Consent, Customer
from tests.campaigns.builders import make_account, make_campaign, make_reader, make_segment_with
from tests.campaigns.histories import make_run
from tests.campaigns.talks import hear, make_bot, make_sms, make_whatsapp
from tests.campaigns.test_parked import commit
from tests.segments.builders import make_staff

NOW = timezone.now()


class WritingTests(TestCase):
    def setUp(self) -> None:
        permission.turn_on(None)
        self.anna = make_staff(first_name="Анна", last_name="Смирнова")
        self.account = make_sms()
        self.enterContext(mock.patch("campaigns.bell.ring_answers"))

    def write(self, reply: Reply, text: str = "От 12 000 ₽", **fields: Any) -> Answer:
        return answering.write(reply, text, author=self.anna, form=fields.pop("form", uuid.uuid4()), **fields)

    def refused(self, reply: Reply, text: str = "От 12 000 ₽") -> str:
        with self.assertRaises(Refused) as told:
            self.write(reply, text)
        self.assertFalse(Answer.objects.exists())
        return told.exception.sentence

    def test_an_answer_waits_and_what_it_answers_is_dealt_with(self) -> None:
        earlier, reply = hear(self.account, "Здравствуйте"), hear(self.account)
        other = hear(self.account, sender="+79991112233")
        answer = self.write(reply)
        self.assertEqual((answer.recipient, answer.state, answer.subject), ("+79990000001", "queued", ""))
        for one in (earlier, reply):
            one.refresh_from_db()
            self.assertEqual((one.answered_by, one.answered_at), (self.anna, answer.created_at))
        other.refresh_from_db()
        self.assertIsNone(other.answered_at)

    def test_what_came_after_the_page_was_read_still_waits(self) -> None:
        reply = hear(self.account)
        seen = reply.pk
        later = hear(self.account, "И ещё вопрос")
        self.write(reply, seen=seen)
        later.refresh_from_db()
        self.assertIsNone(later.answered_at)

    def test_a_form_sent_twice_is_one_answer(self) -> None:
        reply, form = hear(self.account), uuid.uuid4()
        answers = {self.write(reply, text, form=form).pk for text in ("Да", "Да", "Нет")}
        self.assertEqual((len(answers), Answer.objects.get().text), (1, "Да"))

    def test_it_may_be_answered_after_a_refusal_of_advertising(self) -> None:
        stop = hear(self.account, "СТОП")
        self.assertEqual(Consent.objects.filter(given=False).count(), 1)
        self.assertTrue(answering.refuses(stop, "advertising"))
        self.assertEqual(self.write(hear(self.account, "А сколько стоит ТО?")).state, "queued")

    def test_nothing_is_written_where_sending_is_off_or_the_account_cannot(self) -> None:
        reply = hear(self.account)
        Account.objects.update(purpose="advertising")
        reply.incoming.account.refresh_from_db()
        self.assertIn("только рекламу", self.refused(reply))
        Account.objects.update(purpose="both", is_active=False)
        reply.incoming.account.refresh_from_db()
        self.assertIn("не используется", self.refused(reply))
        Account.objects.update(is_active=True)
        reply.incoming.account.refresh_from_db()
        self.assertIn("Напишите ответ", self.refused(reply, " \n "))
        self.assertIn("1000", self.refused(reply, "я" * 1001))
        permission.turn_off(None)
        self.assertIn("sending on", self.refused(reply))

    def test_a_sender_that_is_no_phone_cannot_be_answered(self) -> None:
        self.assertIn("нельзя написать", self.refused(hear(self.account, sender="MegaFon")))

    @override_settings(LEGAL_GATE={"telegram": {"service": False}})
    def test_the_gate_of_the_law_is_asked(self) -> None:
        self.assertIn("Telegram", self.refused(hear(make_bot())))

    def test_the_window_of_a_channel_is_counted_from_her_last_message(self) -> None:
        account = make_whatsapp()
        reply = hear(account, at=NOW - timedelta(hours=30))
        self.assertIn("24 час", self.refused(reply))
        hear(account, "Ещё здесь?", at=NOW - timedelta(hours=5))
        until = answering.window_until(reply)
        self.assertEqual(until, NOW + timedelta(hours=19))
        self.assertEqual(answering.hindrance(reply), "")
        self.assertIsNone(answering.window_until(hear(self.account)))

    def test_the_subject_of_a_letter_is_that_of_ours(self) -> None:
        reader = make_reader(email="anna@example.test")
        campaign = make_campaign(make_segment_with([reader]), content={"subject": 'Весна, {{ имя|"друг" }}'})
        run = make_run("email", days_ago=1)
        run.content, run.campaign = campaign.contents.get(), campaign
        run.save()
        message = self.planned(run, reader)
        reply = hear(make_account(), sender="anna@example.test")
        self.assertEqual((reply.answers, self.write(reply).subject), (message, "Re: Весна, друг"))
        stranger = hear(make_account(), sender="who@example.test")
        self.assertEqual(self.write(stranger).subject, "Re: ваше сообщение")

    def planned(self, run: Run, reader: Customer) -> int:
        """A message of the run to this reader, accepted."""
        message = Message.objects.create(
            run=run, customer=reader, channel="email", contact_point=reader.contacts.get().contact_point, planned_at=NOW
        )
        commit(message, "k")
        return message.pk
