"""Amazon SES: the contract, its errors; its events through SNS, signed by a server of its own."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from django.test import SimpleTestCase, TestCase
from django.urls import reverse

from channels import doors
from channels.models import Account, DeliveryReport
from channels.providers import sns
from channels.providers.amazon_ses import AmazonSesProvider, event_of
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Addressed, ProviderError
from channels.providers.http_wire import Answer, Call
from channels.sealing import seal_named
from tests.channels.esp_letters import MESSAGE_ID, EspContract, letter
from tests.channels.http_contract import STRANGER
from tests.peers.http_esp import KEY
from tests.peers.process import peer

SECRET = "s3cret-of-the-test-93"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:krug"
AT = datetime(2025, 3, 1, 10, tzinfo=UTC)


class SesContractTest(EspContract, SimpleTestCase):
    name, secrets = "amazon_ses", (SECRET,)
    secret = json.dumps({"key": KEY, "second": SECRET})
    wrong = json.dumps({"key": STRANGER, "second": SECRET})
    later = "451"

    def test_a_letter_goes_byte_for_byte(self) -> None:
        provider = self.provider()
        message = Addressed(7, "anna@пример.рф", letter("Здравствуйте"))
        told = json.loads(provider.call_of(message).body)
        self.assertEqual(base64.b64decode(told["Content"]["Raw"]["Data"]), message.body)
        self.assertEqual(told["Destination"]["ToAddresses"], ["anna@xn--e1afmkfd.xn--p1ai"])
        self.assertNotIn("ConfigurationSetName", told)
        provider = self.provider(self.account(configuration_set="krug"))
        self.assertEqual(json.loads(provider.call_of(message).body)["ConfigurationSetName"], "krug")

    def test_the_check_tells_what_is_left_of_the_day(self) -> None:
        self.assertIn("49800", self.provider().check())

    def test_paused_sending_stops_the_account(self) -> None:
        sent = self.send("402", *[""] * 9, account=self.account(window=1))
        self.assertTrue(sent.error and sent.error.permanent)
        self.assertEqual((sent.kinds[0], len(sent.before)), (DEFERRED, 1))


class SesWordsTest(SimpleTestCase):
    def test_each_error_leads_to_what_the_table_says(self) -> None:
        cases = [
            (400, "MessageRejected", (REJECTED, Action.NONE)),
            (400, "AccountSuspendedException", (DEFERRED, Action.STOP_ACCOUNT)),
            (400, "MailFromDomainNotVerifiedException", (DEFERRED, Action.STOP_ACCOUNT)),
            (400, "LimitExceededException", (DEFERRED, Action.NONE)),
            (400, "ThrottlingException", (DEFERRED, Action.NONE)),
            (400, "Novel", (REJECTED, Action.NONE)),
            (403, "InvalidSignatureException", (DEFERRED, Action.STOP_ACCOUNT)),
            (404, "NotFoundException", (DEFERRED, Action.STOP_ACCOUNT)),
            (500, "InternalFailure", (UNKNOWN, Action.NONE)),
            (503, "ThrottlingException", (UNKNOWN, Action.NONE)),
        ]
        provider = AmazonSesProvider(Account(secret=seal_named({"key": KEY, "second": SECRET})))
        for status, name, expected in cases:
            with self.subTest(name):
                answer = Answer(status, {"x-amzn-errortype": f"{name}:http://aws"}, b'{"message": "no"}')
                (result,) = provider.results_for(["one"], answer)
                self.assertEqual((result.kind, result.action), expected)
                self.assertEqual((result.permanent, result.reply), (result.kind == REJECTED, "no"))

    def test_an_answer_without_a_key_tells_nothing(self) -> None:
        provider = AmazonSesProvider(Account(secret=seal_named({"key": KEY, "second": SECRET})))
        self.assertEqual(provider.results_for(["one"], Answer(200, {}, b"{}"))[0].kind, UNKNOWN)
        self.assertEqual(provider.results_for(["one"], Answer(200, {}, b'{"MessageId": "a"}'))[0].kind, ACCEPTED)

    def test_the_region_makes_the_address(self) -> None:
        provider = AmazonSesProvider(Account(options={"region": "us-east-1"}))
        self.assertEqual(provider.address("/v2"), "https://email.us-east-1.amazonaws.com/v2")
        self.assertEqual(set(AmazonSesProvider.faults({"region": "x.evil.com/", "url": ""})), {"region"})
        self.assertEqual(set(AmazonSesProvider.faults({"url": "ftp://x"})), {"url"})


def event(kind: str, name: str = "", **about: object) -> str:
    headers = [{"name": "From", "value": "x"}, {"name": "Message-ID", "value": MESSAGE_ID}]
    mail = {"messageId": "0107-ses", "destination": ["anna@example.ru"], "headers": headers}
    told: dict[str, Any] = {"eventType": kind, "mail": mail}
    return json.dumps(told | {name or kind.lower(): {"timestamp": "2025-03-01T10:15:00.000Z"} | about})


class EventsTest(SimpleTestCase):
    def test_words_lead_to_ours(self) -> None:
        cases = [
            (event("Delivery"), "delivered", ""),
            (event("Bounce", bounceType="Permanent", bounceSubType="NoEmail"), "bounced", "NoEmail"),
            (event("Bounce", bounceType="Transient", bounceSubType="MailboxFull"), "failed", "MailboxFull"),
            (event("Bounce", bounceType="Undetermined"), "failed", ""),
            (event("Complaint", complaintFeedbackType="abuse"), "complained", "abuse"),
            (event("DeliveryDelay", "deliveryDelay", delayType="MailboxFull"), "deferred", "MailboxFull"),
            (event("Open"), "opened", ""),
            (event("Reject", reason="Bad content"), "failed", "Bad content"),
        ]
        for message, status, reason in cases:
            report = event_of(message, AT)
            self.assertEqual((report.provider_key, report.status, report.reason), (MESSAGE_ID, status, reason))
            self.assertEqual(report.happened_at, datetime(2025, 3, 1, 10, 15, tzinfo=UTC))
            self.assertNotIn("anna@", str(report))

    def test_a_notification_without_headers_bears_the_key_of_ses(self) -> None:
        told = json.loads(event("Delivery").replace("eventType", "notificationType"))
        del told["mail"]["headers"]
        self.assertEqual(event_of(json.dumps(told), AT).provider_key, "0107-ses")

    def test_what_is_no_news_is_none(self) -> None:
        silent = [
            "Successfully validated SNS topic for Amazon SES event publishing.",
            "[]",
            event("Rendering Failure"),
            event("Complaint", complaintFeedbackType="not-spam"),
        ]
        self.assertEqual([event_of(message, AT) for message in silent], [None] * 4)
        with self.assertRaises(ValueError):
            event_of('{"eventType": "Delivery", "mail": "x"}', AT)
        self.assertEqual(event_of(event("Delivery", timestamp="32.13.2025"), AT).happened_at, AT)


class TopicTest(TestCase):
    """Through the webhook; SNS is a process of its own, which stands at all of its addresses."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.port = cls.enterClassContext(peer("http_provider", "http_sns", "-"))

    def setUp(self) -> None:
        secret = seal_named({"key": KEY, "second": SECRET})
        self.account = Account.objects.create(
            name="SES", channel="email", provider="amazon_ses", secret=secret, options={"topic": TOPIC}
        )
        self.url = reverse("channels:hook", args=[self.account.hook])
        self.fetched: list[str] = []
        real = AmazonSesProvider.fetched

        def fetched(provider: AmazonSesProvider, url: str) -> bytes:
            self.fetched.append(url)
            return real(provider, self.here(url))

        self.enterContext(mock.patch.object(AmazonSesProvider, "fetched", fetched))
        self.enterContext(mock.patch.object(sns, "_keys", {}))

    def here(self, url: str) -> str:
        split = urlsplit(url)
        return f"http://127.0.0.1:{self.port}{split.path}?{split.query}"

    def asked(self, call: Call) -> Any:
        return json.loads(AmazonSesProvider(self.account).ask(call).body)

    def message(self, kind: str = "Notification", **fields: str) -> dict[str, str]:
        told = {
            "Type": kind,
            "MessageId": "m1",
            "TopicArn": TOPIC,
            "Message": event("Delivery"),
            "Timestamp": "2025-03-01T10:15:01.000Z",
            "SignatureVersion": "2",
            "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-krug.pem",
        }
        return self.asked(Call("POST", self.here("https://x/publish"), body=json.dumps(told | fields).encode()))

    def tell(self, message: dict[str, str]) -> int:
        return self.client.post(self.url, json.dumps(message), content_type="text/plain; charset=UTF-8").status_code

    def test_a_signed_event_is_stored_and_the_certificate_is_fetched_once(self) -> None:
        for fields in ({}, {"SignatureVersion": "1", "Subject": "Amazon SES", "MessageId": "m2"}):
            self.assertEqual(self.tell(self.message(**fields)), 200)
        report = DeliveryReport.objects.get()
        self.assertEqual((report.provider_key, report.status), (MESSAGE_ID, "delivered"))
        self.assertEqual(len(self.fetched), 1)

    def test_what_is_forged_leaves_nothing(self) -> None:
        good = self.message()
        forged = [
            good | {"Message": event("Complaint")},
            good | {"Subject": "x"},
            good | {"Signature": "AAAA"},
            good | {"Signature": "не base64"},
            good | {"SignatureVersion": "3"},
            good | {"Type": "Novel"},
            self.message(TopicArn="arn:aws:sns:eu-central-1:999999999999:krug"),
        ]
        self.assertEqual([self.tell(message) for message in forged], [400] * len(forged))
        self.assertEqual(self.tell({"Type": "Notification"}), 400)
        self.assertFalse(DeliveryReport.objects.exists())
        Account.objects.update(options={})
        doors.forget()
        self.assertEqual(self.tell(good), 400)

    def test_certificates_of_other_hosts_are_not_even_fetched(self) -> None:
        for url in (
            "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-krug.pem",
            "https://evil.example/sns.eu-central-1.amazonaws.com/SimpleNotificationService-krug.pem",
            "https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-krug.pem",
            "https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-krug.pem",
            "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-krug.pem",
            "https://bucket.s3.amazonaws.com/SimpleNotificationService-krug.pem",
            "https://sns.eu-central-1.amazonaws.com/?Action=Publish&x=/SimpleNotificationService-krug.pem",
            "",
        ):
            self.assertEqual(self.tell(self.message(SigningCertURL=url)), 400, url)
        self.assertEqual(self.fetched, [])

    def test_a_subscription_is_confirmed_at_sns_alone(self) -> None:
        address = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x&Token=t0ken"
        fields = {"Token": "t0ken", "SubscribeURL": address, "Message": "You have chosen to subscribe"}
        self.assertEqual(self.tell(self.message("SubscriptionConfirmation", **fields)), 200)
        self.assertEqual(self.asked(Call("GET", self.here("https://x/confirmed"))), ["t0ken"])
        for url in (address.replace("sns.", "evil."), address.replace("Confirm", "Delete"), ""):
            stranger = self.message("SubscriptionConfirmation", **(fields | {"SubscribeURL": url}))
            self.assertEqual(self.tell(stranger), 400, url)
        self.assertEqual(self.asked(Call("GET", self.here("https://x/confirmed"))), ["t0ken"])
        self.assertEqual(self.tell(self.message("UnsubscribeConfirmation", **fields)), 200)

    def test_sns_that_cannot_be_reached_is_to_try_again(self) -> None:
        message = self.message()
        with mock.patch.object(AmazonSesProvider, "fetched", side_effect=ProviderError("gone", permanent=False)):
            self.assertEqual(self.tell(message), 500)
        self.assertEqual(self.tell(message), 200)
