"""A number whose table has no row for most people: no row is 0, for every operator and its negation."""

from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import EngagementFacts
from segments.models import Customer
from segments.rules.compile import business_day, people
from segments.rules.fields import FIELDS
from tests.campaigns.builders import make_campaign
from tests.segments.builders import make_customer, make_facts

ASKED: list[tuple[str, Any, Any]] = [
    ("at_least", 0, lambda n: n >= 0),
    ("at_least", 1, lambda n: n >= 1),
    ("at_most", 0, lambda n: n <= 0),
    ("at_most", 2, lambda n: n <= 2),
    ("equals", 0, lambda n: n == 0),
    ("equals", 3, lambda n: n == 3),
    ("between", [0, 2], lambda n: 0 <= n <= 2),
    ("between", [1, 5], lambda n: 1 <= n <= 5),
]


def make_engagement(customer: Customer, **fields: Any) -> EngagementFacts:
    """A row of facts with these numbers, the others 0."""
    names = [each.name for each in EngagementFacts._meta.fields if each.get_internal_type() == "IntegerField"]
    today, campaign = business_day(), make_campaign()
    return EngagementFacts.objects.create(
        customer_id=customer.pk, first_sent=today, last_sent=today, last_campaign=campaign, computed_at=timezone.now(),
        **(dict.fromkeys(names, 0) | fields),
    )  # fmt: skip


class Numbers(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.numbers: dict[Customer, int] = {}
        for number in (None, 0, 2, 3):
            customer = make_customer()
            make_facts(customer)
            if number is not None:
                make_engagement(customer, opened=number)
            cls.numbers[customer] = number or 0

    def found(self, node: dict) -> set[Customer]:
        return set(people({"format": 1, "rule": node}))

    def test_no_row_is_zero(self) -> None:
        for op, value, holds in ASKED:
            node = {"field": "messages_opened", "op": op, "value": value}
            wanted = {each for each, number in self.numbers.items() if holds(number)}
            with self.subTest(op=op, value=value):
                self.assertEqual(self.found(node), wanted)
                self.assertEqual(self.found({"not": node}), set(self.numbers) - wanted)

    def test_every_operator_of_numbers_is_asked_here(self) -> None:
        self.assertLessEqual({op for op, _value, _holds in ASKED}, set(FIELDS["messages_opened"].operators))

    def test_people_with_a_row_are_found_by_the_row_alone(self) -> None:
        """Not by going over everybody: the condition that 0 cannot meet joins the few who have a row."""
        with CaptureQueriesContext(connection) as queries:
            self.found({"field": "messages_opened", "op": "at_least", "value": 2})
        self.assertIn("INNER JOIN", queries[-1]["sql"])
        self.assertNotIn("OUTER JOIN", queries[-1]["sql"])
