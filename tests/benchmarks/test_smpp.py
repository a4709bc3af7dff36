"""Submits of SMPP in a window of 100 against one at a time, at a centre some milliseconds away."""

import pytest
from django.test import SimpleTestCase

from channels.providers import provider_for
from channels.providers.base import ACCEPTED, Addressed, Result
from tests.benchmarks.measure import Bench, seconds
from tests.channels.test_smpp import account
from tests.peers.process import peer

N = 400
LATENCY = 0.005  # seconds until the centre answers
REPS = 5


def rate(port: int, window: int) -> float:
    """Messages a second over one session, bound beforehand."""
    told: dict[int, Result] = {}
    messages = [Addressed(number, f"7999{number:07}", "Анна, ваш автомобиль готов".encode()) for number in range(N)]
    with provider_for(account(port, per_second=5000, window=window)) as provider:
        taken = seconds(lambda: provider.send(messages, lambda number: None, told.__setitem__))
    assert [result.kind for result in told.values()] == [ACCEPTED] * N
    return N / taken


@pytest.mark.bench
class SmppBench(SimpleTestCase):
    def test_window(self) -> None:
        with peer("smpp_server", "-", "--latency", str(LATENCY)) as port:
            pairs = [(rate(port, 100), rate(port, 1)) for _ in range(REPS)]
        bench = Bench("SMPP: a window of 100 against one at a time", limit=2, n=N, unit="msg/s", better="higher")
        line = bench.tell(*zip(*pairs, strict=True))
        assert line["ok"], line
