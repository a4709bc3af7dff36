"""The builder as the server answers it: the tree after a button, choices, the count; who may ask."""

import json
import re
import threading
import time
from html import unescape
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.http import HttpResponse
from django.test import TestCase, TransactionTestCase
from django.urls import reverse

from segments.admin import rule_builder
from segments.admin.rule_builder_counting import Superseded, giving_way, name_of
from segments.models import CustomerFacts
from segments.rules import counting
from segments.rules.bounded import TooSlow, bounded
from tests.segments.builders import make_brand, make_contact, make_customer, make_facts, make_segment, make_staff

EDITOR = ("segments.view_segment", "segments.add_segment", "segments.change_segment", "segments.view_customer")
BUYERS = {"format": 1, "rule": {"all": [{"field": "purchases", "op": "at_least", "value": 1}]}}
INPUTS = {
    "rule__kind": "all", "rule__n": "1",
    "rule-0__field": "purchases", "rule-0__op": "at_least", "rule-0__value": "1",
}  # fmt: skip
BRAND = INPUTS | {"rule-0__field": "brand", "rule-0__op": "any_of", "rule-0__value": "Toyota"}


class PageCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.editor = make_staff(*EDITOR)
        cls.anna = make_customer("Иванова", "Анна")
        make_facts(cls.anna, purchases=2, last_brand=make_brand())
        make_contact(cls.anna, "+79123456789")

    def setUp(self) -> None:
        self.client.force_login(self.editor)

    def post(self, view: str, data: dict[str, Any], **query: str) -> HttpResponse:
        return self.client.post(reverse(f"admin:segments_segment_{view}", query=query), data)


class Draw(PageCase):
    def test_the_form_draws_the_rule(self) -> None:
        segment = make_segment(rule=BUYERS)
        page = self.client.get(reverse("admin:segments_segment_change", args=[segment.pk]))
        self.assertContains(page, 'name="rule-0__field" value="purchases"')
        self.assertContains(page, 'data-value="event:bought"')

    def test_each_drawing_of_the_page_has_a_number_of_its_own(self) -> None:
        pages = {
            re.search(r"page=(\w+)", self.client.get(reverse("admin:segments_segment_add")).content.decode())[1]
            for _time in range(2)
        }
        self.assertEqual(len(pages), 2)

    def test_a_new_segment_begins_empty_with_ready_rules(self) -> None:
        page = self.client.get(reverse("admin:segments_segment_add"))
        self.assertContains(page, 'data-act="start:birthday"')
        self.assertNotContains(page, "rule-0__field")
        self.assertContains(self.post("draw", {"act": "start:birthday"}), 'name="rule-0__field" value="birthday"')

    def test_a_button_draws_the_next_tree_and_says_where_the_focus_goes(self) -> None:
        page = self.post("draw", INPUTS | {"act": "add::visits"})
        self.assertContains(page, 'name="rule-1__field" value="visits"')
        self.assertContains(page, 'data-focus="rule-1" data-said="Место: 2"')
        self.assertEqual(page["HX-Trigger-After-Swap"], "rule-drawn")

    def test_undo_and_redo_are_open_as_far_as_there_are_steps(self) -> None:
        page = self.post("draw", INPUTS | {"act": "copy:0", "rule__drawn": json.dumps(BUYERS["rule"])}).content.decode()
        undo, redo = (re.search(f'data-act="{each}"[^>]*>', page)[0] for each in ("undo", "redo"))
        self.assertNotIn("disabled", undo)
        self.assertIn("disabled", redo)

    def test_a_save_that_was_refused_can_still_be_undone(self) -> None:
        """Both what was done before and what was typed since the tree was drawn."""
        empty, two = {"all": []}, {"all": [BUYERS["rule"]["all"][0] | {"value": 2}]}
        steps = {"rule__drawn": json.dumps(two), "rule__undo": json.dumps([empty])}
        page = self.post("add", INPUTS | steps | {"name": ""})
        self.assertContains(page, "errorlist")
        kept = [
            unescape(re.search(f'name="rule__{each}" value="([^"]*)"', page.content.decode())[1])
            for each in ("drawn", "undo")
        ]
        self.assertEqual([json.loads(each) for each in kept], [BUYERS["rule"], [empty, two]])

    def test_what_is_wrong_stands_beside_its_input_and_nothing_typed_is_lost(self) -> None:
        page = self.post("draw", INPUTS | {"rule-0__value": "12x", "act": "add::birthday"})
        self.assertContains(page, 'id="rule-0__fault">Здесь нужно целое число.')
        self.assertContains(page, 'value="12x"')
        self.assertContains(page, 'class="rb-fault rb-fault--blank" id="rule-1__fault">Укажите число.')

    def test_few_choices_are_all_shown_many_are_picked(self) -> None:
        few = BRAND | {"rule-0__field": "sex", "rule-0__value": "f"}
        self.assertContains(self.post("draw", few), 'type="checkbox" class="rb-live" name="rule-0__value"', count=2)
        for number in range(20):
            make_brand(f"Марка {number}")
        page = self.post("draw", BRAND)
        self.assertContains(page, 'data-choose="rule-0__value"')
        self.assertContains(page, 'class="rb-chip">Toyota<')
        self.assertNotContains(page, "Марка 7")

    def test_hostile_posts_are_never_errors(self) -> None:
        for inputs in (
            {},
            {"rule__kind": "all", "rule__n": "x"},
            {"rule__undo": "{", "rule__redo": "[1", "rule__drawn": "["},
            {"act": "delete:9-9"},
            {"act": "start:x"},
            {"rule-0__value": "\x00"},
            {"into": "rule-9-9__value.x"},
        ):
            for view in ("draw", "count", "choices"):
                with self.subTest(view=view, inputs=inputs):
                    self.assertEqual(self.post(view, INPUTS | inputs).status_code, 200)


