"""Only differences are written, and each of them is logged with its moment and its cause."""

from datetime import timedelta

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from segments import membership, refreshing
from segments.models import CustomerFacts, Membership, MembershipChange, Segment, SegmentSize
from segments.rules.compile import business_day
from tests.segments.builders import make_customer, make_facts, make_segment

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}


class Log(TestCase):
    def setUp(self) -> None:
        self.anna, self.boris, self.vera = (make_customer(name) for name in ("Анна", "Борис", "Вера"))
        for each in (self.anna, self.boris):
            make_facts(each, purchases=1)
        make_facts(self.vera)
        self.segment = Segment.objects.create(name="Покупатели", slug="buyers", rule=BUYERS)
        refreshing.refresh(self.segment)

    def swap(self) -> None:
        """Anna leaves, Vera comes."""
        CustomerFacts.objects.filter(pk=self.anna.pk).update(purchases=0)
        CustomerFacts.objects.filter(pk=self.vera.pk).update(purchases=1)
        refreshing.ask()
        refreshing.refresh(self.segment)

    def test_the_first_fill_is_counted_but_lists_nobody(self) -> None:
        first = MembershipChange.objects.get()
        self.assertEqual((first.cause, first.entered_count, first.entered, first.gone), ("first", 2, [], []))

    def test_who_came_who_left_when_and_why(self) -> None:
        self.swap()
        change = MembershipChange.objects.latest("pk")
        self.assertEqual((change.entered, change.gone, change.cause), ([self.vera.pk], [self.anna.pk], "base"))
        self.assertEqual((change.entered_count, change.gone_count), (1, 1))
        vera = Membership.objects.get(customer=self.vera)
        self.assertEqual(vera.entered_at, change.happened_at)

    def test_a_refresh_that_moves_nobody_writes_no_row_of_people(self) -> None:
        before = Segment.objects.get()
        with CaptureQueriesContext(connection) as asked:
            refreshing.refresh(self.segment)
        self.assertEqual(MembershipChange.objects.count(), 1)
        after = Segment.objects.get()
        self.assertEqual((after.changed_at, after.entered_last_at), (before.changed_at, before.entered_last_at))
        self.assertLess(len(asked), 25)  # the same for any number of people

    def test_the_day_adds_up_what_its_refreshes_moved(self) -> None:
        self.swap()
        day = SegmentSize.objects.get()
        self.assertEqual((day.day, day.size, day.entered, day.gone), (business_day(), 2, 3, 1))

    def test_leaving_changes_the_segment_but_brings_nobody_new(self) -> None:
        Segment.objects.update(changed_at=None, entered_last_at=None)
        CustomerFacts.objects.filter(pk=self.anna.pk).update(purchases=0)
        refreshing.refresh(self.segment)
        segment = Segment.objects.get()
        self.assertIsNotNone(segment.changed_at)
        self.assertIsNone(segment.entered_last_at)

    def test_a_segment_that_lost_everybody_is_filled_again(self) -> None:
        CustomerFacts.objects.update(purchases=0)
        self.assertEqual(refreshing.refresh(self.segment)["removed"], 2)
        CustomerFacts.objects.update(purchases=1)
        self.assertEqual(refreshing.refresh(self.segment)["added"], 3)
        change = MembershipChange.objects.latest("pk")  # who came is known: only the first fill is nobody's news
        self.assertEqual((change.entered_count, len(change.entered)), (3, 3))

    def test_other_segments_are_left_alone(self) -> None:
        other = make_segment(self.anna, self.vera, rule=BUYERS)
        self.swap()
        self.assertEqual(other.memberships.count(), 2)

    def test_what_is_too_old_is_forgotten(self) -> None:
        self.swap()
        old = timezone.now() - timedelta(days=membership.KEPT_DAYS + 1)
        MembershipChange.objects.filter(cause="base").update(happened_at=old)
        self.assertEqual(membership.prune(), 1)
        self.assertEqual(MembershipChange.objects.get().cause, "first")

    def test_erased_people_go_out_of_the_log(self) -> None:
        self.swap()
        membership.forget([self.anna.pk])
        change = MembershipChange.objects.latest("pk")
        self.assertEqual((change.entered, change.gone, change.gone_count), ([self.vera.pk], [], 1))
