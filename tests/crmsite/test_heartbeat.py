"""The scheduler's sign of life, in a real Redis."""

import datetime as dt
from unittest import mock

from django.test import TestCase, override_settings
from django.utils import timezone

from crmsite import heartbeat, schedule
from crmsite.redis_client import redis


class HeartbeatTest(TestCase):
    def setUp(self) -> None:
        redis().delete(heartbeat.KEY)
        self.addCleanup(redis().delete, heartbeat.KEY)

    def test_nobody_was_here(self) -> None:
        self.assertIsNone(heartbeat.read())

    def test_a_pass_of_the_scheduler_is_seen(self) -> None:
        seen = []
        sweeps = {"segments": lambda: {"did": seen.append(heartbeat.read())}}
        with mock.patch.object(schedule, "SWEEPS", sweeps):
            schedule.tick()
        self.assertEqual(seen[0].doing, "segments")
        life = heartbeat.read()
        self.assertEqual((life.doing, life.sweeps["segments"].error), ("", ""))
        self.assertFalse(life.is_late(timezone.now()))

    def test_a_sweep_that_failed_says_why(self) -> None:
        heartbeat.ended("tracking", {"seconds": 1, "error": "ZeroDivisionError: division by zero"})
        self.assertIn("ZeroDivisionError", heartbeat.read().sweeps["tracking"].error)

    def test_late_is_silent_or_stuck(self) -> None:
        heartbeat.ended("segments", {"seconds": 1})
        life, now = heartbeat.read(), timezone.now()
        self.assertTrue(life.is_late(now + heartbeat.SILENT_AFTER + dt.timedelta(seconds=1)))
        heartbeat.begun("segments")
        life = heartbeat.read()
        self.assertFalse(life.is_late(now + heartbeat.SILENT_AFTER + dt.timedelta(seconds=1)))
        self.assertTrue(life.is_late(timezone.now() + heartbeat.STUCK_AFTER))

    def test_what_another_scheduler_does_says_nothing_of_the_sweep(self) -> None:
        heartbeat.ended("segments", {"seconds": 7.0})
        heartbeat.ended("segments", {"seconds": 0.0, "busy": True})
        self.assertEqual(heartbeat.read().sweeps["segments"].seconds, 7.0)

    @override_settings(REDIS_URL="redis://127.0.0.1:1/0")
    def test_without_redis_the_scheduler_goes_on(self) -> None:
        with (
            mock.patch.object(schedule, "SWEEPS", {"segments": lambda: {"done": 1}}),
            self.assertLogs("crmsite.heartbeat"),
        ):
            self.assertEqual(schedule.tick()["segments"]["done"], 1)
