"""Figures are what their printed formulas say; the case's figures come out of them; the documents are fresh."""

from decimal import Decimal

from django.core.management import call_command
from django.test import SimpleTestCase

from tracking.money import formulas, reference
from tracking.money.figures import COMPUTED, FIGURES, PLAIN, SUMS, value


class Formulas(SimpleTestCase):
    def test_four_operations(self) -> None:
        values = {"a": 7, "b": Decimal(2), "c": 0, "d": None}
        self.assertEqual(formulas.compute("( a - b ) / b * 3", values), Decimal("7.5"))
        self.assertIsNone(formulas.compute("a / c", values))
        self.assertIsNone(formulas.compute("a + d", values))
        self.assertEqual(formulas.names("( a - b ) / a"), ["a", "b"])

    def test_nothing_else_is_a_formula(self) -> None:
        for text in ("a ** b", "f(a)", "a.b", "a if b else c", "'x'", "a < b"):
            with self.assertRaises(ValueError):
                formulas.names(text)

    def test_words(self) -> None:
        words = {"income": "доход", "cost": "затраты"}
        self.assertEqual(formulas.spelled("( income - cost ) / cost", words), "(доход − затраты) / затраты")


class Figures(SimpleTestCase):
    def test_every_formula_is_of_what_there_is(self) -> None:
        self.assertEqual(len(FIGURES), len(SUMS) + len(COMPUTED) + len(PLAIN))
        for each in COMPUTED:
            self.assertLessEqual(set(formulas.names(each.formula)), set(FIGURES), each.name)

    def test_by_hand(self) -> None:
        sums = {
            "income": 300, "margin": 300, "revenue": 4000, "cost": 100, "visits": 5, "deals": 4, "calls": 0, "people": 1000,
            "bought": 4, "control_people": 100, "control_income": 10, "control_deals": Decimal("0.2"), "all_visits": 50,
        }  # fmt: skip
        for name, expected in (
            ("profit", 200), ("roi", 2), ("romi", 2), ("drr", "0.025"), ("cost_per_visit", 20), ("cost_per_deal", 25),
            ("cost_per_call", None), ("receipt", 1000), ("conversion", "0.004"), ("share_of_visits", "0.1"),
            ("usual_deals", 2), ("added_deals", 2), ("added_income", 200), ("added_profit", 100), ("added_roi", 1),
            ("share_of_deals", None), ("opened", None),
        ):  # fmt: skip
            self.assertEqual(value(name, sums), None if expected is None else Decimal(expected), name)


class Case(SimpleTestCase):
    """5.5 million roubles of net profit, ROI 1,751 %: both readings, by our own formulas."""

    def test_after_the_cost(self) -> None:
        cost = reference.cost_if_after()
        self.assertEqual(round(cost), 314106)
        sums = {"income": 5_500_000 + cost, "cost": cost}
        self.assertEqual((round(value("profit", sums)), round(value("roi", sums), 6)), (5_500_000, Decimal("17.51")))

    def test_before_the_cost(self) -> None:
        cost = reference.cost_if_before()
        self.assertEqual(round(cost), 297137)
        sums = {"income": 5_500_000, "cost": cost}
        self.assertEqual((round(value("profit", sums)), round(value("roi", sums), 6)), (5_202_863, Decimal("17.51")))

    def test_the_documents_are_fresh(self) -> None:
        call_command("report_docs", check=True)
