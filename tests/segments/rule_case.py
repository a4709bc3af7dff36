"""The smallest way to ask a rule in a test: conditions, events, and whom they find."""

from typing import Any

from django.test import TestCase

from segments.models import Customer
from segments.rules.compile import people
from tests.segments.builders import make_customer, make_facts


def leaf(field: str, op: str, value: Any = None) -> dict:
    return {"field": field, "op": op, "value": value}


def event(name: str, times: int = 1, days: int | None = None, **where: Any) -> dict:
    """`where` is field=(operator, value)."""
    conditions = [leaf(field, *asked) for field, asked in where.items()]
    return {"event": name, "op": "at_least", "value": times, "days": days, "where": conditions}


class RuleCase(TestCase):
    def found(self, node: dict) -> set[Customer]:
        return set(people({"format": 1, "rule": node}))

    def person(self, **facts: Any) -> Customer:
        customer = make_customer()
        make_facts(customer, **facts)
        return customer
