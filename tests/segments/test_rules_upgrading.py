"""Rules of an older format are read as if they were written today."""

from unittest import mock

from django.test import SimpleTestCase

from segments.rules import upgrading
from segments.rules.upgrading import FORMAT, upgraded

BUYERS = {"field": "purchases", "op": "at_least", "value": 1}


def renamed(node: dict) -> dict:
    """A step as it might come: a field that got another name."""
    return node | {"field": "sales"}


def wrapped(node: dict) -> dict:
    return {"all": [node]}


class Upgraded(SimpleTestCase):
    def test_the_present_format_is_left_alone(self) -> None:
        self.assertEqual(upgraded({"format": FORMAT, "rule": BUYERS}), {"format": FORMAT, "rule": BUYERS})

    def test_every_step_is_taken_in_its_turn(self) -> None:
        steps = {FORMAT: renamed, FORMAT + 1: wrapped}
        with mock.patch.dict(upgrading.STEPS, steps):
            found = upgraded({"format": FORMAT, "rule": BUYERS}, to=FORMAT + 2)
            later = upgraded({"format": FORMAT + 1, "rule": BUYERS}, to=FORMAT + 2)
        self.assertEqual(found, {"format": FORMAT + 2, "rule": {"all": [BUYERS | {"field": "sales"}]}})
        self.assertEqual(later, {"format": FORMAT + 2, "rule": {"all": [BUYERS]}})

    def test_what_no_step_leads_from_is_refused(self) -> None:
        for number in (0, -1, True, "1", 1.0, None):
            with self.subTest(number), self.assertRaises(ValueError):
                upgraded({"format": number, "rule": BUYERS})

    def test_every_format_before_the_present_one_has_its_step(self) -> None:
        self.assertEqual(sorted(upgrading.STEPS), list(range(1, FORMAT)))
