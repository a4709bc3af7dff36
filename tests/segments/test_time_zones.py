"""Whose clock a customer lives by: city before phone before centre, set-wise and kept in step with the facts."""

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from segments.erasing import erase
from segments.facts import refresh_facts
from segments.models import Customer, CustomerFacts, CustomerZone, PhoneRange
from segments.rules.compile import matching
from segments.time_zones import clock_of, refresh_zones
from segments.whom import Whom
from tests.segments.builders import make_card, make_centre, make_city, make_contact, make_customer, make_staff

NOVOSIBIRSK, MOBILE = "+73832123456", "+79139876543"


def zone_of(customer: Customer) -> tuple[str, str]:
    return CustomerZone.objects.values_list("time_zone", "source").get(pk=customer.pk)


class Zones(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.omsk = make_city("Омск")
        cls.omsk.time_zone = "Asia/Omsk"
        cls.omsk.save()
        cls.centre = make_centre("Максимум Екатеринбург")
        cls.centre.time_zone = "Asia/Yekaterinburg"
        cls.centre.save()

    def test_the_city_wins_over_the_phone(self) -> None:
        anna = make_customer(city=self.omsk)
        make_contact(anna, NOVOSIBIRSK)
        refresh_facts()
        self.assertEqual(zone_of(anna), ("Asia/Omsk", "city"))

    def test_a_town_number_tells_its_region_without_any_register(self) -> None:
        anna = make_customer()
        make_contact(anna, NOVOSIBIRSK, card=make_card(anna, centre=self.centre))
        refresh_facts()
        self.assertEqual(zone_of(anna), ("Asia/Novosibirsk", "phone"))

    def test_a_mobile_number_tells_it_by_the_register_only(self) -> None:
        anna = make_customer()
        make_contact(anna, MOBILE, card=make_card(anna, centre=self.centre))
        refresh_facts()
        self.assertEqual(zone_of(anna), ("Asia/Yekaterinburg", "centre"))
        PhoneRange.objects.create(first=9139800000, last=9139899999, time_zone="Asia/Barnaul")
        self.assertEqual(refresh_zones(), 1)
        self.assertEqual(zone_of(anna), ("Asia/Barnaul", "phone"))

    def test_a_number_past_the_end_of_a_range_is_not_in_it(self) -> None:
        anna = make_customer()
        make_contact(anna, "+79139900000")
        PhoneRange.objects.create(first=9139800000, last=9139899999, time_zone="Asia/Barnaul")
        refresh_facts()
        self.assertEqual(zone_of(anna), ("Europe/Moscow", "holding"))

    def test_numbers_that_tell_nothing_of_a_person_are_passed_over(self) -> None:
        for value, fields in (
            (NOVOSIBIRSK, {"is_shared": True}),
            ("+73832123457", {"validity": "invalid"}),
            ("+77272123456", {}),
            ("+375291234567", {}),
        ):
            anna = make_customer()
            make_contact(anna, value, **fields)
            refresh_facts([anna.pk])
            self.assertEqual(zone_of(anna), ("Europe/Moscow", "holding"), value)

    def test_the_main_phone_of_two_decides(self) -> None:
        anna = make_customer()
        card = make_card(anna)
        for position, value in ((1, "+74232123456"), (0, NOVOSIBIRSK)):
            point = make_contact(anna, value, card=card)
            card_contact = point.holders.get()
            card_contact.position = position
            card_contact.save()
        refresh_facts()
        self.assertEqual(zone_of(anna), ("Asia/Novosibirsk", "phone"))

    def test_nothing_is_written_where_nothing_changed(self) -> None:
        make_customer(city=self.omsk)
        refresh_facts()
        self.assertEqual(refresh_zones(), 0)

    def test_shares_and_lists_touch_only_their_people(self) -> None:
        one, other = make_customer(), make_customer()
        refresh_facts()
        Customer.objects.update(city=self.omsk)
        CustomerFacts.objects.update(city=self.omsk)
        self.assertEqual(refresh_zones(Whom([one.pk])), 1)
        self.assertEqual(zone_of(other)[1], "holding")
        self.assertEqual(refresh_zones(Whom(share=((other.pk + 1) % 3, 3))), 0)
        self.assertEqual(refresh_zones(Whom(share=(other.pk % 3, 3))), 1)
        self.assertEqual(zone_of(other)[1], "city")

    def test_a_merged_customer_has_no_zone(self) -> None:
        one, other = make_customer(), make_customer()
        refresh_facts()
        Customer.objects.filter(pk=other.pk).update(merged_into=one)
        refresh_facts([one.pk, other.pk])
        self.assertEqual(list(CustomerZone.objects.values_list("pk", flat=True)), [one.pk])

    def test_an_erased_customer_leaves_none(self) -> None:
        anna = make_customer()
        refresh_facts()
        erase([anna.pk])
        self.assertFalse(CustomerZone.objects.filter(pk=anna.pk).exists())

    def test_one_round_of_statements_however_many_people(self) -> None:
        for _each in range(20):
            make_customer()
        refresh_facts()
        with CaptureQueriesContext(connection) as asked:
            refresh_zones()
        self.assertLessEqual(len(asked), 4)


class InRules(TestCase):
    def test_people_are_found_by_zone_and_by_how_it_is_known(self) -> None:
        city = make_city("Омск")
        city.time_zone = "Asia/Omsk"
        city.save()
        anna, other = make_customer(city=city), make_customer()
        refresh_facts()
        for field, op, value, wanted in (
            ("time_zone", "any_of", ["Asia/Omsk"], [anna.pk]),
            ("time_zone", "none_of", ["Asia/Omsk"], [other.pk]),
            ("time_zone_source", "any_of", ["city"], [anna.pk]),
            ("time_zone_source", "any_of", ["holding", "phone"], [other.pk]),
        ):
            rule = {"format": 1, "rule": {"field": field, "op": op, "value": value}}
            self.assertEqual(list(matching(rule).values_list("pk", flat=True)), wanted, rule)


class Page(TestCase):
    def test_the_page_says_the_time_and_where_it_is_known_from(self) -> None:
        city = make_city("Омск")
        city.time_zone = "Asia/Omsk"
        city.save()
        anna = make_customer(city=city)
        refresh_facts()
        self.client.force_login(make_staff("segments.view_customer"))
        page = self.client.get(reverse("admin:segments_customer_change", args=[anna.pk]))
        self.assertContains(page, "Омск (МСК+3)")
        self.assertContains(page, "по городу")

    def test_nothing_is_said_before_the_facts_are_there(self) -> None:
        self.assertEqual(clock_of(make_customer().pk), {})
