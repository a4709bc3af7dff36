"""The search for customers among half a million, each kind, against the 100 ms it may take in the database.

Ours is the whole page: what `find` asks, the 50 rows with their columns, and their number. The reference sleeps the
limit, so a ratio of 1 is 100 ms; the page of one primary key shows what the rows themselves cost.
"""

import time
from collections.abc import Callable

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory, TestCase
from django.test.utils import CaptureQueriesContext

from segments.admin.customer_search import find
from segments.models import ContactPoint, Customer, Vehicle
from segments.paging import EstimatedPaginator
from tests.benchmarks.measure import Bench
from tests.benchmarks.search_base import PEOPLE, fill
from tests.segments.builders import make_source

LIMIT_SECONDS = 0.1
PAGE = 50


@pytest.mark.bench
class SearchBench(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        fill(make_source().pk)

    def setUp(self) -> None:
        self.admin = admin.site._registry[Customer]
        self.people = self.admin.get_queryset(RequestFactory().get("/")).order_by("name_key", "id")

    def page(self, text: str) -> Callable[[], None]:
        def look() -> None:
            found = find(self.people, text).customers
            assert list(found[:PAGE]), text
            assert self.admin.paginator(found, PAGE).count

        return look

    def one(self) -> None:
        assert list(self.people.filter(pk=PEOPLE // 2))

    def texts(self) -> dict[str, str]:
        phone = ContactPoint.objects.get(pk=77_777).value
        email = ContactPoint.objects.filter(kind="email").earliest("id").value
        car = Vehicle.objects.filter(plate__gt="").earliest("id")
        area, rest = phone[2:5], phone[5:]
        return {
            "whole phone": f"8 ({area}) {rest[:3]}-{rest[3:5]}-{rest[5:]}", "end of a phone, 4": rest[-4:],
            "end of a phone, 7": rest, "beginning of a phone": f"+7{area}{rest[:2]}", "whole e-mail": email,
            "beginning of an e-mail": email[:6], "surname": "семёнов", "name in any order": "пётр ивановск",
            "a common first name": "анна", "two letters": "ив", "a slip": "Виноградкевский Анна",
            "whole VIN": car.vin, "end of a VIN": car.vin[-6:], "plate": car.plate, "plate without region": car.plate[:6],
            "card code": "АА-0000162",
        }  # fmt: skip

    def test_every_kind_of_search(self) -> None:
        for kind, text in self.texts().items():
            with self.subTest(kind):
                bench = Bench(f"customer search: {kind}, against 100 ms", limit=1, n=PEOPLE)
                bench.compare(self.page(text), lambda: time.sleep(LIMIT_SECONDS))

    def test_a_phone_costs_little_more_than_a_primary_key(self) -> None:
        text = self.texts()["whole phone"]
        Bench("customer search: whole phone, against a primary key", limit=15, n=PEOPLE).compare(
            self.page(text), self.one
        )

    def test_the_first_page_counts_at_most_a_few_rows(self) -> None:
        """No COUNT over all rows: the plan of the count stops at the limit."""
        with CaptureQueriesContext(connection) as asked:
            paginator = self.admin.paginator(self.people, PAGE)
            assert isinstance(paginator, EstimatedPaginator)
            assert abs(paginator.count - PEOPLE) < PEOPLE / 10
        counts = [query["sql"] for query in asked if query["sql"].startswith("SELECT COUNT(")]
        assert counts
        assert all(f"LIMIT {paginator.EXACT_UP_TO + 1}" in sql for sql in counts)
