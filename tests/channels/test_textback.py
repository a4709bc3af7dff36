"""TextBack: the contract, whom a message goes to, and what its webhook says."""

import json
from datetime import UTC, datetime

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import Addressed, Request, Told
from channels.providers.textback import TextBackProvider
from channels.sealing import seal
from tests.channels.http_contract import HttpContract
from tests.peers.http_messengers import TOKEN

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


class TextBackContractTest(HttpContract, SimpleTestCase):
    family, name, secret, secrets = "http_messengers", "textback", TOKEN, (TOKEN,)
    refused = "550"

    def account(self, secret: str | None = None, **options: object) -> Account:
        at = {"url": f"http://127.0.0.1:{self.port}/textback", "channel_id": "2075"}
        return super().account(secret, **at | options)

    def body(self, text: str) -> bytes:
        return json.dumps({"text": text}).encode()

    def test_an_address_that_is_none_is_refused_alone(self) -> None:
        """A chat's id may be anything: only a phone can be wrong."""
        with self.assertRaises(ValueError):
            TextBackProvider(self.account()).call_of(Addressed(1, "+не адрес", self.body("a")))


class WordsTest(SimpleTestCase):
    def provider(self, **options: object) -> TextBackProvider:
        given = {"channel_id": "2075"} | options
        return TextBackProvider(Account(provider="textback", secret=seal(TOKEN), options=given))

    def told(self, event: object, **options: object) -> Told:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        return self.provider(**options).reports(Request("POST", {}, {}, body, AT))

    def test_a_phone_and_a_chat(self) -> None:
        for to, expected in (("+79990000001", {"remoteAddress": "tel:+79990000001"}), ("ab-12", {"chatId": "ab-12"})):
            call = self.provider().call_of(Addressed(1, to, b'{"text": "a"}'))
            self.assertEqual(
                json.loads(call.body), {"channel": "whatsapp", "channelId": "2075", "text": "a"} | expected
            )

    def test_what_a_person_wrote_and_not_what_we_did(self) -> None:
        values = {"text": "Стоп", "chatId": "ab-12", "channel": "whatsapp"}
        event = {"name": "new_message", "substitutions": values, "message": {"direction": "INCOMING"}}
        (incoming,) = self.told(event).incoming
        self.assertEqual((incoming.sender, incoming.text, incoming.happened_at), ("ab-12", "Стоп", AT))
        self.assertEqual(self.told(event).incoming[0].provider_key, incoming.provider_key)
        self.assertEqual(len(self.told(event | {"message": {}}).incoming), 1)
        for ours in ("outgoing", "OUTBOUND"):
            self.assertEqual(list(self.told(event | {"message": {"direction": ours}}).incoming), [])
        self.assertEqual(len(self.told(event | {"message": {"direction": "outgoing"}}, outgoing="").incoming), 1)

    def test_a_phone_is_the_sender_where_it_is_told(self) -> None:
        contact = {"phoneNumbers": [{"number": "tel:+79990000001"}]}
        event = {"name": "new_message", "substitutions": {"text": "Стоп", "chatId": "ab-12"}}
        (incoming,) = self.told(event | {"message": {"remoteContact": contact}}).incoming
        self.assertEqual(incoming.sender, "+79990000001")
        (incoming,) = self.told(event | {"message": {"remoteContact": {"phoneNumbers": []}}}).incoming
        self.assertEqual(incoming.sender, "ab-12")

    def test_where_the_values_are_is_the_accounts_to_say(self) -> None:
        event = {"name": "new_message", "data": [{"from": "7", "words": "Да"}]}
        (incoming,) = self.told(event, chat_path="data.0.from", text_path="data.0.words").incoming
        self.assertEqual((incoming.sender, incoming.text), ("7", "Да"))

    def test_other_events_are_passed_over_and_other_bodies_refused(self) -> None:
        for event in ({"name": "MessageDeliveryCommand"}, {"name": "new_message"}, {}):
            self.assertEqual(self.told(event), Told())
        for body in (b"", b"[]", b"x", "Принято".encode("cp1251")):
            with self.subTest(body), self.assertRaises(ValueError):
                self.told(body)
