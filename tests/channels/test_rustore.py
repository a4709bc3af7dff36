"""Push through RuStore: the contract, and what each refusal asks for."""

import json
from typing import Any

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Addressed, ProviderError
from channels.providers.http_wire import Answer
from channels.providers.rustore import RuStoreProvider
from channels.sealing import seal
from tests.channels.http_contract import HttpContract
from tests.channels.known_devices import KnownDevices
from tests.peers.http_push import RUSTORE_PROJECT, RUSTORE_TOKEN


class RuStoreContractTest(KnownDevices, HttpContract, SimpleTestCase):
    family, name, secret, secrets = "http_push", "rustore", RUSTORE_TOKEN, (RUSTORE_TOKEN,)
    extra = {"project": RUSTORE_PROJECT}
    refused = "550"

    def address(self, number: int, ends: str = "") -> str:
        return f"ru-store-{number:04}{ends or '001'}"

    def body(self, text: str) -> bytes:
        return json.dumps({"title": "Круг", "body": text}).encode()

    def test_a_dead_token_marks_the_contact_and_bad_words_do_not(self) -> None:
        sent = self.send("550", "551", "")
        self.assertEqual(sent.kinds, [REJECTED, REJECTED, ACCEPTED])
        self.assertEqual([sent.results[n].action for n in (1, 2)], [Action.MARK_CONTACT, Action.NONE])
        self.assertEqual([sent.results[n].code for n in (1, 2)], ["NOT_FOUND", "INVALID_ARGUMENT"])

    def test_which_refusals_mean_a_dead_token_is_the_accounts(self) -> None:
        sent = self.send("551", account=self.account(dead_tokens=["INVALID_ARGUMENT"]))
        self.assertEqual(sent.results[1].action, Action.MARK_CONTACT)

    def test_a_project_of_nobody_is_no_dead_token(self) -> None:
        account = self.account(project="another")
        sent = self.send("", account=account)
        self.assertEqual((sent.kinds, sent.results[1].action), ([DEFERRED], Action.STOP_ACCOUNT))
        with self.assertRaises(ProviderError) as caught:
            self.provider(account).check()
        self.assertTrue(caught.exception.permanent)

    def test_an_internal_error_of_theirs_proves_nothing(self) -> None:
        self.assertEqual(self.send("452", "").kinds, [UNKNOWN, ACCEPTED])


class CallTest(SimpleTestCase):
    def provider(self, **options: Any) -> RuStoreProvider:
        options = {"project": "a/b", **options}
        return RuStoreProvider(Account(provider="rustore", secret=seal("service-token"), options=options))

    def call(self, told: object, to: str = "token", **options: Any) -> Any:
        call = self.provider(**options).call_of(Addressed(7, to, json.dumps(told).encode()))
        self.assertEqual(call.url, "https://vkpns.rustore.ru/v1/projects/a%2Fb/messages:send")
        self.assertEqual(call.headers["Authorization"], "Bearer service-token")
        return json.loads(call.body)["message"]

    def test_the_shape_is_that_of_fcm(self) -> None:
        told = {"title": "Круг", "body": "Скидка", "link": "https://krug.example", "data": {"car": "8"}}
        message = self.call(told)
        self.assertEqual(message["token"], "token")
        self.assertEqual(message["notification"], {"title": "Круг", "body": "Скидка"})
        self.assertEqual(message["data"], {"car": "8", "link": "https://krug.example"})
        self.assertNotIn("android", message)

    def test_a_press_opens_the_link_where_the_account_says_so(self) -> None:
        told = {"body": "Скидка", "link": "https://krug.example"}
        pressed = {"notification": {"click_action": "https://krug.example", "click_action_type": 1}}
        self.assertEqual(self.call(told, is_deep_link=True)["android"], pressed)
        self.assertNotIn("android", self.call({"body": "Скидка"}, is_deep_link=True))

    def test_what_cannot_be_sent(self) -> None:
        for told, to in (({}, "token"), ({"body": "a"}, "не жетон"), ({"body": "я" * 2049}, "token")):
            with self.subTest(told), self.assertRaises(ValueError):
                self.call(told, to)

    def test_an_answer_in_other_words_goes_by_its_status(self) -> None:
        for status, body, kind in (
            (200, b"{}", ACCEPTED),
            (200, b'{"name": "k"}', ACCEPTED),
            (200, b'{"error": {}}', UNKNOWN),
            (400, b'{"status": "VALIDATION_ERROR"}', REJECTED),
            (404, b"<html>", DEFERRED),
            (503, b'{"error": {"status": "NOVEL"}}', UNKNOWN),
        ):
            with self.subTest(body):
                result = self.provider().results_for([Addressed(1, "t", b"")], Answer(status, {}, body))[0]
                self.assertEqual(result.kind, kind)
