"""The gateway that is described by options: the contract in three dialects, escaping, and what the form refuses."""

import json
import tempfile
import unittest
from pathlib import Path
from typing import ClassVar

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers import provider_for
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Addressed, ProviderError
from channels.providers.http_sms import HttpSmsProvider
from channels.providers.http_wire import Answer
from channels.sealing import seal
from tests.channels.contract import TEXT, Sent
from tests.channels.http_contract import HttpContract
from tests.peers import kannel
from tests.peers.http_sms import KEY

ANSWERS = {
    "success_path": "result.0.status",
    "success_value": "queued",
    "key_path": "result.0.id",
    "refused": "BAD_NUMBER",
    "later": "BUSY",
}


class GatewayContract(HttpContract):
    family, name, secret, secrets = "http_sms", "http_sms", KEY, (KEY,)
    refused, later = "550", "451"
    query = "/gateway"
    check: ClassVar[str] = "/gateway/balance?key={secret}"

    def account(self, secret: str | None = None, **options: object) -> Account:
        base = str(options.pop("url", f"http://127.0.0.1:{self.port}"))
        return super().account(
            secret, **(ANSWERS | {"url": base + self.query, "check_url": base + self.check} | options)
        )


class FormContractTest(GatewayContract, SimpleTestCase):
    extra = {"body": "key={secret}&phone={to}&message={text}&from={sender}&ref={id}"}


class JsonContractTest(GatewayContract, SimpleTestCase):
    extra = {
        "body_kind": "json",
        "body": '{"phone": "{to}", "message": "{text}", "from": "{sender}"}',
        "headers": {"X-Key": "{secret}"},
    }


class QueryContractTest(GatewayContract, SimpleTestCase):
    """By GET, which HTTP libraries like to repeat when a connection breaks."""

    extra = {"method": "GET"}
    query = "/gateway?key={secret}&phone={to}&message={text}"


@unittest.skipUnless(kannel.is_here(), "Kannel is not installed (packages kannel, kannel-extras)")
class KannelTest(SimpleTestCase):
    """A gateway nobody here wrote, described by options alone."""

    QUERY = "username=krug&password={secret}&to={to}&from={sender}&charset=UTF-8&coding=2&text={text}"

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.kannel = cls.enterClassContext(kannel.kannel(Path(folder)))

    def sent(self, *phones: str, secret: str = kannel.PASSWORD) -> Sent:
        options = {
            "url": f"http://127.0.0.1:{self.kannel.port}/cgi-bin/sendsms?{self.QUERY}",
            "method": "GET",
            "success": "^(0: Accepted|3: Queued)",
        }
        account = Account(provider="http_sms", sender_name="Krug", secret=seal(secret), options=options)
        messages = [Addressed(n, phone, f"{TEXT} {n}".encode()) for n, phone in enumerate(phones, 1)]
        return Sent(provider_for(account), messages).run()

    def test_messages_come_to_the_operator_whole_and_once(self) -> None:
        phones = [f"+7999000{number:04}" for number in range(40)]
        sent = self.sent(*phones)
        self.assertEqual(sent.kinds, [ACCEPTED] * 40, sent.results)
        expected = [("Krug", phone.lstrip("+"), f"{TEXT} {n}") for n, phone in enumerate(phones, 1)]
        self.assertEqual(sorted(self.kannel.arrived(40)), sorted(expected))

    def test_a_wrong_password_stops_the_account(self) -> None:
        sent = self.sent("+79990000001", secret="another-word-1")
        self.assertTrue(sent.error and sent.error.permanent)
        self.assertEqual(sent.kinds, [DEFERRED])


