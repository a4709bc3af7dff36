from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.test import TestCase

from segments.identity.cars import merge_by_cars
from segments.identity.merging import unmerge_batch
from segments.models import Customer, MergeRecord, Vehicle
from segments.models.identity import ReviewPair
from tests.segments import builders

START = datetime(2019, 3, 1, 12, tzinfo=ZoneInfo("Europe/Moscow"))


class CarsTest(TestCase):
    def setUp(self) -> None:
        self.car = builders.make_vehicle()

    def person(self, last: str, first: str = "Анна", middle: str = "", **fields: object) -> Customer:
        customer = builders.make_customer(last, first, middle_name=middle, **fields)
        builders.make_card(customer, last_name=last, first_name=first, middle_name=middle, why="alone")
        return customer

    def had(self, customer: Customer, *days: int, kind: str = "service", car: Vehicle | None = None) -> None:
        """Documents on the car, so many days after the start, from the customer's card."""
        for day in days:
            builders.make_interaction(
                customer,
                kind,
                card=customer.cards.get(),
                vehicle=car or self.car,
                happened_at=START + timedelta(days=day),
            )

    def alive(self) -> set[int]:
        return set(Customer.objects.filter(merged_into=None).values_list("pk", flat=True))

    def test_one_car_under_two_cards(self) -> None:
        full, initials, first = (
            self.person("Ершова", "Ольга", "Тарасовна"),
            self.person("Ершова", "О.", "Т."),
            self.person("", "Ольга"),
        )
        self.had(full, 0, kind="sale")
        self.had(initials, 30)
        self.had(first, 400)
        self.assertEqual(merge_by_cars(5, vehicle_ids=[self.car.pk]), [full.pk])
        self.assertEqual(self.alive(), {full.pk})
        self.assertEqual(
            set(MergeRecord.objects.values_list("reason", "batch_id")), {("vin:initials", 5), ("vin:short", 5)}
        )
        self.assertEqual(set(full.cards.values_list("why", flat=True)), {"alone", "vin:initials", "vin:short"})
        unmerge_batch(5)
        self.assertEqual(len(self.alive()), 3)

    def test_husband_and_wife_stay_apart(self) -> None:
        self.had(self.person("Ершов", "Пётр"), 0, 60)
        self.had(self.person("Ершова", "Анна"), 30)
        self.assertEqual(merge_by_cars(None, vehicle_ids=[self.car.pk]), [])

    def test_two_owners_one_after_the_other_are_two_people(self) -> None:
        first, second = self.person("Иванова"), self.person("Иванова")
        self.had(first, 0, 100)
        self.had(second, 200, kind="sale")
        self.had(second, 300)
        self.assertEqual(merge_by_cars(None, vehicle_ids=[self.car.pk]), [])

    def test_after_a_buy_out_the_car_is_another_owners(self) -> None:
        first, second, seller = self.person("Иванова"), self.person("Иванова"), self.person("Иванова")
        self.had(first, 0)
        self.had(seller, 100, kind="buyout")
        self.had(second, 200)
        self.assertEqual(merge_by_cars(None, vehicle_ids=[self.car.pk]), [first.pk])
        self.assertEqual(self.alive(), {first.pk, second.pk})

    def test_papers_written_before_the_sale_on_its_day_belong_to_it(self) -> None:
        one, other = self.person("Иванова"), self.person("Иванова")
        builders.make_interaction(one, "insurance", vehicle=self.car, happened_at=START - timedelta(hours=2))
        self.had(other, 0, kind="sale")
        self.assertEqual(merge_by_cars(None, everything=True), [one.pk])

    def test_birthdays_tell_namesakes_apart(self) -> None:
        self.had(self.person("Иванова", birth_date="1960-01-02"), 0)
        self.had(self.person("Иванова", birth_date="1990-07-08"), 30)
        self.assertEqual(merge_by_cars(None, everything=True), [])

    def test_a_car_of_a_fleet_is_no_evidence(self) -> None:
        for letter in "АБВГДЕ":
            self.had(self.person(f"{letter}лина", f"{letter}нна"), ord(letter) - ord("А"))
        self.had(self.person("Алина", "Анна"), 50)
        self.assertEqual(merge_by_cars(None, everything=True), [])

    def test_a_test_drive_is_no_ownership(self) -> None:
        self.had(self.person("Иванова"), 0, kind="booking")
        self.had(self.person("Иванова"), 30, kind="visit")
        self.assertEqual(merge_by_cars(None, everything=True), [])

    def test_a_car_known_by_its_plate(self) -> None:
        car = builders.make_vehicle(vin="", plate="А001АА78")
        for day in (0, 30):
            self.had(self.person("Иванова"), day, car=car)
        merge_by_cars(None, everything=True)
        self.assertEqual(MergeRecord.objects.get().reason, "plate:same")

    def test_refused_people_stay_apart(self) -> None:
        one, other = self.person("Иванова"), self.person("Иванова")
        cards = sorted((one.cards.get().pk, other.cards.get().pk))
        ReviewPair.objects.create(card_a_id=cards[0], card_b_id=cards[1], state="refused")
        self.had(one, 0)
        self.had(other, 30)
        self.assertEqual(merge_by_cars(None, everything=True), [])

    def test_only_the_asked_cars_and_those_of_the_asked_people(self) -> None:
        other = builders.make_vehicle()
        people = [self.person("Иванова") for _ in range(4)]
        for person, car in zip(people, (self.car, self.car, other, other), strict=True):
            self.had(person, 0, car=car)
        self.assertEqual(merge_by_cars(None, vehicle_ids=[self.car.pk]), [people[0].pk])
        self.assertEqual(merge_by_cars(None, customer_ids=[people[3].pk]), [people[2].pk])
