"""The door: what is let in, what is refused, and what of it may be seen in a log."""

import io
import json
import logging
from datetime import UTC, datetime
from unittest import mock
from urllib.parse import urlencode

from django.db import DatabaseError
from django.http import HttpResponse
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase

from channels import doors, webhooks
from channels.complaints import Complaints
from channels.models import Account, DeliveryReport, IncomingMessage, WebhookEvent
from channels.sealing import seal
from channels.signals import delivery_reported
from crmsite.discreet import Discreet
from tests.channels.news import heard
from tests.peers.signed import KEY, make_account, registered, signed

NOW = int(datetime.now(UTC).timestamp())
EVENT = {"id": "k1", "status": "ok", "at": NOW}
BODY = json.dumps({"events": [EVENT]}).encode()


class Door:
    """A provider that knocks. Mixed into a test case."""

    account: Account
    client: Client

    def setUp(self) -> None:
        super().setUp()  # type: ignore[misc]
        registered.start()
        self.addCleanup(registered.stop)  # type: ignore[attr-defined]
        doors.forget()
        webhooks.complaints = Complaints(logging.getLogger("channels.webhooks"))

    def knock(self, body: bytes = BODY, headers: dict[str, str] | None = None, hook: str | None = None) -> HttpResponse:
        address = reverse("channels:hook", args=[self.account.hook if hook is None else hook])
        headers = signed(body) if headers is None else headers
        return self.client.post(address, body, content_type="application/json", headers=headers)

    def kept(self) -> tuple[int, int, int]:
        tables = (WebhookEvent, DeliveryReport, IncomingMessage)
        return tuple(table.objects.count() for table in tables)  # type: ignore[return-value]


class HookTests(Door, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = make_account()

    def test_what_is_signed_is_kept_before_the_answer(self) -> None:
        answer = self.knock()
        self.assertEqual((answer.status_code, answer.content), (200, b"ok"))
        event, report = WebhookEvent.objects.get(), DeliveryReport.objects.get()
        self.assertEqual((bytes(event.body), event.account_id), (BODY, self.account.pk))
        self.assertEqual((report.provider_key, report.status, report.happened_at.timestamp()), ("k1", "delivered", NOW))
        self.assertFalse(answer.cookies)

    def test_a_repeat_is_one_report_and_no_news(self) -> None:
        with heard(delivery_reported) as news:
            for _time in range(3):
                self.knock(json.dumps({"events": [EVENT, EVENT]}).encode())
        self.assertEqual((len(news), self.kept()), (1, (3, 1, 0)))

    def test_a_question_is_answered_and_leaves_nothing(self) -> None:
        address = reverse("channels:hook", args=[self.account.hook])
        answer = self.client.get(address, {"challenge": "42"}, headers=signed(b""))
        self.assertEqual((answer.status_code, answer.content, self.kept()), (200, b"42", (0, 0, 0)))

    def test_only_get_and_post(self) -> None:
        address = reverse("channels:hook", args=[self.account.hook])
        self.assertEqual(self.client.put(address).status_code, 405)

    def test_a_wrong_address_is_not_found_and_says_nothing(self) -> None:
        for hook in (
            "nobody",
            self.account.hook[:-1],
            self.account.hook + "=",
            self.account.hook.swapcase(),
            "a\x00b",
            "я" * 20,
            "x" * 500,
        ):
            answer = self.knock(hook=hook)
            self.assertEqual((answer.status_code, answer.content), (404, b""))
        self.assertEqual(self.kept(), (0, 0, 0))

    def test_a_changed_address_acts_within_a_moment(self) -> None:
        self.assertEqual(self.knock().status_code, 200)
        old, self.account.hook = self.account.hook, "another"
        self.account.save()
        with mock.patch("channels.remembering.time.monotonic", return_value=1e9):
            self.assertEqual((self.knock(hook=old).status_code, self.knock().status_code), (404, 200))

    def test_a_signature_of_another_account_is_refused(self) -> None:
        other = make_account("Другой", secret=seal("another-key"))
        self.assertEqual(self.knock(hook=other.hook).status_code, 400)
        self.assertEqual(self.knock(headers={}).status_code, 400)
        self.assertEqual(self.kept(), (0, 0, 0))

    def test_a_replay_is_refused(self) -> None:
        for moment in (NOW - 3600, NOW + 3600):
            with self.assertNoLogs("django.request"):  # it would log every refusal anew
                self.assertEqual(self.knock(headers=signed(BODY, moment)).status_code, 400)
        self.assertEqual(self.kept(), (0, 0, 0))

    def test_what_cannot_be_read_is_refused(self) -> None:
        for body in (b"", b"{", "привет".encode("cp1251"), b"\xff\xfe"):
            self.assertEqual(self.knock(body).status_code, 400, body)
        self.assertEqual(self.kept(), (0, 0, 0))

    def test_an_account_whose_provider_has_no_webhook_refuses(self) -> None:
        mail = Account.objects.create(name="Почта", channel="email", provider="inbox")
        self.assertEqual(self.knock(hook=mail.hook).status_code, 400)

    @override_settings(WEBHOOK_BODY_LIMIT=1000)
    def test_a_huge_body_is_not_read(self) -> None:
        body = json.dumps({"events": [EVENT] * 100}).encode()
        with mock.patch("django.core.handlers.wsgi.LimitedStream.read") as read:
            self.assertEqual(self.knock(body).status_code, 413)
        read.assert_not_called()
        self.assertEqual(self.kept(), (0, 0, 0))

    @override_settings(WEBHOOK_BODY_LIMIT=1000)
    def test_a_body_in_chunks_is_read_up_to_the_limit(self) -> None:
        address = reverse("channels:hook", args=[self.account.hook])
        for body, status in ((BODY, 200), (b"x" * 5000, 413)):
            stream = io.BytesIO(body)
            environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream, "wsgi.input_terminated": True}
            answer = self.client.generic("POST", address, headers=signed(body), CONTENT_LENGTH="", **environ)
            self.assertEqual(answer.status_code, status)
            self.assertLessEqual(stream.tell(), 1001)

    def test_our_own_fault_keeps_nothing_and_asks_for_a_repeat(self) -> None:
        with (
            mock.patch("channels.reporting._new_reports", side_effect=DatabaseError("Failing row: " + KEY)),
            self.assertLogs("channels.webhooks", "ERROR") as logs,
        ):
            self.assertEqual(self.knock().status_code, 500)
        self.assertEqual(self.kept(), (0, 0, 0))
        self.assertIn("DatabaseError at", logs.output[0])
        self.assertNotIn(KEY, logs.output[0])

    def test_a_complaint_is_logged_once_a_minute(self) -> None:
        with self.assertLogs("channels.webhooks", "WARNING") as logs:
            for _time in range(5):
                self.knock(headers={})
            with mock.patch("channels.complaints.time.monotonic", return_value=1e9):
                self.knock(headers={})
        self.assertEqual(len(logs.output), 2)
        self.assertIn("4 times more", logs.output[1])

    def test_the_address_is_in_no_log(self) -> None:
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.addFilter(Discreet())
        logging.getLogger().addHandler(handler)
        self.addCleanup(logging.getLogger().removeHandler, handler)
        for headers in ({}, None):
            self.knock(b"{", headers=headers)
        self.knock(hook="nobody")
        self.client.put(reverse("channels:hook", args=[self.account.hook]))
        logging.getLogger("somebody").warning("Not Found: /hooks/%s/ at %s", self.account.hook, "12:00")
        said = stream.getvalue()
        self.assertIn("/hooks/…/ at 12:00", said)
        self.assertNotIn(self.account.hook, said)
        self.assertNotIn(KEY, said)


