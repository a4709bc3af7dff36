"""The cars of people: brand, model, age, since when; classmates by class and price band."""

import datetime as dt
from typing import Any

from segments.models import CarModel
from segments.rules.cars import classmates
from segments.rules.compile import business_day
from tests.segments.builders import make_brand, make_vehicle
from tests.segments.rule_case import RuleCase, event, leaf


def make_model(brand: str, name: str, car_class: str = "", price_band: str = "") -> CarModel:
    return CarModel.objects.create(brand=make_brand(brand), name=name, car_class=car_class, price_band=price_band)


class Classmates(RuleCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.camry = make_model("Toyota", "Camry", "D", "средняя")
        cls.k5 = make_model("Kia", "K5", "D", "средняя")
        cls.es = make_model("Lexus", "ES", "D", "высокая")
        cls.rio = make_model("Kia", "Rio", "B", "низкая")
        cls.polo = make_model("Volkswagen", "Polo", "B")
        cls.granta = make_model("Lada", "Granta", "B")
        cls.unclassed = make_model("Toyota", "bB")
        make_model("Jetour", "X")

    def test_of_the_same_class_and_band_and_of_another_brand(self) -> None:
        self.assertEqual(classmates(["Toyota"]), [self.k5.pk])
        self.assertEqual(set(classmates(["Kia"])), {self.camry.pk})
        self.assertEqual(classmates(["Lexus"]), [])

    def test_models_without_a_band_are_of_one_band(self) -> None:
        self.assertEqual(classmates(["Volkswagen"]), [self.granta.pk])

    def test_a_model_without_a_class_has_none(self) -> None:
        self.assertEqual(classmates(["Jetour"]), [])

    def test_owners_of_classmates(self) -> None:
        k5, camry, polo, nobody = (self.person() for _ in range(4))
        for owner, model in ((k5, self.k5), (camry, self.camry), (polo, self.polo)):
            make_vehicle(owner, brand=model.brand, model=model)
        asked = event("owns_car", classmate_of=("any_of", ["Toyota"]))
        self.assertEqual(self.found(asked), {k5})
        self.assertEqual(self.found({"not": asked}), {camry, polo, nobody})

    def test_buyers_of_classmates(self) -> None:
        k5, camry, nobody = self.person(last_model=self.k5), self.person(last_model=self.camry), self.person()
        asked = leaf("classmate_of", "any_of", ["Toyota"])
        self.assertEqual(self.found(asked), {k5})
        self.assertEqual(self.found({"not": asked}), {camry})
        self.assertEqual(self.found(leaf("classmate_of", "is_empty")), {nobody})


class Owners(RuleCase):
    def owner(self, *ages: int | None, **car: Any) -> Any:
        person, year = self.person(), business_day().year
        for age in ages:
            make_vehicle(person, year=None if age is None else year - age, **car)
        return person

    def test_the_age_of_a_car_of_the_brand(self) -> None:
        toyota, lada = make_brand("Toyota"), make_brand("Lada")
        four, six, other = (
            self.owner(4, brand=toyota),
            self.owner(6, brand=toyota),
            self.owner(4, brand=lada),
        )
        self.owner(None, brand=toyota), self.person()
        asked = event("owns_car", brand=("any_of", ["Toyota"]), age=("between", [3, 5]))
        self.assertEqual(self.found(asked), {four})
        self.assertEqual(self.found(event("owns_car", age=("at_most", 4))), {four, other})
        self.assertEqual(self.found(event("owns_car", age=("at_least", 6))), {six})
        self.assertEqual(self.found(event("owns_car", age=("equals", 6))), {six})

    def test_brand_and_age_are_of_one_car(self) -> None:
        person = self.person()
        make_vehicle(person, brand=make_brand("Toyota"), year=business_day().year - 10)
        make_vehicle(person, brand=make_brand("Lada"), year=business_day().year - 4)
        self.assertEqual(
            self.found(event("owns_car", brand=("any_of", ["Toyota"]), age=("between", [3, 5]))),
            set(),
        )

    def test_how_many_and_since_when(self) -> None:
        two, one = self.owner(1, 2), self.owner(3, owned_since=business_day() - dt.timedelta(days=30))
        self.assertEqual(self.found(event("owns_car", 2)), {two})
        self.assertEqual(self.found(event("owns_car", days=30)), {one})
        self.assertEqual(self.found(event("owns_car", days=29)), set())
        self.assertEqual(self.found(event("owns_car", owned_since=("days_ago", 30))), {one})

    def test_a_car_of_nobody_is_nobodys(self) -> None:
        make_vehicle(None), self.person()
        self.assertEqual(self.found(event("owns_car")), set())
