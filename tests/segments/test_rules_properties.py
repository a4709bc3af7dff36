"""Random rules over all registered fields, asked of the database and of plain Python: the same people are found."""

import json
from functools import cache, cached_property
from typing import Any

from django.test import TestCase
from django.utils import translation
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as RandomTestCase

from segments.models import Segment
from segments.rules.comparing import Operator
from segments.rules.compile import business_day, matching
from segments.rules.day_shapes import Date, MonthDay, RoundYear
from segments.rules.drafting import tidy
from segments.rules.fields import EVENTS, FIELDS, Field
from segments.rules.shapes import Flag, Money, Months, Nothing, Pair, Several, Shape, Share, Text, Whole
from segments.rules.tree import Choices, checked
from segments.rules.words import sentence
from tests.segments.rule_evaluator import holds
from tests.segments.rule_people import DAYS, TEXTS, Person, make_dictionaries, make_people

TODAY = business_day()
WHOLES = sorted({0, 1, 2, 3, 4, 7, *DAYS})
MONTHS_AND_DAYS = ("01-01", "02-28", "02-29", "05-09", "12-31", f"{TODAY:%m-%d}")
SOME = settings(
    max_examples=150, deadline=None, derandomize=True, database=None,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)  # fmt: skip


def document(node: dict) -> dict:
    return {"format": 1, "rule": node}


def days() -> st.SearchStrategy:
    return st.sampled_from(DAYS).map(lambda ago: (TODAY.fromordinal(TODAY.toordinal() - ago)).isoformat())


def values(shape: Shape, choices: list[str]) -> st.SearchStrategy:
    """Values that the shape takes, near those of the base."""
    if isinstance(shape, RoundYear):
        return st.lists(values(shape.part, choices), min_size=2, max_size=2)
    if isinstance(shape, Pair):
        key = float if isinstance(shape.part, Money) else None
        return st.lists(values(shape.part, choices), min_size=2, max_size=2).map(lambda both: sorted(both, key=key))
    if isinstance(shape, Months):
        return st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True).map(sorted)
    if isinstance(shape, Several):
        return st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True)
    if isinstance(shape, Whole):
        return st.sampled_from([each for each in WHOLES if shape.least <= each <= shape.most])
    simple: dict[type, st.SearchStrategy] = {
        Nothing: st.none(),
        Money: st.sampled_from(["0", "0.5", "999.99", "1000", "300000", "300000.01"]),
        Share: st.sampled_from([0, 0.25, 0.5, 1]),
        Date: days(),
        MonthDay: st.sampled_from(MONTHS_AND_DAYS),
        Text: st.sampled_from([*(each for each in TEXTS if each), "дорог", "5%", "_", "\\", "скидк"]),
        Flag: st.booleans(),
    }
    return simple[type(shape)]


class World(Choices):
    """All that a rule of this registry may say, with the choices of the base read once."""

    def leaves_of(self, field: Field) -> list[tuple[Field, Operator]]:
        several = [each for each in field.operators.values() if isinstance(each.shape, Several)]
        usable = self.of(field) or not [each for each in several if not isinstance(each.shape, Months)]
        return [(field, each) for each in field.operators.values() if usable or each not in several]

    @cache  # noqa: B019 - as long as the test
    def leaf(self, field: Field, operator: Operator) -> st.SearchStrategy:
        value = values(operator.shape, list(self.of(field) or []))
        return st.fixed_dictionaries({"field": st.just(field.name), "op": st.just(operator.name), "value": value})

    def leaves(self, fields: Any) -> st.SearchStrategy:
        asked = [each for field in fields for each in self.leaves_of(field)]
        return st.sampled_from(asked).flatmap(lambda each: self.leaf(*each))

    @cache  # noqa: B019
    def events_of(self, name: str) -> st.SearchStrategy:
        where = tuple(EVENTS[name].where.values())
        return st.fixed_dictionaries(
            {
                "event": st.just(name), "op": st.just("at_least"), "value": st.sampled_from([1, 1, 2, 3]),
                "days": st.none() | st.sampled_from([each for each in DAYS if each]),
                "where": st.lists(self.leaves(where), max_size=2),
            }
        )  # fmt: skip

    def events(self) -> st.SearchStrategy:
        return st.sampled_from(sorted(EVENTS)).flatmap(self.events_of)

    @cached_property
    def trees(self) -> st.SearchStrategy:
        leaves = st.one_of(self.leaves(FIELDS.values()), self.leaves(FIELDS.values()), self.events())
        return st.recursive(
            leaves, lambda inside: _groups(inside) | inside.map(lambda each: {"not": each}), max_leaves=6
        )