class Choose(PageCase):
    def test_the_values_of_a_condition_with_the_chosen_ones_marked(self) -> None:
        make_brand("Audi")
        page = self.post("choices", BRAND | {"into": "rule-0__value"})
        self.assertContains(page, '<input type="checkbox" value="Toyota" checked>')
        self.assertContains(page, '<input type="checkbox" value="Audi">')

    def test_inside_an_event_its_own_fields_count(self) -> None:
        inputs = {
            "rule__kind": "all", "rule__n": "1", "rule-0__field": "event:bought", "rule-0__was": "event:bought",
            "rule-0__times": "1", "rule-0__n": "1", "rule-0-0__field": "brand", "rule-0-0__op": "any_of",
        }  # fmt: skip
        self.assertContains(self.post("choices", inputs | {"into": "rule-0-0__value"}), 'value="Toyota"')

    def test_a_place_without_choices(self) -> None:
        for into in ("rule-0__value", "rule-7__value", "rule-0__op", "other-0__value", ""):
            with self.subTest(into):
                self.assertNotContains(self.post("choices", INPUTS | {"into": into}), "checkbox")


class Count(PageCase):
    def test_with_masked_people(self) -> None:
        page = self.post("count", INPUTS)
        for words in ("Число покупок — не меньше 1.", "Иванова Анна", "-67-89", "100,0"):
            self.assertContains(page, words)
        self.assertContains(page, reverse("admin:segments_customer_change", args=[self.anna.pk]))
        self.assertNotContains(page, "9123456789")

    def test_people_are_for_those_who_may_see_customers(self) -> None:
        self.client.force_login(make_staff("segments.view_segment", "segments.change_segment"))
        page = self.post("count", INPUTS)
        self.assertContains(page, "<strong>1</strong>")
        self.assertNotContains(page, "Иванова")

    def test_an_unfinished_rule_says_what_is_missing(self) -> None:
        self.assertContains(self.post("count", INPUTS | {"rule-0__value": ""}), "Условие 1: укажите число.")
        page = self.post("count", INPUTS | {"rule-0__value": "x"}).context["faults"]
        self.assertEqual(json.loads(page), {"rule-0": ["Здесь нужно целое число.", False]})

    def test_an_empty_rule_is_not_reproached(self) -> None:
        page = self.post("count", {"rule__kind": "all", "rule__n": "0"})
        self.assertContains(page, "Добавьте условие")
        self.assertNotContains(page, "rb-count--fault")

    def test_of_an_empty_base_there_is_no_share(self) -> None:
        self.assertContains(self.post("count", INPUTS), " базы<")
        CustomerFacts.objects.all().delete()
        page = self.post("count", INPUTS)
        self.assertContains(page, "<strong>0</strong>")
        self.assertNotContains(page, "базы")

    def test_a_slow_rule_says_so(self) -> None:
        slow = CustomerFacts.objects.extra(where=["pg_sleep(9) IS NULL"])
        with patch.object(rule_builder, "LIMIT", 0.2), patch.object(counting, "matching", lambda rule: slow):
            self.assertContains(self.post("count", INPUTS), "Это правило считается дольше")

    def test_who_was_overtaken_gets_no_answer(self) -> None:
        with patch.object(rule_builder, "count_people", side_effect=Superseded):
            self.assertEqual(self.post("count", INPUTS, page="ab").status_code, 204)


