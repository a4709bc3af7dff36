"""Unisender Go: the contract, the letter taken apart, refusals, webhooks."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import (
    DEFERRED,
    REJECTED,
    UNKNOWN,
    Action,
    Addressed,
    BadSignature,
    ProviderError,
    Report,
    Request,
    Result,
)
from channels.providers.http_wire import Answer
from channels.providers.unisender_go import UnisenderGoProvider
from channels.sealing import seal
from tests.channels.esp_letters import MESSAGE_ID, EspContract, letter
from tests.peers.http_esp import KEY

AT = datetime(2025, 3, 1, tzinfo=UTC)


class UnisenderGoContractTest(EspContract, SimpleTestCase):
    name, secret, secrets = "unisender_go", KEY, (KEY,)

    def account(self, secret: str | None = None, **options: object) -> Account:
        return super().account(secret, **({"url": f"http://127.0.0.1:{self.port}/ru/transactional/api/v1"} | options))

    def test_every_word_of_a_refused_person_asks_for_its_own(self) -> None:
        sent = self.send("550", "551", "552", "553", "")
        actions = [sent.results[number].action for number in (1, 2, 3, 4)]
        self.assertEqual(actions, [Action.MARK_CONTACT, Action.MARK_CONTACT, Action.NEXT_CHANNEL, Action.OPT_OUT])
        self.assertEqual(sent.kinds[:4], [REJECTED] * 4)
        self.assertEqual(sent.results[2].code, "invalid")
        self.assertEqual(len(self.arrived()), 1)


class UnisenderGoWordsTest(SimpleTestCase):
    def provider(self, **options: object) -> UnisenderGoProvider:
        return UnisenderGoProvider(Account(provider="unisender_go", secret=seal(KEY), options=options))

    def sent(self, body: bytes, **options: object) -> dict[str, Any]:
        call = self.provider(**options).call_of(Addressed(7, "anna@пример.рф", body))
        self.assertEqual(call.headers["X-API-KEY"], KEY)
        return json.loads(call.body)["message"]

    def test_the_letter_is_taken_apart_and_carries_our_key(self) -> None:
        told = self.sent(letter("Здравствуйте", "<p>Здравствуйте</p>", Reply_To="sales@krug.example"))
        self.assertEqual(
            told["recipients"], [{"email": "anna@xn--e1afmkfd.xn--p1ai", "metadata": {"krug": MESSAGE_ID}}]
        )
        self.assertEqual((told["from_email"], told["from_name"]), ("news@mail.krug.example", "Автосалон «Круг»"))
        self.assertEqual(told["subject"], "Скидка 20 % — только до пятницы")
        self.assertEqual(told["body"], {"html": "<p>Здравствуйте</p>", "plaintext": "Здравствуйте"})
        self.assertEqual(told["reply_to"], "sales@krug.example")
        self.assertEqual(told["headers"]["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        self.assertEqual(told["options"], {"unsubscribe_url": "https://krug.example/u/tok"})
        self.assertEqual(set(told) & {"skip_unsubscribe", "track_links", "track_read"}, set())
        self.assertLessEqual(len(told["idempotence_key"]), 64)

    def test_rights_that_support_gives_are_used_when_the_account_says_so(self) -> None:
        told = self.sent(letter("x"), footer=False, tracking=False)
        self.assertEqual((told["skip_unsubscribe"], told["track_links"], told["track_read"]), (1, 0, 0))

    def test_only_the_very_same_letter_has_the_same_key_against_doubles(self) -> None:
        first = letter("x", Date="Sat, 01 Mar 2025 10:00:00 +0300")
        later = first.replace(b"10:00:00", b"10:01:00")
        keys = [self.sent(body)["idempotence_key"] for body in (first, first, later)]
        self.assertEqual(keys[0], keys[1])
        self.assertNotEqual(keys[0], keys[2])

    def test_braces_of_a_person_s_name_are_no_placeholder_there(self) -> None:
        told = self.sent(letter("Здравствуйте, {{to_name}} {{{to_name}}}", Subject="{{{{#if}}"))
        self.assertNotIn("{{", told["body"]["plaintext"] + told["body"]["html"] + told["subject"])

    def test_a_letter_without_a_sender_or_an_address_that_is_none_is_refused_before_it_leaves(self) -> None:
        for to, body in (("anna@example.ru", b"Subject: x\r\n\r\ny"), ("не адрес", letter("x"))):
            with self.assertRaises(ValueError):
                self.provider().call_of(Addressed(1, to, body))

    def result(self, status: int, told: object, **options: object) -> Result:
        (result,) = self.provider(**options).results_for(["one"], Answer(status, {}, json.dumps(told).encode()))
        return result

    def test_errors_lead_where_the_tables_say(self) -> None:
        expected = {
            (400, 204): (REJECTED, Action.NEXT_CHANNEL),
            (400, 105): (REJECTED, Action.PAUSE_CAMPAIGN),
            (413, 1): (REJECTED, Action.PAUSE_CAMPAIGN),
            (401, 102): (DEFERRED, Action.STOP_ACCOUNT),
            (403, 104): (DEFERRED, Action.STOP_ACCOUNT),
            (400, 114): (DEFERRED, Action.STOP_ACCOUNT),
            (429, 1): (DEFERRED, Action.NONE),
            (500, 1): (UNKNOWN, Action.NONE),
        }
        for (status, code), wanted in expected.items():
            with self.subTest(status=status, code=code):
                result = self.result(status, {"status": "error", "code": code, "message": "why"})
                self.assertEqual((result.kind, result.action), wanted)
        own = self.result(400, {"status": "error", "code": 777, "message": "why"}, codes={"777": "next_channel"})
        self.assertEqual((own.kind, own.action, own.reply), (REJECTED, Action.NEXT_CHANNEL, "why"))
        self.assertEqual(self.result(200, {"status": "odd"}).kind, UNKNOWN)

    def test_a_new_word_for_a_failed_person_marks_nobody(self) -> None:
        result = self.result(200, {"status": "success", "job_id": "j", "failed_emails": {"a@b": "novel"}})
        self.assertEqual((result.kind, result.code, result.action), (REJECTED, "novel", Action.NONE))

    def test_a_table_of_codes_is_checked(self) -> None:
        self.assertEqual(UnisenderGoProvider.faults({}), {})
        self.assertEqual(set(UnisenderGoProvider.faults({"codes": {"1": "explode"}})), {"codes"})
        self.assertEqual(set(UnisenderGoProvider.faults({"codes": {"1": {}}})), {"codes"})
        self.assertEqual(set(UnisenderGoProvider.faults({"codes": ["1"]})), {"codes"})


class UnisenderGoHookTest(SimpleTestCase):
    def provider(self, secret: str = KEY) -> UnisenderGoProvider:
        return UnisenderGoProvider(Account(provider="unisender_go", secret=seal(secret)))

    def signed(self, told: dict[str, Any], key: str = KEY) -> bytes:
        """As Go signs: the md5 of the body with the key where the md5 is to stand."""
        body = json.dumps({"auth": key} | told, ensure_ascii=False)
        return body.replace(key, hashlib.md5(body.encode()).hexdigest(), 1).encode()

    def request(self, body: bytes, method: str = "POST") -> Request:
        return Request(method, {}, {}, body, AT)

    def event(self, status: str, reason: str = "", **more: object) -> dict[str, Any]:
        data = {
            "job_id": "1ZymBc-00041N-9X", "email": "anna@example.ru", "status": status,
            "event_time": "2025-02-28 21:15:02", "metadata": {"krug": MESSAGE_ID},
            "delivery_info": {"delivery_status": reason, "destination_response": "550 no such user"},
        } | more  # fmt: skip
        return {"event_name": "transactional_email_status", "event_data": data}

    def many(self, *events: dict[str, Any]) -> dict[str, Any]:
        return {"events_by_user": [{"user_id": 1, "project_id": "2", "events": list(events)}]}

    def report(self, status: str, reason: str = "", **more: object) -> Report | None:
        told = self.provider().reports(self.request(self.signed(self.many(self.event(status, reason, **more)))))
        return next(iter(told.reports), None)

    def test_a_report_names_our_message_in_utc_and_keeps_no_address(self) -> None:
        report = self.report("delivered", "ok_delivered")
        self.assertEqual((report.provider_key, report.status), (MESSAGE_ID, "delivered"))
        self.assertEqual(report.happened_at, datetime(2025, 2, 28, 21, 15, 2, tzinfo=UTC))
        self.assertNotIn("anna@", str(report.raw))
        self.assertEqual(self.report("sent", metadata=None).provider_key, "1ZymBc-00041N-9X")
        self.assertEqual(self.report("sent", event_time="soon").happened_at, AT)

    def test_each_word_leads_to_ours(self) -> None:
        expected = {
            "sent": "sent", "delivered": "delivered", "opened": "opened", "clicked": "clicked", "spam": "complained",
            "unsubscribed": "unsubscribed", "soft_bounced": "deferred", "hard_bounced": "failed",
        }  # fmt: skip
        for word, status in expected.items():
            self.assertEqual(self.report(word).status, status, word)
        for word in ("subscribed", "novel"):
            self.assertIsNone(self.report(word), word)

    def test_only_an_address_that_is_to_blame_bounces(self) -> None:
        expected = {
            "err_user_unknown": "bounced", "err_domain_inactive": "bounced", "err_mailbox_full": "failed",
            "err_spam_rejected": "failed", "err_lost": "failed", "err_novel": "failed",
            "err_unsubscribed": "unsubscribed",
        }  # fmt: skip
        for reason, status in expected.items():
            report = self.report("hard_bounced", reason)
            self.assertEqual((report.status, report.reason), (status, reason))

    def test_many_events_come_in_one_call_or_each_alone(self) -> None:
        other = {"event_name": "transactional_spam_block", "event_data": {}}
        body = self.signed(self.many(self.event("sent"), other, self.event("opened")))
        self.assertEqual([r.status for r in self.provider().reports(self.request(body)).reports], ["sent", "opened"])
        flat = {"event_name": "transactional_email_status"} | self.event("clicked")["event_data"]
        (report,) = self.provider().reports(self.request(self.signed(flat))).reports
        self.assertEqual((report.status, report.provider_key), ("clicked", MESSAGE_ID))
        self.assertNotIn("auth", report.raw)

    def test_what_is_signed_with_another_key_or_changed_on_the_way_is_not_believed(self) -> None:
        good = self.signed(self.many(self.event("spam")))
        changed = good.replace(b"anna@", b"boris@")
        for body in (self.signed(self.many(), key="another"), changed, b'{"auth": ""}', b'{"auth": 5}', b"[]", b"{}"):
            with self.assertRaises(BadSignature, msg=body):
                self.provider().reports(self.request(body))
        with self.assertRaises(BadSignature):
            self.provider(secret="").reports(self.request(good))

    def test_what_cannot_be_read_is_a_value_error_and_trying_the_address_is_welcome(self) -> None:
        for body in (b"", b"{", self.signed({"events_by_user": [{"events": [{}]}]}), self.signed({})):
            with self.assertRaises(ValueError):
                self.provider().reports(self.request(body))
        self.assertEqual(list(self.provider().reports(self.request(b"", "GET")).reports), [])

    def test_a_secret_that_cannot_be_read_is_told(self) -> None:
        account = Account(provider="unisender_go", secret="not sealed by us")
        with self.assertRaises(ProviderError):
            UnisenderGoProvider(account).open()
