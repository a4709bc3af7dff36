from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.test import TestCase

from segments.facts import refresh_facts
from segments.models import ContactPoint, Customer, CustomerFacts, Household, Interaction
from tests.segments.builders import (
    make_brand,
    make_contact,
    make_customer,
    make_interaction,
    make_salesperson,
    make_vehicle,
)

MOSCOW = ZoneInfo("Europe/Moscow")


def day(year: int, month: int, number: int, hour: int = 12) -> datetime:
    return datetime(year, month, number, hour, tzinfo=MOSCOW)


class FactsTest(TestCase):
    def setUp(self) -> None:
        self.customer = make_customer()

    def facts(self) -> CustomerFacts:
        refresh_facts([self.customer.pk])
        return CustomerFacts.objects.get(customer=self.customer)

    def test_a_customer_without_history(self) -> None:
        facts = self.facts()
        self.assertEqual((facts.purchases, facts.last_purchase, facts.has_email, facts.cars), (0, None, False, 0))

    def test_purchases_and_services(self) -> None:
        old, new = make_brand("Kia"), make_brand("BMW")
        make_interaction(
            self.customer, "sale", happened_at=day(2018, 5, 1), brand=old, amount=Decimal(100), condition="new"
        )
        make_interaction(
            self.customer, "sale", happened_at=day(2022, 5, 1, 0), brand=new, amount=Decimal(300), condition="used"
        )
        make_interaction(self.customer, "service", happened_at=day(2023, 1, 9), amount=Decimal(7))
        make_vehicle(self.customer)
        facts = self.facts()
        self.assertEqual((facts.purchases, facts.purchases_sum, facts.last_brand), (2, Decimal(400), new))
        self.assertEqual((facts.first_purchase, facts.last_purchase), (date(2018, 5, 1), date(2022, 5, 1)))
        self.assertEqual((facts.last_car_condition, facts.services, facts.last_service), ("used", 1, date(2023, 1, 9)))
        self.assertEqual(facts.cars, 1)

    def test_a_sale_within_three_days_is_the_outcome_of_a_visit(self) -> None:
        make_interaction(self.customer, "visit", happened_at=day(2024, 3, 1), reason="Передумал покупать")
        self.assertEqual(self.facts().left_without_purchase, date(2024, 3, 1))
        self.assertEqual(self.facts().left_reason, "Передумал покупать")
        sale = make_interaction(self.customer, "sale", happened_at=day(2024, 3, 4, 23))
        self.assertIsNone(self.facts().left_without_purchase)
        self.assertEqual(self.facts().left_reason, "")
        sale.happened_at = day(2024, 3, 5, 0)
        sale.save()
        self.assertEqual(
            (self.facts().left_without_purchase, self.facts().bought_since_leaving), (date(2024, 3, 1), True)
        )

    def test_a_policy_runs_a_year(self) -> None:
        make_interaction(self.customer, "insurance", happened_at=day(2024, 2, 29))
        self.assertEqual((self.facts().insurance_end, self.facts().insurance_end_estimated), (date(2025, 2, 28), True))

    def test_a_shared_or_invalid_address_is_none(self) -> None:
        make_contact(self.customer, "anna@example.ru")
        self.assertTrue(self.facts().has_email)
        ContactPoint.objects.update(is_shared=True)
        self.assertFalse(self.facts().has_email)

    def test_what_did_not_change_is_not_written(self) -> None:
        self.assertEqual(refresh_facts()["changed"], 1)
        self.assertEqual({**refresh_facts(), "seconds": 0}, {"customers": 1, "changed": 0, "seconds": 0})

    def test_a_merged_customer_has_no_facts(self) -> None:
        refresh_facts()
        Customer.objects.filter(pk=self.customer.pk).update(merged_into=make_customer().pk)
        refresh_facts([self.customer.pk])
        self.assertFalse(CustomerFacts.objects.filter(customer=self.customer).exists())


