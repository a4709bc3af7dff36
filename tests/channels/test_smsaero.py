"""SMS Aero: the contract, its refusals and statuses."""

import json

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, ProviderError, Sought
from channels.providers.http_wire import Answer
from channels.providers.smsaero import SmsAeroProvider
from channels.sealing import seal_named
from tests.channels.http_contract import STRANGER, HttpContract
from tests.peers.http_sms import KEY, LOGIN


class SmsAeroContractTest(HttpContract, SimpleTestCase):
    family, name, secrets = "http_sms", "smsaero", (KEY,)
    secret = json.dumps({"login": LOGIN, "key": KEY})
    wrong = json.dumps({"login": LOGIN, "key": STRANGER})
    refused = "550"

    def account(self, secret: str | None = None, **options: object) -> Account:
        return super().account(secret, **({"url": f"http://127.0.0.1:{self.port}/v2"} | options))

    def test_a_number_on_their_stop_list_is_refused(self) -> None:
        result = self.send("551").results[1]
        self.assertEqual((result.kind, result.code, result.reply), (REJECTED, "reject", "blacklist"))

    def test_no_money_stops_the_account(self) -> None:
        sent = self.send("402", *[""] * 9, account=self.account(window=1))
        self.assertTrue(sent.error and sent.error.permanent)
        self.assertEqual((sent.kinds[0], len(sent.before)), (DEFERRED, 1))

    def test_check_tells_the_balance(self) -> None:
        with self.provider() as provider:
            self.assertIn("1389.26", provider.check())

    def test_lookup_leaves_out_what_is_not_known(self) -> None:
        found = self.look_up(
            *(Sought(10 + n, self.address(n), str(n)) for n in range(1, 5)), Sought(15, self.address(5))
        )
        told = [(one.id, one.report.provider_key, one.report.status) for one in found.values()]
        self.assertEqual(told, [(11, "1", "delivered"), (12, "2", "failed")])


class SmsAeroWordsTest(SimpleTestCase):
    def result(self, told: object, status: int = 200):  # noqa: ANN201
        provider = SmsAeroProvider(Account(provider="smsaero", secret=seal_named({"login": LOGIN, "key": KEY})))
        (result,) = provider.results_for(["one"], Answer(status, {}, json.dumps(told).encode()))
        return result

    def test_each_refusal_leads_to_what_its_table_says(self) -> None:
        cases = [
            ({"result": "no credits"}, (DEFERRED, Action.STOP_ACCOUNT)),
            ({"result": "reject", "reason": "x"}, (REJECTED, Action.NONE)),
            ({"success": False, "message": "Validation error."}, (REJECTED, Action.NONE)),
            ({"success": True, "data": {"id": 1, "status": 6}}, (REJECTED, Action.NONE)),
            ({"success": True, "data": {"id": 1, "status": 8, "cost": 1.95}}, (ACCEPTED, Action.NONE)),
            ({"success": True, "data": {"status": 8}}, (UNKNOWN, Action.NONE)),
            ({}, (UNKNOWN, Action.NONE)),
            ([], (UNKNOWN, Action.NONE)),
        ]
        for told, expected in cases:
            with self.subTest(told):
                result = self.result(told)
                self.assertEqual((result.kind, result.action), expected)
                self.assertEqual(result.permanent, result.kind == REJECTED)

    def test_the_cost_is_told(self) -> None:
        self.assertEqual(str(self.result({"success": True, "data": {"id": 1, "cost": 1.95}}).cost), "1.95")
        self.assertIsNone(self.result({"success": True, "data": {"id": 1, "cost": "free"}}).cost)

    def test_options_that_cannot_work_are_told_to_the_form(self) -> None:
        faults = SmsAeroProvider.faults({"window": 0, "timeout": "soon", "url": "gate.smsaero.ru"})
        self.assertEqual(set(faults), {"window", "timeout", "url"})
        self.assertEqual(SmsAeroProvider.faults({}), {})
        with self.assertRaises(ProviderError) as caught:
            SmsAeroProvider(Account(provider="smsaero", options={"window": 0})).open()
        self.assertTrue(caught.exception.permanent)
