"""Firebase Cloud Messaging: the contract, what each refusal asks for, and the tokens of Google."""

import json
from typing import Any
from urllib.request import urlopen

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Addressed, ProviderError
from channels.providers.fcm import FcmProvider
from channels.providers.google_token import Token
from channels.providers.http_wire import Answer
from channels.sealing import seal
from tests.channels.http_contract import HttpContract
from tests.channels.known_devices import KnownDevices
from tests.peers.http_push import ACCESS, EMAIL, PROJECT


def pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


def service_account(key: str) -> str:
    return json.dumps({"type": "service_account", "project_id": PROJECT, "client_email": EMAIL, "private_key": key})


def heard(port: int, path: str) -> bytes:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return bytes(answer.read())


class FcmContractTest(KnownDevices, HttpContract, SimpleTestCase):
    family, name = "http_push", "fcm"
    refused, later = "550", "451"

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.secret = heard(cls.port, "/console/service-account.json").decode()
        cls.secrets = (json.loads(cls.secret)["private_key"], ACCESS)
        cls.wrong = service_account(pem())

    def account(self, secret: str | None = None, **options: Any) -> Account:
        url = options.get("url", f"http://127.0.0.1:{self.port}")
        return super().account(secret, **{"token_url": f"{url}/token/3600"} | options)

    def address(self, number: int, ends: str = "") -> str:
        return f"dEv1ce:APA91b_{number:04}{ends or '001'}"

    def body(self, text: str) -> bytes:
        return json.dumps({"title": "Круг", "body": text, "link": "https://krug.example/a"}).encode()

    def tokens(self) -> int:
        return int(heard(self.port, "/console/tokens"))

    def test_a_token_is_fetched_once(self) -> None:
        before = self.tokens()
        self.assertEqual(self.send(*[""] * 30).kinds, [ACCEPTED] * 30)
        self.assertEqual(self.tokens(), before + 1)

    def test_a_token_is_renewed_before_it_ends(self) -> None:
        before = self.tokens()
        account = self.account(token_url=f"http://127.0.0.1:{self.port}/token/119")
        self.assertEqual(self.send("", "", "", account=account).kinds, [ACCEPTED] * 3)
        self.assertEqual(self.tokens(), before + 3)

    def test_what_each_refusal_asks_for(self) -> None:
        for ends, kind, code, action in (
            ("550", REJECTED, "UNREGISTERED", Action.MARK_CONTACT),
            ("551", REJECTED, "INVALID_ARGUMENT", Action.MARK_CONTACT),
            ("552", REJECTED, "INVALID_ARGUMENT", Action.NONE),
            ("553", REJECTED, "SENDER_ID_MISMATCH", Action.NEXT_CHANNEL),
            ("451", DEFERRED, "UNAVAILABLE", Action.NONE),
            ("452", UNKNOWN, "INTERNAL", Action.NONE),
            ("453", DEFERRED, "THIRD_PARTY_AUTH_ERROR", Action.STOP_ACCOUNT),
        ):
            with self.subTest(ends):
                result = self.send(ends).results[1]
                self.assertEqual((result.kind, result.code, result.action), (kind, code, action))
                self.assertNotIn(ACCESS, result.reply)

    def test_a_quota_puts_the_rest_off(self) -> None:
        sent = self.send("454", "", account=self.account(window=1))
        self.assertEqual((sent.kinds, sent.before), ([DEFERRED, ""], [1]))
        self.assertFalse(sent.error.permanent)

    def test_a_file_of_something_else_says_what_is_wrong_with_it(self) -> None:
        wrong = ("", "key", "{}", service_account("no PEM"), service_account(""), '{"type": "service_account"')
        for secret in wrong:
            with self.subTest(secret), self.assertRaises(ProviderError) as caught:
                self.provider(self.account(secret)).check()
            self.assertTrue(caught.exception.permanent)
            self.assertIn("private_key", str(caught.exception))

    def test_no_token_where_google_answers_something_else(self) -> None:
        url = f"http://127.0.0.1:{self.port}/console/service-account.json"
        sent = self.send("", account=self.account(token_url=url))
        self.assertEqual(sent.before, [])
        self.assertEqual(self.arrived(), [])