class Rights(PageCase):
    def test_for_those_who_may_change_segments_and_only_by_post(self) -> None:
        for view in ("draw", "count", "choices"):
            self.assertEqual(self.client.get(reverse(f"admin:segments_segment_{view}")).status_code, 405)
        self.client.force_login(make_staff("segments.view_segment"))
        for view in ("draw", "count", "choices"):
            self.assertEqual(self.post(view, INPUTS).status_code, 403)

    def test_who_may_only_look_reads_an_outline(self) -> None:
        rule = {
            "all": [BUYERS["rule"]["all"][0], {"not": {"any": [{"field": "visits", "op": "at_least", "value": 3}]}}]
        }
        segment = make_segment(rule={"format": 1, "rule": rule})
        self.client.force_login(make_staff("segments.view_segment"))
        page = self.client.get(reverse("admin:segments_segment_change", args=[segment.pk]))
        self.assertContains(page, "<li>Число покупок — не меньше 1")
        self.assertContains(page, "<strong>НЕ</strong> Любое условие (ИЛИ)")
        self.assertNotContains(page, "rule-0__field")


RUNNING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND state = 'active'"


class Overtaken(TransactionTestCase):
    """The query of the former question dies in the database, not only in the browser."""

    def ask(self, name: str, ends: list[Any]) -> threading.Thread:
        def run() -> None:
            began = time.monotonic()
            try:
                with giving_way(name, limit=8), bounded(8), connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(7)")
            except (Superseded, TooSlow) as error:
                ends.append((type(error), time.monotonic() - began))
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        self.await_running(name, 1)
        return thread

    def running(self, name: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(RUNNING, [name])
            return cursor.fetchone()[0]

    def await_running(self, name: str, number: int) -> None:
        until = time.monotonic() + 5
        while self.running(name) != number:
            self.assertLess(time.monotonic(), until, f"{name}: not {number} in five seconds")
            time.sleep(0.02)

    def test_by_a_new_question_of_the_same_page_only(self) -> None:
        mine, other, ends, others = name_of(1, "aa"), name_of(1, "bb"), [], []
        threads = [self.ask(mine, ends), self.ask(other, others)]
        with giving_way(name_of(2, "aa"), limit=8):
            pass
        self.assertEqual(self.running(mine), 1)  # another person's page of the same number stops nobody
        with giving_way(mine, limit=8):
            pass
        self.await_running(mine, 0)
        threads[0].join(5)
        self.assertEqual(ends[0][0], Superseded)
        self.assertLess(ends[0][1], 6)
        self.assertEqual((self.running(other), others), (1, []))
        with giving_way(other, limit=8):
            threads[1].join(5)
        self.assertEqual(others[0][0], Superseded)

    def test_past_the_limit_it_is_slow_not_overtaken(self) -> None:
        with self.assertRaises(TooSlow), giving_way(name_of(1, "cc"), limit=0.2), bounded(0.2):
            connection.cursor().execute("SELECT pg_sleep(7)")

    def test_the_name_fits_into_what_postgresql_keeps(self) -> None:
        self.assertLessEqual(len(name_of(10**12, "f" * 32)), 63)
