"""The pages of segments: the form saves what was typed, rights hold, contacts are masked."""

from typing import Any
from unittest import mock

from django.db import connection
from django.http import HttpResponse
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from segments import refreshing
from segments.admin.segments import SegmentAdmin
from segments.models import Segment
from segments.naming import slug_for
from tests.segments.builders import make_brand, make_contact, make_customer, make_facts, make_segment, make_staff

MANAGER = ("segments.view_segment", "segments.add_segment", "segments.change_segment", "segments.view_customer")
BUYERS = {"format": 1, "rule": {"all": [{"field": "purchases", "op": "at_least", "value": 1}]}}
INPUTS = {
    "rule__kind": "all",
    "rule__n": "1",
    "rule-0__field": "purchases",
    "rule-0__op": "at_least",
    "rule-0__value": "1",
}


def form(**fields: Any) -> dict[str, Any]:
    return {"name": "Покупатели", "description": "Для сервиса", **INPUTS, **fields}


class PageCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.manager = make_staff(*MANAGER)
        cls.anna = make_customer("Иванова", "Анна")
        make_facts(cls.anna, purchases=2, last_brand=make_brand())
        make_contact(cls.anna, "+79123456789")

    def setUp(self) -> None:
        self.client.force_login(self.manager)

    def post(self, name: str, data: dict[str, Any], *args: Any) -> HttpResponse:
        return self.client.post(reverse(f"admin:segments_segment_{name}", args=args), data)


class Save(PageCase):
    def test_a_new_segment(self) -> None:
        response = self.post("add", form(name="Спящие 180+ дней"))
        self.assertEqual(response.status_code, 302)
        segment = Segment.objects.get()
        self.assertEqual((segment.slug, segment.rule, segment.owner), ("spyaschie-180-dnej", BUYERS, self.manager))
        self.assertEqual(segment.history.count(), 1)

    def test_the_history_tells_who_changed_what_in_words(self) -> None:
        self.post("add", form(name="Покупатели"))
        segment = Segment.objects.get()
        self.post("change", form(name="Частые", **{"rule-0__value": "5"}), segment.pk)
        segment.name = "Ночные"
        segment.save()  # by a job: nobody's
        page = self.client.get(reverse("admin:segments_segment_history", args=[segment.pk]))
        self.assertNotContains(page, "None")
        for words in ("Покупатели → Частые", "не меньше 1. → Число покупок — не меньше 5.", self.manager.username):
            self.assertContains(page, words)

    def test_what_was_typed_last_is_saved_whatever_was_drawn(self) -> None:
        segment = make_segment(rule=BUYERS)
        stale = {"rule__drawn": '{"all": []}', "rule__undo": "[]"}
        self.post("change", form(**{"rule-0__value": "5", **stale}), segment.pk)
        segment.refresh_from_db()
        self.assertEqual(segment.rule["rule"]["all"][0]["value"], 5)

    def test_a_save_leaves_what_a_refresh_has_counted_meanwhile(self) -> None:
        segment, real = make_segment(rule=BUYERS), SegmentAdmin.save_model

        def late(*arguments: Any) -> None:
            Segment.objects.update(size=77)
            real(*arguments)

        with mock.patch.object(SegmentAdmin, "save_model", late):
            self.post("change", form(**{"rule-0__value": "5"}), segment.pk)
        segment.refresh_from_db()
        self.assertEqual((segment.size, segment.rule["rule"]["all"][0]["value"]), (77, 5))
        self.assertEqual(segment.history.latest().history_user, self.manager)

    def test_a_save_asks_for_a_refresh_of_it_and_of_those_upon_it(self) -> None:
        segment = make_segment(rule=BUYERS, slug="base", refresh_due_at=None)
        upon = make_segment(
            rule={"format": 1, "rule": {"field": "segment", "op": "any_of", "value": ["base"]}}, refresh_due_at=None
        )
        self.post("change", form(), segment.pk)
        upon.refresh_from_db()
        self.assertIsNotNone(upon.refresh_due_at)

    def test_a_fault_names_the_condition_and_nothing_is_saved(self) -> None:
        for inputs, words in (
            ({"rule-0__value": ""}, "Условие 1: укажите число."),
            ({"rule-0__value": "12x"}, "Условие 1: здесь нужно целое число."),
            ({"rule-0__field": "password__startswith"}, "Условие 1: нет такого поля"),
            ({"rule__n": "0"}, "Группа пуста"),
        ):
            with self.subTest(inputs):
                self.assertContains(self.post("add", form(**inputs)), words)
        self.assertFalse(Segment.objects.exists())

    def test_a_cycle_is_refused(self) -> None:
        segment = make_segment(rule=BUYERS, slug="self", name="Сам")
        inputs = {"rule-0__field": "segment", "rule-0__op": "any_of", "rule-0__value": "self"}
        self.assertContains(self.post("change", form(**inputs), segment.pk), "друг на друге по кругу")

    def test_one_that_others_are_built_upon_is_not_archived(self) -> None:
        segment = make_segment(rule=BUYERS, slug="base")
        make_segment(
            rule={"format": 1, "rule": {"field": "segment", "op": "any_of", "value": ["base"]}}, name="Верхний"
        )
        self.assertContains(self.post("change", form(is_archived="on"), segment.pk), "Верхний")

    def test_slugs_are_free_and_latin(self) -> None:
        make_segment(slug="vip")
        self.assertEqual([slug_for("VIP"), slug_for("!!!"), slug_for("я" * 200)[:3]], ["vip-2", "segment", "yay"])
        self.assertLessEqual(len(slug_for("щ" * 200)), 60)


