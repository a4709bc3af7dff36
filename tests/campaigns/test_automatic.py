"""Questions of one word: answered by themselves once an hour, never to a machine, and kept in a small table."""

from datetime import timedelta
from typing import Any
from unittest import mock

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from campaigns import answer_states, automatic, permission, replies
from campaigns.models import Answer, KeywordRule, Reply
from channels import reporting
from channels.providers.base import Incoming, Result, Told
from tests.campaigns.builders import make_account
from tests.campaigns.talks import hear, make_bot, make_sms
from tests.segments.builders import make_consent, make_contact, make_customer, make_staff

HELP = "Напишите вопрос, ответит менеджер."


class AutomaticTests(TestCase):
    def setUp(self) -> None:
        permission.turn_on(None)
        self.enterContext(mock.patch("campaigns.bell.ring_answers"))
        KeywordRule.objects.all().delete()
        KeywordRule.objects.create(keywords="помощь, HELP, ?", text=HELP)
        self.sms = make_sms()

    def test_a_question_is_answered_and_waits_for_nobody(self) -> None:
        for number, text in enumerate(("Помощь!", "help", " ? ")):
            reply = hear(self.sms, text, sender=f"+7999000000{number}")
            self.assertEqual((reply.keyword, reply.sent.get().text), ("rule", HELP), text)
            self.assertNotIn(reply, replies.waiting())

    def test_a_word_more_is_for_people(self) -> None:
        self.assertEqual(hear(self.sms, "помощь с машиной").keyword, "")
        self.assertFalse(Answer.objects.exists())

    def test_once_an_hour_and_whoever_asks_again_gets_a_person(self) -> None:
        hear(self.sms, "помощь")
        again = hear(self.sms, "помощь")
        self.assertEqual((again.keyword, Answer.objects.count()), ("", 1))
        self.assertIn(again, replies.waiting())
        Answer.objects.update(created_at=timezone.now() - timedelta(minutes=61))
        self.assertEqual(hear(self.sms, "помощь").keyword, "rule")

    def test_the_hour_is_the_persons_over_all_her_addresses(self) -> None:
        customer = make_customer()
        for phone in ("+79990000001", "+79990000002"):
            make_contact(customer, phone)
        hear(self.sms, "помощь", sender="+79990000001")
        self.assertEqual(hear(self.sms, "помощь", sender="+79990000002").keyword, "")

    def test_a_rule_of_the_channel_comes_first_and_one_out_of_use_is_none(self) -> None:
        own = KeywordRule.objects.create(keywords="помощь", channel="telegram", text="В боте: /menu")
        self.assertEqual(hear(make_bot(), "помощь").sent.get().text, own.text)
        KeywordRule.objects.update(is_active=False)
        self.assertEqual(hear(self.sms, "помощь").keyword, "")

    def test_stop_stays_an_order(self) -> None:
        KeywordRule.objects.create(keywords="стоп", text="Нет")
        self.assertEqual(hear(self.sms, "СТОП").keyword, "stop")
        self.assertFalse(Answer.objects.exists())

    def test_machines_are_not_answered(self) -> None:
        mail = make_account(provider="smtp")
        cases = (
            ("mailer-daemon@example.test", {}),
            ("anna@example.test", {"headers": {"Auto-Submitted": "auto-replied"}}),
            ("anna@example.test", {"headers": {"Precedence": "bulk"}}),
        )
        for number, (sender, raw) in enumerate(cases):
            self.told(mail, sender, f"m{number}", raw)
        self.assertEqual(hear(self.sms, "помощь", sender="MegaFon").keyword, "")
        self.assertFalse(Answer.objects.exists())
        self.told(mail, "anna@example.test", "m9", {"headers": {"Auto-Submitted": "no"}})
        self.assertEqual(Answer.objects.get().subject, "Re: ваше сообщение")

    def told(self, account: Any, sender: str, key: str, raw: dict[str, Any]) -> None:
        reporting.take(account, Told(incoming=[Incoming(key, sender, "помощь", timezone.now(), raw)]))

    def test_whoever_refused_service_messages_is_not_answered_by_itself(self) -> None:
        phone = make_contact(make_customer(), "+79990000001")
        make_consent(phone, given=False, channels=["sms"], purpose="service", origin="person")
        self.assertEqual(hear(self.sms, "помощь").keyword, "")

    def test_nothing_goes_by_itself_while_sending_is_off(self) -> None:
        permission.turn_off(None)
        self.assertEqual(hear(self.sms, "помощь").keyword, "")

    def test_two_at_the_same_moment_are_one_answer(self) -> None:
        with mock.patch.object(automatic, "ALONE", "SELECT %s IS NULL"):
            self.assertEqual(hear(self.sms, "помощь").keyword, "")

    def test_one_that_did_not_go_leaves_the_question_to_people(self) -> None:
        reply = hear(self.sms, "помощь")
        answer_states.settle(Answer.objects.get().pk, Result("rejected", code="8"))
        reply.refresh_from_db()
        self.assertEqual(reply.keyword, "")


class KeywordRuleAdminTests(TestCase):
    def setUp(self) -> None:
        KeywordRule.objects.all().delete()
        rights = [f"campaigns.{verb}_keywordrule" for verb in ("view", "add", "change", "delete")]
        self.client.force_login(make_staff(*rights))

    def add(self, **fields: str) -> Any:
        data = {
            "keywords": " цена ,  сколько   стоит,",
            "channel": "",
            "text": "От 12 000 ₽",
            "is_active": "on",
        } | fields
        return self.client.post(reverse("admin:campaigns_keywordrule_add"), data)

    def test_a_rule_is_kept_tidy(self) -> None:
        self.add()
        self.assertEqual(KeywordRule.objects.get().keywords, "цена, сколько стоит")
        page = self.client.get(reverse("admin:campaigns_keywordrule_changelist")).content.decode()
        self.assertIn("все каналы", page)
        self.assertEqual(hear(make_sms(), "ЦЕНА").incoming.text, "ЦЕНА")
        self.assertEqual(Reply.objects.count(), 1)

    def test_an_order_nothing_and_a_word_taken_are_refused(self) -> None:
        self.add()
        for fields, words in (
            ({"keywords": "скидка, СТОП"}, "это отказ от рекламы"),
            ({"keywords": " , "}, "хотя бы одно слово"),
            ({"keywords": "Цена!"}, "уже есть в другом"),
            ({"keywords": "вопрос", "text": "я" * 1001}, "длиннее 1000"),
        ):
            self.assertContains(self.add(**fields), words)
        self.add(channel="sms")
        self.assertEqual(KeywordRule.objects.count(), 2)