class CallTest(SimpleTestCase):
    key = ""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.key = pem()

    def call(self, told: object, to: str = "token") -> Any:
        provider = FcmProvider(Account(provider="fcm", secret=seal(service_account(self.key)), options={}))
        provider._token = Token("token", float("inf"))
        call = provider.call_of(Addressed(7, to, json.dumps(told).encode()))
        self.assertEqual(call.url, "https://fcm.googleapis.com/v1/projects/krug-test/messages:send")
        self.assertEqual(call.headers["Authorization"], "Bearer token")
        return json.loads(call.body)["message"]

    def test_title_body_link_and_data(self) -> None:
        told = {"title": " Круг ", "body": "Скидка", "link": "https://krug.example/a", "data": {"car": 8}}
        self.assertEqual(
            self.call(told),
            {
                "token": "token",
                "notification": {"title": "Круг", "body": "Скидка"},
                "data": {"car": "8", "link": "https://krug.example/a"},
                "webpush": {"fcm_options": {"link": "https://krug.example/a"}},
            },
        )

    def test_what_is_left_out_does_not_go(self) -> None:
        self.assertEqual(self.call({"body": "Скидка"}), {"token": "token", "notification": {"body": "Скидка"}})
        self.assertNotIn("webpush", self.call({"body": "Скидка", "link": "http://krug.example"}))

    def test_what_fcm_would_refuse_is_refused_here(self) -> None:
        wrong = ([], {}, {"title": " "}, {"body": 5}, {"body": "a", "link": "javascript:x"}, {"body": "a", "data": [1]})
        too_long = {"body": "я" * 2049}
        for told in (*wrong, too_long, {"body": "a", "data": {"from": "b"}}, {"body": "a", "data": {"google.x": "b"}}):
            with self.subTest(told), self.assertRaises(ValueError):
                self.call(told)
        for to in ("", "a b", "жетон", "x" * 4097):
            with self.subTest(to), self.assertRaises(ValueError):
                self.call({"body": "a"}, to)


class AnswerTest(SimpleTestCase):
    def results(self, status: int, body: object) -> tuple[str, str]:
        account = Account(provider="fcm", secret=seal(service_account("x")), options={})
        answer = Answer(status, {}, json.dumps(body).encode())
        result = FcmProvider(account).results_for([Addressed(1, "t", b"")], answer)[0]
        return result.kind, result.action

    def test_a_named_field_is_believed_rather_than_the_sentence(self) -> None:
        detail = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "INVALID_ARGUMENT"}
        for field, action in (("message.token", Action.MARK_CONTACT), ("message.data", Action.NONE)):
            violations = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": field}]}
            error = {"code": 400, "message": "About the registration token", "details": [detail, violations]}
            self.assertEqual(self.results(400, {"error": error}), (REJECTED, action))

    def test_what_is_not_in_their_words_goes_by_its_status(self) -> None:
        self.assertEqual(self.results(503, {}), (UNKNOWN, Action.NONE))
        self.assertEqual(self.results(400, {"error": {"details": []}}), (REJECTED, Action.NONE))
        self.assertEqual(self.results(403, {"error": {"status": "PERMISSION_DENIED"}}), (DEFERRED, Action.STOP_ACCOUNT))
        novel = {"error": {"details": [{"@type": "x.FcmError", "errorCode": "NOVEL"}]}}
        self.assertEqual(self.results(400, novel), (REJECTED, Action.NONE))

    def test_a_503_may_name_a_time(self) -> None:
        provider = FcmProvider(Account(provider="fcm", options={}))
        self.assertEqual(provider.pause_after(Answer(503, {"retry-after": "7"}, b"")), 7)
        self.assertIsNone(provider.pause_after(Answer(503, {}, b"")))
        self.assertEqual(provider.pause_after(Answer(429, {}, b"")), 60)
