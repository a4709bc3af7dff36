"""Every list of the admin, generated: a bounded number of queries, the same for one row and for many."""

from typing import Any

from django.contrib import admin
from django.db import connection, models
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Reply
from channels.models import IncomingMessage
from crmsite.models import User
from segments.models import (
    CarInStock,
    CarModel,
    CentreTraffic,
    Customer,
    Household,
    ImportBatch,
    ReviewPair,
    UnknownWord,
)
from segments.paging import EstimatedPaginator
from tests.crmsite.builders import make_campaign
from tests.segments.builders import make_brand, make_centre, make_customer, make_pair, make_segment, make_source
from tests.test_rights import make_world
from tracking.models import Call, SubstituteNumber, SurveyAnswer

CEILING = 20
BIG = (Customer, ReviewPair, Household, CarInStock, CentreTraffic, ImportBatch, Call, SurveyAnswer, Reply)
EMPTY = {Household: "Семьи найдутся сами", CarInStock: "импортом склада", CentreTraffic: "импортом счётчиков"}


class Changelists(TestCase):
    def setUp(self) -> None:
        self.world = make_world()
        self.client.force_login(User.objects.create_superuser("root"))

    def queries(self, model: type[models.Model]) -> list[str]:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        with CaptureQueriesContext(connection) as captured:
            self.assertEqual(self.client.get(reverse(name)).status_code, 200, model)
        return [query["sql"] for query in captured]

    def test_every_list_stays_under_the_ceiling(self) -> None:
        counts = {model._meta.label: len(self.queries(model)) for model in admin.site._registry}
        self.assertEqual({label: count for label, count in counts.items() if count > CEILING}, {})

    def test_more_rows_cost_no_more_queries(self) -> None:
        grown = (*BIG, CarModel, UnknownWord, SubstituteNumber, *(type(self.world[key]) for key in
                 ("campaigns_campaign", "segments_segment", "crmsite_user")))  # fmt: skip
        before = {model: len(self.queries(model)) for model in grown}
        self.grow()
        after = {model: len(self.queries(model)) for model in grown}
        self.assertEqual({m: (before[m], after[m]) for m in grown if after[m] > before[m]}, {})

    def grow(self) -> None:
        author, source = self.world["crmsite_user"], make_source("Другой")
        for number in range(3):
            segment = make_segment(make_customer(f"Новый{number}"))
            make_campaign(f"Кампания {number}", author).segments_in.add(segment)
            CarModel.objects.create(brand=make_brand(f"Марка {number}"), name="Первая")
            ImportBatch.objects.create(source=source, author=author)
            self.grow_base(number, source, segment.memberships.get().customer)
            SubstituteNumber.objects.create(number=f"+7812000000{number}")
            self.call(number, segment.memberships.get().customer)
            User.objects.create(username=f"сотрудник{number}", is_staff=True)
            self.reply(number, segment.memberships.get().customer)

    def grow_base(self, number: int, source: Any, customer: Any) -> None:
        make_pair(customer, make_customer(f"Похожий{number}"))
        customer.household = Household.objects.create(name=f"Новый{number}", size=2)
        customer.save()
        brand, centre = make_brand(f"Марка склада {number}"), make_centre(f"Центр {number}")
        CarInStock.objects.create(
            source=source, external_key=f"с{number}", content_hash=b"", brand=brand, centre=centre
        )
        CentreTraffic.objects.create(source=source, centre=centre, day="2026-11-20", visitors=number)
        UnknownWord.objects.create(dictionary="brand", spelling=f"слово {number}")

    def reply(self, number: int, customer: Any) -> None:
        incoming = IncomingMessage.objects.create(
            account=self.world["campaigns_campaign"].account, channel="sms", provider_key=f"о{number}", sender="1",
            text="Да", happened_at=self.world["tracking_call"].started_at,
        )  # fmt: skip
        Reply.objects.create(incoming=incoming, customer=customer, answered_by=User.objects.last())

    def call(self, number: int, customer: Any) -> None:
        campaign, at = self.world["campaigns_campaign"], self.world["tracking_call"].started_at
        Call.objects.create(external_id=f"n{number}", started_at=at, customer=customer, campaign=campaign)

    def test_an_empty_list_says_where_its_rows_come_from(self) -> None:
        for model, said in EMPTY.items():
            model.objects.all().delete()
            page = self.client.get(reverse(f"admin:segments_{model._meta.model_name}_changelist"))
            self.assertContains(page, said)

    def test_big_tables_are_estimated(self) -> None:
        """`COUNT(*)` over a bulk table is seconds at half a million rows."""
        counted = [
            model._meta.label
            for model in BIG
            if not issubclass(admin.site._registry[model].paginator, EstimatedPaginator)
        ]
        self.assertEqual(counted, [])
        self.assertFalse([model for model in BIG if admin.site._registry[model].show_full_result_count])
