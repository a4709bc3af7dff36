"""MTS Exolve: the contract, and refusals by status."""

import json

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import DEFERRED, REJECTED, UNKNOWN, Action
from channels.providers.exolve import ExolveProvider
from channels.providers.http_wire import Answer
from channels.sealing import seal
from tests.channels.http_contract import HttpContract
from tests.peers.http_sms import KEY


class ExolveContractTest(HttpContract, SimpleTestCase):
    family, name, secret, secrets = "http_sms", "exolve", KEY, (KEY,)
    refused = "550"

    def test_a_refusal_brings_its_sentence(self) -> None:
        result = self.send("550").results[1]
        self.assertEqual((result.code, result.reply), ("http_400", "invalid destination"))


class ExolveWordsTest(SimpleTestCase):
    def test_each_status_leads_to_what_its_table_says(self) -> None:
        provider = ExolveProvider(Account(provider="exolve", secret=seal(KEY)))
        cases = {
            400: (REJECTED, Action.NONE),
            401: (DEFERRED, Action.STOP_ACCOUNT),
            402: (DEFERRED, Action.STOP_ACCOUNT),
            403: (DEFERRED, Action.STOP_ACCOUNT),
            404: (DEFERRED, Action.STOP_ACCOUNT),
            422: (REJECTED, Action.NONE),
            429: (DEFERRED, Action.NONE),
            408: (UNKNOWN, Action.NONE),
            500: (UNKNOWN, Action.NONE),
            302: (UNKNOWN, Action.NONE),
        }
        bodies = (b"", b"<html>", json.dumps({"message": "no"}).encode(), b'{"error": "no"}', "Нет".encode("cp1251"))
        for status, expected in cases.items():
            for body in bodies:
                with self.subTest(status=status, body=body):
                    (result,) = provider.results_for(["one"], Answer(status, {}, body))
                    self.assertEqual((result.kind, result.action), expected)
