"""Letters of 10 KB by the transport alone: against Postfix's own load generator, and against smtplib far away."""

import smtplib
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import ACCEPTED, Addressed, Result
from channels.providers.smtp import SmtpProvider
from tests.benchmarks.measure import Bench, seconds
from tests.peers.process import peer
from tests.peers.smtp_sink import sink, tool

N, FAR_N = 2000, 1000
SIZE = 10240
CONNECTIONS = 10
ONE_WAY = 0.01  # seconds: a round trip of 20 ms
LINE = b"X" * 78 + b"\r\n"
BODY = b"From: <a@x.test>\r\nTo: <b@y.test>\r\nSubject: bench\r\n\r\n" + LINE * (SIZE // len(LINE))


def send(port: int, numbers: range) -> None:
    """All over one connection of ours. Raises AssertionError when one was not taken."""
    kinds: set[str] = set()
    account = Account(sender_address="a@x.test", options={"host": "127.0.0.1", "port": port, "security": "none"})

    def after(number: int, result: Result) -> None:
        kinds.add(result.kind)

    with SmtpProvider(account) as provider:
        messages = (Addressed(number, "b@y.test", BODY) for number in numbers)
        provider.send(messages, lambda number: None, after)
    assert kinds == {ACCEPTED}, kinds


def send_by_smtplib(port: int, numbers: range) -> None:
    """The same by the standard library, over one kept connection."""
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for _number in numbers:
            assert not smtp.sendmail("a@x.test", "b@y.test", BODY)


def at_once(port: int, work: Callable[[int, range], None]) -> Callable[[], None]:
    """The work by ten threads, a connection each."""

    def run() -> None:
        shares: Iterator[range] = (range(start, FAR_N, CONNECTIONS) for start in range(CONNECTIONS))
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            list(pool.map(lambda share: work(port, share), shares))

    return run


@pytest.mark.bench
class SmtpBench(SimpleTestCase):
    def compare(self, bench: Bench, ours: Callable[[], None], reference: Callable[[], None]) -> None:
        """In letters a second, the two in turns."""
        theirs, mine = [], []
        for _repetition in range(bench.reps):
            theirs.append(bench.n / seconds(reference))
            mine.append(bench.n / seconds(ours))
        line = bench.tell(mine, theirs)
        self.assertTrue(line["ok"], line)

    def test_against_smtp_source(self) -> None:
        words = [tool("smtp-source"), "-d", "-s", "1", "-l", str(SIZE), "-f", "a@x.test", "-t", "b@y.test"]
        with sink() as port:
            source = [*words, "-m", str(N), f"127.0.0.1:{port}"]
            bench = Bench("SMTP: ours against smtp-source", limit=1.5, n=N, unit="letters/s", better="higher", reps=21)
            self.compare(bench, lambda: send(port, range(N)), lambda: subprocess.run(source, check=True) and None)

    def test_against_smtplib_far_away(self) -> None:
        with sink() as near, peer("far_away", str(near), str(ONE_WAY)) as port:
            name = "SMTP at 20 ms: ours against smtplib, 10 connections each"
            bench = Bench(name, limit=3, n=FAR_N, unit="letters/s", better="higher", reps=3)
            self.compare(bench, at_once(port, send), at_once(port, send_by_smtplib))