class Meanings(TestCase):
    """What the docstring of `CustomerFacts` promises, one example each; `test_facts_random` tries the rest."""

    def setUp(self) -> None:
        self.customer = make_customer()

    def facts(self) -> CustomerFacts:
        refresh_facts([self.customer.pk])
        return CustomerFacts.objects.get(customer=self.customer)

    def sale(self, moment: datetime, amount: int = 100, **fields: Any) -> Interaction:
        return make_interaction(self.customer, "sale", happened_at=moment, amount=amount, **fields)

    def service(self, *moments: datetime) -> None:
        for moment in moments:
            make_interaction(self.customer, "service", happened_at=moment)

    def test_lines_of_business_have_clocks_of_their_own(self) -> None:
        kia, bmw = make_brand("Kia"), make_brand("BMW")
        self.sale(day(2019, 5, 1), line="new", brand=kia)
        self.sale(day(2023, 5, 1), condition="used", brand=bmw)
        self.sale(day(2024, 5, 1), amount=7, line="accessories")
        self.service(day(2020, 1, 1))
        facts = self.facts()
        self.assertEqual((facts.last_new, facts.last_used), (date(2019, 5, 1), date(2023, 5, 1)))
        self.assertEqual((facts.new_brand, facts.used_brand, facts.last_brand), (kia, bmw, bmw))
        self.assertEqual((facts.purchases, facts.accessories, facts.accessories_sum, facts.services), (2, 1, 7, 1))

    def test_a_sale_of_no_line_is_a_purchase(self) -> None:
        self.sale(day(2019, 5, 1))
        facts = self.facts()
        self.assertEqual((facts.purchases, facts.new_cars, facts.used_cars), (1, 0, 0))
        self.assertEqual((facts.last_purchase, facts.last_car_condition), (date(2019, 5, 1), ""))

    def test_a_car_given_back_was_not_bought(self) -> None:
        self.sale(day(2019, 5, 1), condition="new")
        self.sale(day(2023, 5, 1), 900, condition="new")
        self.sale(day(2023, 5, 20), -900, condition="new")
        facts = self.facts()
        self.assertEqual((facts.new_cars, facts.new_cars_sum, facts.last_new), (1, 100, date(2019, 5, 1)))

    def test_a_refund_of_a_part_lowers_the_sum(self) -> None:
        self.sale(day(2023, 5, 1), 900, condition="new")
        self.sale(day(2023, 5, 20), -50, condition="new")
        facts = self.facts()
        self.assertEqual((facts.new_cars, facts.new_cars_sum, facts.last_new), (1, 850, date(2023, 5, 1)))

    def test_what_was_cancelled_did_not_happen(self) -> None:
        self.sale(day(2023, 5, 1), status="Отменён")
        self.sale(day(2024, 5, 1), -100, status="АННУЛИРОВАН")
        facts = self.facts()
        self.assertEqual((facts.purchases, facts.purchases_sum, facts.last_seen), (0, 0, None))

    def test_service_is_due_after_the_person_s_own_interval(self) -> None:
        self.service(day(2024, 2, 29))
        self.assertEqual(self.facts().service_due, date(2025, 2, 28))
        self.service(day(2024, 3, 10, 9), day(2024, 3, 10, 18), day(2024, 3, 30))
        self.assertEqual(self.facts().service_due, date(2024, 4, 14))  # after 10 and 20 days

    def test_the_next_car_is_expected_by_the_interval_of_two(self) -> None:
        self.sale(day(2019, 1, 1), condition="new")
        self.assertIsNone(self.facts().new_due)
        self.sale(day(2022, 1, 1), condition="new")
        self.assertEqual(self.facts().new_due, date(2025, 1, 1))

    def test_the_age_of_a_car_is_told_by_its_first_sale_as_new(self) -> None:
        car = make_vehicle(self.customer, year=2020)
        self.assertEqual((self.facts().car_since, self.facts().car_since_estimated), (date(2020, 1, 1), True))
        make_interaction(make_customer(), "sale", happened_at=day(2020, 11, 3), vehicle=car, condition="new")
        self.assertEqual((self.facts().car_since, self.facts().car_since_estimated), (date(2020, 11, 3), False))

    def test_the_newest_car_is_the_one_that_counts(self) -> None:
        for year in (2021, 2023, 2019):
            make_vehicle(self.customer, year=year, owned_since=date(2024, 1, year - 2010))
        facts = self.facts()
        self.assertEqual((facts.cars, facts.car_since, facts.owned_since), (3, date(2023, 1, 1), date(2024, 1, 13)))

    def test_who_sold_us_a_car(self) -> None:
        make_interaction(self.customer, "buyout", happened_at=day(2024, 6, 1), amount=500)
        facts = self.facts()
        self.assertEqual((facts.buyouts, facts.last_buyout, facts.purchases), (1, date(2024, 6, 1), 0))

    def test_an_unreachable_address_is_still_hers(self) -> None:
        make_contact(self.customer, "+79211234567", reachability="unreachable", is_mobile=True)
        make_contact(self.customer, "+78121234567", is_mobile=False)
        facts = self.facts()
        self.assertEqual((facts.has_phone, facts.phone_reachable, facts.sms_reachable), (True, True, False))

    def test_the_last_salesperson_is_who_sold_or_met(self) -> None:
        seller = make_salesperson("Соколов")
        make_interaction(self.customer, "visit", happened_at=day(2024, 1, 1), salesperson=seller)
        make_interaction(self.customer, "service", happened_at=day(2024, 2, 1), salesperson=make_salesperson("Мастер"))
        self.assertEqual(self.facts().last_salesperson, seller)

    def test_the_people_of_the_household(self) -> None:
        self.assertEqual(self.facts().household_size, 1)
        Customer.objects.filter(pk=self.customer.pk).update(household=Household.objects.create(size=4))
        self.assertEqual(self.facts().household_size, 4)
