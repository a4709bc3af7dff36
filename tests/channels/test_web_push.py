"""Web push: the contract, whose every arrived text is decrypted as a browser would, VAPID, and whom it never calls."""

import asyncio
import base64
import json
import os
from typing import Any
from unittest import mock

import http_ece
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Addressed, ProviderError
from channels.providers.http_wire import Answer
from channels.providers.public_resolver import PublicResolver, is_public
from channels.providers.web_push import LARGEST, WebPushProvider, vapid_of
from channels.sealing import seal
from tests.channels.contract import Sent
from tests.channels.http_contract import HttpContract
from tests.channels.known_devices import KnownDevices

BROWSER = ec.generate_private_key(ec.SECP256R1())
AUTH = os.urandom(16)
KEY = ec.generate_private_key(ec.SECP256R1())
RAW = KEY.private_numbers().private_value.to_bytes(32, "big")


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PublicFormat.UncompressedPoint
    return key.public_key().public_bytes(serialization.Encoding.X962, form)


def subscription(endpoint: object, **keys: object) -> str:
    good = {"p256dh": encoded(point(BROWSER)), "auth": encoded(AUTH)}
    return json.dumps({"endpoint": endpoint, "expirationTime": None, "keys": good | keys})


def pem(key: Any, form: Any = serialization.PrivateFormat.PKCS8) -> str:
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


