"""What a rule may look like; everything else is refused with a sentence, never with a traceback."""

import json
import math
import random
from typing import Any

from django.test import TestCase
from django.utils import translation

from segments.rules.compile import people
from segments.rules.tree import MAX_DEPTH, MAX_NODES, RuleError, leaves, segments_used, validate
from segments.rules.words import sentence
from tests.segments.builders import make_brand, make_segment

LATE = {"field": "last_purchase", "op": "earlier_than_days", "value": 365}
SERVICED = {"event": "serviced", "op": "at_least", "value": 1, "days": 30, "where": []}


def rule(node: Any) -> dict:
    return {"format": 1, "rule": node}


def nested(depth: int) -> dict:
    node: dict = LATE
    for _level in range(depth):
        node = {"all": [node]}
    return node


class Good(TestCase):
    def test_every_form_of_a_node(self) -> None:
        make_brand("Toyota")
        brand = {"field": "brand", "op": "any_of", "value": ["Toyota"]}
        event = SERVICED | {"where": [{"field": "brand", "op": "none_of", "value": ["Toyota"]}]}
        validate(rule({"all": [LATE, {"any": [brand, {"not": event}]}, {"not": {"not": LATE}}]}))

    def test_hints_for_a_text_are_not_read(self) -> None:
        reason = rule({"field": "left_reason", "op": "contains", "value": "цена"})
        with self.assertNumQueries(0):
            validate(reason)
            self.assertIn("цена", sentence(reason))

    def test_an_event_may_be_of_any_time(self) -> None:
        validate(rule({"event": "bought", "op": "at_least", "value": 2, "days": None}))

    def test_the_limits_themselves_are_allowed(self) -> None:
        validate(rule(nested(MAX_DEPTH)))
        validate(rule({"any": [LATE] * (MAX_NODES - 1)}))

    def test_leaves_are_told_with_their_paths(self) -> None:
        tree = {"all": [LATE, {"not": {"any": [SERVICED]}}]}
        self.assertEqual([path for path, _leaf in leaves(tree)], [(0,), (1, 0)])


class Refused(TestCase):
    def refuse(self, node: Any, *words: str) -> RuleError:
        with translation.override("en"), self.assertRaises(RuleError) as caught:
            validate(rule(node))
        for word in words:
            self.assertIn(word, str(caught.exception))
        return caught.exception

    def test_the_envelope(self) -> None:
        bad = [None, [], "x", {}, {"rule": LATE}, {"format": 1, "rule": LATE, "_connector": "OR"}]
        bad += [{"format": number, "rule": LATE} for number in (0, 2, -1, True, "1", None, 1.0)]
        for each in bad:
            with self.subTest(each), self.assertRaises(RuleError):
                validate(each)

    def test_a_newer_format_asks_for_an_update(self) -> None:
        with translation.override("en"), self.assertRaisesMessage(RuleError, "update the program"):
            validate({"format": 2, "rule": LATE})

    def test_too_deep(self) -> None:
        self.refuse(nested(MAX_DEPTH + 1), "nested 6 deep")
        self.refuse(nested(30), "nested 6 deep")

    def test_too_many(self) -> None:
        self.refuse({"any": [LATE] * 500}, "more than 100")
        self.refuse(SERVICED | {"where": [{"field": "amount", "op": "at_least", "value": 1}] * 101}, "more than 100")

    def test_a_long_chain_of_negations_is_counted(self) -> None:
        node: dict = LATE
        for _step in range(500):
            node = {"not": node}
        self.refuse(node, "more than 100")

    def test_an_empty_group_says_what_to_do(self) -> None:
        error = self.refuse({"all": [LATE, {"any": []}]}, "Condition 2", "add a condition or delete the group")
        self.assertEqual(error.path, (1,))

    def test_the_place_inside_an_event(self) -> None:
        bad = SERVICED | {"where": [{"field": "amount", "op": "at_least", "value": "much"}]}
        self.assertEqual(self.refuse({"all": [bad]}, "Condition 1.1", "roubles").path, (0, 0))

    def test_names_reach_the_database_only_through_the_registry(self) -> None:
        hostile = [
            "_connector", "_negated", "pk", "customer", "customer__user__password__startswith", "password__startswith",
            "customer__cards__raw", "brand__name", "last_purchase__lt", "facts__purchases", "", "a\x00b", "ё" * 5000, "__class__",
        ]  # fmt: skip
        for name in hostile:
            with self.subTest(name[:20]):
                self.refuse({"field": name, "op": "any_of", "value": ["x"]}, "no such field")
                self.refuse({"event": name, "op": "at_least", "value": 1, "days": 1, "where": []}, "no such event")
                self.refuse({"field": "purchases", "op": name, "value": 1}, "cannot be compared")

    def test_unknown_keys(self) -> None:
        self.refuse(LATE | {"_connector": "OR"})
        self.refuse({"all": [LATE], "_negated": True})
        self.refuse({"all": [LATE], "any": [LATE]})
        self.refuse(SERVICED | {"_connector": "OR"})

    def test_values_of_the_wrong_kind(self) -> None:
        wrong: dict[str, list[Any]] = {
            "purchases": [None, "3", 1.5, True, -1, 10**30, math.nan, [], {}],
            "purchases_sum": [None, "much", "1e5", math.nan, math.inf, True, -1, "1" * 40, []],
            "age": ["30", -5],
        }
        for field, values in wrong.items():
            for value in values:
                with self.subTest(field=field, value=str(value)):
                    self.refuse({"field": field, "op": "at_least", "value": value})
        for value in ("2026-02-30", "01.05.2026", "1899-12-31", "9999-12-31", 20260501, None, "2026-05-01\n"):
            with self.subTest(value):
                self.refuse({"field": "last_purchase", "op": "since", "value": value})
        for value in ("", "a\x00b", "\ud800", "я" * 121, 5, None, ["x"]):
            with self.subTest(repr(value)):
                self.refuse({"field": "left_reason", "op": "contains", "value": value})
        for value in ([], ["no such brand"], "Toyota", [1], [None], [["x"]], ["x"] * 1000, None):
            with self.subTest(str(value)[:20]):
                self.refuse({"field": "brand", "op": "any_of", "value": value})

    def test_ranges(self) -> None:
        self.refuse({"field": "purchases", "op": "between", "value": [5, 2]}, "swap them")
        self.refuse({"field": "purchases", "op": "between", "value": [5]})
        self.refuse({"field": "last_purchase", "op": "within_days", "value": 36501})
        self.refuse(SERVICED | {"value": 0})
        self.refuse(SERVICED | {"days": 0})
        self.refuse(SERVICED | {"op": "at_most"})

    def test_a_comparison_without_a_value_takes_none(self) -> None:
        validate(rule({"field": "brand", "op": "is_empty"}))
        self.refuse({"field": "brand", "op": "is_empty", "value": "x"})


