"""What rules ask about responses: events with a window, the fields beside them, words."""

import datetime as dt
from typing import Any

from django.test import TestCase
from django.utils import translation

from campaigns import engagement
from segments.models import Customer
from segments.rules.compile import people
from segments.rules.words import sentence
from tests.campaigns.histories import NOW, make_run, send
from tests.segments.builders import make_customer, make_facts, make_interaction
from tests.tracking.builders import make_lease, make_number, make_period
from tests.tracking.test_response_facts import make_answer, make_call, make_click
from tracking import response_facts, rule_fields


def event(name: str, times: int = 1, days: int | None = None, **where: Any) -> dict:
    conditions = [{"field": field, "op": "any_of", "value": asked} for field, asked in where.items()]
    return {"event": name, "op": "at_least", "value": times, "days": days, "where": conditions}


def found(node: dict) -> set[Customer]:
    return set(people({"format": 1, "rule": node}))


class Case(TestCase):
    def setUp(self) -> None:
        self.caller, self.reader, self.visitor, self.nobody = (make_customer() for _ in range(4))
        for customer in (self.caller, self.reader, self.visitor, self.nobody):
            make_facts(customer)
        self.run = make_run("email", days_ago=40)
        letters = {each: send(self.run, each) for each in (self.caller, self.reader, self.visitor)}
        self.lease = make_lease(make_number(), self.run.campaign, period=make_period(begins=-50))
        call = make_call(self.caller, NOW - dt.timedelta(days=20), letters[self.caller], lease=self.lease)
        call.campaign = self.run.campaign
        call.save()
        make_call(self.caller, NOW - dt.timedelta(days=3))
        make_answer(letters[self.reader], NOW - dt.timedelta(days=10))
        make_click(letters[self.reader], NOW - dt.timedelta(days=11))
        make_interaction(self.visitor, "visit", happened_at=NOW - dt.timedelta(days=5))
        make_interaction(self.nobody, "visit", happened_at=NOW - dt.timedelta(days=5))
        engagement.refresh()
        response_facts.refresh()


class Events(Case):
    def test_each_finds_who_did_it(self) -> None:
        for name, who in {
            "called_in": self.caller,
            "answered": self.reader,
            "visited_site": self.reader,
            "visited_after_message": self.visitor,
        }.items():
            with self.subTest(event=name):
                self.assertEqual(found(event(name)), {who})
                everybody = {self.caller, self.reader, self.visitor, self.nobody}
                self.assertEqual(found({"not": event(name)}), everybody - {who})

    def test_times_window_campaign_and_channel(self) -> None:
        campaign, other = str(self.run.campaign_id), str(make_run("sms", days_ago=1).campaign_id)
        self.assertEqual(found(event("called_in", 2)), {self.caller})
        self.assertEqual(found(event("called_in", 2, days=10)), set())
        self.assertEqual(found(event("called_in", 2, campaign=[campaign])), set())
        self.assertEqual(found(event("called_in", campaign=[campaign], channel=["email"])), {self.caller})
        self.assertEqual(found(event("called_in", channel=["sms"])), set())
        self.assertEqual(found(event("answered", campaign=[other])), set())
        self.assertEqual(found(event("visited_after_message", days=7, campaign=[campaign])), {self.visitor})


class Fields(Case):
    def test_numbers_dates_and_the_best_channel(self) -> None:
        for field, op, value, who in (
            ("calls_in", "at_least", 2, {self.caller}),
            ("last_call_in", "within_days", 5, {self.caller}),
            ("survey_answers", "equals", 1, {self.reader}),
            ("site_visits", "at_least", 1, {self.reader}),
            ("visits_after_messages", "at_least", 1, {self.visitor}),
            ("visits_after_messages", "at_most", 0, {self.caller, self.reader, self.nobody}),
            ("last_response", "is_empty", None, {self.nobody}),
            ("best_channel", "any_of", ["email"], {self.caller, self.reader}),
            ("best_channel", "is_empty", None, {self.visitor, self.nobody}),
        ):
            with self.subTest(field=field, op=op):
                self.assertEqual(found({"field": field, "op": op, "value": value}), who)


class Words(TestCase):
    def test_sentences(self) -> None:
        run = make_run("email", days_ago=3)
        run.campaign.name = "Зимний осмотр"
        run.campaign.save()
        for node, words in (
            ({"field": "best_channel", "op": "any_of", "value": ["sms"]}, "Лучший канал — «SMS»."),
            ({"field": "calls_in", "op": "at_least", "value": 2}, "Входящих звонков — не меньше 2."),
            ({"field": "last_survey_answer", "op": "within_days", "value": 30}, "Последний ответ на опрос — за последние 30 дней."),
            (event("called_in", campaign=[str(run.campaign_id)]), "Входящий звонок (кампания — «Зимний осмотр») — хотя бы 1 раз."),
            (event("answered", 1, 90), "Ответ на опрос — хотя бы 1 раз за последние 90 дней."),
            ({"not": event("visited_after_message", 1, 30)}, "Визит после сообщения — ни разу за последние 30 дней."),
        ):  # fmt: skip
            with translation.override("ru"):
                self.assertEqual(sentence({"format": 1, "rule": node}).replace("\xa0", " "), words)

    def test_labels_are_russian(self) -> None:
        with translation.override("ru"):
            for each in (*rule_fields.FIELDS, *rule_fields.EVENTS):
                self.assertNotRegex(f"{each.label}{getattr(each, 'missing', '')}", "[A-Za-z]")
