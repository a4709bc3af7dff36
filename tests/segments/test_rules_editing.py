"""Every edit of the builder, on trees alone."""

from typing import Any

from django.test import SimpleTestCase

from segments.rules.editing import edit, height
from segments.rules.tree import MAX_DEPTH


def visits(least: int) -> dict:
    return {"field": "visits", "op": "at_least", "value": least}


EVENT = {"event": "bought", "op": "at_least", "value": 1, "days": 5, "where": []}
DRAFT = {"all": [visits(1), {"not": {"any": [visits(2), visits(3)]}}, EVENT]}
AMOUNT = {"field": "amount", "op": "at_least", "value": "5"}
BRAND = {"field": "brand", "op": "any_of", "value": ["Toyota"]}


class EditCase(SimpleTestCase):
    def becomes(self, draft: dict, act: str, after: list[Any], focus: Any) -> None:
        self.assertEqual(edit(draft, act), ({"all": after}, focus))

    def refused(self, draft: dict, *acts: str) -> None:
        for act in acts:
            with self.subTest(act):
                self.assertEqual(edit(draft, act), (draft, None))


class Verbs(EditCase):
    def test_delete_and_copy(self) -> None:
        self.becomes(DRAFT, "delete:1-0", [visits(1), {"not": {"any": [visits(3)]}}, EVENT], (1, 0))
        self.becomes(DRAFT, "delete:2", DRAFT["all"][:2], (1,))
        self.becomes({"all": [visits(1)]}, "delete:0", [], ())
        self.becomes(DRAFT, "copy:0", [visits(1), *DRAFT["all"]], (1,))

    def test_a_copy_is_its_own(self) -> None:
        draft, _focus = edit(DRAFT, "copy:1")
        self.assertIsNot(draft["all"][1]["not"]["any"][0], draft["all"][2]["not"]["any"][0])

    def test_up_and_down_stop_at_the_ends(self) -> None:
        first, group, event = DRAFT["all"]
        self.becomes(DRAFT, "down:0", [group, first, event], (1,))
        self.becomes(DRAFT, "up:2", [first, event, group], (1,))
        self.becomes(DRAFT, "up:0", DRAFT["all"], (0,))
        self.becomes(DRAFT, "down:2", DRAFT["all"], (2,))

    def test_into_the_next_group_at_its_beginning_else_into_the_one_before_at_its_end(self) -> None:
        self.becomes(DRAFT, "into:0", [{"not": {"any": [visits(1), visits(2), visits(3)]}}, EVENT], (0, 0))
        self.becomes(DRAFT, "into:2", [visits(1), {"not": {"any": [visits(2), visits(3), EVENT]}}], (1, 2))

    def test_out_lands_behind_the_group_and_an_emptied_group_goes(self) -> None:
        self.becomes(DRAFT, "out:1-0", [visits(1), {"not": {"any": [visits(3)]}}, visits(2), EVENT], (2,))
        self.becomes({"all": [visits(1), {"any": [visits(2)]}]}, "out:1-0", [visits(1), visits(2)], (1,))

    def test_wrap(self) -> None:
        self.becomes(DRAFT, "wrap:0", [{"all": [visits(1)]}, *DRAFT["all"][1:]], (0, 0))
        self.becomes(DRAFT, "wrap:1", [visits(1), {"all": [DRAFT["all"][1]]}, EVENT], (1, 0))

    def test_unwrap_keeps_the_meaning_of_not(self) -> None:
        freed = [visits(1), {"not": visits(2)}, {"not": visits(3)}, EVENT]
        self.becomes(DRAFT, "unwrap:1", freed, (1,))
        twice = {"all": [{"not": {"any": [{"not": visits(2)}]}}]}
        self.becomes(twice, "unwrap:0", [visits(2)], (0,))
        self.becomes({"all": [visits(1), {"any": []}]}, "unwrap:1", [visits(1)], ())

    def test_add_to_a_group(self) -> None:
        draft, focus = edit(DRAFT, "add:1")
        self.assertEqual((len(draft["all"][1]["not"]["any"]), focus), (3, (1, 2)))
        draft, focus = edit(DRAFT, "add::birthday")
        self.assertEqual((draft["all"][3]["field"], focus), ("birthday", (3,)))
        draft, focus = edit(DRAFT, "add:1:event:serviced")
        self.assertEqual((draft["all"][1]["not"]["any"][2]["event"], focus), ("serviced", (1, 2)))

    def test_add_to_an_event(self) -> None:
        draft, focus = edit(DRAFT, "add:2")
        self.assertEqual((draft["all"][2]["where"][0]["field"], focus), ("brand", (2, 0)))
        self.assertEqual(edit(DRAFT, "add:2:amount")[0]["all"][2]["where"][0]["field"], "amount")

    def test_a_new_group_is_of_the_other_kind_and_empty(self) -> None:
        self.assertEqual(edit(DRAFT, "group:")[0]["all"][3], {"any": []})
        self.assertEqual(edit(DRAFT, "group:1")[0]["all"][1]["not"]["any"][2], {"all": []})


