"""What the conditions inside an event ask of its documents."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from segments.models import CarModel
from segments.rules.compile import business_day
from tests.segments.builders import make_brand, make_centre, make_interaction
from tests.segments.rule_case import RuleCase, event


class Where(RuleCase):
    def setUp(self) -> None:
        self.camry = CarModel.objects.create(
            brand=make_brand("Toyota"), name="Camry", car_class="D", price_band="средняя"
        )
        self.other_camry = CarModel.objects.create(brand=make_brand("Lada"), name="Camry", car_class="B")
        self.buyer, self.other, self.silent = self.person(), self.person(), self.person()
        self.at = timezone.now() - dt.timedelta(days=10)
        make_interaction(
            self.buyer, brand=self.camry.brand, model=self.camry, centre=make_centre(), amount=Decimal("2500000.50"),
            line="new", condition="new", happened_at=self.at,
        )  # fmt: skip
        make_interaction(self.other, brand=self.other_camry.brand, model=self.other_camry, line="used", amount=300_000)
        make_interaction(self.silent)

    def test_each_condition(self) -> None:
        for where, wanted in (
            ({"model": ("any_of", ["Toyota Camry"])}, {self.buyer}),
            ({"model": ("none_of", ["Toyota Camry"])}, {self.other}),
            ({"car_class": ("any_of", ["B", "D"])}, {self.buyer, self.other}),
            ({"car_class": ("is_empty",)}, {self.silent}),
            ({"price_band": ("any_of", ["средняя"])}, {self.buyer}),
            ({"line": ("any_of", ["used"])}, {self.other}),
            ({"condition": ("none_of", ["used"])}, {self.buyer}),
            ({"centre": ("any_of", ["Максимум Лахта"])}, {self.buyer}),
            ({"amount": ("at_least", "2500000.50")}, {self.buyer}),
            ({"amount": ("between", [1, 300_000]), "brand": ("any_of", ["Lada"])}, {self.other}),
        ):
            with self.subTest(where):
                self.assertEqual(self.found(event("bought", **where)), wanted)

    def test_a_moment_is_asked_by_the_days_of_the_holding(self) -> None:
        day = timezone.localtime(self.at, timezone.get_default_timezone()).date()
        for asked, wanted in (
            (("on", day.isoformat()), True),
            (("before", day.isoformat()), False),
            (("since", day.isoformat()), True),
            (("days_ago", (business_day() - day).days), True),
            (("within_days", (business_day() - day).days - 1), False),
        ):
            with self.subTest(asked):
                self.assertEqual(self.buyer in self.found(event("bought", when=asked)), wanted)

    def test_all_of_it_is_of_one_document(self) -> None:
        make_interaction(self.buyer, brand=self.other_camry.brand)
        both = event("bought", brand=("any_of", ["Lada"]), model=("any_of", ["Toyota Camry"]))
        self.assertEqual(self.found(both), set())
