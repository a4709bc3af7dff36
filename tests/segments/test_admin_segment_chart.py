"""The chart of sizes: by the calendar, inside its box, with what came and went."""

from datetime import timedelta

from django.test import TestCase

from segments.admin.segment_chart import DAYS, chart
from segments.models import SegmentSize
from segments.rules.compile import business_day
from tests.segments.builders import make_segment


class Chart(TestCase):
    def setUp(self) -> None:
        self.segment = make_segment()

    def days(self, *rows: tuple[int, int, int, int]) -> None:
        """(days ago, size, entered, gone)"""
        for ago, size, entered, gone in rows:
            day = business_day() - timedelta(days=ago)
            SegmentSize.objects.create(segment=self.segment, day=day, size=size, entered=entered, gone=gone)

    def test_one_day_is_no_chart(self) -> None:
        self.assertIsNone(chart(self.segment))
        self.days((0, 10, 10, 0))
        self.assertIsNone(chart(self.segment))

    def test_days_stand_where_the_calendar_has_them(self) -> None:
        self.days((10, 100, 100, 0), (9, 100, 0, 0), (0, 200, 100, 0))
        found = chart(self.segment)
        self.assertEqual([point.split(",")[0] for point in found.line.split()], ["0.00", "10.00", "100.00"])
        self.assertEqual((found.low, found.high), (100, 200))

    def test_the_line_stays_inside_and_the_highest_is_up(self) -> None:
        self.days((2, 50, 50, 0), (1, 90, 40, 0), (0, 10, 0, 80))
        heights = [float(point.split(",")[1]) for point in chart(self.segment).line.split()]
        self.assertTrue(all(0 < height < 100 for height in heights))
        self.assertEqual(heights.index(min(heights)), 1)

    def test_a_size_that_never_changed_is_a_line_in_the_middle(self) -> None:
        self.days((1, 7, 7, 0), (0, 7, 0, 0))
        self.assertEqual(chart(self.segment).line, "0.00,50.00 100.00,50.00")

    def test_the_first_fill_does_not_hide_the_days_after_it(self) -> None:
        self.days((2, 1000, 1000, 0), (1, 1001, 1, 0), (0, 999, 0, 2))
        found = chart(self.segment)
        self.assertEqual(found.most_moved, 2)
        self.assertEqual([(bar.up, bar.down) for bar in found.bars], [("24.00", "0.00"), ("0.00", "48.00")])

    def test_a_year_is_shown_and_a_month_as_a_table(self) -> None:
        self.days(*((ago, 5, 0, 0) for ago in (*range(40), DAYS, DAYS + 1)))
        found = chart(self.segment)
        self.assertEqual(found.first, business_day() - timedelta(days=DAYS))
        self.assertEqual(len(found.days), 30)
        self.assertEqual(found.days[0]["day"], business_day())