class SmscTests(Door, TestCase):
    """A real provider through the same door: it calls by GET or POST and signs four words with MD5 or SHA-1."""

    CALL = {"id": "42", "phone": "79995551111", "status": "1", "ts": str(NOW), "err": "0"}
    MD5 = "82e88dc1ac499742bc2390802a0f2da7"  # of 42:79995551111:1:secret, from SMSC's own library

    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = make_account("SMSC", provider="smsc", secret=seal(json.dumps({"callback": "secret"})))

    def call(self, method: str, **changes: str) -> int:
        address, told = reverse("channels:hook", args=[self.account.hook]), self.CALL | {"md5": self.MD5} | changes
        form = {"content_type": "application/x-www-form-urlencoded"}
        answer = (
            self.client.get(address, told) if method == "GET" else self.client.post(address, urlencode(told), **form)
        )
        return answer.status_code

    def test_it_is_heard_once_however_it_calls(self) -> None:
        self.assertEqual([self.call("GET"), self.call("POST"), self.call("GET")], [200, 200, 200])
        self.assertEqual(self.kept(), (3, 1, 0))
        report = DeliveryReport.objects.get()
        self.assertEqual((report.provider_key, report.status, report.message_id), ("42", "delivered", 42))

    def test_what_is_not_signed_by_its_secret_changes_nothing(self) -> None:
        changes = ({"status": "20"}, {"id": "43"}, {"phone": "79995551112"}, {"md5": ""}, {"md5": "0" * 32})
        with self.assertLogs("channels.webhooks", "WARNING") as logs:
            self.assertEqual({self.call("GET", **change) for change in changes}, {400})
        self.assertEqual(self.kept(), (0, 0, 0))
        self.assertNotIn("79995551111", str(logs.output))


class MutatedTests(Door, HypothesisCase):
    """Fault plan, row 20: what is not exactly what the provider signed changes nothing."""

    def setUp(self) -> None:
        self.account = make_account()
        super().setUp()

    @settings(max_examples=300, deadline=None)
    @given(
        place=st.integers(0, len(BODY) - 1), byte=st.integers(0, 255), which=st.sampled_from(["body", "sign", "time"])
    )
    def test_a_changed_byte_is_refused(self, place: int, byte: int, which: str) -> None:
        headers, body = signed(BODY), bytearray(BODY)
        if which == "body":
            body[place] = (body[place] + 1 + byte % 255) % 256
        elif which == "sign":
            known = headers["X-Signature"]
            cut = place % len(known)
            headers["X-Signature"] = (
                known[:cut] + "0123456789abcdefg"[(int(known[cut], 16) + 1 + byte % 15) % 16] + known[cut + 1 :]
            )
        else:
            headers["X-Time"] = str(int(headers["X-Time"]) + 1 + byte)
        self.assertEqual(self.knock(bytes(body), headers).status_code, 400)
        self.assertEqual(self.kept(), (0, 0, 0))
