"""What identification says of itself, and whether the scorer would see it go wrong."""

import csv
import io
import tempfile
from pathlib import Path

import polars as pl
from django.test import SimpleTestCase, TestCase

from segments.identity.identities import HEADER, identities, write_identities
from segments.identity.matching import WHY, why_sentence
from segments.identity.names import RULES
from tests.segments import builders
from tests.segments.scoring import pairs, score


class ScoreTest(SimpleTestCase):
    def setUp(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False) as file:
            csv.writer(file).writerows([("code", "person"), *((f"c{i}", i // 2) for i in range(800)), ("test", "")])
        self.truth = Path(file.name)
        self.addCleanup(self.truth.unlink)

    def test_all_right(self) -> None:
        self.assertEqual(score(self.truth, ((f"c{i}", i // 2) for i in range(800))), (1.0, 1.0, 0, 0))

    def test_one_hub_of_353_strangers_shows(self) -> None:
        found = score(self.truth, [*((f"c{i}", 0) for i in range(353)), *((f"c{i}", i) for i in range(353, 800))])
        self.assertEqual(found.wrong, 353 * 352 // 2 - 176)
        self.assertLess(found.precision, 0.01)

    def test_nothing_joined_and_nothing_loaded(self) -> None:
        self.assertEqual(score(self.truth, ((f"c{i}", i) for i in range(800))), (1.0, 0.0, 0, 400))
        self.assertEqual(score(self.truth, []), (1.0, 0.0, 0, 400))

    def test_cards_that_are_nobodys_are_not_scored(self) -> None:
        self.assertEqual(score(self.truth, [("test", 1), ("c0", 1), ("c1", 1)]).wrong, 0)

    def test_pairs(self) -> None:
        self.assertEqual(pairs(pl.Series([1, 2, 353])), 1 + 62_128)


class IdentitiesTest(TestCase):
    def test_each_card_once_with_its_living_customer_and_why(self) -> None:
        survivor = builders.make_customer()
        builders.make_card(builders.make_customer(merged_into=survivor), code="2", why="vin:same")
        builders.make_card(survivor, code="1", why="alone")
        name = builders.make_source().name
        rows = [(name, "1", survivor.pk, "alone"), (name, "2", survivor.pk, "vin:same")]
        self.assertEqual(list(identities()), rows)
        file = io.StringIO()
        self.assertEqual(write_identities(file), 2)
        header, *written = csv.reader(io.StringIO(file.getvalue()))
        self.assertEqual((header, [row[1] for row in written]), (list(HEADER), ["1", "2"]))
        self.assertEqual(written[1][3], why_sentence("vin:same"))
        self.assertIn(str(WHY["vin"]), why_sentence("vin:same"))

    def test_every_rule_and_kind_has_its_words(self) -> None:
        self.assertLessEqual(
            {*RULES, "phone", "email", "birthday", "vin", "plate", "hand", "review", "split"}, set(WHY)
        )
