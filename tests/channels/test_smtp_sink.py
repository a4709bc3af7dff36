"""The SMTP provider against Postfix's `smtp-sink`, which nobody here wrote. Skipped where it is not installed."""

import tempfile
from pathlib import Path

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Addressed, Result
from channels.providers.smtp import SmtpProvider
from tests.peers.smtp_sink import sink

COUNT = 50


def body(number: int) -> bytes:
    return b"Message-ID: <krug.%d.x@krug.test>\r\n\r\n.a dot, %d\r\n..\r\n.\r\nthe end\r\n" % (number, number)


class SinkTest(SimpleTestCase):
    def send(self, port: int, count: int = COUNT) -> list[Result]:
        options = {"host": "127.0.0.1", "port": port, "security": "none", "timeout": 5}
        results: dict[int, Result] = {}
        with SmtpProvider(Account(sender_address="news@krug.test", options=options)) as provider:
            messages = (Addressed(number, f"a{number}@x.test", body(number)) for number in range(count))
            provider.send(messages, lambda number: None, results.__setitem__)
        return [results[number] for number in range(count)]

    def assert_whole(self, *options: str) -> None:
        """Every letter arrived once, byte for byte, with its own envelope."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o777)  # the sink writes as nobody
            dump = Path(folder, "letters")
            with sink(*options, "-D", str(dump)) as port:
                self.assertEqual({result.kind for result in self.send(port)}, {ACCEPTED})
            raw = dump.read_bytes().replace(b"\r\n", b"\n")
        for number in range(COUNT):
            self.assertEqual(raw.count(b"X-Rcpt-Args: <a%d@x.test>" % number), 1)
            self.assertEqual(raw.count(body(number).replace(b"\r\n", b"\n")), 1)

    def test_pipelined(self) -> None:
        self.assert_whole()

    def test_in_lock_step(self) -> None:
        self.assert_whole("-p")

    def test_by_the_oldest_dialect(self) -> None:
        self.assert_whole("-e")

    def test_refusals_at_each_stage(self) -> None:
        for stage in ("MAIL", "RCPT", "DATA", "."):
            with self.subTest(stage), sink("-f", stage, "-B", "550 5.1.1 nobody here") as port:
                results = self.send(port, 3)
                self.assertEqual([(r.kind, r.action) for r in results], [(REJECTED, Action.MARK_CONTACT)] * 3)
            with self.subTest(stage), sink("-r", stage) as port:
                self.assertEqual([result.kind for result in self.send(port, 3)], [DEFERRED] * 3)

    def test_a_server_that_hangs_up(self) -> None:
        for stage, kind in (("MAIL", DEFERRED), ("RCPT", DEFERRED), ("DATA", DEFERRED), (".", UNKNOWN)):
            with self.subTest(stage), sink("-q", stage) as port:
                self.assertEqual([result.kind for result in self.send(port, 3)], [kind] * 3)
            with self.subTest(stage), sink("-Q", stage) as port:
                self.assertEqual([result.kind for result in self.send(port, 3)], [DEFERRED] * 3)
