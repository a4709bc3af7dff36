"""The matrix of overlaps and two segments taken apart, as pages."""

from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from segments.models import Segment
from tests.segments.builders import make_contact, make_customer, make_segment, make_staff

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}
MANAGER = ("segments.view_segment", "segments.add_segment", "segments.view_customer")


class PageCase(TestCase):
    def setUp(self) -> None:
        self.client.force_login(make_staff(*MANAGER))
        self.people = [make_customer(f"Птица{number:02}") for number in range(8)]
        self.first = make_segment(*self.people[:4], name="Покупатели", slug="buyers", rule=BUYERS)
        self.second = make_segment(*self.people[3:], name="Владельцы", slug="owners", rule=BUYERS)


class Matrix(PageCase):
    def page(self, query: str = "") -> HttpResponse:
        return self.client.get(reverse("admin:segments_segment_overlaps") + query)

    def test_what_part_of_the_row_is_in_the_column(self) -> None:
        page = self.page()
        self.assertContains(page, "25,0\u00a0%<small>1</small>")
        self.assertContains(page, "20,0\u00a0%<small>1</small>")
        self.assertContains(page, f"/{self.first.pk}/compare/?with={self.second.pk}")

    def test_the_largest_eight_until_one_chooses(self) -> None:
        for number in range(10):
            make_segment(*self.people[: number % 3], name=f"Малый {number}", rule=BUYERS)
        self.assertContains(self.page(), "sg-index", count=8)
        chosen = self.page(f"?s={self.first.pk}&s={self.second.pk}&s=x&s=999999")
        self.assertContains(chosen, "sg-index", count=2)

    def test_nothing_in_common_is_a_dash_and_one_is_no_matrix(self) -> None:
        apart = make_segment(self.people[0], name="Отдельно", rule=BUYERS)
        self.assertContains(self.page(f"?s={self.second.pk}&s={apart.pk}"), '<td class="sg-none">—</td>', count=2)
        self.assertContains(self.page(f"?s={apart.pk}"), "Выберите хотя бы два сегмента")

    def test_who_may_not_see_customers_sees_numbers_without_links(self) -> None:
        self.client.force_login(make_staff("segments.view_segment"))
        page = self.page()
        self.assertContains(page, "25,0")
        self.assertNotContains(page, "compare")


class Compare(PageCase):
    def url(self) -> str:
        return reverse("admin:segments_segment_compare", args=[self.first.pk])

    def page(self, **query: Any) -> HttpResponse:
        return self.client.get(self.url(), query)

    def test_without_the_other_one_is_asked_to_choose(self) -> None:
        self.assertContains(self.page(), "Выберите второй сегмент")
        self.assertEqual(self.page(**{"with": self.first.pk}).status_code, 404)
        self.assertEqual(self.page(**{"with": "x"}).status_code, 200)

    def test_three_parts_and_the_common_people_at_once(self) -> None:
        page = self.page(**{"with": self.second.pk})
        for words in ("Только в «Покупатели»", "В обоих", "Только в «Владельцы»"):
            self.assertContains(page, words)
        self.assertContains(page, "Птица03")
        self.assertNotContains(page, "Птица04")

    def test_the_people_of_each_part(self) -> None:
        for part, people in (("first", range(3)), ("second", range(4, 8))):
            page = self.page(**{"with": self.second.pk, "part": part})
            shown = [number for number in range(8) if f"Птица{number:02}" in page.content.decode()]
            self.assertEqual(shown, list(people))

    def test_where_nothing_is_common_the_first_part_is_open(self) -> None:
        apart = make_segment(self.people[7], name="Отдельно", rule=BUYERS)
        self.assertContains(self.page(**{"with": apart.pk}), "Птица")

    def test_contacts_are_masked(self) -> None:
        make_contact(self.people[3], "+79123456789")
        page = self.page(**{"with": self.second.pk})
        self.assertContains(page, "-67-89")
        self.assertNotContains(page, "9123456789")

    def test_pages_of_people_ask_the_same_number_of_questions(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            self.page(**{"with": self.second.pk})
        self.assertLess(len(asked), 20)

    def test_a_part_becomes_a_segment(self) -> None:
        answer = self.client.post(self.url(), {"with": self.second.pk, "part": "first", "name": ""})
        made = Segment.objects.latest("pk")
        self.assertEqual(made.name, "Покупатели без «Владельцы»")
        self.assertRedirects(answer, reverse("admin:segments_segment_change", args=[made.pk]))
        conditions = made.rule["rule"]["all"]
        self.assertEqual(
            [(each["op"], each["value"]) for each in conditions], [("any_of", ["buyers"]), ("none_of", ["owners"])]
        )

    def test_a_strange_part_and_no_right(self) -> None:
        data = {"with": self.second.pk, "part": "third"}
        self.assertEqual(self.client.post(self.url(), data).status_code, 404)
        self.assertEqual(self.client.post(self.url(), {}).status_code, 302)
        self.client.force_login(make_staff("segments.view_segment", "segments.view_customer"))
        self.assertEqual(self.client.post(self.url(), data | {"part": "both"}).status_code, 403)
        self.client.force_login(make_staff("segments.view_segment"))
        self.assertEqual(self.page().status_code, 403)
