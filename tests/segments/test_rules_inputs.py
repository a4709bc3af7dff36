"""Inputs of a value: any shape is drawn and read back without a line of its own."""

from typing import Any

from django.http import QueryDict
from django.test import SimpleTestCase, TestCase

from segments.rules import fields
from segments.rules.drafting import blank_value, read_value
from segments.rules.inputs import PILLS, inputs_of, options_of
from segments.rules.outline import outline
from segments.rules.picking import choices_at, fields_to_pick
from segments.rules.shapes import Flag, Money, Months, Nothing, Pair, Several, Shape, Text, Whole


class Strange(Shape):
    """A shape that the builder has never seen."""

    control = "wheel"

    def clean(self, value: Any, allowed: Any) -> Any:
        return value


class Made(Shape):
    """Of two inputs, one of them a choice of its own."""

    class Colours(Several):
        def options(self) -> list[tuple[str, str]]:
            return [("r", "красный"), ("g", "зелёный")]

    parts = {"colour": ("цвет", Colours()), "age": ("возраст", Pair(Whole()))}

    def clean(self, value: Any, allowed: Any) -> Any:
        return value


class Inputs(SimpleTestCase):
    def one(self, shape: Shape, value: Any, allowed: Any = None) -> Any:
        (drawn,) = inputs_of(shape, value, allowed or {}, key="rule-0__value")
        return drawn

    def test_what_is_half_typed_stays(self) -> None:
        self.assertEqual(self.one(Whole(), "12x").text, "12x")
        self.assertEqual(self.one(Text(), None).text, "")
        self.assertEqual(inputs_of(Nothing(), None, {}, key="k"), [])

    def test_sums_are_grouped_and_have_their_sign(self) -> None:
        for value, text in (
            ("1500000", "1\u00a0500\u00a0000"),
            ("300000.50", "300\u00a0000.50"),
            ("12", "12"),
            ("x1", "x1"),
        ):
            drawn = self.one(Money(), value)
            self.assertEqual((drawn.text, drawn.unit), (text, "₽"))
            self.assertEqual(Money().read([drawn.text]), value)

    def test_a_pair_has_two_inputs_of_one_name(self) -> None:
        lower, upper = inputs_of(Pair(Money()), ["1", None], {}, key="k")
        self.assertEqual((lower.key, upper.key, lower.ident != upper.ident), ("k", "k", True))
        self.assertEqual((lower.text, lower.unit, upper.text, upper.unit), ("1", "", "", "₽"))
        self.assertEqual(len(inputs_of(Pair(Whole()), "rubbish", {}, key="k")), 2)

    def test_few_choices_are_all_shown_unless_one_is_not_known_any_more(self) -> None:
        few = {str(number): f"№ {number}" for number in range(PILLS)}
        drawn = self.one(Several(), ["3"], few)
        self.assertEqual([each for each in drawn.pills if each[2]], [("3", "№ 3", True)])
        self.assertEqual(self.one(Several(), ["gone"], few).chips, [("gone", "gone")])
        self.assertEqual(self.one(Several(), [], few | {"x": "ещё"}).pills, [])
        self.assertEqual(len(self.one(Months(), [5]).pills), 12)

    def test_a_flag_that_was_not_chosen_is_yes(self) -> None:
        self.assertEqual((self.one(Flag(), None).flag, self.one(Flag(), False).flag), (True, False))

    def test_an_unknown_shape_is_typed_as_text(self) -> None:
        drawn = self.one(Strange(), "x", {"x": "икс"})
        self.assertEqual((drawn.control, drawn.text, drawn.hints), ("text", "x", ["x"]))


class Parts(SimpleTestCase):
    def test_drawn_and_read_back(self) -> None:
        value = {"colour": ["g"], "age": [3, 5]}
        drawn = inputs_of(Made(), value, {}, key="rule-0__value")
        self.assertEqual([each.key for each in drawn], ["rule-0__value.colour"] + ["rule-0__value.age"] * 2)
        self.assertEqual(drawn[0].pills, [("r", "красный", False), ("g", "зелёный", True)])
        posted = QueryDict("rule-0__value.colour=g&rule-0__value.age=3&rule-0__value.age=5")
        self.assertEqual(read_value(posted, "rule-0__value", Made()), value)
        self.assertEqual(blank_value(Made()), {"colour": [], "age": [None, None]})

    def test_options_of_a_part_come_from_the_part(self) -> None:
        colours = Made.parts["colour"][1]
        self.assertEqual(options_of(colours, {"x": "другое"}), [("r", "красный"), ("g", "зелёный")])


class Picking(TestCase):
    def test_every_field_and_event_can_be_picked_once(self) -> None:
        values = [value for _group, options in fields_to_pick() for value, _label, _words in options]
        self.assertEqual(len(values), len(set(values)))
        self.assertEqual(len(values), len(fields.FIELDS) + len(fields.EVENTS))

    def test_also_the_words_of_the_sentence_find_it(self) -> None:
        words = {value: words for _group, options in fields_to_pick() for value, _label, words in options}
        self.assertIn("есть телефон", words["has_phone"])

    def test_values_of_months(self) -> None:
        draft = {"all": [{"not": {"field": "birthday", "op": "in_months", "value": [5]}}]}
        chosen = [each for each, _label, picked in choices_at(draft, "rule", "rule-0__value")["options"] if picked]
        self.assertEqual(chosen, ["5"])
        self.assertEqual(choices_at(draft, "other", "rule-0__value")["options"], [])


class Outline(TestCase):
    def test_groups_inside_groups(self) -> None:
        visits = {"field": "visits", "op": "at_least", "value": 1}
        found = outline({"format": 1, "rule": {"all": [visits, {"not": {"any": [visits, visits]}}]}})
        inner = found["root"]["nodes"][1]
        self.assertEqual((inner["group"], inner["negated"], len(inner["nodes"])), ("any", True, 2))
        self.assertEqual(found["fault"], "")

    def test_one_condition_needs_no_outline_and_a_broken_rule_says_why(self) -> None:
        self.assertIsNone(outline({"rule": {"field": "visits", "op": "at_least", "value": 1}})["root"])
        for broken in ({}, {"rule": {"field": "gone", "op": "is", "value": 1}}):
            found = outline(broken)
            self.assertTrue(found["fault"])
            self.assertIsNone(found["root"])
