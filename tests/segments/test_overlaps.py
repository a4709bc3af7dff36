"""Bitmaps say of segments what their members say, and notice that the members have changed."""

from unittest.mock import patch

from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from segments import overlaps
from segments.models import CustomerFacts, Membership, Segment, SegmentSnapshot, SegmentTwin
from segments.refreshing import refresh
from tests.segments.builders import make_customer, make_facts, make_segment

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}
OWNERS = {"format": 1, "rule": {"field": "cars", "op": "at_least", "value": 1}}


class Pairs(TestCase):
    def setUp(self) -> None:
        self.people = [make_customer(f"Петров{number}") for number in range(5)]
        for number, person in enumerate(self.people):
            make_facts(person, purchases=int(number < 3), cars=int(number > 0))
        self.buyers = Segment.objects.create(name="Покупатели", slug="buyers", rule=BUYERS)
        self.owners = Segment.objects.create(name="Владельцы", slug="owners", rule=OWNERS)
        for each in (self.buyers, self.owners):
            refresh(each)
            each.refresh_from_db()

    def test_matrix(self) -> None:
        found = overlaps.matrix([self.buyers, self.owners])
        self.assertEqual(found.sizes, {self.buyers.pk: 3, self.owners.pk: 4})
        self.assertEqual(found.common[self.buyers.pk, self.owners.pk], 2)
        self.assertEqual(found.common[self.owners.pk, self.buyers.pk], 2)

    def test_parts(self) -> None:
        found = overlaps.parts(self.buyers, self.owners)
        ids = [person.pk for person in self.people]
        self.assertEqual([list(found.first), list(found.both), list(found.second)], [ids[:1], ids[1:3], ids[3:]])

    def test_the_second_time_no_members_are_read(self) -> None:
        overlaps.matrix([self.buyers, self.owners])
        with CaptureQueriesContext(connection) as asked:
            overlaps.matrix([self.buyers, self.owners])
        self.assertEqual(len(asked), 1)

    def test_members_that_changed_are_read_anew(self) -> None:
        overlaps.bitmaps([self.buyers])
        CustomerFacts.objects.filter(pk=self.people[4].pk).update(purchases=1)
        refresh(self.buyers)
        self.buyers.refresh_from_db()
        self.assertEqual(len(overlaps.bitmaps([self.buyers])[self.buyers.pk]), 4)
        self.assertEqual(SegmentSnapshot.objects.count(), 1)

    def test_a_member_that_went_with_a_merge_is_noticed(self) -> None:
        overlaps.bitmaps([self.buyers])
        Membership.objects.filter(segment=self.buyers, customer=self.people[0]).delete()
        refresh(self.buyers)  # brings the person back, who is in the facts still
        Membership.objects.filter(segment=self.buyers, customer=self.people[0]).delete()
        Segment.objects.filter(pk=self.buyers.pk).update(size=2)
        self.buyers.refresh_from_db()
        self.assertEqual(len(overlaps.bitmaps([self.buyers])[self.buyers.pk]), 2)

    def test_a_segment_that_was_never_refreshed_is_empty_and_keeps_no_bitmap(self) -> None:
        new = make_segment()
        self.assertEqual(len(overlaps.bitmaps([new])[new.pk]), 0)
        self.assertFalse(SegmentSnapshot.objects.filter(segment=new).exists())

    def test_ids_past_32_bits(self) -> None:
        far = make_customer(pk=2**40)
        found = overlaps.parts(make_segment(far), make_segment())
        self.assertEqual(list(found.first), [2**40])


class Twins(TestCase):
    def setUp(self) -> None:
        self.people = [make_customer(f"Петров{number}") for number in range(12)]

    def twins(self) -> set[tuple[int, int]]:
        overlaps.find_twins()
        return set(SegmentTwin.objects.values_list("segment", "other"))

    def test_over_ninety_per_cent_both_ways_round(self) -> None:
        one, other = make_segment(*self.people), make_segment(*self.people[:11])
        make_segment(*self.people[:10])  # 10 of 12 and 10 of 11
        alike = {(one.pk, other.pk), (other.pk, one.pk)}
        self.assertTrue(alike <= self.twins())
        self.assertAlmostEqual(SegmentTwin.objects.get(segment=one).share, 11 / 12)

    def test_ninety_is_not_over_ninety(self) -> None:
        make_segment(*self.people[:10])
        make_segment(*self.people[:9])
        self.assertEqual(self.twins(), set())

    def test_lists_archived_and_empty_ones_have_none(self) -> None:
        make_segment(*self.people)
        make_segment(*self.people, policy="frozen")
        make_segment(*self.people, is_archived=True)
        make_segment(), make_segment()
        self.assertEqual(self.twins(), set())

    def test_what_is_no_longer_alike_is_forgotten(self) -> None:
        one = make_segment(*self.people)
        make_segment(*self.people)
        self.assertEqual(len(self.twins()), 2)
        one.is_archived = True
        one.save()
        self.assertEqual(self.twins(), set())


class Likeness(SimpleTestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.sets(st.integers(1, 40)), st.sets(st.integers(1, 40)))
    def test_the_sizes_hide_no_pair_that_is_alike(self, one: set[int], other: set[int]) -> None:
        likeness = overlaps._likeness({1: BitMap64(one), 2: BitMap64(other)}, 1, 2)
        together = len(one | other)
        real = len(one & other) / together if together else 0
        self.assertEqual(likeness > overlaps.ALIKE, real > overlaps.ALIKE)


class Reading(TestCase):
    def test_a_segment_deleted_meanwhile_is_nobody(self) -> None:
        segment = make_segment(make_customer())
        Segment.objects.all().delete()
        with patch.object(SegmentSnapshot.objects, "filter", return_value=[]):
            self.assertEqual(len(overlaps.bitmaps([segment])[segment.pk]), 0)