class Rights(PageCase):
    def test_the_builder_is_for_those_who_may_change_segments_and_only_by_post(self) -> None:
        for view in ("draw", "count"):
            self.assertEqual(self.client.get(reverse(f"admin:segments_segment_{view}")).status_code, 405)
        self.client.force_login(make_staff("segments.view_segment"))
        for view in ("draw", "count"):
            self.assertEqual(self.post(view, INPUTS).status_code, 403)

    def test_refresh(self) -> None:
        segment = make_segment(rule=BUYERS, refresh_due_at=None)
        self.assertEqual(self.post("refresh", {}, segment.pk).status_code, 302)
        segment.refresh_from_db()
        self.assertIsNotNone(segment.refresh_due_at)
        self.client.force_login(make_staff("segments.view_segment"))
        self.assertEqual(self.post("refresh", {}, segment.pk).status_code, 403)

    def test_people_need_the_right_to_see_customers(self) -> None:
        segment = make_segment(self.anna, rule=BUYERS)
        url = reverse("admin:segments_segment_people", args=[segment.pk])
        self.assertContains(self.client.get(url), "Иванова Анна")
        self.client.force_login(make_staff("segments.view_segment"))
        self.assertEqual(self.client.get(url).status_code, 403)

    def test_who_may_only_look_reads_the_rule_in_words(self) -> None:
        segment = make_segment(rule=BUYERS)
        self.client.force_login(make_staff("segments.view_segment"))
        page = self.client.get(reverse("admin:segments_segment_change", args=[segment.pk]))
        self.assertContains(page, "Число покупок — не меньше 1.")
        self.assertNotContains(page, "rule-0__field")

    def test_nobody_deletes_a_segment(self) -> None:
        segment = make_segment(rule=BUYERS)
        self.assertEqual(self.post("delete", {"post": "yes"}, segment.pk).status_code, 403)


class List(PageCase):
    def test_empty(self) -> None:
        self.assertContains(self.client.get(reverse("admin:segments_segment_changelist")), "Сегментов пока нет")

    def test_sizes_and_a_bounded_number_of_queries(self) -> None:
        for number in range(12):
            make_segment(self.anna, rule=BUYERS, name=f"Сегмент {number}", error="Плохо" if number == 3 else "")
        make_segment(rule=BUYERS, name="Старый", is_archived=True)
        with CaptureQueriesContext(connection) as asked:
            page = self.client.get(reverse("admin:segments_segment_changelist"))
        self.assertLessEqual(len(asked), 14)
        self.assertContains(page, "не обновлён", count=1)
        self.assertNotContains(page, "Старый")
        self.assertContains(self.client.get(reverse("admin:segments_segment_changelist") + "?archived=yes"), "Старый")

    def test_pages_of_people(self) -> None:
        people = [make_customer(f"Петров{number}") for number in range(55)]
        segment = make_segment(*people, rule=BUYERS)
        url = reverse("admin:segments_segment_people", args=[segment.pk])
        self.assertContains(self.client.get(url), '<tr><th scope="row">', count=50)
        self.assertContains(self.client.get(url + "?page=2"), '<tr><th scope="row">', count=5)
        refreshing.refresh(segment)
        self.assertContains(self.client.get(url + "?page=zzz"), "Иванова")
