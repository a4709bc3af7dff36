"""What the builder's inputs say, and how any JSON becomes a draft that can be drawn."""

from typing import Any
from unittest.mock import ANY

from django.http import QueryDict
from django.test import SimpleTestCase

from segments.rules.builder import draw
from segments.rules.drafting import parse, tidy
from segments.rules.steps import Step
from segments.rules.tree import MAX_NODES


def posted(**inputs: Any) -> QueryDict:
    """Inputs by name; a list is an input that comes several times. "_" in a way stands for "-"."""
    data = QueryDict(mutable=True)
    for name, value in inputs.items():
        way, _, part = name.partition("__")
        data.setlist(f"{way.replace('_', '-')}__{part}", value if isinstance(value, list) else [value])
    return data


ROOT = {"rule__kind": "all", "rule__n": "1"}


class Parse(SimpleTestCase):
    def one(self, **inputs: Any) -> dict:
        return parse(posted(**ROOT, **inputs), "rule")["all"][0]

    def test_a_condition(self) -> None:
        found = self.one(rule_0__field="purchases", rule_0__op="at_least", rule_0__value=" 1 000 ")
        self.assertEqual(found, {"field": "purchases", "op": "at_least", "value": 1000})

    def test_what_is_half_typed_is_kept(self) -> None:
        found = self.one(rule_0__field="purchases", rule_0__op="at_least", rule_0__value="12x")
        self.assertEqual(found["value"], "12x")
        self.assertIsNone(self.one(rule_0__field="purchases", rule_0__op="at_least", rule_0__value="")["value"])

    def test_another_field_starts_a_blank_condition(self) -> None:
        found = self.one(rule_0__field="visits", rule_0__was="brand", rule_0__op="any_of", rule_0__value=["Toyota"])
        self.assertEqual(found, {"field": "visits", "op": "at_least", "value": None})

    def test_another_operator_keeps_a_value_of_the_same_shape_only(self) -> None:
        same = {
            "rule_0__field": "last_visit",
            "rule_0__was": "last_visit",
            "rule_0__wasop": "within_days",
            "rule_0__value": "30",
        }
        self.assertEqual(self.one(**same, rule_0__op="earlier_than_days")["value"], 30)
        self.assertIsNone(self.one(**same, rule_0__op="since")["value"])

    def test_values_of_each_shape(self) -> None:
        asked: list[tuple[str, str, Any, Any]] = [
            ("sex", "any_of", ["f", "", "f"], ["f"]),
            ("has_email", "is", "no", False),
            ("purchases_sum", "at_least", "1 000,50", "1000.50"),
            ("purchases", "between", ["1", "5"], [1, 5]),
            ("last_visit", "between", ["2026-01-01", ""], ["2026-01-01", None]),
            ("birthday", "in_months", ["5", "x", "12"], [5, 12]),
            ("birthday", "today", [], None),
        ]
        for field, op, raw, value in asked:
            with self.subTest(field=field, op=op):
                found = self.one(rule_0__field=field, rule_0__op=op, rule_0__value=raw)
                self.assertEqual(found["value"], value)

    def test_not_over_groups_and_conditions(self) -> None:
        found = self.one(rule_0__field="visits", rule_0__op="at_least", rule_0__value="1", rule_0__not="on")
        self.assertEqual(found, {"not": {"field": "visits", "op": "at_least", "value": 1}})

    def test_an_event_with_conditions(self) -> None:
        found = self.one(
            rule_0__field="event:bought", rule_0__was="event:serviced", rule_0__times="2", rule_0__days="", rule_0__n="2",
            rule_0_0__field="amount", rule_0_0__op="at_least", rule_0_0__value="5", rule_0_1__field="pk", rule_0_1__op="x",
        )  # fmt: skip
        where = [{"field": "amount", "op": "at_least", "value": "5"}]
        self.assertEqual(found, {"event": "bought", "op": "at_least", "value": 2, "days": None, "where": where})

    def test_a_field_that_is_gone_stays_visible(self) -> None:
        self.assertEqual(self.one(rule_0__field="gone", rule_0__op="is"), {"field": "gone", "op": "is", "value": None})

    def test_hostile_forms_end_soon(self) -> None:
        self.assertEqual(parse(posted(rule__kind="all", rule__n="9" * 15), "rule"), {"all": []})
        self.assertEqual(parse(posted(rule__kind="drop"), "rule"), {"all": []})
        deep = {f"rule{'_0' * level}__kind": "all" for level in range(60)} | {
            f"rule{'_0' * level}__n": "1" for level in range(60)
        }
        self.assertLess(str(parse(posted(**deep), "rule")).count("all"), 12)
        wide = {f"rule_{i}__field": "visits" for i in range(300)}
        self.assertEqual(len(parse(posted(rule__kind="all", rule__n="300", **wide), "rule")["all"]), MAX_NODES + 1)


class Tidy(SimpleTestCase):
    def test_any_json_can_be_drawn_or_is_nothing(self) -> None:
        for nothing in (None, 1, "x", [], {}, {"field": 1}, {"not": 5}):
            self.assertIsNone(tidy(nothing))
        odd = {
            "all": [
                {"field": "gone", "op": 5, "value": {"x": 1}},
                {"event": "gone", "where": [1]},
                7,
                {"field": "purchases"},
            ]
        }
        draft = tidy(odd)
        self.assertEqual(len(draft["all"]), 3)
        context = draw(Step(draft), name="rule")
        self.assertEqual([each.chosen for each in context["root"].nodes], ["gone", "event:gone", "purchases"])

    def test_a_single_condition_gets_a_group_around_it(self) -> None:
        self.assertEqual(tidy({"field": "purchases", "op": "at_least", "value": 1}), {"all": [ANY]})
