"""Every fact against plain Python (`facts_by_hand`), over random histories: of everybody, in shares, of a few."""

import datetime as dt
import random
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.test import TestCase

from segments.facts import FACTS, refresh_facts
from segments.models import (
    Card,
    CardContact,
    ContactPoint,
    Customer,
    CustomerFacts,
    Household,
    Interaction,
    Vehicle,
)
from tests.segments.builders import (
    make_brand,
    make_card,
    make_centre,
    make_city,
    make_contact,
    make_customer,
    make_interaction,
    make_model,
    make_salesperson,
    make_vehicle,
)
from tests.segments.facts_by_hand import by_hand

KINDS = ["sale"] * 6 + ["service"] * 5 + ["visit"] * 4 + ["insurance", "insurance", "buyout", "booking", "call"]
STATUSES = [""] * 6 + ["Закрыт", "Отменён", "Возвращен", "аннулирован"]
AMOUNTS = [None, 0, 1000, 2000, -1000, -2000, Decimal("1500000.50")]
LINES = ["", "", "", "new", "used", "accessories", "accessories", "accessories"]
CLOCKS = [dt.time(0), dt.time(0), dt.time(23, 59), dt.time(12, 30)]
PEOPLE = 60


class Random(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.dice = random.Random(20261122)
        brands = [make_brand(name) for name in ("Kia", "BMW", "Lada")]
        cls.brands = [None, *brands]
        cls.models = [None, *(make_model(brand, f"Модель {brand}") for brand in brands)]
        cls.centres = [None, *(make_centre(f"Салон {number}") for number in range(3))]
        cls.sellers = [None, *(make_salesperson(f"Продавец {number}") for number in range(3))]
        home = Household.objects.create(name="Ивановы", size=3)
        for number in range(PEOPLE):
            company = number % 7 == 0
            cls.fill(make_customer(
                "" if company else "Иванова", sex=cls.dice.choice(["m", "f", ""]), company="ООО" if company else "",
                birth_date=cls.dice.choice([None, dt.date(1990, 5, 9)]), household=cls.dice.choice([None, home]),
                city=cls.dice.choice([None, make_city()]),
            ))  # fmt: skip

    @classmethod
    def fill(cls, customer: Customer) -> None:
        """A few cars, cards and addresses, and up to 25 documents, crowded into a year and a half."""
        dice = cls.dice
        cars = [cls.car(customer) for _ in range(dice.choice([0, 1, 1, 3]))]
        for _ in range(dice.randint(0, 2)):
            make_card(customer, centre=dice.choice(cls.centres))
        for _ in range(dice.randint(0, 3)):
            cls.address(customer)
        for _ in range(dice.choice([0, 1, 4, 25])):
            cls.document(customer, dice.choice([None, *cars]))

    @classmethod
    def car(cls, customer: Customer | None) -> Vehicle:
        return make_vehicle(
            customer, brand=cls.dice.choice(cls.brands), model=cls.dice.choice(cls.models),
            year=cls.dice.choice([None, 2018, 2023, 2024]),
            owned_since=cls.dice.choice([None, dt.date(2024, 3, 1), dt.date(2025, 3, 1)]),
        )  # fmt: skip

    @classmethod
    def address(cls, customer: Customer) -> None:
        kind = cls.dice.choice(["phone", "email"])
        value = f"{kind}{cls.dice.random()}@example.test" if kind == "email" else f"+79{cls.dice.randint(10**8, 10**9)}"
        make_contact(
            customer, value, validity=cls.dice.choice(["valid", "valid", "invalid"]),
            reachability=cls.dice.choice(["unknown", "reachable", "unreachable"]), is_shared=cls.dice.random() < 0.2,
            is_mobile=cls.dice.choice([None, True, False]) if kind == "phone" else None,
        )  # fmt: skip

    @classmethod
    def document(cls, customer: Customer | None, car: Vehicle | None) -> Interaction:
        dice = cls.dice
        kind = dice.choice(KINDS)
        moment = dt.datetime.combine(
            dt.date(2024, 1, 1) + dt.timedelta(days=dice.choice([*range(12), *range(500)])), dice.choice(CLOCKS)
        )
        return make_interaction(
            customer, kind, happened_at=moment.replace(tzinfo=ZoneInfo("Europe/Moscow")), vehicle=car,
            line=dice.choice(LINES) if kind == "sale" else "", condition=dice.choice(["", "new", "used"]),
            status=dice.choice(STATUSES), amount=dice.choice(AMOUNTS), brand=dice.choice(cls.brands),
            model=dice.choice(cls.models), centre=dice.choice(cls.centres), salesperson=dice.choice(cls.sellers),
            reason=dice.choice(["", "Цена"]),
        )  # fmt: skip

    def check(self) -> None:
        facts = {row["customer_id"]: row for row in CustomerFacts.objects.values()}
        sales = list(Interaction.objects.filter(kind="sale", vehicle__isnull=False))
        self.assertEqual(set(facts), set(Customer.objects.filter(merged_into=None).values_list("pk", flat=True)))
        for customer in Customer.objects.select_related("household").filter(merged_into=None):
            wanted = self.by_hand(customer, sales)
            self.assertEqual(set(wanted), set(FACTS))
            told = {column: (facts[customer.pk][column], value) for column, value in wanted.items()}
            with self.subTest(customer=customer.pk):
                self.assertEqual({column: both for column, both in told.items() if both[0] != both[1]}, {})

    @staticmethod
    def by_hand(customer: Customer, sales: list[Interaction]) -> dict[str, Any]:
        cars = list(Vehicle.objects.filter(customer=customer))
        return by_hand(
            customer,
            documents=list(Interaction.objects.filter(customer=customer)),
            sales=[each for each in sales if each.vehicle_id in {car.pk for car in cars}],
            cars=cars,
            contacts=list(ContactPoint.objects.filter(pk__in=CardContact.objects.filter(customer=customer).values("contact_point"))),
            cards=list(Card.objects.filter(customer=customer)),
        )  # fmt: skip

    def test_everybody(self) -> None:
        self.assertEqual(refresh_facts()["changed"], PEOPLE)
        self.check()
        rows = list(CustomerFacts.objects.values(*FACTS))
        self.assertEqual([column for column in FACTS if len({row[column] for row in rows}) == 1], [], "tried by nobody")
        self.assertEqual(refresh_facts()["changed"], 0)

    def test_in_shares(self) -> None:
        self.assertEqual(sum(refresh_facts(share=(share, 3))["changed"] for share in range(3)), PEOPLE)
        self.check()
        self.assertEqual(refresh_facts()["changed"], 0)

    def test_those_who_changed(self) -> None:
        refresh_facts()
        changed = self.dice.sample(list(Customer.objects.all()), 20)
        for customer in changed[:15]:
            self.fill(customer)
        for customer in changed[15:]:
            Interaction.objects.filter(customer=customer).delete()
        refresh_facts([each.pk for each in changed])
        self.check()
        self.assertEqual(refresh_facts()["changed"], 0)

    def test_when_the_last_document_goes(self) -> None:
        refresh_facts()
        Interaction.objects.all().delete()
        refresh_facts()
        self.check()
        self.assertEqual(refresh_facts()["changed"], 0)
