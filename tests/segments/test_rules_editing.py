"""The builder's buttons, and twenty steps back."""

import json
from typing import Any

from django.http import QueryDict
from django.test import SimpleTestCase

from segments.rules.editing import UNDO_STEPS, advance, edit


def visits(least: int) -> dict:
    return {"field": "visits", "op": "at_least", "value": least}


DRAFT = {
    "all": [
        visits(1),
        {"not": {"any": [visits(2), visits(3)]}},
        {"event": "bought", "op": "at_least", "value": 1, "days": 5, "where": []},
    ]
}


class Edit(SimpleTestCase):
    def test_every_button(self) -> None:
        inner = {"not": {"any": [visits(3)]}}
        after: dict[str, Any] = {
            "delete:1-0": ({"all": [DRAFT["all"][0], inner, DRAFT["all"][2]]}, (1, 0)),
            "copy:0": ({"all": [visits(1), *DRAFT["all"]]}, (1,)),
            "down:0": ({"all": [DRAFT["all"][1], visits(1), DRAFT["all"][2]]}, (1,)),
            "up:2": ({"all": [visits(1), DRAFT["all"][2], DRAFT["all"][1]]}, (1,)),
            "wrap:0": ({"all": [{"all": [visits(1)]}, *DRAFT["all"][1:]]}, (0, 0)),
        }
        for act, (draft, focus) in after.items():
            with self.subTest(act):
                self.assertEqual(edit(DRAFT, act), (draft, focus))

    def test_adding(self) -> None:
        draft, focus = edit(DRAFT, "add:1")
        self.assertEqual((len(draft["all"][1]["not"]["any"]), focus), (3, (1, 2)))
        draft, focus = edit(DRAFT, "add:2")
        self.assertEqual((draft["all"][2]["where"][0]["field"], focus), ("brand", (2, 0)))
        draft, focus = edit(DRAFT, "group:")
        self.assertEqual((list(draft["all"][3]), focus), (["any"], (3, 0)))

    def test_the_ends_hold(self) -> None:
        self.assertEqual(edit(DRAFT, "up:0")[0], DRAFT)
        self.assertEqual(edit(DRAFT, "down:2")[0], DRAFT)
        self.assertEqual(edit({"all": [visits(1)]}, "delete:0"), ({"all": []}, ()))

    def test_removing_a_chosen_value(self) -> None:
        draft = {"all": [{"field": "sex", "op": "any_of", "value": ["f", "m"]}]}
        self.assertEqual(edit(draft, "drop:0:0")[0]["all"][0]["value"], ["m"])

    def test_acts_that_do_not_fit_change_nothing(self) -> None:
        for act in (
            "",
            "x",
            "delete:",
            "delete:9",
            "up:0-0-0",
            "copy:-1",
            "drop:0:9",
            "wrap:2-0",
            "add:99999",
            "drop:0:x",
            "delete:²",
        ):
            with self.subTest(act):
                self.assertEqual(edit(DRAFT, act)[0], DRAFT)


class Advance(SimpleTestCase):
    def step(self, value: str, drawn: Any, undo: Any, act: str = "") -> tuple:
        data = QueryDict(mutable=True)
        data.update(
            {
                "rule__kind": "all",
                "rule__n": "1",
                "rule-0__field": "visits",
                "rule-0__op": "at_least",
                "rule-0__value": value,
            }
        )
        data.update({"rule__drawn": json.dumps(drawn), "rule__undo": json.dumps(undo), "act": act})
        return advance(data, "rule")

    def test_typing_and_a_button_are_two_steps(self) -> None:
        drawn, typed = {"all": [visits(1)]}, {"all": [visits(2)]}
        draft, undo, focus = self.step("2", drawn, [], "copy:0")
        self.assertEqual((draft, undo, focus), ({"all": [visits(2), visits(2)]}, [drawn, typed], (1,)))

    def test_undo_takes_back_what_was_typed_first(self) -> None:
        before, drawn = {"all": [visits(9)]}, {"all": [visits(1)]}
        self.assertEqual(self.step("2", drawn, [before], "undo"), (drawn, [before], None))
        self.assertEqual(self.step("1", drawn, [before], "undo"), (before, [], None))
        self.assertEqual(self.step("1", drawn, [], "undo"), (drawn, [], None))

    def test_twenty_steps_are_kept(self) -> None:
        undo = [{"all": [visits(n)]} for n in range(50)]
        self.assertEqual(len(self.step("2", {"all": [visits(1)]}, undo)[1]), UNDO_STEPS)

    def test_forged_history_is_only_a_draft(self) -> None:
        for forged in ("x", [1, None, {"all": "x"}], {"a": 1}, "[" * 5000):
            draft, undo, _focus = self.step("1", "junk", forged)
            self.assertEqual((draft, undo), ({"all": [visits(1)]}, []))
