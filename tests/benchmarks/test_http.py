"""A provider over HTTP, 50 ms away: one process with a window of a hundred calls, against ten threads with an
httpx.Client each. The same fake, in turns."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.test import SimpleTestCase

from channels.models import Account
from channels.providers import provider_for
from channels.providers.base import ACCEPTED, Addressed
from channels.sealing import seal
from tests.benchmarks.measure import Bench, seconds
from tests.peers.http_sms import KEY
from tests.peers.process import peer

LATENCY = 0.05
WINDOW = 100
THREADS = 10
OURS, THEIRS = 3000, 500  # messages a repetition: about two seconds of each
REPS = 5
TEXT = "Анна, приглашаем на сервис: скидка 20 % до конца недели."


@pytest.mark.bench
class HttpBench(SimpleTestCase):
    def test_window_of_calls(self) -> None:
        with peer("http_provider", "http_sms", "-", "--latency", str(LATENCY)) as port:
            url = f"http://127.0.0.1:{port}"
            pairs = [(rate(THEIRS, self.by_httpx(url)), rate(OURS, self.by_us(url))) for _rep in range(REPS)]
        name = f"HTTP provider at {LATENCY * 1000:g} ms: {WINDOW} calls in flight against {THREADS} httpx threads"
        bench = Bench(name, limit=5, n=OURS, unit="messages/s", better="higher", reps=REPS)
        line = bench.tell([mine for _, mine in pairs], [theirs for theirs, _ in pairs])
        self.assertTrue(line["ok"], line)

    def by_us(self, url: str) -> Callable[[], None]:
        account = Account(
            provider="exolve", sender_name="Krug", secret=seal(KEY), options={"url": url, "window": WINDOW}
        )

        def send() -> None:
            told: list[str] = []
            with provider_for(account) as provider:
                messages = (Addressed(n, f"+7999{n:06}001", TEXT.encode()) for n in range(OURS))
                provider.send(messages, lambda number: None, lambda number, result: told.append(result.kind))
            self.assertEqual(told, [ACCEPTED] * OURS)

        return send

    def by_httpx(self, url: str) -> Callable[[], None]:
        def part(numbers: range) -> int:
            with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}) as client:
                answers = [
                    client.post(
                        "/messaging/v1/SendSMS",
                        json={"number": "Krug", "destination": f"7999{n:06}001", "text": TEXT},
                    )
                    for n in numbers
                ]
            return sum(answer.status_code == 200 for answer in answers)

        def send() -> None:
            with ThreadPoolExecutor(THREADS) as pool:
                done = pool.map(part, [range(start, THEIRS, THREADS) for start in range(THREADS)])
                self.assertEqual(sum(done), THEIRS)

        return send


def rate(number: int, work: Callable[[], None]) -> float:
    return number / seconds(work)
