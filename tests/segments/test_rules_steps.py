"""Twenty steps back, and forth again."""

import json
from typing import Any

from django.http import QueryDict
from django.test import SimpleTestCase, TestCase

from segments.rules.starts import STARTS, starting_drafts
from segments.rules.steps import UNDO_STEPS, Step, advance
from segments.rules.tree import validate


def visits(least: int) -> dict:
    return {"field": "visits", "op": "at_least", "value": least}


def one(least: int) -> dict:
    return {"all": [visits(least)]}


class StepCase(SimpleTestCase):
    def step(self, value: str, drawn: Any, act: str = "", **kept: Any) -> Step:
        data = QueryDict(mutable=True)
        data.update({"rule__kind": "all", "rule__n": "1", "rule-0__field": "visits", "rule-0__op": "at_least"})
        data.update({"rule-0__value": value, "rule__drawn": json.dumps(drawn), "act": act})
        data.update({f"rule__{name}": json.dumps(steps) for name, steps in kept.items()})
        return advance(data, "rule", starts=starting_drafts())


class Undo(StepCase):
    def test_typing_and_a_button_are_two_steps(self) -> None:
        found = self.step("2", one(1), "copy:0")
        self.assertEqual(found, Step({"all": [visits(2), visits(2)]}, [one(1), one(2)], [], (1,)))

    def test_what_was_typed_is_taken_back_first(self) -> None:
        self.assertEqual(self.step("2", one(1), "undo", undo=[one(9)]), Step(one(1), [one(9)], [one(2)]))
        self.assertEqual(self.step("1", one(1), "undo", undo=[one(9)]), Step(one(9), [], [one(1)]))
        self.assertEqual(self.step("1", one(1), "undo"), Step(one(1)))

    def test_forth_again(self) -> None:
        self.assertEqual(self.step("1", one(1), "redo", redo=[one(3), one(2)]), Step(one(2), [one(1)], [one(3)]))
        self.assertEqual(self.step("1", one(1), "redo"), Step(one(1)))

    def test_back_and_forth_ends_where_it_began(self) -> None:
        back = self.step("1", one(1), "undo", undo=[one(9)])
        self.assertEqual(self.step("9", back.draft, "redo", undo=back.undo, redo=back.redo), Step(one(1), [one(9)]))

    def test_a_new_edit_ends_the_way_forth(self) -> None:
        self.assertEqual(self.step("1", one(1), "copy:0", redo=[one(2)]).redo, [])
        self.assertEqual(self.step("5", one(1), "redo", redo=[one(2)]), Step(one(5), [one(1)]))
        self.assertEqual(self.step("1", one(1), "delete:7", redo=[one(2)]).redo, [one(2)])  # nothing was done

    def test_twenty_steps_are_kept_each_way(self) -> None:
        many = [one(n) for n in range(50)]
        self.assertEqual(len(self.step("2", one(1), undo=many).undo), UNDO_STEPS)
        self.assertEqual(len(self.step("2", one(1), "undo", undo=many[:1], redo=many).redo), UNDO_STEPS)

    def test_a_forged_history_is_only_a_draft(self) -> None:
        for forged in ("x", [1, None, {"all": "x"}], {"a": 1}, "[" * 5000):
            self.assertEqual(self.step("1", "junk", undo=forged, redo=forged), Step(one(1)))


class Starts(StepCase):
    def test_a_ready_rule_takes_the_place_and_can_be_undone(self) -> None:
        found = self.step("1", one(1), "start:birthday")
        self.assertEqual((found.draft["all"][0]["field"], found.undo, found.focus), ("birthday", [one(1)], ()))
        self.assertEqual(self.step("1", one(1), "start:nothing").draft, one(1))


class StartsAreGood(TestCase):
    def test_all_are_good_rules(self) -> None:
        self.assertEqual(len(starting_drafts()), len(STARTS))
        for key, rule in starting_drafts().items():
            with self.subTest(key):
                validate({"format": 1, "rule": rule})
