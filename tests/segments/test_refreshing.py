"""Membership in step with the rules: set-wise, in order, with the reason when it cannot be."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import django_rq
from django.test import TestCase
from django.utils import timezone

from segments import membership, refreshing
from segments.models import Membership, Segment, SegmentSize
from segments.rules.tree import RuleError
from tests.segments.builders import make_customer, make_facts

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}


def upon(slug: str, op: str = "any_of") -> dict:
    return {"format": 1, "rule": {"field": "segment", "op": op, "value": [slug]}}


def stored(slug: str, rule: dict, **fields: Any) -> Segment:
    return Segment.objects.create(name=slug, slug=slug, rule=rule, **fields)


class Refresh(TestCase):
    def setUp(self) -> None:
        self.buyer, self.stranger = make_customer(), make_customer()
        self.facts = make_facts(self.buyer, purchases=1)
        self.others = make_facts(self.stranger)
        self.segment = stored("buyers", BUYERS)

    def members(self) -> set[int]:
        return set(Membership.objects.filter(segment=self.segment).values_list("customer", flat=True))

    def test_first_and_next(self) -> None:
        first = refreshing.refresh(self.segment)
        self.assertEqual((first["slug"], first["size"], first["added"], first["removed"]), ("buyers", 1, 1, 0))
        self.assertEqual(self.members(), {self.buyer.pk})
        self.others.purchases, self.facts.purchases = 2, 0
        self.others.save(), self.facts.save()
        second = refreshing.refresh(self.segment)
        self.assertEqual((second["size"], second["added"], second["removed"]), (1, 1, 1))
        self.assertEqual(self.members(), {self.stranger.pk})

    def test_who_stays_is_not_touched(self) -> None:
        refreshing.refresh(self.segment)
        before = Membership.objects.values_list("pk", "entered_at").get()
        again = refreshing.refresh(self.segment)
        self.assertEqual((again["added"], again["removed"]), (0, 0))
        self.assertEqual(Membership.objects.values_list("pk", "entered_at").get(), before)

    def test_size_of_the_day_and_of_the_segment(self) -> None:
        for _time in range(2):
            refreshing.refresh(self.segment)
        self.segment.refresh_from_db()
        self.assertEqual((self.segment.size, SegmentSize.objects.get().size), (1, 1))
        self.assertGreater(self.segment.refresh_due_at, timezone.now())

    def test_a_rule_that_cannot_be_used_keeps_the_members_and_says_why(self) -> None:
        refreshing.refresh(self.segment)
        Segment.objects.update(rule=upon("gone"), refresh_due_at=timezone.now())
        self.segment.refresh_from_db()
        with self.assertRaises(RuleError):
            refreshing.refresh(self.segment)
        self.segment.refresh_from_db()
        self.assertIn("gone", self.segment.error)
        self.assertGreater(self.segment.refresh_due_at, timezone.now())
        self.assertEqual(self.members(), {self.buyer.pk})
        Segment.objects.update(rule=BUYERS)
        self.segment.refresh_from_db()
        refreshing.refresh(self.segment)
        self.segment.refresh_from_db()
        self.assertEqual(self.segment.error, "")

    def test_too_slow_is_a_sentence_on_the_segment(self) -> None:
        slow = "CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS SELECT customer_id FROM ({query}) AS q, pg_sleep(9)"
        refreshing.refresh(self.segment)
        refreshing.ask([self.segment])
        with patch.object(membership, "WANTED", slow), patch.object(membership, "LIMIT", 0.2):
            self.assertIn("error", refreshing.refresh_due(self.segment.pk))
        self.segment.refresh_from_db()
        self.assertTrue(self.segment.error)

    def test_a_rule_changed_meanwhile_stays_due(self) -> None:
        asked = timezone.now()
        real = refreshing.bring_in_step

        def meanwhile(*args: Any, **kwargs: Any) -> Any:
            Segment.objects.update(refresh_due_at=asked)
            return real(*args, **kwargs)

        with patch.object(refreshing, "bring_in_step", meanwhile):
            refreshing.refresh(self.segment)
        self.segment.refresh_from_db()
        self.assertEqual(self.segment.refresh_due_at, asked)


class Due(TestCase):
    def setUp(self) -> None:
        self.queue = django_rq.get_queue(refreshing.QUEUE)
        self.queue.empty()
        self.addCleanup(self.queue.empty)

    def test_sweep_rings_once_for_each_and_again_when_redis_was_emptied(self) -> None:
        segment = stored("a", BUYERS)
        stored("archived", BUYERS, is_archived=True)
        stored("later", BUYERS, refresh_due_at=timezone.now() + timedelta(hours=1))
        with self.captureOnCommitCallbacks(execute=True):
            self.assertEqual(refreshing.sweep(), {"due": 1, "enqueued": 1})
        self.assertEqual(self.queue.get_job_ids(), [f"refresh-segment-{segment.pk}"])
        with self.captureOnCommitCallbacks(execute=True):
            self.assertEqual(refreshing.sweep(), {"due": 1, "enqueued": 0})
        self.queue.empty()
        with self.captureOnCommitCallbacks(execute=True):
            self.assertEqual(refreshing.sweep(), {"due": 1, "enqueued": 1})

    def test_the_job_of_a_segment_that_is_not_due_does_nothing(self) -> None:
        segment = stored("a", BUYERS)
        self.assertEqual(refreshing.refresh_due(segment.pk)["size"], 0)
        self.assertIsNone(refreshing.refresh_due(segment.pk))
        self.assertIsNone(refreshing.refresh_due(10**9))

    def test_asking_for_one_asks_for_those_built_upon_it(self) -> None:
        base, far = stored("base", BUYERS), timezone.now() + timedelta(hours=5)
        for slug, rule in (("upon", upon("base")), ("further", upon("upon", "none_of")), ("apart", BUYERS)):
            stored(slug, rule)
        Segment.objects.update(refresh_due_at=far)
        refreshing.ask([base])
        due = Segment.objects.filter(refresh_due_at__lte=timezone.now()).values_list("slug", flat=True)
        self.assertEqual(set(due), {"base", "upon", "further"})
        refreshing.ask()
        self.assertFalse(Segment.objects.filter(refresh_due_at=far).exists())

    def test_those_asked_about_come_first(self) -> None:
        last, middle, first = stored("a", upon("b")), stored("b", upon("c")), stored("c", BUYERS)
        self.assertEqual(refreshing.in_order([last, middle, first]), [first, middle, last])

    def test_each_policy_has_its_next_time(self) -> None:
        noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
        night = datetime(2026, 5, 2, 0, tzinfo=UTC)
        for policy, at in (
            ("nightly", night),
            ("on_change", night),
            ("hourly", noon + timedelta(hours=1)),
            ("frozen", None),
        ):
            with self.subTest(policy):
                self.assertEqual(refreshing.next_time(policy, noon), at)

    def test_a_change_of_the_base_is_for_those_that_follow_it(self) -> None:
        for policy in Segment.Policy:
            stored(policy, BUYERS, policy=policy, refreshed_at=timezone.now(), refresh_due_at=None)
        refreshing.ask()
        due = Segment.objects.filter(refresh_due_at__lte=timezone.now()).values_list("slug", "refresh_cause")
        self.assertEqual(list(due), [("on_change", "base")])

    def test_a_frozen_segment_is_filled_once_and_never_again(self) -> None:
        make_facts(make_customer(), purchases=1)
        segment = stored("list", BUYERS, policy="frozen")
        self.assertEqual(refreshing.sweep()["due"], 1)
        self.assertEqual(refreshing.refresh_due(segment.pk)["size"], 1)
        make_facts(make_customer(), purchases=1)
        refreshing.ask([segment])
        self.assertEqual(refreshing.sweep()["due"], 0)
        again = refreshing.refresh(segment)
        self.assertEqual((again["size"], again["added"], segment.memberships.count()), (1, 0, 1))
        segment.policy = "hourly"
        segment.save()
        refreshing.reschedule(segment)
        self.assertEqual(refreshing.refresh_due(segment.pk)["added"], 1)

    def test_freezing_takes_a_due_refresh_away(self) -> None:
        segment = stored("list", BUYERS, policy="frozen", refreshed_at=timezone.now())
        refreshing.reschedule(segment)
        segment.refresh_from_db()
        self.assertIsNone(segment.refresh_due_at)

    def test_those_upon_one_that_changed_follow_it_at_once(self) -> None:
        base, far = stored("base", BUYERS), timezone.now() + timedelta(hours=5)
        follows = stored("follows", upon("base"))
        waits = stored("waits", upon("base"), policy="nightly")
        Segment.objects.filter(pk__in=[follows.pk, waits.pk]).update(refresh_due_at=far)
        refreshing.refresh(base)
        self.assertFalse(Segment.objects.filter(refresh_due_at__lte=timezone.now()).exists())
        make_facts(make_customer(), purchases=1)
        refreshing.refresh(base)
        due = Segment.objects.filter(refresh_due_at__lte=timezone.now()).values_list("slug", "refresh_cause")
        self.assertEqual(list(due), [("follows", "segment")])

    def test_the_night_is_three_in_moscow(self) -> None:
        self.assertEqual(
            refreshing.next_night(datetime(2026, 5, 1, 12, tzinfo=UTC)), datetime(2026, 5, 2, 0, tzinfo=UTC)
        )
        self.assertEqual(
            refreshing.next_night(datetime(2026, 5, 1, 23, tzinfo=UTC)), datetime(2026, 5, 2, 0, tzinfo=UTC)
        )