class GatewayWordsTest(SimpleTestCase):
    def provider(self, **options: object) -> HttpSmsProvider:
        account = Account(provider="http_sms", sender_name="Круг & Ко", secret=seal(KEY))
        account.options = ANSWERS | {"url": "https://gate.example/send?to={to}"} | options
        return HttpSmsProvider(account)

    def call(self, text: str = TEXT, **options: object):  # noqa: ANN201
        return self.provider(**options).call_of(Addressed(7, "+79990000001", text.encode()))

    def test_values_cannot_leave_their_place(self) -> None:
        text = 'a&to=2#"},\r\n{"x": "\\ {to} </m> %41'
        call = self.call(text, url="https://gate.example/пут ь/{to}?t={text}&s={sender}")
        self.assertNotIn("&to=2", call.url)
        self.assertIn("%D0%BF%D1%83%D1%82%20%D1%8C/79990000001?t=a%26to%3D2%23", call.url)
        self.assertTrue(call.url.isascii())
        body = '{"to": "{to}", "text": "{text}", "n": {id}}'
        told = json.loads(self.call(text, body=body, body_kind="json").body)
        self.assertEqual(told, {"to": "79990000001", "text": text, "n": 7})
        xml = self.call(text, body="<m>{text}</m>", body_kind="xml").body.decode()
        self.assertEqual(xml.count("</m>"), 1)

    def test_the_body_has_the_type_of_its_kind_unless_a_header_says_otherwise(self) -> None:
        self.assertEqual(self.call(body="a={to}").headers["Content-Type"], "application/x-www-form-urlencoded")
        given = self.call(body="a={to}", headers={"Content-Type": "text/plain"})
        self.assertEqual(given.headers["Content-Type"], "text/plain")
        self.assertEqual(self.call().headers, {})

    def test_a_header_takes_no_line_breaks(self) -> None:
        with self.assertRaises(ValueError):
            self.call("a\r\nX-Evil: 1", headers={"X-Text": "{text}"})

    def test_phones_may_begin_with_a_plus(self) -> None:
        self.assertTrue(self.call(plus=True).url.endswith("to=%2B79990000001"))

    def result(self, body: str, status: int = 200, **options: object):  # noqa: ANN201
        (result,) = self.provider(**options).results_for(["one"], Answer(status, {}, body.encode()))
        return result

    def test_answers_are_recognised_by_what_the_options_say(self) -> None:
        plain = {"success_path": "", "key_path": "", "success": r"^0: Accepted", "key": r"id=(\w+)"}
        cases = [
            ('{"result": [{"status": "queued", "id": 5}]}', 200, {}, ACCEPTED, "5"),
            ('{"result": [{"status": "queued"}]}', 201, {}, ACCEPTED, ""),
            ('{"result": [{"status": "lost", "id": 5}]}', 200, {}, UNKNOWN, ""),
            ('{"result": [{"status": "lost", "id": 5}]}', 200, {"success_value": ""}, ACCEPTED, "5"),
            ('{"result": []}', 200, {}, UNKNOWN, ""),
            ('{"result": "queued"}', 200, {}, UNKNOWN, ""),
            ("[]", 200, {}, UNKNOWN, ""),
            ("0: Accepted id=a7", 202, plain, ACCEPTED, "a7"),
            ("0: Accepted", 202, plain, ACCEPTED, ""),
            ("3: Queued", 202, plain, UNKNOWN, ""),
            ("0: Accepted", 500, plain, UNKNOWN, ""),
            ("0: Accepted", 302, plain, UNKNOWN, ""),
            ("error BAD_NUMBER", 500, {}, REJECTED, ""),
            ("error BUSY, not BAD_NUMBER", 200, {}, DEFERRED, ""),
            ("nothing", 400, {}, REJECTED, ""),
        ]
        for body, status, options, kind, key in cases:
            with self.subTest(body=body, status=status):
                result = self.result(body, status, **options)
                self.assertEqual((result.kind, result.provider_key), (kind, key))
                self.assertEqual(result.permanent, kind == REJECTED)
        self.assertEqual(self.result("x", 403).action, Action.STOP_ACCOUNT)

    def test_an_answer_in_another_encoding_still_bears_its_words(self) -> None:
        answer = Answer(200, {}, "ERR: неверный номер".encode("cp1251"))
        (result,) = self.provider(refused="^ERR").results_for(["one"], answer)
        self.assertEqual((result.kind, result.permanent), (REJECTED, True))

    def test_the_form_refuses_what_cannot_work(self) -> None:
        good = ANSWERS | {"url": "https://gate.example/?to={to}"}
        self.assertEqual(HttpSmsProvider.faults(good), {})
        cases: list[tuple[str, dict[str, object]]] = [
            ("url", {"url": "https://gate.example/"}),
            ("url", {"url": "gate.example/{to}"}),
            ("url", {"url": "https://gate.example/{to}/{phone}"}),
            ("body", {"body": "{password}"}),
            ("headers", {"headers": {"X": "{key}"}}),
            ("headers", {"headers": ["X"]}),
            ("check_url", {"check_url": "https://gate.example/{balance}"}),
            ("refused", {"refused": "("}),
            ("key", {"key": "no group"}),
            ("success", {"success_path": ""}),
        ]
        for name, options in cases:
            with self.subTest(options):
                self.assertEqual(set(HttpSmsProvider.faults(good | options)), {name})

    def test_without_an_address_for_it_check_says_that_it_cannot_try(self) -> None:
        self.assertTrue(self.provider().check())
        with self.assertRaisesRegex(ProviderError, "success"):
            self.provider(success_path="").check()
