"""Rules in words: every field with each of its operators, in both languages; Russian plurals."""

import re

from django.test import TestCase
from django.utils import translation

from segments.models import ContactList
from segments.rules.fields import EVENTS, FIELDS
from segments.rules.words import sentence
from tests.campaigns.histories import make_run
from tests.segments.builders import make_brand, make_centre, make_city, make_model, make_salesperson, make_segment
from tests.segments.rule_examples import an_example

NAMES = "«.*?»|e-mail|SMS|WhatsApp|Telegram|MAX|VK|RFM|VIP|NPS|push"  # Latin letters that a Russian sentence keeps


def say(node: dict, language: str = "ru") -> str:
    with translation.override(language):
        return sentence({"format": 1, "rule": node}).replace("\xa0", " ")


class Words(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        make_brand("Toyota"), make_brand("Lada"), make_city("Казань"), make_centre("Лахта")
        make_segment(slug="vip", name="Лучшие"), ContactList.objects.create(name="Выставка")
        make_run("email", days_ago=1)
        make_model(), make_salesperson()

    def test_every_field_and_operator_has_words(self) -> None:
        for field in FIELDS.values():
            for operator in field.operators.values():
                node = {"field": field.name, "op": operator.name, "value": an_example(field, operator)}
                with self.subTest(field=field.name, op=operator.name):
                    for language in ("ru", "en"):
                        words = say(node, language)
                        self.assertNotIn("%(", words)
                        self.assertTrue(words.endswith("."))
                    self.assertNotRegex(re.sub(NAMES, "", say(node)), "[A-Za-z]")

    def test_every_event_and_its_conditions(self) -> None:
        for event in EVENTS.values():
            for field in event.where.values():
                for operator in field.operators.values():
                    where = {"field": field.name, "op": operator.name, "value": an_example(field, operator)}
                    node = {"event": event.name, "op": "at_least", "value": 2, "days": 30, "where": [where]}
                    with self.subTest(event=event.name, field=field.name, op=operator.name):
                        self.assertIn("30 дней", say(node))
                        self.assertNotRegex(re.sub(NAMES, "", say(node)), "[A-Za-z]|%\\(")

    def test_plurals(self) -> None:
        for days, words in {1: "1 дня", 2: "2 дней", 21: "21 дня", 365: "365 дней"}.items():
            node = {"field": "last_purchase", "op": "earlier_than_days", "value": days}
            self.assertEqual(say(node), f"Последняя покупка — больше {words} назад.")
        for times, words in {1: "1 раз", 3: "3 раза", 5: "5 раз", 21: "21 раз"}.items():
            node = {"event": "bought", "op": "at_least", "value": times, "days": None}
            self.assertEqual(say(node), f"Покупка автомобиля — хотя бы {words}.")

    def test_a_whole_rule(self) -> None:
        serviced = {"event": "serviced", "op": "at_least", "value": 1, "days": 30}
        node = {
            "all": [
                {"field": "brand", "op": "any_of", "value": ["Toyota", "Lada"]},
                {"any": [{"field": "purchases_sum", "op": "at_least", "value": 300000}, {"not": serviced}]},
                {"not": {"field": "email_consent", "op": "is", "value": True}},
                {
                    "not": {
                        "any": [
                            {"field": "segment", "op": "any_of", "value": ["vip"]},
                            {"field": "birthday", "op": "today"},
                        ]
                    }
                },
            ]
        }
        self.assertEqual(
            say(node),
            "Бренд последней покупки — «Toyota» или «Lada», и (сумма покупок — не меньше 300 000 ₽, или "
            "заезд на сервис — ни разу за последние 30 дней), и нет согласия на рекламу по e-mail, и "
            "неверно, что (входит в сегмент «Лучшие», или день рождения — сегодня).",
        )

    def test_dates_and_months(self) -> None:
        self.assertEqual(
            say({"field": "last_visit", "op": "between", "value": ["2026-05-01", "2026-06-02"]}),
            "Последний визит — с 1 мая 2026 года по 2 июня 2026 года.",
        )
        self.assertEqual(
            say({"field": "birthday", "op": "in_months", "value": [6, 5]}), "День рождения — в мае или в июне."
        )
        self.assertEqual(say({"field": "birthday", "op": "in_months", "value": [5]}, "en"), "Birthday — in May.")
