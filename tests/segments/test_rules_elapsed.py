import datetime as dt

from django.test import SimpleTestCase

from segments.rules.compile import business_day
from segments.rules.elapsed import months_before
from tests.segments.rule_case import RuleCase, leaf

TODAY = business_day()


class MonthsBefore(SimpleTestCase):
    def test_the_same_day(self) -> None:
        self.assertEqual(months_before(dt.date(2026, 3, 15), 3), dt.date(2025, 12, 15))
        self.assertEqual(months_before(dt.date(2026, 3, 15), 0), dt.date(2026, 3, 15))
        self.assertEqual(months_before(dt.date(2026, 12, 1), 24), dt.date(2024, 12, 1))

    def test_the_last_day_of_a_shorter_month(self) -> None:
        self.assertEqual(months_before(dt.date(2026, 3, 31), 1), dt.date(2026, 2, 28))
        self.assertEqual(months_before(dt.date(2024, 2, 29), 12), dt.date(2023, 2, 28))

    def test_before_the_calendar(self) -> None:
        self.assertEqual(months_before(dt.date(2026, 3, 31), 12 * 5000), dt.date.min)


class Elapsed(RuleCase):
    """A whole span is over on its last day."""

    def test_years_of_a_car(self) -> None:
        three = self.person(car_since=months_before(TODAY, 36))
        almost = self.person(car_since=months_before(TODAY, 36) + dt.timedelta(days=2))
        self.person()
        self.assertEqual(self.found(leaf("car_age", "at_least", 3)), {three})
        self.assertEqual(self.found(leaf("car_age", "at_most", 2)), {almost})
        self.assertEqual(self.found(leaf("car_age", "equals", 3)), {three})
        self.assertEqual(self.found({"not": leaf("car_age", "between", [3, 5])}), {almost})
        self.assertEqual(self.found(leaf("car_months", "at_least", 36)), {three})

    def test_months_owned(self) -> None:
        old, young = self.person(owned_since=months_before(TODAY, 14)), self.person(owned_since=TODAY)
        self.assertEqual(self.found(leaf("months_owned", "equals", 14)), {old})
        self.assertEqual(self.found(leaf("months_owned", "at_most", 0)), {young})
        self.assertEqual(self.found(leaf("months_owned", "is_empty")), set())

    def test_who_was_born_on_29_february_is_older_on_1_march(self) -> None:
        person = self.person(birth_date=dt.date(2000, 2, 29))
        years = TODAY.year - 2000 - ((TODAY.month, TODAY.day) < (2, 29))
        self.assertEqual(self.found(leaf("age", "equals", years)), {person})
