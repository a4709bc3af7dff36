"""From a link in a letter to a person whom the bot knows: the token, the tie, the consent, the greeting, and her «да»."""

import json
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import connection
from django.test import TestCase, TransactionTestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from campaigns import erasing, hearing, jobs, links, permission, replies, welcoming
from campaigns.models import Answer, KeywordRule, Message, Reply
from channels.models import Account, IncomingMessage
from channels.sealing import seal
from segments.identity.merging import Refused
from segments.models import CardContact, ConsentState, Customer
from tests.campaigns.builders import make_account
from tests.campaigns.histories import make_run
from tests.campaigns.room import empty_outbox
from tests.campaigns.talks import BOT, CHAT, hear, make_bot
from tests.campaigns.test_parked import commit
from tests.peers.process import peer
from tests.segments.builders import make_contact, make_customer

OPEN_GATE = {"telegram": {"advertising": True}}


def make_message(customer: Customer) -> Message:
    """A letter with a link that she got."""
    point = make_contact(customer)
    message = Message.objects.create(
        run=make_run("email", days_ago=1),
        customer=customer,
        channel="email",
        contact_point=point,
        planned_at=timezone.now(),
    )
    commit(message, f"k{message.pk}")
    return message


def start(message: Message) -> str:
    return f"/start {links.start_token(message.pk)}"


class StartTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.customer = make_customer()
        cls.message = make_message(cls.customer)
        cls.bot = make_bot()

    def setUp(self) -> None:
        permission.turn_on(None)
        self.rung = self.enterContext(mock.patch("campaigns.bell.ring_answers"))

    def said(self, channel: str = "telegram", **fields: Any) -> list[bool]:
        states = ConsentState.objects.filter(contact_point__value=CHAT, channel=channel, **fields)
        return list(states.values_list("given", flat=True))

    def welcomed(self, text: str = "", **fields: Any) -> Reply:
        reply = hear(self.bot, text or start(self.message), **fields)
        welcoming.welcome_due()
        reply.refresh_from_db()
        return reply

    def test_whoever_presses_start_is_known_and_greeted_once(self) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            reply = hear(self.bot, start(self.message))
        self.rung.assert_called()
        self.assertEqual((reply.keyword, reply.customer_id), ("start", None))
        self.assertEqual([welcoming.welcome_due() for _time in range(2)], [1, 0])
        reply.refresh_from_db()
        self.assertEqual((reply.customer_id, reply.contact_point.value), (self.customer.pk, CHAT))
        self.assertEqual(list(CardContact.objects.filter(contact_point__value=CHAT).values_list("customer", flat=True)), [self.customer.pk])  # fmt: skip
        self.welcomed()
        greeting = Answer.objects.get()
        self.assertEqual((greeting.origin, greeting.recipient), ("greeting", CHAT))
        self.assertIn("Здравствуйте, Анна!", greeting.text)
        self.assertNotIn(reply, replies.waiting())

    def test_starting_is_a_consent_to_service_messages_alone(self) -> None:
        self.welcomed()
        self.assertEqual((self.said(purpose="service"), self.said(purpose="advertising")), ([True], []))

    def test_a_forged_token_or_none_is_an_ordinary_message(self) -> None:
        token = links.start_token(self.message.pk)
        others = links.tokens(self.message.pk)
        for text in ("/start", "/start x", f"/start {token[:-1]}x", f"/start {others.choice}", f"/start {others.track}", f"/start {links.start_token(10**9)}"):  # fmt: skip
            reply = self.welcomed(text)
            self.assertEqual((reply.keyword, reply.customer_id), ("", None), text)
        self.assertFalse(Answer.objects.exists())

    def test_a_forwarded_letter_ties_the_first_only(self) -> None:
        self.welcomed()
        stranger = self.welcomed(sender="555")
        self.assertEqual((stranger.keyword, stranger.customer_id), ("", None))

    def test_other_messages_of_hers_are_tied_and_stop_is_for_this_id(self) -> None:
        question = hear(self.bot, "Вы кто?")
        self.assertIsNone(question.customer_id)
        self.welcomed()
        self.assertEqual(replies.tie_later(), 1)
        stop = hear(self.bot, "СТОП")
        self.assertEqual((stop.customer_id, self.said(purpose="advertising")), (self.customer.pk, [False]))
        self.assertEqual(self.said("email"), [])

    def test_a_stranger_who_stops_a_bot_is_bound_by_it_too(self) -> None:
        hear(self.bot, "STOP")
        self.assertEqual(self.said(purpose="advertising"), [False])

    def test_yes_is_asked_for_only_where_the_law_lets_and_counts_only_as_the_answer(self) -> None:
        self.welcomed()
        self.assertEqual(hear(self.bot, "Да").keyword, "")
        self.assertNotIn("ДА", Answer.objects.get().text)
        with override_settings(LEGAL_GATE=OPEN_GATE):
            Answer.objects.all().delete()
            self.assertEqual(hear(self.bot, "Да").keyword, "")  # to nothing
            self.welcomed()
            question = Answer.objects.get()
            self.assertIn("Ответьте ДА", question.text)
            reply = hear(self.bot, "Да!")
            self.assertEqual((reply.keyword, self.said(purpose="advertising")), ("yes", [True]))
            Answer.objects.create(reply=reply, account=self.bot, recipient=CHAT, text="Приедете?")
            self.assertEqual(hear(self.bot, "да").keyword, "")

    def test_managers_may_greet_in_their_own_words(self) -> None:
        from_managers = KeywordRule.objects.create(keywords="/start", text="Добро пожаловать!")
        self.welcomed()
        self.assertEqual(Answer.objects.get().text, from_managers.text)

    def test_while_an_import_is_at_work_she_waits(self) -> None:
        reply = hear(self.bot, start(self.message))
        with mock.patch.object(welcoming, "bind", side_effect=Refused("later")):
            self.assertEqual(welcoming.welcome_due(), 0)
        self.assertTrue(welcoming.due().filter(pk=reply.pk).exists())
        self.assertEqual(welcoming.welcome_due(), 1)

    def test_whoever_was_merged_or_erased_meanwhile(self) -> None:
        gone = make_customer("Ушедшая", "Ольга")
        letter = make_message(gone)
        survivor = make_customer("Живая", "Яна")
        Customer.objects.filter(pk=gone.pk).update(merged_into=survivor)
        self.assertEqual(self.welcomed(start(letter)).customer_id, survivor.pk)
        Customer.objects.filter(pk=gone.pk).delete()
        self.assertEqual(self.welcomed(start(letter), sender=CHAT).customer_id, None)

    def test_an_erased_person_takes_her_messages_of_this_messenger_along(self) -> None:
        self.welcomed()
        hear(
            make_account(channel="max", provider="max_bot", name="MAX", secret=seal(BOT)),
            "Тот же номер, другой человек",
        )
        erasing.erase([self.customer.pk])
        self.assertEqual(list(IncomingMessage.objects.values_list("channel", flat=True)), ["max"])

    def test_a_message_is_taken_once(self) -> None:
        reply = hear(self.bot, start(self.message), key="m")
        hearing.take(None, [{"account_id": self.bot.pk, "provider_key": "m"}])
        self.assertEqual(Reply.objects.get(), reply)


