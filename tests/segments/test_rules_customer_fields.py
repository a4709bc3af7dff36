"""The fields of the customer base read what facts hold, and say what they read."""

import datetime as dt

from segments.facts.history import LINES
from segments.models import CustomerFacts
from segments.rules.fields import FIELDS
from tests.segments.builders import make_brand, make_model, make_salesperson
from tests.segments.rule_case import RuleCase, leaf

DAY = dt.date(2026, 1, 9)
# Not asked about by themselves: keys, what a field of another name reads, what marks an estimate in a label.
UNASKED = {
    "customer", "computed_at", "last_brand", "last_car_condition", "birth_date", "email_reachable", "phone_reachable",
    "sms_reachable", "insurance_end_estimated", "accessories_brand", "accessories_model",
}  # fmt: skip


class CustomerFields(RuleCase):
    def test_every_fact_can_be_asked_about(self) -> None:
        columns = {field.name for field in CustomerFacts._meta.concrete_fields}
        self.assertEqual(columns - FIELDS.keys(), UNASKED)

    def test_a_line_of_business_does_not_answer_for_another(self) -> None:
        people = {
            line.name: self.person(**{f"last_{line.name}": DAY, f"first_{line.name}": DAY, line.plural: 2})
            for line in LINES
        }
        for line in LINES:
            with self.subTest(line.name):
                alone = {people[line.name]}
                self.assertEqual(self.found(leaf(f"last_{line.name}", "is_known")), alone)
                self.assertEqual(self.found(leaf(f"first_{line.name}", "on", "2026-01-09")), alone)
                self.assertEqual(self.found(leaf(line.plural, "at_least", 2)), alone)

    def test_the_model_of_the_last_deal_and_its_class(self) -> None:
        camry = make_model(make_brand("Toyota"), "Camry", car_class="D", price_band="средняя")
        vesta = make_model(make_brand("Lada"), "Vesta", car_class="B", price_band="")
        one, other = self.person(new_model=camry), self.person(new_model=vesta)
        self.person()
        self.assertEqual(self.found(leaf("new_model", "any_of", ["Toyota Camry"])), {one})
        self.assertEqual(self.found(leaf("new_class", "any_of", ["D"])), {one})
        self.assertEqual(self.found(leaf("new_class", "none_of", ["D"])), {other})
        self.assertEqual(self.found(leaf("new_price_band", "is_known")), {one})

    def test_buyers_and_sellers(self) -> None:
        buyer, seller = self.person(purchases=1), self.person(buyouts=2, last_buyout=DAY)
        self.assertEqual(self.found(leaf("is_buyer", "is", True)), {buyer})
        self.assertEqual(self.found(leaf("is_seller", "is", True)), {seller})
        self.assertEqual(self.found(leaf("is_seller", "is", False)), {buyer})
        self.assertEqual(self.found({"not": leaf("is_buyer", "is", True)}), {seller})

    def test_by_what_a_person_can_be_reached(self) -> None:
        both = self.person(email_reachable=True, phone_reachable=True, sms_reachable=True)
        phone, nothing = self.person(phone_reachable=True), self.person()
        self.assertEqual(self.found(leaf("reachable", "any_of", ["phone"])), {both, phone})
        self.assertEqual(self.found(leaf("reachable", "any_of", ["email", "sms"])), {both})
        self.assertEqual(self.found(leaf("reachable", "none_of", ["email"])), {phone, nothing})

    def test_leaving_without_a_purchase(self) -> None:
        left = {"left_without_purchase": DAY, "left_condition": "used", "left_brand": make_brand("Lada")}
        gone, back = self.person(**left), self.person(**left, bought_since_leaving=True)
        self.assertEqual(self.found(leaf("left_condition", "any_of", ["used"])), {gone, back})
        self.assertEqual(self.found(leaf("left_brand", "any_of", ["Lada"])), {gone, back})
        came_back = leaf("bought_since_leaving", "is", True)
        self.assertEqual(self.found({"all": [leaf("left_without_purchase", "is_known"), {"not": came_back}]}), {gone})

    def test_the_last_salesperson(self) -> None:
        served = self.person(last_salesperson=make_salesperson("Соколов"))
        self.assertEqual(self.found(leaf("last_salesperson", "any_of", ["Соколов"])), {served})
