"""The registry: names are taken once, a score reads a column of facts in per cents, each operator's words are complete."""

from decimal import Decimal

from django.test import TestCase
from django.utils import translation

from segments.models import CustomerFacts
from segments.rules.compile import business_day
from segments.rules.fields import EVENTS, FIELDS, Field, register, register_event
from segments.rules.operators import BY_TYPE
from tests.segments.builders import make_customer, make_facts


class Registry(TestCase):
    def test_a_name_is_taken_once(self) -> None:
        taken = FIELDS["purchases"]
        register(taken)
        with self.assertRaises(ValueError):
            register(Field(name="purchases", label="", type="number", path="visits"))
        register_event(EVENTS["bought"])

    def test_every_field_has_a_known_type_and_words_for_the_missing(self) -> None:
        everything = [*FIELDS.values(), *(field for event in EVENTS.values() for field in event.where.values())]
        for field in everything:
            with self.subTest(field.name):
                self.assertIn(field.type, BY_TYPE)
                self.assertTrue(field.path or field.compile)
                self.assertEqual("is_empty" in field.operators, field.where_known is not None)
        self.assertEqual({each for each in BY_TYPE if each not in {field.type for field in everything}}, {"score"})

    def test_every_operator_says_itself_and_its_not(self) -> None:
        for kind, operators in BY_TYPE.items():
            for operator in operators:
                if operator.name == "is":
                    continue
                with self.subTest(kind=kind, op=operator.name), translation.override("ru"):
                    words = {"field": "поле", "value": "значение", "lower": "1", "upper": "2", "n": 2}
                    said, unsaid = (str(phrase % words) for phrase in (operator.phrase, operator.refusal))
                    self.assertNotEqual(said, unsaid)
                    self.assertNotRegex(said + unsaid, "[A-Za-z]")
                    self.assertTrue(str(operator.label))


class Score(TestCase):
    """A model registers a field over its table; here a column of facts stands for the probability."""

    likely = Field(name="likely", label="вероятность покупки", type="score", path="last_price", missing="нет оценки")

    def setUp(self) -> None:
        for probability in (None, "0.25", "0.7", "0.71"):
            make_facts(make_customer(), last_price=probability and Decimal(probability))

    def found(self, op: str, value: object, *, negated: bool = False) -> list[str]:
        condition = self.likely.condition(op, value, business_day(), negated=negated)
        return [str(each) for each in CustomerFacts.objects.filter(condition).values_list("last_price", flat=True)]

    def test_at_least(self) -> None:
        self.assertEqual(sorted(self.found("at_least", 0.7)), ["0.70", "0.71"])
        self.assertEqual(self.found("at_least", 0.7, negated=True), ["0.25"])
        self.assertEqual(self.found("between", [0.2, 0.3]), ["0.25"])
        self.assertEqual(self.found("is_empty", None), ["None"])

    def test_people_type_per_cents(self) -> None:
        shape = self.likely.operators["at_least"].shape
        for typed, stored in (
            ("70", 0.7),
            ("70 %", 0.7),
            ("12,5", 0.125),
            ("100", 1.0),
            ("", None),
            ("много", "много"),
        ):
            with self.subTest(typed):
                self.assertEqual(shape.read([typed]), stored)
        self.assertEqual([shape.written(each) for each in (0.7, 0.125, 1, None)], ["70", "12.5", "100", ""])
        with translation.override("ru"):
            self.assertEqual(shape.shown(0.125, None), "12,5 %")
        for bad in (None, "0.7", 1.01, -0.1, True, [0.7], float("nan"), float("inf")):
            with self.subTest(bad), self.assertRaises(ValueError):
                shape.clean(bad, None)


class Day(TestCase):
    def test_a_day_of_any_year_is_typed_as_people_write_it(self) -> None:
        shape = FIELDS["birthday"].operators["of_the_year"].shape
        self.assertEqual(shape.read(["1.5", "31.12."]), ["05-01", "12-31"])
        self.assertEqual([shape.part.written(each) for each in ("05-01", "мая", None)], ["01.05", "мая", ""])
        for bad in (["05-01"], ["02-30", "03-01"], ["5-1", "6-1"], ["05-01", None], "05-01", [501, 601]):
            with self.subTest(bad), self.assertRaises(ValueError):
                shape.clean(bad, None)
        self.assertTrue(shape.clean(["12-20", "01-10"], None))
