"""Telegram bot: the contract, what each refusal asks for, and its webhook."""

import json
import time
from datetime import UTC, datetime

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import (
    ACCEPTED,
    DEFERRED,
    REJECTED,
    UNKNOWN,
    Action,
    Addressed,
    BadSignature,
    Request,
    Told,
)
from channels.providers.telegram import TelegramProvider
from channels.sealing import seal, seal_named
from tests.channels.http_contract import HttpContract
from tests.peers.http_messengers import TOKEN

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
HAPPENED = datetime(2025, 3, 1, tzinfo=UTC)
SECRET = json.dumps({"token": TOKEN, "webhook": "word-of-the-webhook"})


class TelegramContractTest(HttpContract, SimpleTestCase):
    family, name, secret, secrets = "http_messengers", "telegram", SECRET, (TOKEN, "word-of-the-webhook")
    wrong = json.dumps({"token": "a-token-of-nobody"})
    refused, later = "550", "481"

    def address(self, number: int, ends: str = "") -> str:
        return f"7999{number:04}{ends or '001'}"

    def body(self, text: str) -> bytes:
        return json.dumps({"text": text, "buttons": [{"text": "Записаться", "url": "https://a.example"}]}).encode()

    def test_check_tells_the_name_of_the_bot(self) -> None:
        with self.provider() as provider:
            self.assertIn("@krug_bot", provider.check())

    def test_a_pause_is_as_long_as_the_body_says(self) -> None:
        started = time.monotonic()
        sent = self.send("481", "", account=self.account(window=1, pause=3600))
        self.assertEqual(sent.kinds, [DEFERRED, ACCEPTED])
        self.assertGreaterEqual(time.monotonic() - started, 1)
        sent = self.send("480", "", account=self.account(window=1, pause=0))
        self.assertEqual(sent.before, [1])
        self.assertFalse(sent.error.permanent)

    def test_whoever_has_stopped_the_bot_has_opted_out(self) -> None:
        sent = self.send("", "403", "")
        self.assertEqual(sent.kinds, [ACCEPTED, REJECTED, ACCEPTED])
        self.assertEqual((sent.results[2].action, sent.results[2].code), (Action.OPT_OUT, "403"))

    def test_a_500_in_their_own_shape_proves_nothing_either(self) -> None:
        self.assertEqual(self.send("", "501").kinds, [ACCEPTED, UNKNOWN])


class CallTest(SimpleTestCase):
    def call(self, to: str = "42", options: dict[str, object] | None = None, **body: object) -> dict:
        account = Account(provider="telegram", secret=seal(TOKEN), options=options or {})
        return json.loads(TelegramProvider(account).call_of(Addressed(7, to, json.dumps(body).encode())).body)

    def test_a_plain_text(self) -> None:
        self.assertEqual(self.call(text="Привет *всем*"), {"chat_id": 42, "text": "Привет *всем*"})
        self.assertEqual(self.call(to="-100123", text="a")["chat_id"], -100123)

    def test_buttons_stand_one_below_the_other(self) -> None:
        buttons = [{"text": "Открыть", "url": "https://a.example"}, {"text": "Не писать", "data": "stop"}]
        keyboard = self.call(text="a", buttons=buttons)["reply_markup"]["inline_keyboard"]
        self.assertEqual(keyboard[0], [{"text": "Открыть", "url": "https://a.example"}])
        self.assertEqual(keyboard[1], [{"text": "Не писать", "callback_data": "stop"}])

    def test_markup_and_previews_are_the_accounts(self) -> None:
        call = self.call(options={"markup": "HTML", "previews": False}, text="<b>a</b>")
        self.assertEqual((call["parse_mode"], call["link_preview_options"]), ("HTML", {"is_disabled": True}))

    def test_what_telegram_would_refuse_is_refused_here(self) -> None:
        for body in ({}, {"text": "я" * 4097}, {"text": "a", "buttons": [{"text": "a", "data": "я" * 33}]}):
            with self.subTest(body), self.assertRaises(ValueError):
                self.call(**body)
        for to in ("", "@name", "+7 999", "٤٢", "1" * 20):
            with self.subTest(to), self.assertRaises(ValueError):
                self.call(to=to, text="a")


