"""Webhooks of e-mail services: signatures, words, our key."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.conf import settings
from django.test import SimpleTestCase, TestCase, override_settings
from django.urls import reverse

from channels import doors
from channels.doors import address_of
from channels.models import Account, DeliveryReport
from channels.providers import provider_class
from channels.providers.base import BadSignature, Report, Request
from channels.sealing import seal_named
from tests.channels.esp_letters import MESSAGE_ID

AT = datetime(2025, 3, 1, 10, tzinfo=UTC)
JSON = {"content-type": "application/json"}
PAIR = "krug:pa55word"
BASIC = {"authorization": "Basic " + base64.b64encode(PAIR.encode()).decode()}


def heard(esp: str, key: str, request: Request, **options: object) -> list[Report]:
    account = Account(provider=f"esp_{esp}", secret=seal_named({"key": "k", "hook": key}), options=options, hook="x")
    return list(provider_class(f"esp_{esp}")(account).reports(request).reports)


def post(told: object, headers: dict[str, str] | None = None) -> Request:
    return Request("POST", JSON | (headers or {}), {}, json.dumps(told).encode(), AT)


class MailgunTest(SimpleTestCase):
    key = "signing-key"

    def request(self, key: str | None = None, **data: object) -> Request:
        token, at = "tok", str(int(AT.timestamp()))
        signature = hmac.new((key or self.key).encode(), (at + token).encode(), hashlib.sha256).hexdigest()
        event = {"timestamp": AT.timestamp(), "recipient": "anna@example.ru", "user-variables": {"krug": MESSAGE_ID}}
        event |= {"message": {"headers": {"message-id": "m1@mg"}}} | data
        return post({"signature": {"token": token, "timestamp": at, "signature": signature}, "event-data": event})

    def report(self, **data: object) -> Report:
        return heard("mailgun", self.key, self.request(**data))[0]

    def test_a_report_names_our_message_and_no_address(self) -> None:
        report = self.report(event="delivered")
        self.assertEqual((report.provider_key, report.status, report.happened_at), (MESSAGE_ID, "delivered", AT))
        self.assertNotIn("anna@", str(report))
        self.assertEqual(self.report(event="opened", **{"user-variables": {}}).provider_key, "<m1@mg>")

    def test_words_lead_to_ours(self) -> None:
        expected = {
            "accepted": "queued", "delivered": "delivered", "opened": "opened", "clicked": "clicked",
            "unsubscribed": "unsubscribed", "complained": "complained",
        }  # fmt: skip
        for word, status in expected.items():
            self.assertEqual(self.report(event=word).status, status, word)
        self.assertEqual(heard("mailgun", self.key, self.request(event="novel")), [])

    def test_only_a_bounce_marks_an_address(self) -> None:
        cases = {
            ("permanent", "bounce"): "bounced",
            ("permanent", "old"): "failed",
            ("temporary", "bounce"): "deferred",
        }
        for (severity, reason), status in cases.items():
            report = self.report(event="failed", severity=severity, reason=reason)
            self.assertEqual(report.status, status, (severity, reason))

    def test_another_key_a_changed_call_or_no_key_is_not_believed(self) -> None:
        requests = [
            self.request(key="other", event="delivered"),
            post({"event-data": {"event": "delivered"}}),
            post([]),
        ]
        for request in requests[:2]:
            with self.assertRaises(BadSignature):
                heard("mailgun", self.key, request)
        with self.assertRaises(ValueError):
            heard("mailgun", self.key, requests[2])
        with self.assertRaises(BadSignature):
            heard("mailgun", "", self.request(event="delivered"))


class SendGridTest(SimpleTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.private = ec.generate_private_key(ec.SECP256R1())
        public = cls.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        cls.key = base64.b64encode(public).decode()

    def request(self, *events: dict[str, Any]) -> Request:
        body, at = json.dumps(events), str(int(AT.timestamp()))
        signature = base64.b64encode(self.private.sign((at + body).encode(), ec.ECDSA(hashes.SHA256()))).decode()
        signed = {"signature": signature, "timestamp": at}
        headers = {f"x-twilio-email-event-webhook-{name}": value for name, value in signed.items()}
        return Request("POST", JSON | headers, {}, body.encode(), AT)

    def event(self, word: str, **more: object) -> dict[str, Any]:
        return {
            "event": word, "email": "anna@example.ru", "timestamp": int(AT.timestamp()), "krug": MESSAGE_ID,
            "anymail_id": "a-1", "smtp-id": "<s@g>", "sg_event_id": "e1",
        } | more  # fmt: skip

    def test_many_events_come_in_one_call(self) -> None:
        told = [self.event("delivered"), self.event("bounce", type="bounce"), self.event("bounce", type="blocked")]
        told += [self.event("dropped", reason="Unsubscribed Address"), self.event("group_resubscribe")]
        reports = heard("sendgrid", self.key, self.request(*told))
        self.assertEqual([report.status for report in reports], ["delivered", "bounced", "failed", "unsubscribed"])
        self.assertEqual({report.provider_key for report in reports}, {MESSAGE_ID})

    def test_a_changed_body_an_old_one_or_no_signature_is_not_believed(self) -> None:
        good = self.request(self.event("delivered"))
        changed = Request("POST", good.headers, {}, good.body.replace(b"delivered", b"spamreport"), AT)
        old = Request("POST", good.headers, {}, good.body, AT + timedelta(minutes=6))
        for request in (changed, old, Request("POST", JSON, {}, good.body, AT)):
            with self.assertRaises(BadSignature):
                heard("sendgrid", self.key, request)


class BasicTest(SimpleTestCase):
    """Services that sign nothing get name and password within the address."""

    def postmark(self, **told: object) -> list[Report]:
        event = {"MessageID": "p1", "Metadata": {"krug": MESSAGE_ID}, "Recipient": "anna@example.ru"}
        return heard("postmark", PAIR, post(event | told, BASIC))

    def test_postmark(self) -> None:
        (report,) = self.postmark(RecordType="Delivery", DeliveredAt="2025-03-01T12:00:00+03:00")
        self.assertEqual((report.provider_key, report.status), (MESSAGE_ID, "delivered"))
        self.assertEqual(report.happened_at, datetime(2025, 3, 1, 9, tzinfo=UTC))
        for kind, status in {"HardBounce": "bounced", "SoftBounce": "failed", "Transient": "deferred"}.items():
            self.assertEqual(self.postmark(RecordType="Bounce", Type=kind)[0].status, status, kind)

    def test_a_wrong_password_or_none_is_not_believed(self) -> None:
        wrong = {"authorization": "Basic " + base64.b64encode(b"krug:other").decode()}
        for headers in (wrong, {}, {"authorization": "Bearer x"}):
            with self.assertRaises(BadSignature):
                heard("postmark", PAIR, post({"RecordType": "Delivery"}, headers))

    def test_brevo_and_sparkpost(self) -> None:
        event = {"event": "hard_bounce", "email": "anna@example.ru", "message-id": "<b1>", "ts_epoch": 1740823200000}
        (report,) = heard("brevo", PAIR, post(event | {"X-Mailin-custom": json.dumps({"krug": MESSAGE_ID})}, BASIC))
        self.assertEqual((report.provider_key, report.status, report.happened_at), (MESSAGE_ID, "bounced", AT))
        (report,) = heard("brevo", PAIR, post(event | {"event": "soft_bounce"}, BASIC))
        self.assertEqual((report.provider_key, report.status), ("<b1>", "failed"))
        bounce = {"type": "bounce", "bounce_class": "22", "transmission_id": "s1", "rcpt_to": "anna@example.ru"}
        bounce |= {"timestamp": str(int(AT.timestamp())), "rcpt_meta": {"krug": MESSAGE_ID}}
        told = [{"msys": {"message_event": bounce}}, {"msys": {"message_event": bounce | {"bounce_class": "10"}}}]
        self.assertEqual([r.status for r in heard("sparkpost", PAIR, post(told, BASIC))], ["failed", "bounced"])

    def test_an_event_of_another_kind_cannot_be_read(self) -> None:
        for told in ({"RecordType": "Inbound"}, {"FromFull": {}}, []):
            with self.assertRaises(ValueError):
                heard("postmark", PAIR, post(told, BASIC))
        with self.assertRaises(ValueError):
            heard("postmark", PAIR, Request("POST", JSON | BASIC, {}, b"\xff{", AT))


class SignedTest(SimpleTestCase):
    def test_resend_by_svix(self) -> None:
        secret = base64.b64encode(b"0123456789abcdef").decode()
        told = {
            "type": "email.bounced",
            "created_at": "2025-03-01T09:59:00Z",
            "data": {"email_id": "r1", "to": ["a@b.ru"]},
        }
        told["data"] |= {"bounce": {"type": "Permanent", "message": "sent a hard bounce message"}}
        told["data"] |= {"headers": [{"name": "X-Metadata", "value": json.dumps({"krug": MESSAGE_ID})}]}
        body, at = json.dumps(told).encode(), str(int(AT.timestamp()))
        mac = hmac.digest(b"0123456789abcdef", f"m1.{at}.".encode() + body, hashlib.sha256)
        signature = f"v1,{base64.b64encode(b'old').decode()} v1,{base64.b64encode(mac).decode()}"
        headers = JSON | {"svix-id": "m1", "svix-timestamp": at, "svix-signature": signature}
        (report,) = heard("resend", f"whsec_{secret}", Request("POST", headers, {}, body, AT))
        self.assertEqual((report.provider_key, report.status), (MESSAGE_ID, "bounced"))
        bad = [(body + b" ", headers, AT), (body, headers, AT + timedelta(hours=1)), (body, JSON, AT)]
        bad.append((body, headers | {"svix-timestamp": "x"}, AT))
        for raw, given, at_ in bad:
            with self.assertRaises(BadSignature):
                heard("resend", f"whsec_{secret}", Request("POST", given, {}, raw, at_))

    def test_mailersend_and_mailtrap_by_hmac_of_the_body(self) -> None:
        data: dict[str, Any] = {"type": "soft_bounced", "created_at": "2025-03-01T10:00:00Z", "morph": None}
        data |= {"email": {"message": {"id": "ms1"}, "recipient": {"email": "anna@example.ru"}}}
        told = {"type": "activity.soft_bounced", "data": data}
        events = {"events": [{"event": "bounce", "message_id": "mt1", "email": "a@b.ru", "timestamp": 1740823200}]}
        for esp, header, sent, expected in (
            ("mailersend", "signature", told, ("ms1", "failed")),
            ("mailtrap", "mailtrap-signature", events, ("mt1", "bounced")),
        ):
            body = json.dumps(sent).encode()
            mac = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
            (report,) = heard(esp, "s3cret", Request("POST", JSON | {header: mac}, {}, body, AT))
            self.assertEqual((report.provider_key, report.status), expected)
            with self.assertRaises(BadSignature):
                heard(esp, "s3cret", Request("POST", JSON | {header: mac}, {}, body + b" ", AT))

    def test_mandrill_signs_its_form_and_the_address_it_was_given(self) -> None:
        url = settings.PUBLIC_URL + reverse("channels:hook", args=["x"])
        event = {"event": "hard_bounce", "ts": int(AT.timestamp()), "_id": "md1"}
        event["msg"] = {"email": "anna@example.ru", "metadata": {"krug": MESSAGE_ID}, "tags": []}
        events = json.dumps([event])
        mac = hmac.digest(b"s3cret", (url + "mandrill_events" + events).encode(), hashlib.sha1)
        headers = {"content-type": "application/x-www-form-urlencoded"}
        headers["x-mandrill-signature"] = base64.b64encode(mac).decode()
        request = Request("POST", headers, {}, urlencode({"mandrill_events": events}).encode(), AT)
        (report,) = heard("mandrill", "s3cret", request)
        self.assertEqual((report.provider_key, report.status), (MESSAGE_ID, "bounced"))
        with self.assertRaises(BadSignature), override_settings(PUBLIC_URL="https://elsewhere.example"):
            heard("mandrill", "s3cret", request)
        self.assertEqual(heard("mandrill", "s3cret", Request("HEAD", {}, {}, b"", AT)), [])

    def test_postal_by_rsa(self) -> None:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        payload = {"status": "Sent", "message": {"id": 5, "to": "anna@example.ru"}}
        body = json.dumps(
            {"event": "MessageSent", "timestamp": AT.timestamp(), "payload": payload, "uuid": "u"}
        ).encode()
        mac = base64.b64encode(private.sign(body, padding.PKCS1v15(), hashes.SHA1())).decode()
        request = Request("POST", JSON | {"x-postal-signature": mac}, {}, body, AT)
        (report,) = heard("postal", base64.b64encode(public).decode(), request, url="https://postal.example")
        self.assertEqual((report.provider_key, report.status), ("5", "delivered"))

    def test_scaleway_has_no_webhook(self) -> None:
        with self.assertRaises(ValueError):
            heard("scaleway", "x", post({}))
        self.assertEqual(address_of(Account(provider="esp_scaleway", hook="x")), "")


class DoorTest(TestCase):
    """Through the route, as the services come."""

    def account(self, esp: str, key: str) -> Account:
        doors.forget()
        secret = seal_named({"key": "k", "hook": key})
        return Account.objects.create(name=esp, channel="email", provider=f"esp_{esp}", secret=secret)

    def test_what_postmark_tells_with_its_password_is_kept_once(self) -> None:
        address = address_of(self.account("postmark", PAIR))
        body = json.dumps({"RecordType": "Delivery", "MessageID": "p1", "DeliveredAt": "2025-03-01T10:00:00Z"})
        for headers, status in ((BASIC, 200), (BASIC, 200), ({}, 400)):
            answer = self.client.post(address, body, content_type="application/json", headers=headers)
            self.assertEqual(answer.status_code, status)
        report = DeliveryReport.objects.get()
        self.assertEqual((report.provider_key, report.status, report.happened_at), ("p1", "delivered", AT))

    def test_mandrill_knocks_with_head_before_it_takes_an_address(self) -> None:
        self.assertEqual(self.client.head(address_of(self.account("mandrill", "s3cret"))).status_code, 200)
