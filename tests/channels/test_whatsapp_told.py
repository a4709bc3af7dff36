"""WhatsApp's webhook: its subscription, its signature, statuses and messages in one envelope."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

from django.test import SimpleTestCase, TestCase
from django.urls import reverse

from channels import doors
from channels.models import Account, DeliveryReport, IncomingMessage
from channels.providers.approved import TemplateNews
from channels.providers.base import BadSignature, Request, Told
from channels.providers.whatsapp import WhatsAppProvider
from channels.sealing import seal_named

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
HAPPENED = datetime(2025, 3, 1, 0, 0, tzinfo=UTC)
STATUS = {
    "id": "wamid.X", "status": "delivered", "timestamp": "1740787200", "recipient_id": "79990000001",
    "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"},
    "biz_opaque_callback_data": "krug:123",
}  # fmt: skip
MESSAGE = {"from": "79990000001", "id": "wamid.IN", "timestamp": "1740787200", "type": "text", "text": {"body": "Стоп"}}


def envelope(*values: dict[str, object], number: str = "1") -> dict[str, object]:
    """One entry a value."""
    named = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number}}
    entries = [{"id": "WABA", "changes": [{"field": "messages", "value": named | value}]} for value in values]
    return {"object": "whatsapp_business_account", "entry": entries}


class WebhookTest(SimpleTestCase):
    secret = "appsecret"

    def provider(self, **secrets: str) -> WhatsAppProvider:
        sealed = seal_named({"token": "t", "app_secret": self.secret, "verify": "word"} | secrets)
        return WhatsAppProvider(Account(provider="whatsapp", secret=sealed, options={"phone_number_id": "1"}))

    def call(self, body: bytes, signature: str | None = None) -> Told:
        if signature is None:
            signature = "sha256=" + hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return self.provider().reports(Request("POST", {"x-hub-signature-256": signature}, {}, body, AT))

    def told(self, *values: dict[str, object], number: str = "1") -> Told:
        return self.call(json.dumps(envelope(*values, number=number)).encode())


class SignatureTest(WebhookTest):
    vector = "sha256=f6491327cb5b041cdf4fe69b94711c7b68bb0aef719854bae676a59788a2b6b6"

    def test_the_published_vector_is_believed(self) -> None:
        self.assertEqual(self.call(b'{"object":"whatsapp_business_account"}', self.vector), Told([], []))

    def test_the_raw_body_is_what_is_signed(self) -> None:
        for body in (b'{"object": "whatsapp_business_account"}', b"", b"{}"):
            with self.subTest(body), self.assertRaises(BadSignature):
                self.call(body, self.vector)
        for signature in ("", "sha256=", self.vector[:-1], self.vector[:-1] + "é"):
            with self.subTest(signature), self.assertRaises(BadSignature):
                self.call(b'{"object":"whatsapp_business_account"}', signature)

    def test_without_an_app_secret_nobody_is_believed(self) -> None:
        signature = "sha256=" + hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
        with self.assertRaises(BadSignature):
            self.provider(app_secret="").reports(Request("POST", {"x-hub-signature-256": signature}, {}, b"{}", AT))

    def test_the_subscription_is_confirmed_by_its_word(self) -> None:
        query = {"hub.mode": "subscribe", "hub.verify_token": "word", "hub.challenge": "1158201444"}
        told = self.provider().reports(Request("GET", {}, query, b"", AT))
        self.assertEqual((told.answer, told.reports, told.incoming), (b"1158201444", (), ()))
        for wrong in ({"hub.verify_token": "слово"}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": ""}):
            with self.subTest(wrong), self.assertRaises(BadSignature):
                self.provider().reports(Request("GET", {}, query | wrong, b"", AT))
        with self.assertRaises(BadSignature):
            self.provider(verify="").reports(Request("GET", {}, query | {"hub.verify_token": ""}, b"", AT))


class StatusesTest(WebhookTest):
    def test_a_status_names_our_message(self) -> None:
        (report,) = self.told({"statuses": [STATUS]}).reports
        self.assertEqual((report.provider_key, report.status, report.message_id), ("wamid.X", "delivered", 123))
        self.assertEqual((report.happened_at, report.reason), (HAPPENED, ""))
        self.assertNotIn("79990000001", str(report.raw))
        for foreign in ("send:123", "krug:", "krug:x", None):
            (report,) = self.told({"statuses": [STATUS | {"biz_opaque_callback_data": foreign}]}).reports
            self.assertEqual(report.message_id, 0)

    def test_many_entries_come_in_any_order(self) -> None:
        words = ["read", "sent", "delivered", "accepted", "warning"]
        told = self.told(*[{"statuses": [STATUS | {"status": word}, STATUS | {"status": word}]} for word in words])
        self.assertEqual(
            [report.status for report in told.reports],
            ["opened", "opened", "sent", "sent", "delivered", "delivered", "queued", "queued"],
        )

    def test_failures_that_are_told_later(self) -> None:
        cases = {131026: "bounced", 131050: "unsubscribed", 131049: "failed", 131000: "failed", 131047: "failed"}
        for code, word in cases.items():
            failed = STATUS | {"status": "failed", "errors": [{"code": code, "title": "Why", "message": "why"}]}
            (report,) = self.told({"statuses": [failed]}).reports
            self.assertEqual((report.status, report.reason), (word, f"{code} Why"))
        (report,) = self.told({"statuses": [STATUS | {"status": "failed"}]}).reports
        self.assertEqual((report.status, report.reason), ("failed", ""))

    def test_news_of_another_number_of_the_app_is_passed_over(self) -> None:
        told = self.told({"statuses": [STATUS], "messages": [MESSAGE]}, number="2")
        self.assertEqual((list(told.reports), list(told.incoming)), ([], []))

    def test_what_is_no_such_envelope_cannot_be_read(self) -> None:
        for body in (
            b"", b"null", b"[]", b"{}", b'{"object": "page"}', "Принято".encode("cp1251"),
            b'{"object": "whatsapp_business_account", "entry": [{"changes": [{}]}]}',
            b'{"object": "whatsapp_business_account", "entry": [1]}',
        ):  # fmt: skip
            with self.subTest(body), self.assertRaises(ValueError):
                self.call(body)
        for odd in ({"statuses": [{}]}, {"statuses": ["x"]}, {"messages": [{"type": "text"}]}):
            with self.subTest(odd), self.assertRaises(ValueError):
                self.told(odd)

    def test_a_time_that_is_none_is_when_we_heard_of_it(self) -> None:
        for odd in (None, "soon", "9" * 30):
            (report,) = self.told({"statuses": [STATUS | {"timestamp": odd}]}).reports
            self.assertEqual(report.happened_at, AT)


class IncomingTest(WebhookTest):
    def text(self, **message: object) -> str:
        (incoming,) = self.told({"messages": [MESSAGE | message]}).incoming
        return incoming.text

    def test_what_a_person_wrote(self) -> None:
        (incoming,) = self.told({"messages": [MESSAGE], "contacts": [{"wa_id": "79990000001"}]}).incoming
        self.assertEqual((incoming.provider_key, incoming.sender), ("wamid.IN", "79990000001"))
        self.assertEqual((incoming.text, incoming.happened_at), ("Стоп", HAPPENED))

    def test_a_button_is_read_as_what_stands_on_it(self) -> None:
        self.assertEqual(self.text(type="button", button={"payload": "yes", "text": "Да"}), "Да")
        reply = {"type": "button_reply", "button_reply": {"id": "yes", "title": "Записаться"}}
        self.assertEqual(self.text(type="interactive", interactive=reply), "Записаться")
        listed = {"type": "list_reply", "list_reply": {"id": "2", "title": "Вторник"}}
        self.assertEqual(self.text(type="interactive", interactive=listed), "Вторник")

    def test_a_picture_has_its_caption_or_nothing(self) -> None:
        self.assertEqual(self.text(type="image", image={"id": "1", "caption": "Царапина"}), "Царапина")
        self.assertEqual(self.text(type="audio", audio={"id": "1"}), "")
        self.assertEqual(self.text(type="unsupported"), "")

    def test_marketing_that_is_stopped_in_whatsapp_itself_is_an_order_to_stop(self) -> None:
        stop = {"wa_id": "79990000001", "category": "marketing_messages", "value": "stop", "timestamp": 1740787200}
        (incoming,) = self.told({"user_preferences": [stop]}).incoming
        self.assertEqual((incoming.sender, incoming.text, incoming.happened_at), ("79990000001", "STOP", HAPPENED))
        (again,) = self.told({"user_preferences": [stop]}).incoming
        self.assertEqual(again.provider_key, incoming.provider_key)
        self.assertEqual(list(self.told({"user_preferences": [stop | {"value": "resume"}]}).incoming), [])


class DoorTest(TestCase):
    """The whole way from the route to the database."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = Account.objects.create(
            name="WhatsApp",
            provider="whatsapp",
            channel="whatsapp",
            secret=seal_named({"token": "t", "app_secret": "s", "verify": "word"}),
            options={"phone_number_id": "1"},
        )

    def setUp(self) -> None:
        doors.forget()

    def knock(self, *values: dict[str, object], key: bytes = b"s") -> int:
        body = json.dumps(envelope(*values)).encode()
        headers = {"X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()}
        address = reverse("channels:hook", args=[self.account.hook])
        return self.client.post(address, body, content_type="application/json", headers=headers).status_code

    def test_repeats_out_of_order_have_one_effect(self) -> None:
        read, sent = STATUS | {"status": "read"}, STATUS | {"status": "sent"}
        for statuses in ([read], [sent, read], [STATUS, sent]):
            self.assertEqual(self.knock({"statuses": statuses, "messages": [MESSAGE]}), 200)
        told = DeliveryReport.objects.values_list("status", flat=True)
        self.assertEqual(sorted(told), ["delivered", "opened", "sent"])
        self.assertEqual(IncomingMessage.objects.get().text, "Стоп")

    def test_a_forged_call_leaves_nothing(self) -> None:
        self.assertEqual(self.knock({"statuses": [STATUS], "messages": [MESSAGE]}, key=b"other"), 400)
        self.assertFalse(DeliveryReport.objects.exists() or IncomingMessage.objects.exists())

    def test_meta_is_answered_when_it_asks_whether_we_are_there(self) -> None:
        query = {"hub.mode": "subscribe", "hub.verify_token": "word", "hub.challenge": "42"}
        answer = self.client.get(reverse("channels:hook", args=[self.account.hook]), query)
        self.assertEqual((answer.status_code, answer.content), (200, b"42"))


class TemplatesTest(WebhookTest):
    """Shapes of Meta's reference of webhooks."""

    def news(self, *changes: dict[str, object], waba: str = "WABA", own: str = "WABA") -> list[TemplateNews]:
        entry = {"id": waba, "time": 1740787200, "changes": changes}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        provider = self.provider()
        provider.account.options["waba_id"] = own
        signature = "sha256=" + hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return list(provider.reports(Request("POST", {"x-hub-signature-256": signature}, {}, body, AT)).templates)

    def change(self, field: str = "message_template_status_update", **value: object) -> dict[str, object]:
        named = {"message_template_id": 7, "message_template_name": "sale", "message_template_language": "pt-BR"}
        return {"field": field, "value": named | value}

    def test_each_event_is_a_state_with_its_reason(self) -> None:
        for event, more, state, reason in (
            ("APPROVED", {"reason": "NONE"}, "approved", ""),
            ("REJECTED", {"reason": "INVALID_FORMAT"}, "rejected", "INVALID_FORMAT"),
            ("REJECTED", {"reason": None, "rejection_info": {"reason": "tags"}}, "rejected", "tags"),
            ("PAUSED", {"other_info": {"title": "FIRST_PAUSE", "description": "…"}}, "paused", "FIRST_PAUSE"),
            ("DISABLED", {"reason": "NONE", "disable_info": {"disable_date": 1751234563}}, "disabled", ""),
            ("UNARCHIVED", {}, None, ""),
        ):
            (found,) = self.news(self.change(event=event, **more))
            self.assertEqual((found.name, found.language, found.happened_at), ("sale", "pt_BR", HAPPENED))
            self.assertEqual((found.state, found.said, found.reason), (state, event, reason), event)

    def test_quality_and_what_only_the_list_can_say(self) -> None:
        quality = self.change(
            "message_template_quality_update", previous_quality_score="GREEN", new_quality_score="RED"
        )
        found = self.news(quality, self.change("message_template_components_update"), self.change("account_update"))
        self.assertEqual([(one.quality, one.state) for one in found], [("RED", None), ("", None)])

    def test_another_business_account_is_not_ours(self) -> None:
        self.assertEqual(self.news(self.change(event="PAUSED"), waba="OTHER"), [])
        self.assertEqual(self.news(self.change(event="PAUSED"), own="", waba=""), [])

    def test_another_shape_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            self.news({"field": "message_template_status_update", "value": {"event": "PAUSED"}})