class Place(EditCase):
    """Dragged by the mouse: "place:FROM:TO", the places as they were before."""

    def test_in_one_list(self) -> None:
        first, group, event = DRAFT["all"]
        self.becomes(DRAFT, "place:0:3", [group, event, first], (2,))
        self.becomes(DRAFT, "place:2:0", [event, first, group], (0,))
        self.becomes(DRAFT, "place:0:1", [first, group, event], (0,))
        self.becomes(DRAFT, "place:0:2", [group, first, event], (1,))

    def test_into_a_group_and_out_of_it(self) -> None:
        self.becomes(DRAFT, "place:0:1-1", [{"not": {"any": [visits(2), visits(1), visits(3)]}}, EVENT], (0, 1))
        self.becomes(DRAFT, "place:1-1:0", [visits(3), visits(1), {"not": {"any": [visits(2)]}}, EVENT], (0,))
        self.becomes(DRAFT, "place:2:1-99", [visits(1), {"not": {"any": [visits(2), visits(3), EVENT]}}], (1, 2))

    def test_not_into_itself_and_not_to_the_root(self) -> None:
        self.refused(DRAFT, "place:1:1-0", "place:1:1", "place:0:", "place::0", "place:0:x", "place:0:0-0")

    def test_conditions_of_an_event_stay_with_it(self) -> None:
        draft = {"all": [visits(1), EVENT | {"where": [AMOUNT, BRAND]}]}
        self.becomes(draft, "place:1-1:1-0", [visits(1), EVENT | {"where": [BRAND, AMOUNT]}], (1, 0))
        self.refused(draft, "place:1-0:0", "place:0:1-0", "out:1-0", "wrap:1-0", "into:1-0")


class Refused(EditCase):
    def test_acts_that_do_not_fit_change_nothing(self) -> None:
        self.refused(
            DRAFT, "", "x", "delete:", "delete:9", "delete:-1", "delete:²", "up:0-0-0", "copy:-1", "wrap:", "out:0", "out:2",
            "add:99999", "add:0", "add::password__startswith", "add::event:flew", "group:0", "unwrap:0", "into:1",
        )  # fmt: skip

    def test_no_group_gets_deeper_than_rules_may_be(self) -> None:
        deepest: dict = {"all": [visits(1)]}
        for _level in range(MAX_DEPTH - 1):
            deepest = {"all": [deepest]}
        self.assertEqual(height(deepest), MAX_DEPTH)
        self.refused(
            deepest, "wrap:0", "wrap:" + "-".join(["0"] * MAX_DEPTH), "group:" + "-".join(["0"] * (MAX_DEPTH - 1))
        )

    def test_the_draft_itself_is_left_alone(self) -> None:
        before = {"all": [visits(1), {"any": [visits(2)]}]}
        edit(before, "into:0")
        self.assertEqual(before, {"all": [visits(1), {"any": [visits(2)]}]})