CHAT = {"id": 42, "type": "private", "first_name": "Анна"}
MESSAGE = {"message_id": 5, "from": {"id": 42, "is_bot": False}, "chat": CHAT, "date": 1740787200, "text": "/stop"}


class WebhookTest(SimpleTestCase):
    def told(self, update: object, word: str = "word", kept: str = "word") -> Told:
        account = Account(provider="telegram", secret=seal_named({"token": TOKEN, "webhook": kept}), options={})
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        request = Request("POST", {"x-telegram-bot-api-secret-token": word}, {}, body, AT)
        return TelegramProvider(account).reports(request)

    def test_only_the_secret_word_is_believed(self) -> None:
        for word, kept in (("", "word"), ("wor", "word"), ("слово", "word"), ("", "")):
            with self.subTest(word), self.assertRaises(BadSignature):
                self.told({"update_id": 1, "message": MESSAGE}, word, kept)

    def test_what_a_person_wrote(self) -> None:
        (incoming,) = self.told({"update_id": 1, "message": MESSAGE}).incoming
        self.assertEqual((incoming.provider_key, incoming.sender, incoming.text), ("1", "42", "/stop"))
        self.assertEqual(incoming.happened_at, HAPPENED)
        picture = {name: value for name, value in MESSAGE.items() if name != "text"} | {"caption": "Царапина"}
        self.assertEqual(self.told({"update_id": 2, "message": picture}).incoming[0].text, "Царапина")
        start = MESSAGE | {"text": "/start ab12"}
        self.assertEqual(self.told({"update_id": 3, "message": start}).incoming[0].text, "/start ab12")

    def test_groups_and_other_news_are_passed_over(self) -> None:
        group = MESSAGE | {"chat": {"id": -1, "type": "supergroup"}}
        member = {"chat": CHAT, "date": 1740787200, "new_chat_member": {"status": "member"}}
        for news in ({"message": group}, {"edited_message": MESSAGE}, {"my_chat_member": member}):
            told = self.told({"update_id": 1} | news)
            self.assertEqual((list(told.reports), list(told.incoming)), ([], []))

    def test_a_bot_that_was_stopped_is_an_order_to_stop(self) -> None:
        change = {"chat": CHAT, "from": {"id": 42}, "date": 1740787200, "new_chat_member": {"status": "kicked"}}
        (incoming,) = self.told({"update_id": 9, "my_chat_member": change}).incoming
        self.assertEqual((incoming.sender, incoming.text, incoming.happened_at), ("42", "STOP", HAPPENED))

    def test_a_button_is_a_click_and_an_answer_and_telegram_is_told_that_we_know(self) -> None:
        query = {"id": "q1", "from": {"id": 42}, "message": MESSAGE, "data": "service"}
        told = self.told({"update_id": 9, "callback_query": query})
        (report,), (incoming,) = told.reports, told.incoming
        self.assertEqual((report.provider_key, report.status), ("42:5", "clicked"))
        self.assertEqual((incoming.sender, incoming.text), ("42", "service"))
        self.assertEqual(json.loads(told.answer), {"method": "answerCallbackQuery", "callback_query_id": "q1"})
        self.assertEqual(told.content_type, "application/json")
        del query["message"]
        self.assertEqual(list(self.told({"update_id": 9, "callback_query": query}).reports), [])

    def test_what_cannot_be_read(self) -> None:
        for body in (b"", b"[]", b"1", b"{}", "Принято".encode("cp1251"), b'{"update_id": 1, "message": {}}'):
            with self.subTest(body), self.assertRaises(ValueError):
                self.told(body)
