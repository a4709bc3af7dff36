"""Replies that wait, on the start page."""

from datetime import timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Answer, Reply
from channels.models import IncomingMessage
from crmsite import reply_alarms
from tests.crmsite.builders import make_staff
from tests.peers.signed import make_account


class ReplyAlarmsTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = make_account()
        cls.manager = make_staff("manager")

    def reply(self, hours: float, **fields: object) -> None:
        incoming = IncomingMessage.objects.create(
            account=self.account, channel="sms", provider_key=str(IncomingMessage.objects.count()), sender="1", text="Да",
            happened_at=timezone.now() - timedelta(hours=hours),
        )  # fmt: skip
        Reply.objects.create(incoming=incoming, **fields)

    def test_the_tone_is_that_of_the_longest_waiting(self) -> None:
        for hours, tone in ((1, "plain"), (5, "warning"), (49, "danger")):
            self.reply(hours)
            self.assertEqual([task.tone for task in reply_alarms.tasks_for(self.manager)], [tone])
        self.client.force_login(self.manager)
        page = self.client.get(reverse("admin:index")).content.decode().replace("\xa0", " ")
        self.assertIn("3 ответа ждут", page)
        self.assertIn("Дольше всех — 2 дня", page)

    def test_what_is_dealt_with_or_was_an_order_waits_for_nobody(self) -> None:
        self.reply(50, answered_at=timezone.now())
        self.reply(50, keyword="stop")
        self.assertEqual(reply_alarms.tasks_for(self.manager), [])

    def test_it_is_told_to_those_who_may_answer(self) -> None:
        self.reply(50)
        self.assertEqual(reply_alarms.tasks_for(make_staff("analyst")), [])

    def test_an_answer_of_unknown_fate_waits_for_a_person(self) -> None:
        self.reply(1, answered_at=timezone.now())
        answer = Answer.objects.create(reply=Reply.objects.get(), account=self.account, recipient="1", text="Да")
        self.assertEqual(reply_alarms.tasks_for(self.manager), [])
        Answer.objects.filter(pk=answer.pk).update(state="unknown")
        [task] = reply_alarms.tasks_for(self.manager)
        self.assertIn("1 ответ, возможно, не ушёл", task.text)
        self.assertEqual(task.link, reverse("admin:campaigns_reply_change", args=[answer.reply_id]))
        self.assertEqual(reply_alarms.tasks_for(make_staff("approver")), [])
