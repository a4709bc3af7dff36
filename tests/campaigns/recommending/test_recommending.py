"""Cars that are recommended: only those that stand there now, and for each person those that suit her."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from campaigns import slots
from campaigns.models import Run
from campaigns.slots import Row
from segments.models import CarInStock, CarModel, CarPrice, Customer
from tests.segments.builders import make_brand, make_customer, make_facts, make_model, make_source

pytestmark = pytest.mark.django_db
_keys = count(1)


def model(brand: str, name: str, car_class: str, price: int = 0) -> CarModel:
    return make_model(make_brand(brand), name, car_class=car_class, base_price=price or None)


def car(
    of: CarModel, price: int, condition: str = "new", *, arrived: int = 30, gone: int | None = None,
    prices: Sequence[tuple[int, int]] = (),
) -> None:  # fmt: skip
    """In stock, since so many days; gone so many days ago. `prices`: (days ago, roubles from then on)."""
    today = timezone.localdate()
    made = CarInStock.objects.create(
        source=make_source(), external_key=str(next(_keys)), brand=of.brand, model=of, condition=condition, price=price,
        arrived_on=today - timedelta(days=arrived), gone_on=None if gone is None else today - timedelta(days=gone),
        content_hash=b"",
    )  # fmt: skip
    CarPrice.objects.bulk_create(
        CarPrice(car=made, since=today - timedelta(days=days), price=roubles) for days, roubles in prices
    )


def told(name: str, *customers: Customer) -> list[str]:
    slot = slots.find(name)
    assert slot
    assert slot.resolve
    rows = [Row(number, customer.pk) for number, customer in enumerate(customers)]
    found = slot.resolve(Run(), rows)
    return [found.get(row.message_id, "").replace("\xa0", " ") for row in rows]


def who_wants(car: CarModel | None, **facts: Any) -> Customer:
    customer = make_customer()
    make_facts(customer, left_model=car, **facts)
    return customer


def test_classmates_are_of_the_class_in_the_condition_she_asked_for_and_near_in_price() -> None:
    sportage, jolion, rio = (
        model("Kia", "Sportage", "SUV-C", 2_400_000), model("Haval", "Jolion", "SUV-C"), model("Kia", "Rio", "B"),
    )  # fmt: skip
    car(jolion, 2_000_000)
    car(sportage, 2_500_000)
    car(sportage, 1_500_000, "used")
    car(rio, 2_400_000)
    car(jolion, 1_900_000, gone=1)
    anna = who_wants(sportage, left_condition="new")
    assert told("похожие_в_наличии", anna) == [
        "Kia Sportage от 2 500 000 ₽; Haval Jolion от 2 000 000 ₽; Kia Sportage с пробегом от 1 500 000 ₽"
    ]
    assert told("с_пробегом_в_наличии", anna) == ["Kia Sportage с пробегом от 1 500 000 ₽"]


def test_cheaper_brands_and_a_class_below() -> None:
    x5, tank, jolion, vesta = (
        model("BMW", "X5", "SUV-E", 9_000_000), model("Tank", "500", "SUV-E"), model("Haval", "Jolion", "SUV-C"),
        model("Lada", "Vesta", "B"),
    )  # fmt: skip
    car(x5, 8_500_000)
    car(tank, 5_000_000)
    car(jolion, 2_000_000)
    car(vesta, 1_400_000)
    car(vesta, 700_000, "used")
    anna = who_wants(x5)
    assert told("одноклассники_дешевле", anna) == ["Tank 500 от 5 000 000 ₽"]
    assert told("новые_классом_ниже", anna) == ["Haval Jolion от 2 000 000 ₽"]


def test_of_whom_nothing_is_known_the_best_selling_and_of_an_empty_showroom_nothing() -> None:
    rio, vesta = model("Kia", "Rio", "B"), model("Lada", "Vesta", "B")
    anna, ivan = who_wants(None), who_wants(rio)
    assert told("похожие_в_наличии", anna, ivan) == ["", ""]
    assert told("популярное_недели", anna) == [""]
    car(vesta, 1_400_000, gone=2)
    car(vesta, 1_500_000)
    car(rio, 1_300_000)
    assert told("похожие_в_наличии", anna) == ["Lada Vesta от 1 500 000 ₽"]
    assert told("похожие_в_наличии", anna, ivan)[1].startswith("Kia Rio")


def test_the_week() -> None:
    rio, vesta, x5 = model("Kia", "Rio", "B"), model("Lada", "Vesta", "B"), model("BMW", "X5", "SUV-E")
    car(rio, 1_300_000, arrived=2)
    car(x5, 9_000_000, arrived=40)
    for _each in range(2):
        car(vesta, 1_400_000, gone=3)
    car(rio, 1_300_000, gone=3)
    car(vesta, 1_500_000, arrived=20)
    car(x5, 9_000_000, gone=30)
    anna = make_customer()
    assert told("новинки_недели", anna) == ["Kia Rio от 1 300 000 ₽"]
    assert told("популярное_недели", anna) == ["Lada Vesta от 1 500 000 ₽; Kia Rio от 1 300 000 ₽"]


def test_novelties_and_lower_prices_are_told_of_nothing_else_her_brand_and_class_first() -> None:
    rio, jolion, tank = model("Kia", "Rio", "B"), model("Haval", "Jolion", "SUV-C"), model("Tank", "300", "SUV-C")
    anna, ivan = who_wants(jolion), who_wants(None)
    car(rio, 1_300_000, arrived=100)
    assert told("новинка", anna, ivan) == told("подешевевшие", anna, ivan) == ["", ""]
    car(tank, 4_000_000, arrived=2)
    car(jolion, 2_000_000, arrived=9)
    assert told("новинка", anna, ivan) == [
        "Haval Jolion от 2 000 000 ₽; Tank 300 от 4 000 000 ₽", "Tank 300 от 4 000 000 ₽; Haval Jolion от 2 000 000 ₽",
    ]  # fmt: skip
    car(rio, 1_200_000, arrived=100, prices=[(100, 1_500_000), (10, 1_200_000)])
    car(tank, 3_900_000, arrived=1, prices=[(1, 3_900_000)])
    car(jolion, 1_900_000, arrived=300, prices=[(300, 2_400_000), (200, 1_900_000)])  # too long ago
    assert told("подешевевшие", anna, ivan) == ["Kia Rio от 1 200 000 ₽"] * 2


def test_it_is_asked_as_often_whatever_the_number_of_people(django_assert_num_queries: Any) -> None:
    rio = model("Kia", "Rio", "B")
    car(rio, 1_300_000)
    people = [who_wants(rio) for _ in range(5)]
    with django_assert_num_queries(2):
        told("похожие_в_наличии", *people)