def _groups(inside: st.SearchStrategy) -> st.SearchStrategy:
    several = st.lists(inside, min_size=1, max_size=3)
    return several.map(lambda each: {"all": each}) | several.map(lambda each: {"any": each})


def depth(node: dict) -> int:
    children = node.get("all") or node.get("any")
    if "not" in node:
        return depth(node["not"])
    return 1 + max(map(depth, children)) if children else 0


def expected(node: dict, people: list[Person]) -> set[int]:
    return {person.facts.pk for person in people if holds(node, person, TODAY) is True}


class SameAsPlainPython(RandomTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        make_dictionaries()
        cls.people, cls.world = make_people(seed=4), World()

    def found(self, node: dict) -> set[int]:
        return set(matching(document(node)).values_list("pk", flat=True))

    @SOME
    @given(st.data())
    def test_random_trees(self, data: st.DataObject) -> None:
        node = data.draw(self.world.trees.filter(lambda each: depth(each) <= 6))
        self.assertEqual(self.found(node), expected(node, self.people), node)

    @settings(SOME, max_examples=12)
    @given(st.data(), st.integers(0, 10**6))
    def test_random_people(self, data: st.DataObject, seed: int) -> None:
        people = [*self.people, *make_people(seed, size=15)]
        for node in data.draw(st.lists(self.world.trees, min_size=5, max_size=10)):
            self.assertEqual(self.found(node), expected(node, people), node)


class EveryOperator(TestCase):
    """Each operator of each field, and its NOT, with a few values: nothing is left to chance's choice of fields."""

    @classmethod
    def setUpTestData(cls) -> None:
        make_dictionaries()
        cls.people = make_people(seed=11)

    def test_fields(self) -> None:
        world = World()
        for field in FIELDS.values():
            self.assertTrue(world.leaves_of(field), field.name)
            for _field, operator in world.leaves_of(field):
                self.check(world.leaf(field, operator))

    def check(self, leaves: st.SearchStrategy) -> None:
        @settings(SOME, max_examples=1)
        @given(leaves)
        def same(leaf: dict) -> None:
            for node in (leaf, {"not": leaf}):
                found = set(matching(document(node)).values_list("pk", flat=True))
                self.assertEqual(found, expected(node, self.people), node)

        same()


class Told(RandomTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        make_dictionaries()
        cls.world = World()

    @SOME
    @given(st.data())
    def test_every_rule_is_told_and_survives_json_and_the_builder(self, data: st.DataObject) -> None:
        node = data.draw(self.world.trees.filter(lambda each: depth(each) <= 5))
        rule = document(node)
        self.assertEqual(checked(json.loads(json.dumps(rule))), node)
        with translation.override("ru"):
            words = sentence(rule)
            self.assertEqual(sentence(document(tidy(node))), words)
        self.assertTrue(words.endswith("."), words)
        self.assertNotRegex(words, r"%\(|%[sd]|\bNone\b|  |\(\)|, \.|;\)")

    def test_a_stored_rule_comes_back_as_it_went(self) -> None:
        rule = document({"all": [{"field": "purchases_sum", "op": "at_least", "value": "300000.50"}]})
        stored = Segment.objects.create(name="Сумма", slug="sum", rule=rule)
        stored.refresh_from_db()
        self.assertEqual(stored.rule, rule)
