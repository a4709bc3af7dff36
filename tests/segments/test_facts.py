from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.test import TestCase

from segments.facts import refresh_facts
from segments.models import ContactPoint, Customer, CustomerFacts
from tests.segments.builders import make_brand, make_contact, make_customer, make_interaction, make_vehicle

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
