"""E-mail services through anymail: the contract with three of them, and a call of each."""

import json
from typing import Any

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers import REGISTRY, provider_class
from channels.providers.anymail import AnymailProvider
from channels.providers.anymail_esps import MailgunProvider, PostalProvider, ScalewayProvider
from channels.providers.anymail_services import SERVICES
from channels.providers.base import (
    ACCEPTED,
    DEFERRED,
    REJECTED,
    UNKNOWN,
    Action,
    Addressed,
    ProviderError,
    Result,
)
from channels.providers.http_wire import Answer, Call
from channels.sealing import seal_named
from tests.channels.esp_letters import EspContract, letter
from tests.peers.http_esp import KEY


class MailgunContractTest(EspContract, SimpleTestCase):
    name, secret, secrets = "esp_mailgun", KEY, (KEY,)


class SendGridContractTest(EspContract, SimpleTestCase):
    name, secret, secrets = "esp_sendgrid", KEY, (KEY,)

    def test_no_letter_is_kept_after_what_became_of_it_is_told(self) -> None:
        sent = self.send("", "429", "550", "500", *self.silent[:1])
        self.assertEqual(len(sent.results), 5)
        self.assertEqual(sent.provider._asked, {})


class PostmarkContractTest(EspContract, SimpleTestCase):
    name, secret, secrets = "esp_postmark", KEY, (KEY,)

    def test_an_inactive_recipient_is_no_dead_address(self) -> None:
        sent = self.send("550")
        self.assertEqual((sent.results[1].code, sent.results[1].action), ("rejected", Action.NEXT_CHANNEL))


def provider(esp: str, **options: object) -> AnymailProvider:
    needed = {"url": "https://postal.krug.example"} if esp == "postal" else {}
    needed |= {"project_id": "p1"} if esp == "scaleway" else {}
    secret = seal_named({"key": KEY, "second": "s3cret-two"})
    return provider_class(f"esp_{esp}")(Account(secret=secret, options=needed | options))


def call(esp: str, body: bytes = b"", **options: object) -> Call:
    return provider(esp, **options).call_of(Addressed(7, "anna@example.ru", body or letter("Здравствуйте")))


class EveryServiceTest(SimpleTestCase):
    def test_each_gets_the_letter_its_headers_and_our_key(self) -> None:
        for esp in SERVICES:
            with self.subTest(esp):
                made = call(esp)
                self.assertEqual((made.method, made.url[:8]), ("POST", "https://"))
                told = made.body.decode()
                for part in ("anna", "krug.7.AbCdEf0123", "krug.example", "List-Unsubscribe-Post"):
                    self.assertIn(part, told)
                self.assertNotIn(b"quoted-printable", made.body)

    def test_each_says_what_a_500_is(self) -> None:
        for esp in SERVICES:
            with self.subTest(esp):
                self.assertEqual(results(esp, 500, "oops").kind, UNKNOWN)
                self.assertEqual(results(esp, 401, "{}").action, Action.STOP_ACCOUNT)
                self.assertEqual(results(esp, 200, "<html>").kind, UNKNOWN)

    def test_an_answer_that_names_nobody_tells_nothing(self) -> None:
        for esp, body in (("mandrill", "[]"), ("mandrill", "{}"), ("scaleway", '{"emails": []}')):
            self.assertEqual(results(esp, 200, body).kind, UNKNOWN, (esp, body))

    def test_what_they_say_of_one_person_decides(self) -> None:
        told: dict[str, tuple[object, str]] = {
            "brevo": ({"messageId": "<b1@smtp>"}, "<b1@smtp>"),
            "mailjet": (
                {"Messages": [{"Status": "success", "To": [{"Email": "anna@example.ru", "MessageID": 12}], "Cc": [], "Bcc": []}]},
                "12",
            ),
            "mailtrap": ({"success": True, "message_ids": ["m1"]}, "m1"),
            "mandrill": ([{"email": "anna@example.ru", "status": "queued", "_id": "md1"}], "md1"),
            "postal": ({"status": "success", "data": {"messages": {"anna@example.ru": {"id": 5, "token": "t"}}}}, "5"),
            "resend": ({"id": "r1"}, "r1"),
            "scaleway": ({"emails": [{"mail_rcpt": "anna@example.ru", "id": "sc1", "status": "sending"}]}, "sc1"),
            "sparkpost": ({"results": {"id": "sp1", "total_rejected_recipients": 0, "total_accepted_recipients": 1}}, "sp1"),
        }  # fmt: skip
        for esp, (answer, key) in told.items():
            with self.subTest(esp):
                result = results(esp, 200, json.dumps(answer))
                self.assertEqual((result.kind, result.provider_key, result.code), (ACCEPTED, key, ""))

    def test_mailersend_tells_its_key_in_a_header_and_the_suppressed_in_a_warning(self) -> None:
        result = results("mailersend", 202, "", {"content-type": "text/html", "x-message-id": "ms1"})
        self.assertEqual((result.kind, result.provider_key), (ACCEPTED, "ms1"))
        warning = {"type": "ALL_SUPPRESSED", "recipients": [{"email": "anna@example.ru", "reason": ["hard_bounced"]}]}
        result = results("mailersend", 202, json.dumps({"warnings": [warning]}), {"content-type": "application/json"})
        self.assertEqual((result.kind, result.code), (REJECTED, "rejected"))

    def test_mandrill_names_its_errors_behind_a_500(self) -> None:
        told = {"status": "error", "code": -1, "name": "Invalid_Key", "message": "Invalid API key"}
        result = results("mandrill", 500, json.dumps(told))
        self.assertEqual((result.kind, result.action, result.code), (DEFERRED, Action.STOP_ACCOUNT, "Invalid_Key"))
        self.assertEqual(results("mandrill", 500, json.dumps(told | {"name": "GeneralError"})).kind, UNKNOWN)
        invalid = [{"email": "anna@example.ru", "status": "invalid", "_id": "x"}]
        result = results("mandrill", 200, json.dumps(invalid))
        self.assertEqual((result.kind, result.action), (REJECTED, Action.MARK_CONTACT))

    def test_the_sentence_of_a_refusal_is_kept_without_the_key(self) -> None:
        result = results("sendgrid", 400, json.dumps({"errors": [{"message": f"bad {KEY}"}]}))
        self.assertEqual(result.kind, REJECTED)
        self.assertIn("bad", result.reply)
        self.assertNotIn(KEY, result.reply)

    def test_a_page_of_somebody_else_is_no_success_of_a_service_that_says_nothing(self) -> None:
        self.assertEqual(results("sendgrid", 202, "").kind, ACCEPTED)
        self.assertEqual(results("sendgrid", 200, "welcome to our Wi-Fi").kind, UNKNOWN)


