"""Receipts and replies, from a message centre in another process to the signals, and back as acknowledgements."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TransactionTestCase

from channels import listening
from channels.listening import Listeners, accounts_to_hear
from channels.models import Account, DeliveryReport, IncomingMessage
from channels.providers.base import ACCEPTED, Addressed, Result
from channels.providers.smpp import SmppProvider
from channels.signals import delivery_reported, message_received
from tests.channels.test_smpp import account
from tests.peers import smpp_node
from tests.peers.process import peer

STOP = "СТОП".encode("utf-16-be")


def eventually(check: Callable[[], Any], seconds: float = 10) -> Any:
    """The first true answer."""
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
    return found


def said(body: bytes, *, coding: int = 8, esm_class: int = 0, source: str = "79990000001") -> dict[str, Any]:
    return {"source": source, "destination": "Krug", "coding": coding, "esm_class": esm_class, "body": body.hex()}


class ListeningTest(TransactionTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.journal = Path(folder.name) / "journal"
        self.said = Path(folder.name) / "said"
        self.heard: list[dict[str, Any]] = []
        self.faults = 0
        delivery_reported.connect(self._reported)
        self.addCleanup(delivery_reported.disconnect, self._reported)
        message_received.connect(self._received)
        self.addCleanup(message_received.disconnect, self._received)

    def _reported(self, sender: object, reports: list[dict[str, Any]], **_kwargs: object) -> None:
        self._hear(reports)

    def _received(self, sender: object, messages: list[dict[str, Any]], **_kwargs: object) -> None:
        self._hear(messages)

    def _hear(self, news: list[dict[str, Any]]) -> None:
        if self.faults:
            self.faults -= 1
            raise RuntimeError("a listener has a fault")
        self.heard += news

    def events(self, name: str) -> list[Any]:
        lines = map(json.loads, Path(f"{self.journal}.events").read_text().splitlines())
        return [line[name] for line in lines if name in line]

    @contextmanager
    def listening(self, *flags: str, says: list[dict[str, Any]] | None = None, **options: object) -> Iterator[Account]:
        """A centre, and our listeners bound to it."""
        self.said.write_text("".join(json.dumps(one) + "\n" for one in says or []))
        with peer("smpp_server", str(self.journal), "--say", str(self.said), *flags) as port:
            saved = account(port, **options)
            saved.save()
            listeners = Listeners()
            listeners.tend(accounts_to_hear())
            try:
                eventually(lambda: self.events("bound"))
                yield saved
            finally:
                listeners.stop()

    def submit(self, saved: Account, *to: str) -> dict[int, Result]:
        told: dict[int, Result] = {}
        with SmppProvider(saved) as provider:
            messages = [Addressed(number, one, b"Hello") for number, one in enumerate(to, 1)]
            provider.send(messages, lambda number: None, told.__setitem__)
        return told

    def test_a_receipt_finds_its_message_and_is_acknowledged(self) -> None:
        for form in ("text", "tlv"):
            with self.subTest(form), self.listening("--receipts", form, bind="pair") as saved:
                told = self.submit(saved, "79990000001")
                news = eventually(lambda: self.heard)
                self.assertEqual((news[0]["provider_key"], news[0]["status"]), (told[1].provider_key, "delivered"))
                self.assertEqual(news[0]["account_id"], saved.pk)
                eventually(lambda: self.events("status") == [0])
            self.heard.clear()
            Path(f"{self.journal}.events").write_text("")
            Account.objects.all().delete()

    def test_a_centre_that_nobody_here_wrote(self) -> None:
        with smpp_node.centre(self.journal) as port:
            saved = account(port, bind="pair")
            saved.save()
            listeners = Listeners()
            listeners.tend(accounts_to_hear())
            try:
                time.sleep(1)  # the centre does not tell that we are bound
                told = self.submit(saved, "79990000001")
                news = eventually(lambda: self.heard if len(self.heard) == 2 else [])
            finally:
                listeners.stop()
        report, word = sorted(news, key=lambda one: "text" in one)
        self.assertEqual((report["provider_key"], report["status"]), (told[1].provider_key, "delivered"))
        self.assertEqual((word["sender"], word["text"]), ("79990000001", "СТОП"))

    def test_ids_that_receipts_spell_otherwise(self) -> None:
        with self.listening("--receipts", "text", "--ids", "hex", message_ids="hex_answers", bind="pair") as saved:
            told = self.submit(saved, "79990000001")
            self.assertEqual(eventually(lambda: self.heard)[0]["provider_key"], told[1].provider_key)

    def test_receipts_repeat_and_come_while_nobody_sends(self) -> None:
        with self.listening("--receipts", "text", "--twice", "--receipt-after", "0.3", bind="pair") as saved:
            told = self.submit(saved, "79990000001", "79990000002")
            eventually(lambda: len(self.events("acknowledged")) == 4)
        self.assertEqual(
            sorted(news["provider_key"] for news in self.heard), sorted(r.provider_key for r in told.values())
        )
        self.assertEqual(DeliveryReport.objects.filter(account=saved).count(), 2)

    def test_what_a_listener_could_not_take_is_brought_again(self) -> None:
        self.faults = 1
        with self.assertLogs("channels.providers.smpp", "ERROR"), self.listening(says=[said(STOP)]):
            eventually(lambda: self.events("status") == [0x64, 0])
        self.assertEqual([news["text"] for news in self.heard], ["СТОП"])

    def test_what_people_write(self) -> None:
        long = "Здравствуйте! Я приеду в субботу, но позвоните мне сначала 🚗".encode("utf-16-be")
        says = [
            said(STOP),
            said(b"\x05\x00\x03\x09\x02\x02" + long[61:], esm_class=0x40, source="79990000002"),
            said(b"stop", coding=0, source="79990000003"),
            said(b"\x05\x00\x03\x09\x02\x01" + long[:61], esm_class=0x40, source="79990000002"),
        ]
        with self.listening(says=says):
            eventually(lambda: IncomingMessage.objects.count() == 3)
            eventually(lambda: self.events("status") == [0] * 4)
        texts = {news["sender"]: news["text"] for news in self.heard}
        self.assertEqual(texts["79990000001"], "СТОП")
        self.assertEqual(texts["79990000002"], long.decode("utf-16-be"))
        self.assertEqual(texts["79990000003"], "stop")
        self.assertEqual({news["channel"] for news in self.heard}, {"sms"})

    def test_segments_are_told_when_the_session_ends(self) -> None:
        with self.listening(says=[said(b"\x05\x00\x03\x09\x02\x01" + STOP, esm_class=0x40)]):
            eventually(lambda: self.events("acknowledged"))
            self.assertEqual(self.heard, [])
        self.assertEqual([news["text"] for news in self.heard], ["СТОП …"])

    def test_who_sends_over_a_transceiver_hears_too(self) -> None:
        with peer("smpp_server", str(self.journal), "--receipts", "text") as port:
            saved = account(port)
            saved.save()
            told = {}
            with SmppProvider(saved) as provider:
                for number in (1, 2):
                    message = Addressed(number, f"7999000000{number}", b"x")
                    provider.send([message], lambda n: None, told.__setitem__)
                    time.sleep(0.2)
            self.assertEqual([result.kind for result in told.values()], [ACCEPTED] * 2)
            self.assertEqual([news["provider_key"] for news in self.heard][:1], ["m-1"])

    def test_who_sends_keeps_no_half_of_a_message(self) -> None:
        self.said.write_text(json.dumps(said(b"\x05\x00\x03\x09\x02\x01" + STOP, esm_class=0x40)))
        with peer("smpp_server", str(self.journal), "--say", str(self.said)) as port:
            saved = account(port)
            saved.save()
            with SmppProvider(saved) as provider:
                time.sleep(0.2)
                provider.send([Addressed(1, "79990000001", b"x")], lambda n: None, lambda n, result: None)
        self.assertEqual([news["text"] for news in self.heard], ["СТОП …"])

    def test_a_listener_comes_back_and_is_renewed_when_its_account_changes(self) -> None:
        with (
            peer("smpp_server", str(self.journal), "--bind-status", "5") as busy,
            peer("smpp_server", f"{self.journal}2") as port,
            patch.object(listening, "FIRST_PAUSE", 0.05),
            self.assertLogs("channels.listening", "WARNING") as logs,
        ):
            saved = account(busy)
            saved.save()
            listeners = Listeners()
            try:
                listeners.tend(accounts_to_hear())
                eventually(lambda: len(logs.output) > 1)
                saved.options |= {"port": port}
                saved.save()
                listeners.tend(accounts_to_hear())
                eventually(lambda: Path(f"{self.journal}2.events").read_text())
                Account.objects.update(is_active=False)
                listeners.tend(accounts_to_hear())
                self.assertEqual(listeners._running, {})
            finally:
                listeners.stop()
        self.assertIn("0x05", logs.output[0])

    def test_the_command_runs_until_it_is_told_to_stop(self) -> None:
        with self.assertRaises(CommandError):
            call_command("listen_smpp", "nobody")
        database = connection.settings_dict
        url = f"postgresql://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
        self.said.write_text(json.dumps(said(STOP)))
        with peer("smpp_server", str(self.journal), "--say", str(self.said)) as port:
            account(port).save()
            command = [sys.executable, "manage.py", "listen_smpp", "smpp"]
            process = subprocess.Popen(command, cwd=settings.BASE_DIR, env={**os.environ, "DATABASE_URL": url})
            try:
                eventually(lambda: IncomingMessage.objects.filter(text="СТОП").exists(), 30)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(10), 0)
            finally:
                process.kill()
                process.wait()
