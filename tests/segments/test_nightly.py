"""Once a night by Moscow, again after a failure, never twice at once."""

import datetime as dt
from typing import Any
from unittest import mock

import django_rq
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from segments import nightly
from segments.models import CustomerFacts, NightWork
from tests.segments.builders import make_customer, make_interaction


class Nights(TestCase):
    def setUp(self) -> None:
        django_rq.get_queue("segments").empty()
        self.addCleanup(django_rq.get_queue("segments").empty)
        nightly.sweep()

    def make_due(self, name: str = "facts") -> None:
        NightWork.objects.filter(name=name).update(due_at=timezone.now() - dt.timedelta(minutes=1))

    def replace(self, work: Any) -> Any:
        return mock.patch.dict(nightly.WORKS, {"facts": (dt.time(2), work)})

    def test_the_night_is_moscow_s(self) -> None:
        evening = dt.datetime(2026, 11, 21, 22, 30, tzinfo=dt.UTC)  # 01:30 of the 22nd in Moscow
        self.assertEqual(nightly.next_night("facts", evening), dt.datetime(2026, 11, 21, 23, tzinfo=dt.UTC))
        later = evening + dt.timedelta(hours=1)
        self.assertEqual(nightly.next_night("facts", later), dt.datetime(2026, 11, 22, 23, tzinfo=dt.UTC))

    def test_nothing_is_due_on_the_first_day(self) -> None:
        self.assertEqual(set(NightWork.objects.values_list("name", flat=True)), set(nightly.WORKS))
        self.assertEqual(nightly.sweep(), {"night_works": 0})

    def test_what_is_due_is_rung_for_once(self) -> None:
        self.make_due()
        for rung in (1, 0):
            with self.captureOnCommitCallbacks(execute=True):
                self.assertEqual(nightly.sweep(), {"night_works": rung})

    def test_the_facts_of_everybody(self) -> None:
        customer = make_customer()
        make_interaction(customer, "sale")
        self.make_due()
        self.assertEqual(nightly.run_due("facts")["changed"], 1)
        self.assertEqual(CustomerFacts.objects.get(customer=customer).purchases, 1)
        row = NightWork.objects.get(name="facts")
        self.assertGreater(row.due_at, timezone.now())
        self.assertEqual((row.result["customers"], row.error), (1, ""))
        self.assertIsNone(nightly.run_due("facts"))  # the second bell

    def test_the_check_of_keys(self) -> None:
        self.make_due("orphans")
        self.assertEqual(nightly.run_due("orphans")["orphans"], {})
        self.assertEqual(NightWork.objects.get(name="orphans").result["orphans"], {})

    def test_a_failure_is_kept_and_tried_in_an_hour(self) -> None:
        self.make_due()
        with self.replace(mock.Mock(side_effect=RuntimeError("нет места"))), self.assertRaises(RuntimeError):
            nightly.run_due("facts")
        row = NightWork.objects.get(name="facts")
        self.assertIn("нет места", row.error)
        self.assertIsNone(row.done_at)
        self.assertAlmostEqual(row.due_at, timezone.now() + nightly.AFTER_FAILURE, delta=dt.timedelta(minutes=1))
        self.make_due()
        nightly.run_due("facts")
        self.assertEqual(NightWork.objects.get(name="facts").error, "")

    def test_work_that_runs_elsewhere_is_left_to_it(self) -> None:
        self.make_due()
        other = connection.copy()
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute(nightly.LOCK, ("facts",))
            self.assertIsNone(nightly.run_due("facts"))
