"""SMSC.ru: the contract, its error table, statuses and callbacks."""

import io
import json
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from unittest import mock
from urllib.parse import urlencode

from django.core.management import call_command
from django.test import SimpleTestCase, TestCase
from django.urls import reverse

from channels.models import Account, Channel, DeliveryReport, IncomingMessage
from channels.providers.base import (
    ACCEPTED,
    DEFERRED,
    REJECTED,
    Action,
    Addressed,
    BadSignature,
    ProviderError,
    Request,
    Sought,
)
from channels.providers.http_wire import Answer
from channels.providers.smsc import SmscProvider
from channels.sealing import seal, seal_named
from tests.channels.http_contract import HttpContract
from tests.peers.http_sms import KEY, LOGIN
from tests.peers.process import peer

AT = datetime(2025, 3, 1, tzinfo=UTC)
LATER = datetime(2025, 3, 2, tzinfo=UTC)


class SmscContractTest(HttpContract, SimpleTestCase):
    family, name, secret, secrets = "http_sms", "smsc", KEY, (KEY,)
    refused, later = "550", "451"

    def test_the_cost_comes_from_the_answer(self) -> None:
        self.assertEqual(str(self.send("").results[1].cost), "4.6")

    def test_a_message_goes_under_our_own_id(self) -> None:
        self.assertEqual(self.send("").results[1].provider_key, "1")

    def test_no_money_stops_the_account(self) -> None:
        sent = self.send("402", *[""] * 9, account=self.account(window=1))
        self.assertTrue(sent.error and sent.error.permanent)
        self.assertEqual((sent.kinds[0], len(sent.before)), (DEFERRED, 1))

    def test_login_and_password_serve_as_well_as_a_key(self) -> None:
        secret = json.dumps({"login": LOGIN, "password": KEY, "callback": "word"})
        self.assertEqual(self.send("", account=self.account(secret=secret)).kinds, [ACCEPTED])

    def test_half_a_secret_says_so(self) -> None:
        for secret in ('{"login": "x"}', '{"login"', "{}"):
            with self.assertRaises(ProviderError) as caught, self.provider(self.account(secret=secret)) as smsc:
                smsc.check()
            self.assertTrue(caught.exception.permanent)

    def test_check_tells_the_balance(self) -> None:
        with self.provider() as provider:
            self.assertIn("100.50", provider.check())

    def test_our_own_id_finds_a_message_whose_answer_was_lost(self) -> None:
        self.send(self.silent[0])
        (found,) = self.look_up(Sought(1, self.address(1, self.silent[0]))).values()
        self.assertEqual((found.report.provider_key, found.report.message_id), ("1", 1))
        self.assertEqual(found.report.happened_at, datetime(2025, 3, 1, 7, 16, tzinfo=UTC))

    def test_what_smsc_has_never_heard_of_is_told_apart_from_what_it_turned_down(self) -> None:
        sent = self.send("923", "925", "929")
        found = self.look_up(*(Sought(one.id, one.to) for one in sent.messages), Sought(78, self.address(78)))
        told = {number: (one.kind, one.report and one.report.status) for number, one in found.items()}
        self.assertEqual(told, {1: (REJECTED, "failed"), 2: (ACCEPTED, "failed"), 78: (ACCEPTED, None)})

    def test_asking_too_often_passes(self) -> None:
        with self.assertRaises(ProviderError) as caught:
            self.look_up(Sought(1, self.address(1, "909")))
        self.assertFalse(caught.exception.permanent)

    def test_without_ids_of_our_own_only_theirs_are_asked_for(self) -> None:
        smsc = self.provider(self.account(own_ids=False))
        self.assertFalse(smsc.can_seek(Sought(1, self.address(1))))
        self.assertTrue(smsc.can_seek(Sought(1, self.address(1), "42")))
        self.assertFalse(smsc.can_seek(Sought(1, "", "42")))
        self.assertFalse(self.provider().can_seek(Sought(2**31, self.address(1))))

    def test_other_programs_on_the_account_keep_our_ids_out_of_it(self) -> None:
        account = self.account(own_ids=False)
        self.assertEqual(self.send("", account=account).results[1].provider_key, self.arrived()[0]["key"])
        self.assertNotEqual(self.arrived()[0]["key"], "1")

    def test_what_people_wrote_to_our_number_is_asked_for(self) -> None:
        smsc = self.provider(self.account(inbox_number="+7 999 000-00-07"))
        told = [(one.provider_key, one.sender, one.text, one.happened_at) for one in smsc.replies(LATER)]
        at = datetime(2025, 3, 1, 7, 16, tzinfo=UTC)
        self.assertEqual(
            told,
            [("in-501", "79990000001", "СТОП", at), ("in-502", "79990000002", "Когда приехать?", at)],
        )
        self.assertEqual({one.happened_at for one in smsc.replies(AT)}, {AT})  # a clock that is ahead of ours

    def test_a_number_that_nobody_wrote_to_and_no_number_at_all(self) -> None:
        self.assertEqual(self.provider(self.account(inbox_number="79990000000")).replies(LATER), [])
        self.assertEqual(self.provider(self.account(url="http://127.0.0.1:1")).replies(LATER), [])

    def test_a_wrong_key_asks_for_a_person(self) -> None:
        stranger = self.stranger()
        stranger.options["inbox_number"] = "79990000007"
        with self.assertRaises(ProviderError) as caught:
            self.provider(stranger).replies(LATER)
        self.assertTrue(caught.exception.permanent)

    def test_the_expected_cost_is_the_price_of_the_segments(self) -> None:
        account = self.account()
        account.cost = Decimal("4.5")
        self.assertEqual(self.provider(account).cost(Addressed(1, "+79990000001", ("я" * 71).encode())), Decimal("9.0"))


