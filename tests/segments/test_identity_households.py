from django.test import TestCase

from segments.identity.households import MOST, refresh_households
from segments.models import Customer
from segments.models.identity import Household
from tests.segments import builders

PHONE = "+79216756405"


class HouseholdsTest(TestCase):
    def family(self, *names: str, address: str = PHONE) -> list[Customer]:
        people = [builders.make_customer(name) for name in names]
        for person in people:
            builders.make_contact(person, address)
        return people

    def home(self, person: Customer) -> int | None:
        person.refresh_from_db()
        return person.household_id

    def test_people_of_one_phone_are_a_household_named_by_most(self) -> None:
        people = self.family("Иванов", "Иванова", "Иванова")
        builders.make_contact(self.family("Орлова", address="orlova@example.test")[0])
        self.assertEqual(refresh_households(), {"households": 1, "people": 3, "changed": 3})
        household = Household.objects.get()
        self.assertEqual((household.name, household.size), ("Иванова", 3))
        self.assertEqual({self.home(person) for person in people}, {household.pk})
        self.assertEqual(refresh_households()["changed"], 0)

    def test_a_chain_of_addresses_is_one_household(self) -> None:
        husband, wife = self.family("Иванов", "Иванова")
        son = self.family("Иванов", address="family@example.test")[0]
        builders.make_contact(wife, "family@example.test")
        self.assertEqual(refresh_households([son.pk])["people"], 3)
        self.assertEqual(self.home(husband), self.home(son))

    def test_a_hub_and_an_office_are_no_family(self) -> None:
        self.family("Иванов", "Петров")
        builders.ContactPoint.objects.update(is_shared=True)
        self.family(*(f"Сотрудник{letter}" for letter in "абвгдежзи"[: MOST + 1]), address="office@example.test")
        self.assertEqual(refresh_households()["households"], 0)

    def test_one_person_on_two_cards_is_no_household(self) -> None:
        customer = self.family("Иванов")[0]
        builders.make_contact(customer, PHONE, card=builders.make_card(customer))
        self.assertEqual(refresh_households()["people"], 0)

    def test_who_moves_out_leaves_the_rest_their_id(self) -> None:
        husband, wife, son = self.family("Иванов", "Иванова", "Иванов")
        refresh_households()
        before = self.home(wife)
        son.contacts.all().delete()
        self.assertEqual(refresh_households([son.pk])["changed"], 1)
        self.assertEqual((self.home(wife), self.home(son)), (before, None))
        self.assertEqual(Household.objects.get().size, 2)
        husband.contacts.all().delete()
        refresh_households([husband.pk])
        self.assertFalse(Household.objects.exists())
        self.assertIsNone(self.home(wife))

    def test_other_households_are_left_alone(self) -> None:
        self.family("Иванов", "Иванова")
        refresh_households()
        new = self.family("Орлов", "Орлова", address="orlov@example.test")
        self.assertEqual(refresh_households([new[0].pk]), {"households": 1, "people": 2, "changed": 2})
        self.assertEqual(Household.objects.count(), 2)

    def test_merged_customers_live_nowhere(self) -> None:
        husband, wife = self.family("Иванов", "Иванова")
        refresh_households()
        Customer.objects.filter(pk=wife.pk).update(merged_into=husband)
        wife.contacts.update(customer=husband)
        refresh_households([husband.pk, wife.pk])
        self.assertEqual((self.home(husband), self.home(wife)), (None, None))
