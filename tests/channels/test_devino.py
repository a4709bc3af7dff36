"""Devino: the contract, batches with a code for each message, callbacks."""

import json
from datetime import UTC, datetime

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Addressed, Request
from channels.providers.devino import DevinoProvider
from channels.providers.http_wire import Answer
from channels.sealing import seal
from tests.channels.http_contract import HttpContract
from tests.peers.http_sms import KEY

AT = datetime(2025, 3, 1, tzinfo=UTC)


class DevinoContractTest(HttpContract, SimpleTestCase):
    """One message a call, so that each fault meets its own message alone."""

    family, name, secret, secrets = "http_sms", "devino", KEY, (KEY,)
    refused, later = "550", "451"
    extra = {"batch": 1}


class DevinoBatchTest(HttpContract, SimpleTestCase):
    """Ten messages a call: what has no answer takes its whole call with it."""

    family, name, secret, secrets = "http_sms", "devino", KEY, (KEY,)
    refused, later, silent = "550", "451", ()
    extra = {"batch": 10}

    def test_a_lost_answer_leaves_its_call_unknown_and_no_other(self) -> None:
        sent = self.send(*["902" if number == 3 else "" for number in range(25)])
        self.assertEqual(sent.kinds, [UNKNOWN] * 10 + [ACCEPTED] * 15)
        self.assertEqual(len(self.arrived()), 25)

    def test_an_answer_with_too_few_results_belongs_to_nobody(self) -> None:
        sent = self.send("", "911", "")
        self.assertEqual(sent.kinds, [UNKNOWN] * 3)

    def test_no_money_in_one_result_stops_the_account_and_the_others_are_told(self) -> None:
        sent = self.send(*["", "402", ""], *[""] * 30, account=self.account(window=1))
        self.assertTrue(sent.error and sent.error.permanent)
        self.assertEqual(sent.kinds[:3], [ACCEPTED, DEFERRED, ACCEPTED])
        self.assertEqual(len(sent.before), 10)

    def test_check_tells_the_balance(self) -> None:
        with self.provider() as provider:
            self.assertIn("812.5", provider.check())

    def test_a_401_in_html_stops_the_account_after_all_in_flight_are_told(self) -> None:
        sent = self.send("401", *[""] * 40, account=self.account(window=1))
        self.assertTrue(sent.error and sent.error.permanent)
        self.assertEqual(sent.kinds[:11], [DEFERRED] * 10 + [""])

    def test_throttled_messages_are_put_off_and_the_window_pauses(self) -> None:
        sent = self.send("429", *[""] * 14, account=self.account(window=1))
        self.assertEqual(sent.kinds, [DEFERRED] * 10 + [ACCEPTED] * 5)

    def test_a_long_pause_ends_the_sending_with_the_rest_unsent(self) -> None:
        sent = self.send("430", *[""] * 14, account=self.account(window=1))
        self.assertFalse(sent.error.permanent)
        self.assertEqual(len(sent.before), 10)

    def test_a_500_proves_nothing_and_a_storm_of_them_stops_the_sending(self) -> None:
        sent = self.send(*["500"] * 200, account=self.account(window=1))
        self.assertEqual(len(sent.before), 50)
        self.assertEqual(set(sent.kinds[:50]), {UNKNOWN})


