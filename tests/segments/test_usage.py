"""A segment that something uses is not deleted, and it is said what uses it."""

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from segments import usage
from segments.models import Membership, MembershipChange, Segment, SegmentSize
from segments.refreshing import refresh
from tests.segments.builders import make_customer, make_facts, make_segment

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}


def upon(*slugs: str) -> dict:
    return {"format": 1, "rule": {"not": {"field": "segment", "op": "any_of", "value": list(slugs)}}}


class WhereUsed(TestCase):
    def setUp(self) -> None:
        self.base = make_segment(make_customer(), rule=BUYERS, slug="base", name="Покупатели")

    def test_rules_of_other_segments_also_archived_ones(self) -> None:
        make_segment(rule=upon("base"), name="Остальные")
        make_segment(rule=upon("base"), name="Прежние", is_archived=True)
        make_segment(rule=BUYERS, name="Чужие")
        uses = usage.where_used([self.base])[self.base.pk]
        self.assertEqual([(use.name, str(use.detail)) for use in uses], [("Остальные", ""), ("Прежние", "в архиве")])
        self.assertIn("/segments/segment/", uses[0].url)

    def test_nothing_uses_it(self) -> None:
        self.assertEqual(usage.where_used([self.base]), {self.base.pk: []})

    def test_many_segments_cost_no_more_questions_than_one(self) -> None:
        def asked(segments: list[Segment]) -> int:
            with CaptureQueriesContext(connection) as queries:
                usage.where_used(segments)
            return len(queries)

        others = [make_segment(rule=upon("base")) for _number in range(5)]
        self.assertEqual(asked([self.base]), asked([self.base, *others]))

    def test_a_finder_of_an_upper_app_is_asked_once(self) -> None:
        use = usage.Use("кампания", "Осень", "/x/")
        before = list(usage._finders)
        self.addCleanup(usage._finders.__setitem__, slice(None), before)
        finder = {self.base.pk: [use]}.copy

        def autumn(segments: list[Segment]) -> dict:
            return finder()

        usage.register(autumn)
        usage.register(autumn)
        self.assertEqual(usage.where_used([self.base])[self.base.pk], [use])


class Delete(TestCase):
    def test_used_is_refused(self) -> None:
        base = make_segment(rule=BUYERS, slug="base")
        make_segment(rule=upon("base"), name="Остальные")
        with self.assertRaises(usage.InUse) as refused:
            usage.delete(base)
        self.assertIn("Остальные", str(refused.exception))
        self.assertTrue(Segment.objects.filter(pk=base.pk).exists())

    def test_it_goes_with_its_members_and_its_log(self) -> None:
        make_facts(make_customer(), purchases=1)
        segment = Segment.objects.create(name="Покупатели", slug="buyers", rule=BUYERS)
        refresh(segment)
        usage.delete(segment)
        for model in (Segment, Membership, MembershipChange, SegmentSize):
            self.assertFalse(model.objects.exists(), model)

    def test_members_are_not_read_one_by_one(self) -> None:
        segment = make_segment(*(make_customer(f"Петров{n}") for n in range(30)), rule=BUYERS)
        with CaptureQueriesContext(connection) as asked:
            usage.delete(segment)
        self.assertLess(len(asked), 25)
        self.assertFalse(
            [
                each
                for each in asked
                if "IN (" in each["sql"] and 'membership" WHERE "segments_membership"."id"' in each["sql"]
            ]
        )
