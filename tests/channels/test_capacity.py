"""How much an account may send: on a day of its warm-up, and within a span of time."""

from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from unittest import mock

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from channels.admin.account_words import warm_up
from channels.capacity import day_limit, room
from channels.limits import Gate
from channels.models import Account, Allowance
from tests.channels.test_limits import make_account, moscow

FIRST = date(2026, 5, 20)


def warming(**fields: object) -> Account:
    return Account(
        **{"per_second": 5000, "per_day": 6400, "warmup_from": FIRST, "warmup_first": 100, "warmup_days": 6} | fields
    )


class WarmUpTest(SimpleTestCase):
    def limit(self, account: Account, day: int) -> int | None:
        return day_limit(account, FIRST + timedelta(days=day))

    def test_every_day_grows_by_the_same_factor_to_the_full_volume(self) -> None:
        self.assertEqual([self.limit(warming(), day) for day in range(8)], [100, 200, 400, 800, 1600, 3200, 6400, 6400])

    def test_a_day_before_the_first_is_no_freer(self) -> None:
        self.assertEqual(self.limit(warming(), -3), 100)

    def test_without_one_the_limit_of_a_day_holds_or_none(self) -> None:
        self.assertEqual(self.limit(warming(warmup_from=None), 0), 6400)
        self.assertIsNone(self.limit(warming(per_day=None), 0))
        self.assertIsNone(self.limit(Account(), 0))


class RoomTest(SimpleTestCase):
    """An hour of 5000 a second is 18 million: what is less comes of another limit."""

    def test_the_pace_of_a_second_and_of_a_minute(self) -> None:
        day = (moscow(10), moscow(11))
        self.assertEqual(room(Account(per_second=10), *day), 36_000)
        self.assertEqual(room(Account(per_second=10, per_minute=100), *day), 6000)

    def test_each_day_has_its_own_limit(self) -> None:
        until = moscow(10) + timedelta(days=3)
        self.assertEqual(room(Account(per_second=5000, per_day=1000), moscow(10), until), 4000)
        self.assertEqual(room(warming(), moscow(10), until), 100 + 200 + 400 + 800)

    def test_quiet_hours_send_nothing(self) -> None:
        night = Account(per_second=1, quiet_from=clock(21), quiet_to=clock(9))
        self.assertEqual(room(night, moscow(8), moscow(8) + timedelta(days=1)), 12 * 3600)
        self.assertEqual(room(night, moscow(22), moscow(23)), 0)
        noon = Account(per_second=1, quiet_from=clock(13), quiet_to=clock(14))
        self.assertEqual(room(noon, moscow(12), moscow(16)), 3 * 3600)

    def test_days_are_the_account_s(self) -> None:
        far = Account(per_second=5000, per_day=10, time_zone="Asia/Kamchatka")
        self.assertEqual(room(far, datetime(2026, 5, 20, 11, tzinfo=UTC), datetime(2026, 5, 20, 13, tzinfo=UTC)), 20)


class WarmGateTest(TestCase):
    def test_workers_keep_to_the_day_of_the_warm_up(self) -> None:
        account = make_account(per_day=800, warmup_from=FIRST, warmup_first=2, warmup_days=30)
        with mock.patch.object(timezone, "now", return_value=moscow(12)):
            first, second = Gate(account), Gate(account)
            self.assertEqual([first.wait(), second.wait(), first.wait()], [True, True, False])
            self.assertEqual(first.closed_for(), 12 * 3600)
        self.assertEqual(Allowance.objects.get(scope="day").taken, 2)

    def test_the_page_tells_how_far_it_is(self) -> None:
        account = make_account(per_day=6400, warmup_from=FIRST, warmup_first=100, warmup_days=6)
        with mock.patch.object(timezone, "now", return_value=moscow(12) + timedelta(days=2)):
            self.assertEqual(warm_up(account), "прогрев: сегодня до 400, весь объём с 26 мая")
        with mock.patch.object(timezone, "now", return_value=moscow(12) + timedelta(days=6)):
            self.assertEqual(warm_up(account), "")