class WebPushContractTest(KnownDevices, HttpContract, SimpleTestCase):
    family, name, secret, secrets = "http_push", "web_push", encoded(RAW), (encoded(RAW),)
    extra = {"contact": "mailto:it@krug.example"}
    refused = "550"

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(WebPushProvider, "allows_loopback", True))
        self.enterContext(mock.patch.object(WebPushProvider, "resolver", None))

    def nowhere(self) -> Account:
        return self.account()

    def address(self, number: int, ends: str = "", port: int = 0) -> str:
        return subscription(f"http://127.0.0.1:{port or self.port}/push/b{number:04}{ends or '001'}")

    def body(self, text: str) -> bytes:
        return json.dumps({"title": "Круг", "body": text, "link": "https://krug.example/a"}).encode()

    def arrived(self) -> list[dict[str, str]]:
        """With the endpoint's subscription, and the text that the browser reads."""
        lines = super().arrived()
        for line in lines:
            line["to"] = subscription(f"http://127.0.0.1:{self.port}/push/{line['to']}")
            line["headers"] = line["text"]
            line["text"] = self.read(line["headers"])["body"]
        return lines

    def read(self, call: str) -> Any:
        content = base64.b64decode(json.loads(call)["body"])
        return json.loads(http_ece.decrypt(content, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm"))

    def test_nobody_there_is_a_passing_fault_and_nothing_is_unknown(self) -> None:
        good = self.message(1)
        sent = Sent(self.provider(), [Addressed(1, self.address(1, port=1), good.body), self.message(2)]).run()
        self.assertEqual(sent.kinds, [DEFERRED, ACCEPTED], sent.results)

    def test_what_was_taken_is_kept_as_a_notice_and_the_dead_are_marked(self) -> None:
        sent = self.send("", "550", "404", "403")
        self.assertEqual([one.key for one in self.kept], [sent.messages[0].to])
        self.assertEqual(self.kept[0].title, "Круг")
        self.assertEqual(set(self.gone), {message.to for message in sent.messages[1:3]})

    def test_the_browser_reads_what_was_written(self) -> None:
        self.send("")
        told = self.read(self.arrived()[0]["headers"])
        self.assertEqual(told["title"], "Круг")
        self.assertEqual((told["link"], told["data"]), ("https://krug.example/a", {"link": "https://krug.example/a"}))

    def test_the_call_is_signed_for_this_service_alone(self) -> None:
        self.send("", account=self.account(ttl=60))
        headers = json.loads(self.arrived()[0]["headers"])
        self.assertEqual((headers["TTL"], headers["Content-Encoding"]), ("60", "aes128gcm"))
        scheme, _space, parts = headers["Authorization"].partition(" ")
        told = dict(part.split("=", 1) for part in parts.split(","))
        self.assertEqual((scheme, decoded(told["k"])), ("vapid", point(KEY)))
        head, claims, signature = told["t"].split(".")
        halves = [int.from_bytes(half, "big") for half in (decoded(signature)[:32], decoded(signature)[32:])]
        signed = f"{head}.{claims}".encode()
        KEY.public_key().verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
        claimed = json.loads(decoded(claims))
        self.assertEqual(claimed["aud"], f"http://127.0.0.1:{self.port}")
        self.assertEqual(claimed["sub"], "mailto:it@krug.example")

    def test_what_each_refusal_asks_for(self) -> None:
        for ends, code, action in (
            ("550", "gone", Action.MARK_CONTACT),
            ("404", "gone", Action.MARK_CONTACT),
            ("403", "another_key", Action.NEXT_CHANNEL),
            ("413", "content", Action.NONE),
            ("400", "http_400", Action.NONE),
        ):
            with self.subTest(ends):
                result = self.send(ends).results[1]
                self.assertEqual((result.kind, result.code, result.action), (REJECTED, code, action))

    def test_a_redirect_is_not_followed(self) -> None:
        self.assertEqual(self.send("302", "").kinds, [UNKNOWN, ACCEPTED])
        self.assertEqual(len(self.arrived()), 1)

    def test_a_name_that_leads_home_is_called_only_without_the_resolver(self) -> None:
        to = subscription(f"http://localhost:{self.port}/push/b0001001")
        for resolver, kind, count in ((PublicResolver, DEFERRED, 0), (None, ACCEPTED, 1)):
            known = mock.patch.multiple(WebPushProvider, resolver=resolver, _is_service=lambda _self, _split: True)
            with known:
                sent = Sent(self.provider(), [Addressed(1, to, self.body("a"))]).run()
            self.assertEqual((sent.kinds, len(self.arrived())), ([kind], count))

    def test_check_tells_the_key_that_the_site_subscribes_with(self) -> None:
        self.assertIn(encoded(point(KEY)), self.provider().check())

    def test_the_key_may_be_pem_too(self) -> None:
        for form in (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL):
            self.assertIn(encoded(point(KEY)), self.provider(self.account(pem(KEY, form))).check())

    def test_without_a_contact_nothing_goes(self) -> None:
        for contact in ("", "it@krug.example", "mailto:it"):
            sent = self.send("", account=self.account(contact=contact))
            self.assertTrue(sent.error and sent.error.permanent)
        self.assertEqual(self.arrived(), [])


class WhomItNeverCallsTest(SimpleTestCase):
    def provider(self, **options: object) -> WebPushProvider:
        account = Account(
            provider="web_push", secret=seal(encoded(RAW)), options={"contact": "mailto:a@b.ru"} | options
        )
        return WebPushProvider(account)

    def call(self, to: str, body: bytes = b'{"body": "a"}', **options: object) -> str:
        return self.provider(**options).call_of(Addressed(1, to, body)).url

    def test_push_services_of_browsers(self) -> None:
        for endpoint in (
            "https://fcm.googleapis.com/fcm/send/dEv:APA91b-x",
            "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
            "https://web.push.apple.com/QPx",
            "https://wns2-par02p.notify.windows.com/w/?token=BQ%2f",
        ):
            self.assertEqual(self.call(subscription(endpoint)), endpoint)

    def test_nobody_else(self) -> None:
        for endpoint in (
            "http://fcm.googleapis.com/a", "https://fcm.googleapis.com.evil.example/a", "https://evilpush.apple.com/a",
            "https://127.0.0.1/a", "http://127.0.0.1/a", "https://[::1]/a", "https://169.254.169.254/latest",
            "https://localhost/a", "https://2130706433/a", "https://fcm.googleapis.com:8443/a", "https://[/a",
            "https://u@fcm.googleapis.com/a", "https://fcm.googleapis.com@evil.example/a", "", "//a", 5, None,
        ):  # fmt: skip
            with self.subTest(endpoint), self.assertRaises(ValueError):
                self.call(subscription(endpoint))

    def test_a_number_is_no_service_even_where_the_account_names_it(self) -> None:
        for host in ("127.0.0.1", "10.0.0.1", "8.8.8.8"):
            with self.subTest(host), self.assertRaises(ValueError):
                self.call(subscription(f"https://{host}/a"), services=[host])
        self.assertTrue(self.call(subscription("https://push.example/a"), services=["push.example"]))

    def test_this_is_not_loosened_outside_of_tests(self) -> None:
        self.assertIs(WebPushProvider.resolver, PublicResolver)
        self.assertIs(WebPushProvider.allows_loopback, False)

    def test_public_addresses(self) -> None:
        for address in ("8.8.8.8", "2a00:1450:4010::5f", "::ffff:8.8.8.8"):
            self.assertTrue(is_public(address), address)
        for address in (
            "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
            "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "224.0.0.1", "ff02::1",
        ):  # fmt: skip
            self.assertFalse(is_public(address), address)

    def test_of_several_addresses_the_public_ones_stay(self) -> None:
        found = [{"host": "10.0.0.1"}, {"host": "8.8.8.8"}]

        async def resolved() -> list[Any]:
            with mock.patch("aiohttp.resolver.ThreadedResolver.resolve", return_value=found):
                return await PublicResolver().resolve("mixed.example")

        self.assertEqual(asyncio.run(resolved()), [{"host": "8.8.8.8"}])

    def test_what_is_no_subscription(self) -> None:
        endpoint = "https://fcm.googleapis.com/a"
        off_curve = encoded(b"\x04" + bytes(64))
        wrong = ({"p256dh": ""}, {"p256dh": off_curve}, {"auth": "AA"}, {"auth": "я"}, {"p256dh": None})
        for told in ("", "[]", "{}", '{"endpoint": "a"}', "5", *[subscription(endpoint, **keys) for keys in wrong]):
            with self.subTest(told), self.assertRaises(ValueError):
                self.call(told)

    def test_the_limit_is_that_of_the_whole_body(self) -> None:
        frame = len(b'{"body": ""}')
        to = subscription("https://fcm.googleapis.com/a")
        for length, is_good in ((LARGEST - frame, True), (LARGEST - frame + 1, False)):
            message = Addressed(1, to, json.dumps({"body": "a" * length}).encode())
            if is_good:
                self.assertEqual(len(self.provider().call_of(message).body), 4096)
            else:
                self.assertRaises(ValueError, self.provider().call_of, message)


class KeyTest(SimpleTestCase):
    def test_what_is_no_key(self) -> None:
        others = (
            ec.generate_private_key(ec.SECP384R1()),
            rsa.generate_private_key(public_exponent=65537, key_size=2048),
        )
        for told in ("", "я", "key", "-----BEGIN", encoded(RAW[:31]), encoded(bytes(32)), *map(pem, others)):
            with self.subTest(told), self.assertRaises(ValueError):
                vapid_of(told)

    def test_an_account_without_one_says_so(self) -> None:
        account = Account(provider="web_push", secret="", options={"contact": "mailto:a@b.ru"})
        with self.assertRaises(ProviderError) as caught:
            WebPushProvider(account).check()
        self.assertTrue(caught.exception.permanent)

    def test_a_long_key_of_a_message_is_cut(self) -> None:
        account = Account(provider="web_push", secret=seal(encoded(RAW)), options={})
        answer = Answer(201, {"location": f"https://a.example/m/{'x' * 300}"}, b"")
        self.assertEqual(WebPushProvider(account).result_of(answer).provider_key, "x" * 120)
