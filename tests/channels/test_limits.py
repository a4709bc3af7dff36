"""Limits of an account, also when several workers send through it at once."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from unittest import mock

from django.db import connection
from django.test import SimpleTestCase, TestCase, TransactionTestCase
from django.utils import timezone

from channels.limits import Gate, local_day, quiet_seconds, reserve, take
from channels.models import Account, Allowance, DomainLimit


def make_account(**fields: object) -> Account:
    return Account.objects.create(
        **{"name": "Почта", "channel": "email", "provider": "smtp", "per_second": 5000} | fields
    )


def moscow(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 5, 20, hour - 3, minute, tzinfo=UTC)


def in_threads(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class QuietHoursTest(SimpleTestCase):
    def quiet(self, now: datetime, begin: int, end: int, zone: str = "Europe/Moscow") -> float:
        return quiet_seconds(Account(quiet_from=clock(begin), quiet_to=clock(end), time_zone=zone), now)

    def test_a_night_passes_midnight(self) -> None:
        self.assertEqual(self.quiet(moscow(22), 21, 9), 11 * 3600)
        self.assertEqual(self.quiet(moscow(8, 30), 21, 9), 1800)
        self.assertEqual(self.quiet(moscow(9), 21, 9), 0)
        self.assertEqual(self.quiet(moscow(20, 59), 21, 9), 0)
        self.assertEqual(self.quiet(moscow(21), 21, 9), 12 * 3600)

    def test_hours_within_a_day(self) -> None:
        self.assertEqual(self.quiet(moscow(13), 13, 14), 3600)
        self.assertEqual(self.quiet(moscow(14), 13, 14), 0)

    def test_they_are_those_of_the_account_s_zone(self) -> None:
        self.assertEqual(self.quiet(moscow(12), 19, 20, zone="Asia/Vladivostok"), 3600)

    def test_no_hours_are_never_quiet(self) -> None:
        self.assertEqual(quiet_seconds(Account(), moscow(3)), 0)

    def test_a_day_begins_at_the_account_s_midnight(self) -> None:
        account = Account(time_zone="Asia/Kamchatka")
        self.assertEqual(local_day(account, moscow(16)).isoformat(), "2026-05-21T00:00:00+12:00")


class AllowanceTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = make_account()
        cls.day = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)

    def take(self, count: int, limit: int = 10, days: int = 0) -> int:
        return take(self.account.pk, "day", window=self.day + timedelta(days=days), count=count, limit=limit)

    def test_no_more_is_granted_than_there_is(self) -> None:
        self.assertEqual([self.take(6), self.take(6), self.take(6)], [6, 4, 0])

    def test_another_window_begins_anew_and_an_old_clock_does_not_turn_it_back(self) -> None:
        self.take(10)
        self.assertEqual([self.take(7, days=1), self.take(7), self.take(1, days=1)], [7, 3, 0])

    def test_what_is_given_back_may_be_taken_again(self) -> None:
        self.take(10)
        self.assertEqual([self.take(-4), self.take(9)], [-4, 4])
        self.assertEqual([self.take(-99), self.take(99)], [-10, 10])

    def test_spans_follow_one_another_and_one_too_far_is_not_taken(self) -> None:
        begun = time.monotonic()
        begins = [reserve(self.account.pk, "pace", span=200, farthest=500) for _ in range(5)]
        passed = time.monotonic() - begun  # however long that was, the spans lie where they lie
        for begin, expected in zip(begins, (0, 200, 400, 600, 600), strict=True):
            self.assertTrue(expected - passed - 1 < begin <= expected, begins)
        row = Allowance.objects.get(scope="pace")
        self.assertTrue(600 - passed - 1 < (row.next_at - timezone.now()).total_seconds() <= 600)

    def test_idle_time_is_not_saved_up(self) -> None:
        reserve(self.account.pk, "pace", span=0.01, farthest=5)
        time.sleep(0.05)
        self.assertEqual(reserve(self.account.pk, "pace", span=1, farthest=5), 0)


class GateTest(TestCase):
    def test_quiet_hours_close_it_until_they_end(self) -> None:
        gate = Gate(make_account(quiet_from=clock(0), quiet_to=clock(23, 59, 59), time_zone="UTC"))
        with mock.patch.object(timezone, "now", return_value=datetime(2026, 5, 20, 20, 0, tzinfo=UTC)):
            self.assertEqual(gate.closed_for(), 4 * 3600 - 1)
            self.assertFalse(gate.wait())

    def test_a_day_s_limit_closes_it_until_midnight(self) -> None:
        account = make_account(per_day=3)
        first, second = Gate(account), Gate(account)
        self.assertEqual([first.wait(), second.wait(), first.wait(), second.wait()], [True, True, True, False])
        left = second.closed_for()
        self.assertTrue(0 < left <= 24 * 3600)
        self.assertAlmostEqual(
            left, (local_day(account, timezone.now()) + timedelta(days=1) - timezone.now()).total_seconds(), delta=5
        )

    def test_what_a_worker_did_not_use_of_the_day_is_given_back(self) -> None:
        account = make_account(per_day=1000)
        gate = Gate(account)
        gate.wait()
        self.assertEqual(Allowance.objects.get(scope="day").taken, 10)
        gate.close()
        gate.close()
        self.assertEqual(Allowance.objects.get(scope="day").taken, 1)

    def test_one_a_minute_is_not_waited_for(self) -> None:
        gate = Gate(make_account(per_minute=1))
        self.assertTrue(gate.wait())
        with mock.patch("channels.limits.time.sleep") as sleep:
            self.assertFalse(gate.wait())
        sleep.assert_not_called()
        self.assertTrue(30 < gate.closed_for() <= 70)

    def test_more_slots_hold_up_the_messages_of_all(self) -> None:
        account = make_account(per_second=10)
        first, second = Gate(account), Gate(account)
        begun = time.monotonic()
        begins = first.more(5)
        self.assertEqual(len(begins), 5)
        self.assertAlmostEqual(begins[4] - begins[0], 4 * (begins[1] - begins[0]))
        self.assertGreaterEqual(begins[1] - begins[0], 0.1)
        self.assertTrue(second.wait())
        self.assertGreater(time.monotonic() - begun, 0.4)

    def test_a_domain_has_its_own_limit_and_others_go_on(self) -> None:
        account = make_account()
        DomainLimit.objects.create(account=account, domain="slow.test", per_minute=2)
        noon = timezone.now().replace(second=1, microsecond=0)
        with mock.patch.object(timezone, "now", return_value=noon):
            first, second = Gate(account), Gate(account)
            waits = [
                gate.later(f"{n}@Slow.test") for n, gate in enumerate((first, second, first, second, first, second))
            ]
            self.assertEqual(waits[:2], [0, 0])
            self.assertTrue(all(wait > 0 for wait in waits[2:]))
            self.assertGreater(waits[5], waits[2])  # a queue: not all of them come back at once
            self.assertEqual(first.later("a@fast.test"), 0)
        with mock.patch.object(timezone, "now", return_value=noon + timedelta(minutes=1)):
            self.assertEqual(first.later("9@slow.test"), 0)


class ManyWorkersTest(TransactionTestCase):
    def test_slow_workers_do_not_hold_up_one_another(self) -> None:
        account = make_account(per_second=5000)
        begun, spans = time.monotonic(), []

        def noted(account_id: int, scope: str, *, span: float, farthest: float) -> float:
            spans.append(span)
            return reserve(account_id, scope, span=span, farthest=farthest)

        def work() -> None:
            gate = Gate(account)
            while time.monotonic() < begun + 1 and gate.wait():
                time.sleep(0.01)
            connection.close()

        with mock.patch("channels.limits.reserve", noted):
            in_threads(work, 4)
        # Whoever reserves a whole block and uses a fraction of it leaves no time to the others.
        self.assertLess(sum(spans), 0.7 * (time.monotonic() - begun))

    def test_together_they_never_pass_the_limit(self) -> None:
        account, per_second, workers = make_account(per_second=40), 40, 4
        times: list[float] = []
        begun = time.monotonic()

        def work() -> None:
            gate = Gate(account)
            while time.monotonic() < begun + 2.5 and gate.wait():
                times.append(time.monotonic())
            connection.close()

        in_threads(work, workers)
        times.sort()
        # From the beginning: a thread of a busy machine may be held up between the gate and our clock, and then come
        # with others, but never before its slot (a slot may be taken a little early, by each).
        early = [n for n, at in enumerate(times) if at - begun < (n - workers) / per_second]
        self.assertEqual(early, [])
        self.assertGreater(len(times), workers)
