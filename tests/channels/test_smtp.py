"""The SMTP provider against a mail server in another process."""

import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers import provider_for
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Addressed, ProviderError, Result
from channels.providers.smtp import dot_stuffed, result_of

BODY = b"Subject: x\r\n\r\n.hidden dot\r\nlast line"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int) -> None:
    for _try in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


class Stopped(Exception):
    """What a caller raises in `before` when it has lost its lease."""


class SmtpTest(SimpleTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.port = free_port()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.journal = Path(folder.name) / "journal"
        command = [sys.executable, "-m", "tests.peers.smtp_scripted", str(cls.port), str(cls.journal)]
        peer = subprocess.Popen(command)
        cls.addClassCleanup(peer.wait)
        cls.addClassCleanup(peer.kill)
        wait_for(cls.port)

    def setUp(self) -> None:
        self.journal.write_text("")
        self.calls: list[tuple[str, int]] = []
        self.results: dict[int, Result] = {}

    def provider(self, **options: object):  # noqa: ANN201
        base = {"host": "127.0.0.1", "port": self.port, "security": "none", "timeout": 2}
        return provider_for(Account(provider="smtp", sender_address="news@krug.test", options=base | options))

    def send(self, *addresses: str) -> dict[int, Result]:
        def after(number: int, result: Result) -> None:
            self.calls.append(("after", number))
            self.results[number] = result

        with self.provider() as provider:
            messages = (Addressed(number, address, BODY) for number, address in enumerate(addresses))
            provider.send(messages, lambda number: self.calls.append(("before", number)), after)
        return self.results

    def arrived(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    def test_letters_arrive_whole_over_one_connection(self) -> None:
        results = self.send("anna@x.test", "boris@x.test")
        self.assertEqual([r.kind for r in results.values()], [ACCEPTED, ACCEPTED])
        self.assertEqual([a["to"] for a in self.arrived()], ["anna@x.test", "boris@x.test"])
        self.assertEqual(self.arrived()[0]["body"].encode(), BODY + b"\r\n")
        self.assertEqual(self.arrived()[0]["from"], "news@krug.test")
        self.assertEqual(self.calls, [("before", 0), ("after", 0), ("before", 1), ("after", 1)])

    def test_refused_and_later_are_told_apart_and_the_rest_goes_on(self) -> None:
        results = self.send("r550@x.test", "r451@x.test", "b452@x.test", "b554@x.test", "bye@x.test", "anna@x.test")
        kinds = [r.kind for r in results.values()]
        self.assertEqual(kinds, [REJECTED, DEFERRED, DEFERRED, REJECTED, DEFERRED, ACCEPTED])
        self.assertTrue(results[0].permanent)
        self.assertEqual(results[0].code, "550")

    def test_a_refused_recipient_is_never_announced_as_sent(self) -> None:
        self.send("r550@x.test")
        self.assertNotIn(("before", 0), self.calls)

    def test_a_lost_answer_is_unknown_and_the_next_goes_over_a_new_connection(self) -> None:
        results = self.send("drop@x.test", "hang@x.test", "anna@x.test")
        self.assertEqual([r.kind for r in results.values()], [UNKNOWN, UNKNOWN, ACCEPTED])
        self.assertEqual(len(self.arrived()), 3)

    def test_before_that_raises_keeps_the_body_off_the_wire(self) -> None:
        def fenced(number: int) -> None:
            raise Stopped

        provider = self.provider()
        provider.open()
        with self.assertRaises(Stopped):
            provider.send([Addressed(1, "anna@x.test", BODY)], fenced, lambda number, result: None)
        provider.close()
        self.assertEqual(self.arrived(), [])

    def test_an_address_that_cannot_be_sent_is_refused_alone(self) -> None:
        results = self.send("анна@x.test", "boris@x.test")
        self.assertEqual(results[0].kind, REJECTED)
        self.assertEqual(results[1].kind, ACCEPTED)

    def test_check_says_that_the_server_answers(self) -> None:
        self.assertIn(str(self.port), self.provider().check())

    def test_nobody_there_is_a_passing_fault(self) -> None:
        with self.assertRaises(ProviderError) as caught:
            self.provider(port=free_port()).check()
        self.assertFalse(caught.exception.permanent)


class WordsTest(SimpleTestCase):
    def test_unheard_of_codes_are_not_taken_for_the_worst(self) -> None:
        self.assertEqual(result_of(299, b"x").kind, ACCEPTED)
        self.assertEqual(result_of(354, b"x").kind, DEFERRED)
        self.assertEqual(result_of(700, b"x").kind, DEFERRED)

    def test_a_reply_never_brings_nul_or_length(self) -> None:
        self.assertEqual(result_of(250, b"a\x00b").reply, "ab")
        self.assertEqual(len(result_of(250, b"a" * 1000).reply), 300)

    def test_dots(self) -> None:
        self.assertEqual(dot_stuffed(b".a\r\n.b"), b"..a\r\n..b\r\n")
