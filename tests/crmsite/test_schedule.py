"""A sweep that fails holds up nobody; one that runs elsewhere is left alone."""

import time
from io import StringIO
from json import loads
from unittest import mock

from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase

from crmsite import schedule


def failing() -> dict:
    raise RuntimeError("the network is on fire")


def tick_until_free(name: str) -> dict:
    """The server gives a lock back a moment after its connection is closed."""
    for _try in range(100):
        found = schedule.tick()[name]
        if not found.get("busy"):
            break
        time.sleep(0.05)
    return found


class TickTests(TransactionTestCase):
    def test_a_failing_sweep_is_told_and_the_others_run(self) -> None:
        sweeps = {"one": failing, "two": lambda: {"done": 2}}
        with mock.patch.object(schedule, "SWEEPS", sweeps), self.assertLogs("crmsite.schedule", "ERROR"):
            done = schedule.tick()
        self.assertEqual(done["one"]["error"], "RuntimeError: the network is on fire")
        self.assertEqual(done["two"]["done"], 2)

    def test_a_sweep_that_runs_elsewhere_is_left_to_it(self) -> None:
        other = connections.create_connection("default")
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute(schedule.TRY_LOCK, ["two"])
        with mock.patch.object(schedule, "SWEEPS", {"two": lambda: {"done": 2}}):
            self.assertTrue(schedule.tick()["two"]["busy"])
            other.close()
            self.assertEqual(tick_until_free("two")["done"], 2)

    def test_the_lock_is_given_back(self) -> None:
        with mock.patch.object(schedule, "SWEEPS", {"one": failing, "two": dict}), self.assertLogs("crmsite.schedule"):
            schedule.tick()
        other = connections.create_connection("default")
        self.addCleanup(other.close)
        for name in ("one", "two"):
            with other.cursor() as cursor:
                cursor.execute(schedule.TRY_LOCK, [name])
                self.assertTrue(cursor.fetchone()[0])

    def test_the_real_sweeps_run_twice(self) -> None:
        for _time in range(2):
            out = StringIO()
            call_command("tick", "--json", stdout=out)
            done = loads(out.getvalue())
            self.assertEqual(set(done), {"format", *schedule.SWEEPS})
            self.assertFalse([each for name, each in done.items() if name != "format" and "error" in each])