class WholePathTests(TransactionTestCase):
    """The webhooks of both messengers, the job, and the greeting at the fake."""

    def tearDown(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE channels_webhookevent, channels_deliveryreport")
        empty_outbox()

    def test_from_start_to_the_greeting(self) -> None:
        permission.turn_on(None)
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch("campaigns.bell.ring_answers"))
        port = self.enterContext(peer("http_provider", "http_messengers", str(folder / "taken")))
        message = make_message(make_customer())
        token = links.start_token(message.pk)
        telegram, max_bot = make_bot(port), make_bot(port, channel="max", provider="max_bot")
        private = {"id": int(CHAT), "type": "private"}
        told = {"message_id": 1, "chat": private, "date": 1740787200, "text": f"/start {token}"}
        started = {
            "update_type": "bot_started",
            "timestamp": 1740787200000,
            "payload": token,
            "user": {"user_id": 77111},
        }
        for _time in range(2):
            self.post(telegram, {"update_id": 5, "message": told}, "X-Telegram-Bot-Api-Secret-Token")
            self.post(max_bot, started, "X-Max-Bot-Api-Secret")
        self.assertEqual(jobs.answer_people(), {"welcomed": 2, "accepted": 2, "lost": 0})
        taken = [json.loads(line) for line in (folder / "taken").read_text().splitlines()]
        self.assertEqual(sorted(line["to"] for line in taken), ["77111", CHAT])
        self.assertTrue(all(line["text"].startswith("Здравствуйте, Анна!") for line in taken))
        self.assertIn("ДА", next(line["text"] for line in taken if line["to"] == "77111"))
        self.assertEqual({reply.customer_id for reply in Reply.objects.all()}, {message.customer_id})

    def post(self, account: Account, update: dict[str, Any], header: str) -> None:
        address = reverse("channels:hook", args=[account.hook])
        told = self.client.post(
            address, update, content_type="application/json", headers={header: "word-of-the-webhook"}
        )
        self.assertEqual(told.status_code, 200)