class Cycles(TestCase):
    def test_a_segment_cannot_ask_about_itself_through_others(self) -> None:
        about = lambda slug: rule({"all": [LATE, {"not": {"field": "segment", "op": "any_of", "value": [slug]}}]})  # noqa: E731
        make_segment(slug="a")
        make_segment(slug="b", rule=about("a"))
        make_segment(slug="c", rule=about("b"))
        validate(about("c"), owner="d")
        for slug in ("a", "b", "c"):
            with self.subTest(slug), self.assertRaises(RuleError) as caught:
                validate(about(slug), owner="a")
            self.assertEqual(caught.exception.path, (1,))
        self.assertEqual(list(segments_used(about("c"))), ["c"])

    def test_the_chain_is_named(self) -> None:
        about = lambda slug: rule({"field": "segment", "op": "any_of", "value": [slug]})  # noqa: E731
        make_segment(slug="a", name="Спящие")
        make_segment(slug="b", name="Лучшие", rule=about("a"))
        make_segment(slug="c", name="Новые", rule=about("b"))
        with translation.override("ru"), self.assertRaises(RuleError) as caught:
            validate(about("c"), owner="a")
        self.assertIn("«Спящие» → «Новые» → «Лучшие» → «Спящие»", str(caught.exception))
        with translation.override("ru"), self.assertRaises(RuleError) as caught:
            validate(about("a"), owner="a")
        self.assertIn("«Спящие» → «Спящие»", str(caught.exception))


class Fuzz(TestCase):
    """Random JSON in the shape of rules: either compiled to a query that runs, or a `RuleError`."""

    def test_nothing_but_rule_errors(self) -> None:
        make_brand("Toyota")
        noise = random.Random(20261122)
        accepted = 0
        for _round in range(400):
            document = json.loads(json.dumps(rule(self.node(noise, 0))))
            try:
                accepted += people(document).count() == 0
            except RuleError as error:
                self.assertTrue(str(error))
        self.assertGreater(accepted, 5)

    def node(self, noise: random.Random, depth: int) -> Any:
        kind = noise.randrange(8) if depth < 4 else noise.randrange(4)
        if kind > 5:
            return {noise.choice(["all", "any"]): [self.node(noise, depth + 1) for _ in range(noise.randrange(1, 4))]}
        if kind == 5:
            return {"not": self.node(noise, depth + 1)}
        if kind == 4:
            return {"event": noise.choice(["bought", "called", "_x"]), "op": "at_least", "value": noise.choice([1, 2, -1]), "days": noise.choice([None, 30, 10**9]), "where": []}  # fmt: skip
        return {
            "field": noise.choice(["brand", "purchases", "purchases_sum", "birthday", "sex", "has_email", "pk", "left_reason", "age"]),
            "op": noise.choice(["any_of", "none_of", "at_least", "is", "contains", "in_next_days", "is_empty", "__gt"]),
            "value": noise.choice([1, 366, "Toyota", ["Toyota"], ["f"], True, None, -1, 1e308, "%", "'; DROP", {"a": 1}]),
        }  # fmt: skip