class SmscRepliesTest(TestCase):
    def account(self, name: str, **options: object) -> None:
        Account.objects.create(name=name, provider="smsc", channel=Channel.SMS, secret=seal(KEY), options=options)

    def test_replies_are_kept_once_however_often_they_are_told(self) -> None:
        said = io.StringIO()
        with tempfile.TemporaryDirectory() as folder, peer("http_provider", "http_sms", f"{folder}/journal") as port:
            self.account("ours", url=f"http://127.0.0.1:{port}", inbox_number="79990000007")
            self.account("nobody writes to it", url="http://127.0.0.1:1")
            for _turn in range(2):
                call_command("read_mail", stdout=said)
        told = IncomingMessage.objects.order_by("pk").values_list("account__name", "channel", "sender", "text")
        expected = [("79990000001", "СТОП"), ("79990000002", "Когда приехать?")]
        self.assertEqual(list(told), [("ours", "sms", *each) for each in expected])
        self.assertEqual([line.rpartition("нового ")[2] for line in said.getvalue().splitlines()], ["2.", "0."])


class SmscWordsTest(SimpleTestCase):
    def provider(self, secret: str = '{"key": "k3y", "callback": "secret"}') -> SmscProvider:
        return SmscProvider(Account(provider="smsc", secret=seal(secret)))

    def request(self, **fields: str) -> Request:
        return Request("POST", {}, {}, "&".join(f"{k}={v}" for k, v in fields.items()).encode(), AT)

    def test_each_code_leads_to_what_the_table_of_errors_says(self) -> None:
        expected = {
            1: (REJECTED, Action.PAUSE_CAMPAIGN),
            2: (DEFERRED, Action.STOP_ACCOUNT),
            3: (DEFERRED, Action.STOP_ACCOUNT),
            4: (DEFERRED, Action.STOP_ACCOUNT),
            5: (REJECTED, Action.PAUSE_CAMPAIGN),
            6: (REJECTED, Action.PAUSE_CAMPAIGN),
            7: (REJECTED, Action.MARK_CONTACT),
            8: (REJECTED, Action.NEXT_CHANNEL),
            9: (DEFERRED, Action.NONE),
            77: (REJECTED, Action.NONE),
        }
        for code, (kind, action) in expected.items():
            with self.subTest(code):
                body = json.dumps({"error": "x", "error_code": code}).encode()
                result = self.provider().result_of(Answer(200, {}, body))
                self.assertEqual((result.kind, result.action), (kind, action))
                self.assertEqual((result.code, result.permanent), (str(code), kind == REJECTED))

    def test_callbacks_are_signed_with_md5_or_sha1(self) -> None:
        vectors = {
            "md5": "82e88dc1ac499742bc2390802a0f2da7",
            "sha1": "2e022876c0adbe16fb5ecf4ff58c03c92f2f6fa9",
        }
        for name, digest in vectors.items():
            with self.subTest(name):
                fields = {"id": "42", "phone": "79995551111", "status": "1", "ts": "1740813360", name: digest}
                (report,) = self.provider().reports(self.request(**fields)).reports
                self.assertEqual((report.provider_key, report.status), ("42", "delivered"))
                self.assertEqual(report.happened_at, datetime(2025, 3, 1, 7, 16, tzinfo=UTC))
                self.assertNotIn("79995551111", str(report.raw))
                (report,) = self.provider().reports(self.request(**(fields | {"ts": "9" * 30}))).reports
                self.assertEqual(report.happened_at, AT)
                for forged in ({"status": "20"}, {name: "0" * 32}, {name: ""}):
                    with self.assertRaises(BadSignature):
                        self.provider().reports(self.request(**(fields | forged)))

    def test_without_a_word_in_the_account_no_callback_is_believed(self) -> None:
        fields = {"id": "42", "phone": "79995551111", "status": "1"}
        with self.assertRaises(BadSignature):
            self.provider().reports(self.request(**fields))
        with self.assertRaises(BadSignature):
            self.provider("k3y").reports(self.request(**fields, md5="82e88dc1ac499742bc2390802a0f2da7"))


