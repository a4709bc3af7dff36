"""Shares of money, measured set-wise; what upper apps measure is kept the same way."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from segments import shares
from segments.models import SegmentShare
from tests.segments.builders import make_customer, make_interaction, make_segment


class Revenue(TestCase):
    def setUp(self) -> None:
        self.anna, self.boris = make_customer("Анна"), make_customer("Борис")
        for customer, kind, amount in (
            (self.anna, "sale", 3_000_000),
            (self.anna, "sale", -1_000_000),  # a refund
            (self.boris, "service", 2_000_000),
            (self.boris, "buyout", 9_000_000),  # we paid
            (None, "sale", 7_000_000),  # nobody's yet
        ):
            make_interaction(customer, kind, amount=amount)
        make_interaction(self.anna, "sale", amount=5_000_000, happened_at=timezone.now() - timedelta(days=400))
        self.segment = make_segment(self.anna)

    def share(self, measure: str = "revenue") -> tuple[Decimal, Decimal]:
        return SegmentShare.objects.values_list("value", "total").get(segment=self.segment, measure=measure)

    def test_of_twelve_months_refunds_subtract_and_what_we_paid_is_not_revenue(self) -> None:
        self.assertEqual(shares.measure([self.segment]), 1)
        self.assertEqual(self.share(), (2_000_000, 4_000_000))

    def test_measured_again_it_is_written_over(self) -> None:
        shares.measure()
        make_interaction(self.anna, "insurance", amount=1_000_000)
        shares.measure()
        self.assertEqual(self.share(), (3_000_000, 5_000_000))

    def test_a_segment_of_nobody_has_nothing(self) -> None:
        nobody = make_segment()
        shares.measure()
        self.assertEqual(SegmentShare.objects.get(segment=nobody, measure="revenue").value, 0)

    def test_archived_ones_are_left_out_and_none_asks_nothing(self) -> None:
        self.segment.is_archived = True
        self.segment.save()
        self.assertEqual(shares.measure(), 0)
        self.assertFalse(SegmentShare.objects.exists())

    def test_the_number_of_segments_does_not_matter(self) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                shares.measure()
            return len(queries)

        few = asked()
        for _number in range(10):
            make_segment(self.boris)
        self.assertEqual(asked(), few)


class Registry(TestCase):
    def test_two_of_one_name_are_a_mistake(self) -> None:
        same = shares.measures()[0]
        shares.register(same)
        with self.assertRaises(ValueError):
            shares.register(shares.Measure(same.name, "другая", "", same.measure))
