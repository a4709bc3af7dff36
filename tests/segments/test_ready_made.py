"""Ready-made cuts become ordinary segments: answers go into rule and name, the first ones are made once."""

import pytest
from django.test import TestCase

from segments.models import ReadyMade, Segment
from segments.ready_made import Cut, Names, Number, Roubles, ask, begin, cut_of, cuts, made_from, make, register
from segments.rules.tree import RuleError
from tests.segments.builders import make_brand, make_staff


def a_cut(**fields: object) -> Cut:
    """A cut that nobody registers."""
    rule = {"all": [{"field": "brand", "op": "any_of", "value": ask("brands")},
                    {"field": "purchases_sum", "op": "between", "value": [ask("least"), 900]}]}  # fmt: skip
    questions = (Names("brands", "марки", ("Kia", "Тазик")), Roubles("least", "от", 100))
    words = {"who": "кто", "plan": "что", "why": "зачем", "group": "группа", "name": "Берут %(brands)s"}
    return Cut(**{"key": "trial", "rule": rule, "questions": questions, **words, **fields})


class Filling(TestCase):
    def test_answers_go_into_lists_and_values(self) -> None:
        rule = a_cut().document({"brands": ["Kia"], "least": 5})
        leaves = rule["rule"]["all"]
        self.assertEqual((rule["format"], leaves[0]["value"], leaves[1]["value"]), (1, ["Kia"], [5, 900]))

    def test_the_cut_itself_stays_as_it_was(self) -> None:
        cut = a_cut()
        cut.document({"brands": ["Kia"], "least": 5})["rule"]["all"].clear()
        self.assertEqual(cut.rule["all"][0]["value"], {"ask": "brands"})

    def test_usual_answers_are_only_those_that_the_dictionary_has(self) -> None:
        make_brand("Kia")
        self.assertEqual(a_cut().defaults(), {"brands": ["Kia"], "least": 100})

    def test_the_usual_names_stand_first(self) -> None:
        make_brand("Audi")
        make_brand("Kia")
        choices = [name for name, _label in Names("brands", "марки", ("Kia",)).form_field().choices]
        self.assertEqual(choices, ["Kia", *sorted(set(choices) - {"Kia"})])

    def test_the_title_shows_the_usual_answers(self) -> None:
        self.assertEqual(a_cut().title, "Берут Kia, Тазик")
        self.assertEqual(cut_of("owners").title, "Владельцы …")
        self.assertEqual(cut_of("price").title, "Купили автомобиль за 1\u00a0500\u00a0000–3\u00a0000\u00a0000 ₽")

    def test_unknown_fields_operators_and_events_make_a_cut_unusable(self) -> None:
        self.assertTrue(a_cut().is_usable())
        for leaf in (
            {"field": "horoscope", "op": "any_of", "value": 1},
            {"field": "brand", "op": "at_least", "value": 1},
            {"event": "flew", "op": "at_least", "value": 1, "days": None, "where": []},
            {"event": "bought", "op": "at_least", "value": 1, "where": [{"field": "x", "op": "any_of", "value": []}]},
        ):
            self.assertFalse(a_cut(rule={"all": [{"not": leaf}]}).is_usable(), leaf)

    def test_a_second_cut_of_a_name_is_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="birthday"):
            register(a_cut(key="birthday"))

    def test_numbers_have_bounds(self) -> None:
        field = Number("days", "дней", 7, 1, 90).form_field()
        self.assertEqual((field.initial, field.min_value, field.max_value), (7, 1, 90))


class Making(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.user = make_staff()
        make_brand("Kia")

    def test_a_segment_with_rule_purpose_plan_and_owner(self) -> None:
        segment = make(cut_of("owners"), {"brands": ["Kia"]}, owner=self.user)
        segment.refresh_from_db()
        self.assertEqual((segment.name, segment.owner), ("Владельцы Kia", self.user))
        self.assertTrue(all((segment.slug, segment.description, segment.plan, segment.plan_reason)))
        self.assertEqual(segment.rule["rule"]["all"][0]["where"][0]["value"], ["Kia"])
        self.assertIsNotNone(segment.refresh_due_at)
        made = ReadyMade.objects.get(segment=segment)
        self.assertEqual((made.cut, made.values), ("owners", {"brands": ["Kia"]}))

    def test_the_same_again_gets_a_number(self) -> None:
        for name in ("Владельцы Kia", "Владельцы Kia (2)", "Владельцы Kia (3)"):
            self.assertEqual(make(cut_of("owners"), {"brands": ["Kia"]}, owner=self.user).name, name)

    def test_a_name_longer_than_its_column_is_cut(self) -> None:
        brands = [make_brand(f"Марка номер {number}").name for number in range(20)]
        names = [make(cut_of("owners"), {"brands": brands}, owner=self.user).name for _each in range(2)]
        self.assertEqual([len(each) for each in names], [120, 120])
        self.assertTrue(names[1].endswith(" (2)"))

    def test_answers_that_make_no_rule_make_no_segment(self) -> None:
        for brands in ([], ["Тазик"]):
            with pytest.raises(RuleError):
                make(cut_of("owners"), {"brands": brands}, owner=self.user)
        self.assertFalse(Segment.objects.exists())

    def test_the_first_segments_are_made_once(self) -> None:
        first = begin(self.user)
        self.assertEqual(len(first), sum(each.starts for each in cuts()))
        self.assertEqual(begin(self.user), [])
        first[0].is_archived = True
        first[0].save()
        self.assertEqual(begin(self.user), [])  # what somebody has archived does not come back

    def test_made_segments_are_known_by_their_cut(self) -> None:
        one, other = (make(cut_of("birthday"), {"days": days}, owner=self.user) for days in (7, 14))
        Segment.objects.filter(pk=one.pk).update(is_archived=True)
        self.assertEqual(made_from(["birthday", "owners"]), {"birthday": [other]})