class SmscLookupTest(SimpleTestCase):
    def test_what_cannot_be_read_is_no_answer_and_a_fault_of_the_whole_is_told(self) -> None:
        smsc = SmscProvider(Account(provider="smsc", secret=seal("k3y")))
        sought = [Sought(7, "+79990000007")]
        for told in ([], [7], [{"id": 7}], [{"id": 7, "status": [1]}], [{"id": 8, "status": 1, "phone": "79990000007"}],
                     [{"id": 7, "status": 1, "phone": "79990000008"}], [{"id": 7, "status": 77, "phone": "79990000007"}]):  # fmt: skip
            with mock.patch.object(SmscProvider, "ask", return_value=Answer(200, {}, json.dumps(told).encode())):
                self.assertEqual(list(smsc.lookup(sought)), [], told)
        for body, is_permanent in ((b'{"error_code": 2}', True), (b'{"error_code": 9}', False), (b"oops", False)):
            with mock.patch.object(SmscProvider, "ask", return_value=Answer(200, {}, body)):
                with self.assertRaises(ProviderError) as caught:
                    list(smsc.lookup(sought))
                self.assertEqual(caught.exception.permanent, is_permanent)


class SmscHookTest(TestCase):
    def test_a_callback_is_stored_under_our_id_and_a_forged_one_leaves_nothing(self) -> None:
        account = Account.objects.create(
            name="SMSC", channel="sms", provider="smsc", secret=seal_named({"key": "k3y", "callback": "secret"})
        )
        fields = {"id": "42", "phone": "79995551111", "status": "1", "md5": "82e88dc1ac499742bc2390802a0f2da7"}
        url = reverse("channels:hook", args=[account.hook])
        for given, status in ((fields | {"status": "20"}, 400), (fields, 200)):
            answer = self.client.post(url, urlencode(given), content_type="application/x-www-form-urlencoded")
            self.assertEqual(answer.status_code, status)
        (report,) = DeliveryReport.objects.all()
        self.assertEqual((report.provider_key, report.message_id, report.status), ("42", 42, "delivered"))
