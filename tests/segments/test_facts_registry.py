"""Facts of the upper apps: refreshed with those of the base, and what is told between, every few minutes."""

import datetime as dt
from collections.abc import Sequence
from unittest import mock

import django_rq
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from segments import facts_registry
from segments.facts import refresh_facts
from segments.facts_registry import FactsTable
from segments.models import NightWork, Segment
from tests.segments.builders import make_customer, make_segment


class Case(TestCase):
    """A registry of one table, which writes down what it was asked."""

    def setUp(self) -> None:
        self.asked: list[object] = []
        names = frozenset({"messages", "opened"})
        table = FactsTable(name="told", refresh=self.refresh, catch_up=self.catch_up, read_by=names)
        patched = mock.patch.object(facts_registry, "_tables", {"told": table})
        patched.start()
        self.addCleanup(patched.stop)
        queue = django_rq.get_queue("segments")
        queue.empty()
        self.addCleanup(queue.empty)

    def refresh(self, ids: Sequence[int] | None) -> int:
        self.asked.append(ids)
        return 3

    def catch_up(self, since: dt.datetime) -> int:
        self.asked.append(since)
        return 5


class Following(Case):
    def test_the_same_people_as_of_the_base(self) -> None:
        customer = make_customer()
        refresh_facts([customer.pk, customer.pk])
        refresh_facts()
        self.assertEqual(self.asked, [[customer.pk], None])

    def test_a_share_of_everybody_leaves_it_to_its_caller(self) -> None:
        refresh_facts(share=(0, 3))
        self.assertEqual(self.asked, [])

    def test_how_many_changed(self) -> None:
        self.assertEqual(facts_registry.follow([1]), {"told": 3})

    def test_a_name_is_taken_once(self) -> None:
        (table,) = facts_registry.tables()
        facts_registry.register(table)
        with self.assertRaises(ValueError):
            facts_registry.register(FactsTable(name="told", refresh=self.refresh, catch_up=lambda since: 0))


class CatchingUp(Case):
    def test_everything_the_first_time_then_what_is_new(self) -> None:
        begun = timezone.now()
        self.assertEqual(facts_registry.catch_up("told"), 3)
        self.assertEqual(facts_registry.catch_up("told"), 5)
        self.assertIsNone(self.asked[0])
        since = self.asked[1]
        assert isinstance(since, dt.datetime)
        self.assertAlmostEqual(since, begun - facts_registry.OVERLAP, delta=dt.timedelta(seconds=10))

    def test_it_is_rung_for_when_it_is_time(self) -> None:
        for rung in (1, 0):  # the second time the job waits already
            with self.captureOnCommitCallbacks(execute=True):
                self.assertEqual(facts_registry.sweep(), {"facts_tables": rung})
        django_rq.get_queue("segments").empty()
        facts_registry.catch_up("told")
        self.assertEqual(facts_registry.sweep(), {"facts_tables": 0})
        NightWork.objects.update(done_at=timezone.now() - facts_registry.EVERY)
        with self.captureOnCommitCallbacks(execute=True):
            self.assertEqual(facts_registry.sweep(), {"facts_tables": 1})

    def test_a_failure_is_tried_again_from_the_same_moment(self) -> None:
        facts_registry.catch_up("told")
        before = NightWork.objects.get(name="told").done_at
        broken = FactsTable(name="told", refresh=self.refresh, catch_up=mock.Mock(side_effect=RuntimeError))
        with mock.patch.dict(facts_registry._tables, {"told": broken}), self.assertRaises(RuntimeError):
            facts_registry.catch_up("told")
        self.assertEqual(NightWork.objects.get(name="told").done_at, before)

    def test_segments_that_read_the_table_follow(self) -> None:
        field = {"field": "messages", "op": "at_least", "value": 1}
        event = {"event": "opened", "op": "at_least", "value": 1, "days": 30}
        other = {"field": "purchases", "op": "at_least", "value": 1}
        night = timezone.now() + dt.timedelta(hours=5)
        by_rule = {
            "field": ({"any": [other, {"not": field}]}, "on_change"),
            "event": (event, "on_change"),
            "other": (other, "on_change"),
            "nightly": (field, "nightly"),
        }
        for slug, (node, policy) in by_rule.items():
            make_segment(slug=slug, rule={"format": 1, "rule": node}, policy=policy, refresh_due_at=night)
        facts_registry.catch_up("told")
        due = Segment.objects.filter(refresh_due_at__lte=timezone.now()).values_list("slug", flat=True)
        self.assertEqual(set(due), {"field", "event"})

    def test_one_at_a_time(self) -> None:
        other = connection.copy()
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute(facts_registry.LOCK, ("told",))
            self.assertIsNone(facts_registry.catch_up("told"))
        self.assertEqual(self.asked, [])