class DevinoWordsTest(SimpleTestCase):
    def provider(self, **options: object) -> DevinoProvider:
        return DevinoProvider(Account(provider="devino", sender_name="Krug", secret=seal(KEY), options=options))

    def read(self, *told: dict[str, object], **options: object):  # noqa: ANN201
        answer = Answer(200, {}, json.dumps({"result": told}).encode())
        return self.provider(**options).results_for(["one"] * len(told), answer)

    def test_each_code_leads_to_what_the_table_of_the_account_says(self) -> None:
        cases = {
            "INVALID_DESTINATION_ADDRESS": (REJECTED, Action.MARK_CONTACT),
            "INVALID_SOURCE_ADDRESS": (REJECTED, Action.PAUSE_CAMPAIGN),
            "INVALID_TEXT": (REJECTED, Action.PAUSE_CAMPAIGN),
            "NOT_ENOUGH_BALANCE": (DEFERRED, Action.STOP_ACCOUNT),
            "THROTTLED": (DEFERRED, Action.NONE),
            "INTERNAL_ERROR": (DEFERRED, Action.NONE),
            "NOBODY_KNOWS": (REJECTED, Action.NONE),
        }
        for code, expected in cases.items():
            with self.subTest(code):
                (result,) = self.read({"code": code, "description": "why"})
                self.assertEqual((result.kind, result.action), expected)
                self.assertEqual((result.code, result.reply), (code, "why"))
        (result,) = self.read({"code": "STOP_LIST"}, codes={"STOP_LIST": "opt_out"})
        self.assertEqual((result.kind, result.action), (REJECTED, Action.OPT_OUT))

    def test_one_result_that_cannot_be_read_is_unknown_alone(self) -> None:
        good = {"code": "OK", "messageId": "m"}
        answer = Answer(200, {}, json.dumps({"result": [good, None, {"messageId": "x"}, "OK", good]}).encode())
        kinds = [result.kind for result in self.provider().results_for(["one"] * 5, answer)]
        self.assertEqual(kinds, [ACCEPTED, UNKNOWN, UNKNOWN, UNKNOWN, ACCEPTED])

    def test_a_table_with_a_word_that_we_do_not_know_is_told_to_the_form(self) -> None:
        self.assertEqual(set(DevinoProvider.faults({"codes": {"X": "explode"}})), {"codes"})
        self.assertEqual(set(DevinoProvider.faults({"codes": ["X"]})), {"codes"})
        self.assertEqual(DevinoProvider.faults({"codes": {"X": "later"}, "batch": 32_000}), {})
        self.assertEqual(set(DevinoProvider.faults({"batch": 32_001})), {"batch"})

    def test_our_id_and_the_callback_go_with_each_message(self) -> None:
        message = Addressed(7, "+79990000001", b"text")
        provider = self.provider()
        call = provider.call_for([message])
        (entry,) = json.loads(call.body)["messages"]
        self.assertEqual(entry["options"], {"id": "7"})
        self.assertTrue(entry["callbackUrl"].endswith(f"/hooks/{provider.account.hook}/"))
        self.assertEqual((entry["from"], entry["to"], entry["priority"]), ("Krug", "79990000001", "MEDIUM"))
        self.assertNotIn(
            "callbackUrl", json.loads(self.provider(callbacks=False).call_for([message]).body)["messages"][0]
        )

    def report(self, body: object):  # noqa: ANN201
        return self.provider().reports(Request("POST", {}, {}, json.dumps(body).encode(), AT)).reports

    def test_callbacks_name_our_message(self) -> None:
        told = {"messageId": "m1", "status": "DELIVERED", "to": "79990000001", "options": {"id": "7"}}
        (report,) = self.report(told | {"time": "2025-03-01T10:00:00+03:00"})
        self.assertEqual((report.provider_key, report.status, report.message_id), ("m1", "delivered", 7))
        self.assertEqual(report.happened_at, datetime(2025, 3, 1, 7, tzinfo=UTC))
        self.assertNotIn("79990000001", str(report.raw))
        for at in (None, "soon", "2025-03-01T10:00:00"):
            self.assertEqual(self.report(told | {"time": at})[0].happened_at, AT)
        self.assertEqual(self.report(told | {"options": {"id": "x"}})[0].message_id, 0)

    def test_lists_come_too_and_news_that_we_have_no_word_for_is_none(self) -> None:
        told = [{"messageId": "m1", "status": "sent"}, {"messageId": "m2", "status": "TELEPORTED"}]
        self.assertEqual([r.status for r in self.report(told)], ["sent"])
        self.assertEqual(list(self.report([])), [])
        for odd in ({"status": "SENT"}, ["x"], "x"):
            with self.assertRaises(ValueError):
                self.report(odd)
