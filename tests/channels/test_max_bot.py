"""MAX bot: the contract, what each refusal asks for, and its webhook."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

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
    Incoming,
    Request,
    Result,
    Told,
)
from channels.providers.http_wire import Answer
from channels.providers.max_bot import MaxProvider
from channels.sealing import seal, seal_named
from tests.channels.http_contract import HttpContract
from tests.peers.http_messengers import TOKEN

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
HAPPENED = datetime(2025, 3, 1, tzinfo=UTC)
STAMP = 1740787200000
SECRET = json.dumps({"token": TOKEN, "webhook": "word-of-the-webhook"})


class MaxContractTest(HttpContract, SimpleTestCase):
    family, name, secret, secrets = "http_messengers", "max_bot", SECRET, (TOKEN, "word-of-the-webhook")
    wrong = json.dumps({"token": "a-token-of-nobody"})
    refused, later = "550", "452"

    def address(self, number: int, ends: str = "") -> str:
        return f"7999{number:04}{ends or '001'}"

    def body(self, text: str) -> bytes:
        return json.dumps({"text": text, "buttons": [{"text": "Записаться", "data": "service"}]}).encode()

    def test_check_tells_the_name_of_the_bot(self) -> None:
        with self.provider() as provider:
            self.assertIn("krug_max_bot", provider.check())

    def test_whoever_has_stopped_the_bot_has_opted_out(self) -> None:
        sent = self.send("", "403", "")
        self.assertEqual(sent.kinds, [ACCEPTED, REJECTED, ACCEPTED])
        self.assertEqual((sent.results[2].action, sent.results[2].code), (Action.OPT_OUT, "chat.denied"))

    def test_a_500_in_their_own_shape_proves_nothing_either(self) -> None:
        self.assertEqual(self.send("", "501").kinds, [ACCEPTED, UNKNOWN])


class WordsTest(SimpleTestCase):
    def provider(self, **options: object) -> MaxProvider:
        return MaxProvider(Account(provider="max_bot", secret=seal(TOKEN), options=options))

    def call(self, body: object, to: str = "42", **options: object) -> tuple[dict[str, list[str]], dict]:
        call = self.provider(**options).call_of(Addressed(7, to, json.dumps(body).encode()))
        return parse_qs(urlsplit(call.url).query), json.loads(call.body)

    def result(self, status: int, **told: object) -> Result:
        answer = Answer(status, {}, json.dumps(told).encode())
        (result,) = self.provider().results_for([Addressed(1, "", b"")], answer)
        return result

    def test_a_text_with_buttons_one_below_the_other(self) -> None:
        buttons = [{"text": "Открыть", "url": "https://a.example"}, {"text": "Не писать", "data": "stop"}]
        query, body = self.call({"text": "Привет", "buttons": buttons})
        self.assertEqual((query, body["text"]), ({"user_id": ["42"]}, "Привет"))
        (keyboard,) = body["attachments"]
        self.assertEqual(keyboard["type"], "inline_keyboard")
        link, answer = keyboard["payload"]["buttons"]
        self.assertEqual(link, [{"type": "link", "text": "Открыть", "url": "https://a.example"}])
        self.assertEqual(answer, [{"type": "callback", "text": "Не писать", "payload": "stop"}])
        self.assertEqual(self.call({"text": "a"})[1]["attachments"], [])

    def test_markup_and_previews_are_the_accounts(self) -> None:
        query, body = self.call({"text": "**a**"}, markup="markdown", previews=False)
        self.assertEqual((body["format"], query["disable_link_preview"]), ("markdown", ["true"]))

    def test_what_max_would_refuse_is_refused_here(self) -> None:
        for body in ({}, [], {"text": "я" * 4000}):
            with self.subTest(body), self.assertRaises(ValueError):
                self.call(body)
        for to in ("", "-5", "+7999", "anna", "٤٢"):
            with self.subTest(to), self.assertRaises(ValueError):
                self.call({"text": "a"}, to=to)

    def test_each_code_leads_to_what_the_table_of_the_account_says(self) -> None:
        cases = {
            (403, "chat.denied"): (REJECTED, Action.OPT_OUT),
            (404, "chat.not.found"): (REJECTED, Action.NEXT_CHANNEL),
            (401, "verify.token"): (DEFERRED, Action.STOP_ACCOUNT),
            (503, "service.unavailable"): (DEFERRED, Action.NONE),
            (403, "novel"): (REJECTED, Action.NEXT_CHANNEL),
            (400, "proto.payload"): (REJECTED, Action.NONE),
            (404, "novel"): (DEFERRED, Action.STOP_ACCOUNT),
            (500, "novel"): (UNKNOWN, Action.NONE),
        }
        for (status, code), expected in cases.items():
            with self.subTest(code=code, status=status):
                result = self.result(status, code=code, message="why")
                self.assertEqual((result.kind, result.action), expected)
                self.assertEqual((result.code, result.reply), (code, "why"))
                self.assertEqual(result.permanent, result.kind == REJECTED)
        result = self.result(429, code="too.many.requests", message="Wait")
        self.assertEqual((result.kind, result.action), (DEFERRED, Action.NONE))

    def test_a_table_with_a_word_that_we_do_not_know_is_told_to_the_form(self) -> None:
        self.assertEqual(set(MaxProvider.faults({"codes": {"x": "explode"}})), {"codes"})
        self.assertEqual(set(MaxProvider.faults({"codes": ["x"]})), {"codes"})
        self.assertEqual(MaxProvider.faults({"codes": {"x": "later", "y": "opt_out"}}), {})


ANNA = {"user_id": 42, "first_name": "Анна", "is_bot": False}


class WebhookTest(SimpleTestCase):
    def told(self, update: object, word: str = "word", kept: str = "word") -> Told:
        account = Account(provider="max_bot", secret=seal_named({"token": TOKEN, "webhook": kept}), options={})
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        return MaxProvider(account).reports(Request("POST", {"x-max-bot-api-secret": word}, {}, body, AT))

    def said(self, kind: str, **fields: object) -> Incoming:
        (incoming,) = self.told({"update_type": kind, "timestamp": STAMP} | fields).incoming
        self.assertEqual((incoming.sender, incoming.happened_at), ("42", HAPPENED))
        return incoming

    def message(self, kind: str = "dialog", **body: object) -> dict[str, object]:
        recipient = {"chat_id": 5, "chat_type": kind, "user_id": 1}
        return {"sender": ANNA, "recipient": recipient, "timestamp": STAMP, "body": {"mid": "mid.1", "seq": 1} | body}

    def test_only_the_secret_word_is_believed(self) -> None:
        update = {"update_type": "bot_stopped", "timestamp": STAMP, "user": ANNA}
        for word, kept in (("", "word"), ("wor", "word"), ("слово", "word"), ("", "")):
            with self.subTest(word), self.assertRaises(BadSignature):
                self.told(update, word, kept)

    def test_whoever_starts_the_bot_brings_the_word_of_the_link(self) -> None:
        self.assertEqual(self.said("bot_started", chat_id=5, user=ANNA, payload="ab12").text, "/start ab12")
        self.assertEqual(self.said("bot_started", chat_id=5, user=ANNA).text, "/start")

    def test_a_bot_that_was_stopped_is_an_order_to_stop(self) -> None:
        self.assertEqual(self.said("bot_stopped", chat_id=5, user=ANNA).text, "STOP")

    def test_what_a_person_wrote(self) -> None:
        incoming = self.said("message_created", message=self.message(text="Стоп"))
        self.assertEqual((incoming.text, incoming.provider_key), ("Стоп", "42:mid.1"))
        self.assertEqual(self.said("message_created", message=self.message(text=None)).text, "")

    def test_a_button_is_a_click_and_an_answer(self) -> None:
        callback = {"timestamp": STAMP, "callback_id": "c1", "payload": "service", "user": ANNA}
        self.assertEqual(self.said("message_callback", callback=callback, message=None).text, "service")
        update = {"update_type": "message_callback", "timestamp": STAMP, "callback": callback}
        told = self.told(update | {"message": self.message()})
        self.assertEqual([(one.provider_key, one.status) for one in told.reports], [("mid.1", "clicked")])
        self.assertEqual(len(told.incoming), 1)

    def test_groups_and_other_news_are_passed_over(self) -> None:
        for update in (
            {"update_type": "message_created", "message": self.message("chat")},
            {"update_type": "user_added"},
        ):
            told = self.told(update | {"timestamp": STAMP})
            self.assertEqual((list(told.reports), list(told.incoming)), ([], []))

    def test_what_cannot_be_read(self) -> None:
        for body in (
            b"", b"[]", b"1", b"{}", "Принято".encode("cp1251"),
            b'{"update_type": "bot_started", "timestamp": "soon"}', b'{"update_type": "bot_started", "timestamp": 1}',
        ):  # fmt: skip
            with self.subTest(body), self.assertRaises(ValueError):
                self.told(body)
