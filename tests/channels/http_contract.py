"""The contract for providers over HTTP, with `tests.peers.http_provider` as the peer."""

import tempfile
import threading
import time
from pathlib import Path
from typing import ClassVar

from channels.models import Account
from channels.providers.base import ACCEPTED, DEFERRED, UNKNOWN
from channels.sealing import seal
from tests.channels.contract import ProviderContract
from tests.peers import http_provider
from tests.peers.process import peer

STRANGER = "a-key-of-nobody-5"


class HttpContract(ProviderContract):
    """To be said: `family` (module of the fakes), `name` in the registry, `secret`; for others `extra` options."""

    family: ClassVar[str]
    name: ClassVar[str]
    secret: ClassVar[str]
    wrong: ClassVar[str] = STRANGER
    extra: ClassVar[dict[str, object]] = {}
    slow = "910"
    silent = http_provider.UNANSWERED
    port: int

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.journal = Path(folder.name) / "journal"
        cls.port = cls.enterClassContext(peer("http_provider", cls.family, str(cls.journal)))

    def account(self, secret: str | None = None, **options: object) -> Account:
        base = {"url": f"http://127.0.0.1:{self.port}", "timeout": 20, "connect_timeout": 20}
        return Account(
            provider=self.name,
            name=self.name,
            sender_name="Krug",
            secret=seal(self.secret if secret is None else secret),
            options=base | self.extra | options,
        )

    def stranger(self) -> Account:
        return self.account(secret=self.wrong)

    def nowhere(self) -> Account:
        return self.account(url="http://127.0.0.1:1")

    def address(self, number: int, ends: str = "") -> str:
        return f"+7999{number:04}{ends or '001'}"

    def test_an_answer_that_never_comes_is_unknown_and_the_worker_is_free_again(self) -> None:
        sent = self.send(http_provider.HANGS, account=self.account(timeout=1))  # of an hour
        self.assertEqual(sent.kinds, [UNKNOWN])
        ends = time.monotonic() + 60
        while not self.arrived() and time.monotonic() < ends:  # a busy peer hears of it later than we give it up
            time.sleep(0.05)
        self.assertEqual(len(self.arrived()), 1)

    def test_throttled_messages_are_put_off_and_the_window_pauses(self) -> None:
        started = time.monotonic()
        sent = self.send("", "429", "", account=self.account(window=1))
        self.assertEqual(sent.kinds, [ACCEPTED, DEFERRED, ACCEPTED], sent.results)
        self.assertGreaterEqual(time.monotonic() - started, 1)
        self.assertEqual(len(self.arrived()), 2)

    def test_a_long_pause_ends_the_sending_with_the_rest_unsent(self) -> None:
        sent = self.send("", "430", *[""] * 40, account=self.account(window=2))
        self.assertIsNotNone(sent.error)
        self.assertFalse(sent.error.permanent)
        self.assertEqual(sent.results[2].kind, DEFERRED)
        self.assertEqual(sorted(sent.results), sent.before)
        self.assertLess(len(sent.before), 42)
        self.assertEqual(len(self.arrived()), len(sent.before) - 1)

    def test_a_500_proves_nothing_and_a_storm_of_them_stops_the_sending(self) -> None:
        sent = self.send("", "500", "")
        self.assertEqual(sent.kinds, [ACCEPTED, UNKNOWN, ACCEPTED])
        sent = self.send(*["500"] * 30, account=self.account(window=2))
        self.assertIsNotNone(sent.error)
        self.assertFalse(sent.error.permanent)
        self.assertLessEqual(len(sent.before), 8)
        self.assertEqual(sorted(sent.results), sent.before)

    def test_a_401_in_html_stops_the_account_after_all_in_flight_are_told(self) -> None:
        sent = self.send("910", "401", *[""] * 20, account=self.account(window=2))
        self.assertTrue(sent.error and sent.error.permanent)
        self.assertEqual(sent.results[1].kind, ACCEPTED)
        self.assertEqual(sent.results[2].kind, DEFERRED)
        self.assertEqual(sorted(sent.results), sent.before)
        self.assertLess(len(sent.before), 20)

    def test_check_leaves_no_thread_behind(self) -> None:
        before = threading.active_count()
        self.provider().check()
        self.assertLessEqual(threading.active_count(), before)

    def test_the_window_is_kept_over_several_sendings(self) -> None:
        with self.provider() as provider:
            for _turn in range(2):
                told: list[str] = []
                messages = [self.message(number) for number in range(1, 31)]
                provider.send(messages, lambda number: None, lambda number, result, told=told: told.append(result.kind))
                self.assertEqual(told, [ACCEPTED] * 30)
        self.assertEqual(len(self.arrived()), 60)
