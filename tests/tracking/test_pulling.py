"""Reading an account: from its cursor to now, again over the last days, and from where a killed pull stood."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from django.conf import settings
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from segments.models import Interaction
from tests.benchmarks.served import database_url
from tests.campaigns.builders import make_reader
from tests.segments.builders import make_contact
from tests.tracking.builders import call_file, call_line
from tests.tracking.call_services import FakeCase, make_call_account, told_call
from tracking.calls import load_calls
from tracking.models import Call, CallPull, CallTrackingAccount
from tracking.telephony import jobs, pulling

NOW = datetime(2025, 5, 10, 12, tzinfo=UTC)


def now_is(moment: datetime) -> Any:
    return mock.patch.object(timezone, "now", return_value=moment)


class Pulling(FakeCase, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.account = make_call_account(url=f"{self.url}/v2.0")
        self.enterContext(now_is(NOW))

    def pull(self, *calls: dict[str, Any]) -> CallPull:
        if calls:
            self.world(calls=calls)
        done = pulling.pull(self.account.pk)
        assert done is not None
        self.account.refresh_from_db()
        return done

    def days(self) -> int:
        """How many questions were asked since the last time."""
        before, self.before = getattr(self, "before", 0), len(self.asked())
        return self.before - before

    def test_history_is_read_day_by_day_once(self) -> None:
        done = self.pull(told_call(1), told_call(2, at="2025-05-09 10:00:00"))
        self.assertEqual((done.new, done.problem, done.percent), (2, "", 100))
        self.assertEqual((self.account.read_until, self.days()), (NOW, 10))
        self.assertEqual(self.account.due_at, NOW + timedelta(minutes=30))

    def test_the_last_days_are_read_again(self) -> None:
        self.pull(told_call(1, at="2025-05-09 10:00:00"))
        self.days()
        done = self.pull(told_call(1, at="2025-05-09 10:00:00", tags=[{"tag_name": "Тест-драйв"}]))
        self.assertEqual((done.new, done.updated, done.unchanged), (0, 1, 0))
        self.assertEqual(Call.objects.get().details["tags"], ["Тест-драйв"])
        self.assertEqual(self.days(), 4)  # three whole days back
        done = self.pull()
        self.assertEqual((done.new, done.updated, done.unchanged), (0, 0, 1))

    def test_a_gap_of_three_days_is_caught_up(self) -> None:
        self.pull()
        with now_is(NOW + timedelta(days=3)):
            done = self.pull(told_call(5, at="2025-05-10 16:00:00"), told_call(6, at="2025-05-13 10:00:00"))
            self.assertEqual((done.new, self.account.read_until), (2, NOW + timedelta(days=3)))

    def test_a_call_is_that_of_a_file_and_is_tied_like_it(self) -> None:
        reader = make_reader()
        make_contact(reader, "+79211234567")
        load_calls(call_file([call_line("+78120006666", key=1, at="2025-05-03 14:05:00")]))
        done = self.pull(told_call(1))
        self.assertEqual((done.new, done.updated, Call.objects.count()), (0, 1, 1))
        call = Call.objects.get()
        self.assertEqual((call.customer_id, call.account), (reader.pk, self.account))
        self.assertEqual(Interaction.objects.get(kind="call").external_key, "1")

    def test_calls_of_two_accounts_are_not_one(self) -> None:
        self.pull(told_call(1))
        self.account = make_call_account(url=f"{self.url}/v2.0")
        self.assertEqual(self.pull().new, 1)
        self.assertEqual(set(Call.objects.values_list("external_id", flat=True)), {"1", f"{self.account.pk}:1"})

    def test_the_clock_of_the_account_is_read(self) -> None:
        CallTrackingAccount.objects.update(time_zone="Asia/Vladivostok")
        self.pull(told_call(1, at="2025-05-03 14:05:00"))
        there = datetime(2025, 5, 3, 14, 5, tzinfo=ZoneInfo("Asia/Vladivostok"))
        self.assertEqual(Call.objects.get().started_at, there)

    def test_a_call_that_cannot_be_read_holds_up_no_other(self) -> None:
        done = self.pull(told_call(1, virtual_phone_number=None), told_call(2))
        self.assertEqual((done.new, done.refused), (1, 1))
        self.assertIn("1:", done.refusals[0])

    def test_a_used_up_limit_goes_on_where_it_stood(self) -> None:
        few = {"day_limit": 1000, "day_remaining": 900, "day_reset": 1, "minute_limit": 250, "minute_remaining": 4, "minute_reset": 30}  # fmt: skip
        self.world(limits=few)
        done = self.pull(told_call(1, at="2025-05-09 10:00:00"))
        self.assertIn("Лимит", done.problem)
        self.assertEqual(self.account.read_until, datetime(2025, 5, 4, 21, tzinfo=UTC))  # four days of Moscow
        self.assertEqual((self.account.due_at, self.account.failures), (NOW + timedelta(seconds=30), 0))
        self.world(limits=few | {"minute_remaining": 250})
        self.assertEqual((self.pull().new, self.account.read_until), (1, NOW))

    def test_a_service_that_fails_is_asked_later_and_later(self) -> None:
        self.plan(500, "oops", times=3)
        pauses = []
        for _nth in range(3):
            self.assertTrue(self.pull().problem)
            pauses.append((self.account.due_at - NOW).total_seconds() / 60)
        self.assertEqual((pauses, self.account.failures, self.account.pulled_at), ([10, 20, 40], 3, None))
        self.assertEqual((self.pull().problem, self.account.problem, self.account.failures), ("", "", 0))

    def test_jobs_read_what_is_due_and_switched_on(self) -> None:
        CallTrackingAccount.objects.update(due_at=NOW)
        with mock.patch.object(jobs, "ring", return_value=1) as ring:
            jobs.sweep()
        rung = {call.args[1]: list(call.args[2].values()) for call in ring.call_args_list}
        self.assertEqual(rung, {jobs.PULL: [(self.account.pk,)], jobs.APPLY: [], jobs.RECONCILE: []})
        self.assertEqual(jobs.pull(self.account.pk), {"account": self.account.pk, "new": 0, "problem": ""})
        self.assertIsNone(jobs.pull(self.account.pk))
        CallTrackingAccount.objects.update(due_at=NOW, is_active=False)
        self.assertIsNone(jobs.pull(self.account.pk))
        self.assertIsNotNone(jobs.pull(self.account.pk, True))


DIES = """
import os, signal, sys
import django
django.setup()
from tracking.telephony import pulling
days = []
read = pulling._read_window
def once_more(*window):
    read(*window)
    days.append(window)
    if len(days) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
pulling._read_window = once_more
pulling.pull(int(sys.argv[1]))
"""


class Killed(FakeCase, TransactionTestCase):
    def test_a_killed_pull_goes_on_from_its_cursor(self) -> None:
        since = timezone.localdate() - timedelta(days=6)
        calls = [told_call(day, at=f"{since + timedelta(days=day)} 00:00:01") for day in range(6)]
        self.world(calls=calls)
        account = make_call_account(url=f"{self.url}/v2.0", since=since)
        env = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "crmsite.settings"}
        died = subprocess.run(
            [sys.executable, "-c", DIES, str(account.pk)], cwd=settings.BASE_DIR, env=env, check=False
        )
        self.assertEqual((died.returncode, Call.objects.count()), (-signal.SIGKILL, 3))
        account.refresh_from_db()
        self.assertEqual(timezone.localdate(account.read_until), since + timedelta(days=3))
        done = pulling.pull(account.pk)
        assert done is not None
        self.assertEqual((Call.objects.count(), done.new, done.problem), (6, 3, ""))