class SettingsTest(SimpleTestCase):
    def test_options_are_anymail_s_settings(self) -> None:
        self.assertIn("/mg.krug.example/messages", call("mailgun", sender_domain="mg.krug.example").url)
        self.assertTrue(call("mailgun", url="https://api.eu.mailgun.net/v3").url.startswith("https://api.eu.mailgun"))
        self.assertEqual(json.loads(call("postmark", message_stream="broadcast").body)["MessageStream"], "broadcast")
        self.assertEqual(call("sparkpost", subaccount="12").headers["X-MSYS-SUBACCOUNT"], "12")
        self.assertIn("/regions/nl-ams/", call("scaleway", region="nl-ams").url)
        self.assertIn("/send/99", call("mailtrap", sandbox_id="99").url)

    def test_withheld_headers_stay_with_us(self) -> None:
        told = call("postmark", withheld=["feedback-id", "Message-ID"])
        names = {one["Name"] for one in json.loads(told.body)["Headers"]}
        self.assertEqual(names, {"List-Unsubscribe", "List-Unsubscribe-Post"})
        self.assertEqual(json.loads(told.body)["Metadata"]["krug"], "<krug.7.AbCdEf0123@mail.krug.example>")

    def test_names_and_replies_are_those_of_the_letter(self) -> None:
        body = letter("x", From='"Круг, сервис" <service@krug.example>', Reply_To="sales@krug.example")
        told = json.loads(call("sendgrid", body).body)
        self.assertEqual(told["from"], {"email": "service@krug.example", "name": "Круг, сервис"})
        self.assertEqual(told["reply_to_list"], [{"email": "sales@krug.example"}])

    def test_the_form_asks_for_what_the_service_has_and_says_what_is_missing(self) -> None:
        self.assertEqual(MailgunProvider.faults({}), {})
        self.assertEqual(set(MailgunProvider.faults({"url": "ftp://x"})), {"url"})
        self.assertEqual(set(PostalProvider.faults({})), {"url"})
        self.assertEqual(set(MailgunProvider.faults({"sender_domain": "https://mg.krug.example"})), {"sender_domain"})
        self.assertTrue(ScalewayProvider.options["project_id"].required)
        self.assertIn("sender_domain", MailgunProvider.options)
        self.assertNotIn("sender_domain", PostalProvider.options)
        for esp, secrets in {"mailgun": "key hook", "mailjet": "key second hook", "scaleway": "key"}.items():
            self.assertEqual(list(provider(esp).secrets), secrets.split())

    def test_only_who_has_webhooks_tells_what_was_delivered(self) -> None:
        silent = [name for name in SERVICES if not provider(name).capabilities.tells_delivered]
        self.assertEqual(silent, ["scaleway"])

    def test_every_service_is_registered_by_its_name(self) -> None:
        self.assertEqual({name for name in REGISTRY if name.startswith("esp_")}, {f"esp_{name}" for name in SERVICES})
        for name, service in SERVICES.items():
            self.assertEqual((provider(name).esp, REGISTRY[f"esp_{name}"][1]), (name, service.title))

    def test_an_account_that_lacks_a_setting_stops_before_a_message_leaves(self) -> None:
        for options in ({"url": ""}, {"url": "ftp://x"}):
            with self.assertRaises(ProviderError) as caught:
                provider("postal", **options).open()
            self.assertTrue(caught.exception.permanent)
        with self.assertRaises(ProviderError):
            provider("scaleway", project_id="").open()
        for attempt in ("open", "check"):
            with self.assertRaisesRegex(ProviderError, "sender_domain"):
                getattr(provider("mailgun", sender_domain="https://mg.krug.example/"), attempt)()

    def test_where_nothing_tries_the_key_the_check_says_so(self) -> None:
        self.assertIn("Mandrill", provider("mandrill").check())
        with self.assertRaises(ProviderError):
            provider("postal", url="").check()


def results(esp: str, status: int, body: str, headers: dict[str, Any] | None = None) -> Result:
    one = provider(esp)
    message = Addressed(7, "anna@example.ru", letter("x"))
    one.call_of(message)
    (result,) = one.results_for(
        [message], Answer(status, headers or {"content-type": "application/json"}, body.encode())
    )
    return result
