"""Each guard speaks when it should, only then, and says what to do."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from segments import guards
from segments.models import Segment, SegmentTwin
from tests.segments.builders import make_customer, make_segment, make_staff

NOW = timezone.now()
GOOD = {"plan": "Письмо раз в месяц", "entered_last_at": NOW}


class GuardCase(TestCase):
    def found(self, *people: Any, **fields: Any) -> list[str]:
        segment = make_segment(*people, **{"plan": GOOD["plan"], "slug": "it"})
        Segment.objects.filter(pk=segment.pk).update(**{**GOOD, **fields})
        names = [guard.name for guard in guards.found(guards.marked(Segment.objects.filter(pk=segment.pk)).get())]
        Segment.objects.filter(pk=segment.pk).delete()
        return names


class Each(GuardCase):
    def test_a_good_one_gets_no_advice(self) -> None:
        self.assertEqual(self.found(make_customer()), [])

    def test_nobody(self) -> None:
        self.assertEqual(self.found(), ["nobody"])
        self.assertEqual(self.found(size=None), [])  # not counted yet

    def test_stale_by_its_policy(self) -> None:
        somebody = make_customer()
        for policy, hours, said in (
            ("hourly", 2, []),
            ("hourly", 4, ["stale"]),
            ("nightly", 49, []),
            ("nightly", 51, ["stale"]),
            ("on_change", 51, ["stale"]),
            ("frozen", 9999, []),
        ):
            with self.subTest(policy=policy, hours=hours):
                self.assertEqual(self.found(somebody, policy=policy, refreshed_at=NOW - timedelta(hours=hours)), said)

    def test_nobody_new_for_a_year(self) -> None:
        somebody, long_ago = make_customer(), NOW - timedelta(days=366)
        self.assertEqual(self.found(somebody, entered_last_at=long_ago), ["no_newcomers"])
        self.assertEqual(self.found(somebody, entered_last_at=None, created_at=long_ago), ["no_newcomers"])
        self.assertEqual(self.found(somebody, entered_last_at=None), [])
        self.assertEqual(self.found(somebody, entered_last_at=long_ago, policy="frozen"), [])

    def test_no_plan(self) -> None:
        self.assertEqual(self.found(make_customer(), plan=""), ["no_plan"])

    def test_an_archived_one_is_left_in_peace(self) -> None:
        self.assertEqual(self.found(plan="", is_archived=True), [])

    def test_more_than_seven_of_one_owner(self) -> None:
        owner = make_staff()
        for _number in range(6):
            make_segment(owner=owner)
        make_segment(owner=owner, is_archived=True)
        somebody = make_customer()
        self.assertEqual(self.found(somebody, owner=owner), [])
        make_segment(owner=owner)
        self.assertEqual(self.found(somebody, owner=owner), ["too_many"])
        self.assertEqual(self.found(somebody), [])

    def test_a_twin_that_lives(self) -> None:
        segment, twin = make_segment(make_customer()), make_segment(name="Близнец")
        SegmentTwin.objects.create(segment=segment, other=twin, share=0.957)
        self.assertIn("«Близнец» (общих 95 %)", " ".join(guards.advice(segment)))
        twin.is_archived = True
        twin.save()
        self.assertNotIn("Близнец", " ".join(guards.advice(segment)))


class Told(TestCase):
    def test_every_sentence_ends_with_a_stop_and_says_what_to_do(self) -> None:
        segment = make_segment(owner=make_staff(), error="")
        for guard in guards.GUARDS.values():
            with self.subTest(guard.name):
                sentence = guard.advice(segment)
                self.assertRegex(sentence, r"^[А-ЯЁ].+[:;] .+\.$")

    def test_the_list_counts_each_guard_in_one_query(self) -> None:
        make_segment()
        make_segment(make_customer(), plan="Письмо")
        with CaptureQueriesContext(connection) as asked:
            self.assertEqual(guards.counts(Segment.objects.all()), {"nobody": 1, "no_plan": 1})
        self.assertEqual(len(asked), 1)
