"""VK notify through Devino: the contract, templates, callbacks."""

import json
from datetime import UTC, datetime

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import Addressed, Request
from channels.providers.vk_devino import DevinoVkProvider
from channels.sealing import seal
from tests.channels.contract import TEXT
from tests.channels.http_contract import HttpContract
from tests.peers.http_sms import KEY

AT = datetime(2025, 3, 1, tzinfo=UTC)


class DevinoVkContractTest(HttpContract, SimpleTestCase):
    family, name, secret, secrets = "http_sms", "vk_devino", KEY, (KEY,)
    refused, later = "550", "451"
    extra = {"batch": 1}
    text = f"16: {TEXT}"

    def body(self, text: str) -> bytes:
        return json.dumps({"template": 16, "parameters": {"words": text.removeprefix("16: ")}}).encode()


class DevinoVkWordsTest(SimpleTestCase):
    def provider(self, **options: object) -> DevinoVkProvider:
        return DevinoVkProvider(Account(provider="vk_devino", sender_name="Krug", secret=seal(KEY), options=options))

    def entry(self, body: object, **options: object):  # noqa: ANN201
        message = Addressed(7, "+79990000001", json.dumps(body).encode())
        (entry,) = json.loads(self.provider(**options).call_for([message]).body)["messages"]
        return entry

    def test_templates_go_by_number_or_by_name(self) -> None:
        entry = self.entry({"template": "16", "parameters": {"name": "Анна", "n": 5}})
        self.assertEqual((entry["templateId"], entry["tmpl_data"]), (16, {"name": "Анна", "n": "5"}))
        self.assertEqual((entry["phone"], entry["service"], entry["routes"]), ("79990000001", "Krug", ["VK"]))
        self.assertEqual(entry["callbackData"], {"id": "7"})
        self.assertIn("/hooks/", entry["status_url"])
        self.assertEqual(self.entry({"template": "service_reminder"})["tmpl"], "service_reminder")

    def test_templates_are_what_the_administrator_has_copied(self) -> None:
        account = Account(provider="vk_devino", options={"templates": ["16 = Анна, ждём = вас {{date}}", "visit=Ждём"]})
        first, second = DevinoVkProvider(account).templates()
        self.assertEqual((first.name, first.body, first.state), ("16", "Анна, ждём = вас {{date}}", "approved"))
        self.assertEqual((second.name, second.language), ("visit", "ru"))
        self.assertEqual(DevinoVkProvider.faults({"templates": ["16 = Ждём"]}), {})
        self.assertIn("templates", DevinoVkProvider.faults({"templates": ["16 = Ждём", "без текста"]}))

    def test_a_body_without_a_template_is_refused(self) -> None:
        for body in ({}, [], "text", {"template": ""}, {"template": "x", "parameters": "a"}):
            with self.subTest(body), self.assertRaises(ValueError):
                self.entry(body)

    def test_callbacks_tell_that_it_was_read(self) -> None:
        told = {"messageId": "m1", "status": "read", "callbackData": {"id": "7"}, "phone": "79990000001"}
        (report,) = self.provider().reports(Request("POST", {}, {}, json.dumps(told).encode(), AT)).reports
        self.assertEqual((report.provider_key, report.status, report.message_id), ("m1", "opened", 7))
        self.assertNotIn("79990000001", str(report.raw))

    def test_a_call_holds_a_thousand_at_most(self) -> None:
        self.assertEqual(set(DevinoVkProvider.faults({"batch": 1001})), {"batch"})
        self.assertEqual(DevinoVkProvider.faults({"batch": 1000}), {})
