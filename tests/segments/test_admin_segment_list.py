"""The list of segments: advice as counts and as a filter, uses by name, a bounded number of questions."""

from datetime import timedelta

from django.db import connection
from django.http import HttpResponse
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from segments.models import SegmentSize
from segments.rules.compile import business_day
from tests.segments.builders import make_customer, make_segment, make_staff

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}
UPON = {"format": 1, "rule": {"field": "segment", "op": "any_of", "value": ["base"]}}


class List(TestCase):
    def setUp(self) -> None:
        self.client.force_login(make_staff("segments.view_segment"))
        self.base = make_segment(make_customer(), rule=BUYERS, slug="base", name="Покупатели", plan="Письмо в мае")

    def page(self, query: str = "") -> HttpResponse:
        return self.client.get(reverse("admin:segments_segment_changelist") + query)

    def test_counts_of_advice_lead_to_those_it_is_about(self) -> None:
        make_segment(name="Пустой", rule=BUYERS)
        make_segment(name="Тоже пустой", rule=BUYERS, is_archived=True)
        page = self.page()
        self.assertContains(page, 'href="?advice=nobody">Никого нет: 1<')
        self.assertContains(page, "Без плана: 1")
        found = self.page("?advice=nobody")
        self.assertContains(found, "Пустой")
        self.assertNotContains(found, "Письмо в мае")
        self.assertEqual(self.page("?advice=password").status_code, 200)

    def test_too_many_of_one_owner_is_said_above_and_not_in_every_row(self) -> None:
        owner = make_staff(first_name="Олег", last_name="Лазарев")
        for _number in range(8):
            make_segment(make_customer(), owner=owner, rule=BUYERS, plan="Письмо")
        page = self.page()
        self.assertContains(page, "Больше семи у владельца: 8")
        self.assertNotContains(page, '<span class="rb-advice">больше семи')
        self.assertContains(page, "Олег Лазарев", count=8)

    def test_where_it_is_used_two_names_and_the_rest_as_a_number(self) -> None:
        for number in range(4):
            make_segment(rule=UPON, name=f"Поверх {number}")
        self.assertContains(self.page(), "+2")

    def test_the_plan_stands_under_the_name_and_is_searched(self) -> None:
        self.assertContains(self.page("?q=мае"), "Письмо в мае")

    def test_change_of_a_month_and_a_frozen_list(self) -> None:
        SegmentSize.objects.create(segment=self.base, day=business_day() - timedelta(days=29), size=5)
        make_segment(name="Список", policy="frozen", rule=BUYERS)
        page = self.page()
        self.assertContains(page, "▼ 4")
        self.assertContains(page, ">список<")

    def test_as_many_questions_for_many_as_for_few(self) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                self.page()
            return len(queries)

        asked()
        few = asked()
        for number in range(20):
            make_segment(make_customer(), rule=UPON, name=f"Поверх {number}")
        self.assertEqual(asked(), few)
