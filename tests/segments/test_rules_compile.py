"""Whom a rule finds: each operator, its meaning over missing values, negation, events, living people only."""

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from segments.models import Customer, CustomerFacts
from segments.rules.compile import business_day, matching, people
from segments.rules.days import birthdays
from segments.rules.fields import FIELDS
from segments.rules.operators import PRESENCE
from tests.segments.builders import (
    make_brand,
    make_consent,
    make_contact,
    make_customer,
    make_facts,
    make_interaction,
    make_segment,
    make_vehicle,
)
from tests.segments.rule_case import RuleCase, event, leaf
from tests.segments.rule_examples import an_example
from tests.segments.rule_people import make_dictionaries


class MissingValues(RuleCase):
    """Over a missing value neither a condition nor its NOT holds, "none of" included; who wants the missing asks."""

    def setUp(self) -> None:
        self.toyota, self.lada = make_brand("Toyota"), make_brand("Lada")
        self.buyer = self.person(
            last_brand=self.toyota, last_purchase=dt.date(2025, 1, 1), birth_date=dt.date(1990, 5, 9)
        )
        self.other = self.person(
            last_brand=self.lada, last_purchase=dt.date(2020, 1, 1), birth_date=dt.date(1990, 6, 9)
        )
        self.nobody = self.person()

    def test_who_has_no_birthday_is_not_not_born_in_may_unless_asked(self) -> None:
        may = leaf("birthday", "in_months", [5])
        self.assertEqual(self.found(may), {self.buyer})
        self.assertEqual(self.found({"not": may}), {self.other})
        asked = {"any": [{"not": may}, leaf("birthday", "is_empty")]}
        self.assertEqual(self.found(asked), {self.other, self.nobody})

    def test_not_a_brand_is_another_brand(self) -> None:
        is_toyota = leaf("brand", "any_of", ["Toyota"])
        self.assertEqual(self.found(is_toyota), {self.buyer})
        self.assertEqual(self.found({"not": is_toyota}), {self.other})
        self.assertEqual(self.found(leaf("brand", "none_of", ["Toyota"])), {self.other})
        self.assertEqual(self.found({"not": leaf("brand", "none_of", ["Toyota"])}), {self.buyer})

    def test_presence_is_never_missing(self) -> None:
        known, empty = leaf("last_purchase", "is_known"), leaf("last_purchase", "is_empty")
        self.assertEqual(self.found(known), {self.buyer, self.other})
        self.assertEqual(self.found({"not": empty}), {self.buyer, self.other})
        self.assertEqual(self.found(empty), {self.nobody})
        self.assertEqual(self.found({"not": known}), {self.nobody})

    def test_negated_dates_and_ages(self) -> None:
        self.assertEqual(self.found({"not": leaf("last_purchase", "since", "2024-01-01")}), {self.other})
        self.assertEqual(self.found({"not": leaf("age", "at_least", 18)}), set())
        self.assertEqual(self.found({"not": leaf("age", "at_most", 18)}), {self.buyer, self.other})
        self.assertEqual(self.found(leaf("age", "is_empty")), {self.nobody})

    def test_a_number_that_counts_is_never_missing(self) -> None:
        self.assertEqual(self.found({"not": leaf("purchases", "at_least", 1)}), {self.buyer, self.other, self.nobody})
        self.assertEqual(self.found({"not": event("bought")}), {self.buyer, self.other, self.nobody})

    def test_negation_of_groups_and_of_negations(self) -> None:
        toyota, may = leaf("brand", "any_of", ["Toyota"]), leaf("birthday", "in_months", [5])
        self.assertEqual(self.found({"not": {"any": [toyota, may]}}), {self.other})
        self.assertEqual(self.found({"not": {"all": [toyota, may]}}), {self.other})
        self.assertEqual(self.found({"not": {"all": [{"not": toyota}, {"not": may}]}}), {self.buyer})
        self.assertEqual(self.found({"not": {"not": toyota}}), {self.buyer})

    def test_an_unknown_half_of_a_group_does_not_decide_it(self) -> None:
        """NOT (counted enough AND brand): who counts too little is out of the brand's question."""
        both = {"all": [leaf("purchases", "at_least", 1), leaf("brand", "any_of", ["Toyota"])]}
        self.assertIn(self.nobody, self.found({"not": both}))

    def test_every_operator_of_every_field_that_may_be_missing(self) -> None:
        make_dictionaries()
        for field in FIELDS.values():
            if field.where_known is None:
                continue
            for operator in field.operators.values():
                if operator.name in PRESENCE:
                    continue
                condition = leaf(field.name, operator.name, an_example(field, operator))
                with self.subTest(field=field.name, op=operator.name):
                    self.assertNotIn(self.nobody, self.found(condition))
                    self.assertNotIn(self.nobody, self.found({"not": condition}))


class Operators(RuleCase):
    def test_numbers_and_money(self) -> None:
        one, three = self.person(purchases=1, purchases_sum="999.99"), self.person(purchases=3, purchases_sum=1000)
        self.assertEqual(self.found(leaf("purchases", "at_least", 2)), {three})
        self.assertEqual(self.found(leaf("purchases", "at_most", 1)), {one})
        self.assertEqual(self.found(leaf("purchases", "equals", 3)), {three})
        self.assertEqual(self.found(leaf("purchases", "between", [1, 3])), {one, three})
        self.assertEqual(self.found(leaf("purchases_sum", "at_least", "1000")), {three})
        self.assertEqual(self.found(leaf("purchases_sum", "at_most", "999.99")), {one})

    def test_dates_counted_from_today(self) -> None:
        today = business_day()
        at = {days: self.person(last_visit=today - dt.timedelta(days=days)) for days in (0, 30, 31, -5)}
        self.assertEqual(self.found(leaf("last_visit", "within_days", 30)), {at[0], at[30]})
        self.assertEqual(self.found(leaf("last_visit", "earlier_than_days", 30)), {at[31]})
        self.assertEqual(self.found(leaf("last_visit", "in_next_days", 7)), {at[0], at[-5]})
        self.assertEqual(self.found(leaf("last_visit", "before", today.isoformat())), {at[30], at[31]})

    def test_days_counted_exactly_and_between(self) -> None:
        today = business_day()
        at = {days: self.person(last_visit=today - dt.timedelta(days=days)) for days in (0, 1, 30, 60, -7)}
        for op, value, wanted in (
            ("days_ago", 30, {at[30]}),
            ("days_ago", 0, {at[0]}),
            ("between_days_ago", [1, 30], {at[1], at[30]}),
            ("in_days", 7, {at[-7]}),
            ("between_days_ahead", [0, 7], {at[0], at[-7]}),
            ("on", (today - dt.timedelta(days=60)).isoformat(), {at[60]}),
            (
                "between",
                [(today - dt.timedelta(days=60)).isoformat(), today.isoformat()],
                {at[0], at[1], at[30], at[60]},
            ),
        ):
            with self.subTest(op):
                self.assertEqual(self.found(leaf("last_visit", op, value)), wanted)

    def test_days_of_any_year_go_over_new_year(self) -> None:
        may, eve, first = (self.person(birth_date=dt.date(1980, *each)) for each in ((5, 9), (12, 31), (1, 1)))
        self.assertEqual(self.found(leaf("birthday", "of_the_year", ["05-01", "05-09"])), {may})
        self.assertEqual(self.found(leaf("birthday", "of_the_year", ["12-20", "01-10"])), {eve, first})
        self.assertEqual(self.found({"not": leaf("birthday", "of_the_year", ["12-20", "01-10"])}), {may})

    def test_an_anniversary_is_of_an_earlier_year(self) -> None:
        today = dt.date(2026, 11, 22)
        asked = FIELDS["last_purchase"].operators
        for bought, days, whether in (
            (dt.date(2025, 11, 22), 0, True),
            (dt.date(2026, 11, 22), 0, False),
            (dt.date(2024, 11, 25), 2, False),
            (dt.date(2024, 11, 25), 3, True),
        ):
            person = self.person(last_purchase=bought)
            for op in ("anniversary_in_next_days", "anniversary_in_days"):
                found = CustomerFacts.objects.filter(asked[op].condition("last_purchase", days, today))
                with self.subTest(op, bought=bought):
                    self.assertEqual(found.filter(pk=person.pk).exists(), whether)

    def test_birthday_over_new_year_and_on_a_leap_day(self) -> None:
        def born(day: dt.date) -> set[Customer]:
            facts = CustomerFacts.objects.filter(birthdays("birth_date", day, 3))
            return set(Customer.objects.filter(facts__in=facts))

        new_year = self.person(birth_date=dt.date(1980, 1, 1))
        leap = self.person(birth_date=dt.date(1984, 2, 29))
        self.assertEqual(born(dt.date(2026, 12, 30)), {new_year})
        self.assertEqual(born(dt.date(2026, 2, 28)), {leap})
        self.assertEqual(born(dt.date(2028, 2, 27)), {leap})
        self.assertEqual(born(dt.date(2026, 3, 1)), set())

    def test_age_turns_on_the_birthday(self) -> None:
        today = business_day()
        birthday = (
            today.replace(year=today.year - 30)
            if (today.month, today.day) != (2, 29)
            else dt.date(today.year - 30, 2, 28)
        )
        turned, not_yet = self.person(birth_date=birthday), self.person(birth_date=birthday + dt.timedelta(days=1))
        self.assertEqual(self.found(leaf("age", "at_least", 30)), {turned})
        self.assertEqual(self.found(leaf("age", "equals", 29)), {not_yet})
        self.assertEqual(self.found(leaf("age", "between", [29, 30])), {turned, not_yet})

    def test_texts_ignore_case_and_take_wildcards_literally(self) -> None:
        dear = self.person(left_reason="Дорого, скидка 5%")
        self.person(left_reason="")
        self.assertEqual(self.found(leaf("left_reason", "contains", "ДОРОГО")), {dear})
        self.assertEqual(self.found(leaf("left_reason", "contains", "%")), {dear})
        self.assertEqual(self.found(leaf("left_reason", "equals", "дорого, скидка 5%")), {dear})
        self.assertEqual(self.found(leaf("left_reason", "starts_with", "дорог")), {dear})
        self.assertEqual(self.found(leaf("left_reason", "not_contains", "далеко")), {dear})
        self.assertEqual(self.found({"not": leaf("left_reason", "not_contains", "Дорого")}), {dear})

    def test_flags_and_enumerations(self) -> None:
        firm, woman = self.person(is_company=True), self.person(sex="f", has_email=True)
        self.assertEqual(self.found(leaf("is_company", "is", True)), {firm})
        self.assertEqual(self.found(leaf("sex", "any_of", ["f"])), {woman})
        self.assertEqual(self.found(leaf("sex", "is_empty")), {firm})
        self.assertEqual(self.found({"not": leaf("has_email", "is", True)}), {firm})


class Others(RuleCase):
    def test_brand_ever_bought_and_cars_owned(self) -> None:
        toyota, buyer, owner = make_brand("Toyota"), self.person(), self.person()
        make_interaction(buyer, "sale", brand=toyota)
        make_interaction(owner, "service", brand=toyota)
        make_vehicle(owner, brand=toyota)
        self.assertEqual(self.found(leaf("brand_bought", "any_of", ["Toyota"])), {buyer})
        self.assertEqual(self.found(leaf("brand_bought", "none_of", ["Toyota"])), {owner})
        self.assertEqual(self.found(leaf("owned_brand", "any_of", ["Toyota"])), {owner})

    def test_consent_is_the_state_in_force_of_the_address(self) -> None:
        agreed, withdrawn, silent = self.person(), self.person(), self.person()
        for customer in (agreed, withdrawn, silent):
            make_contact(customer)
        for customer in (agreed, withdrawn):
            make_consent(customer.contacts.get().contact_point)
        make_consent(withdrawn.contacts.get().contact_point, given=False, origin="person")
        self.assertEqual(self.found(leaf("email_consent", "is", True)), {agreed})
        self.assertEqual(self.found(leaf("email_consent", "is", False)), {withdrawn, silent})
        self.assertEqual(self.found({"not": leaf("email_consent", "is", True)}), {withdrawn, silent})
        self.assertEqual(self.found(leaf("sms_consent", "is", True)), set())

    def test_segments(self) -> None:
        member, stranger = self.person(), self.person()
        make_segment(member, slug="vip")
        self.assertEqual(self.found(leaf("segment", "any_of", ["vip"])), {member})
        self.assertEqual(self.found(leaf("segment", "none_of", ["vip"])), {stranger})

    def test_only_living_customers(self) -> None:
        survivor = self.person(purchases=1)
        merged = make_customer(merged_into=survivor)
        make_facts(merged, purchases=1)
        self.assertEqual(self.found(leaf("purchases", "at_least", 1)), {survivor})


class Events(RuleCase):
    def setUp(self) -> None:
        self.toyota = make_brand("Toyota")
        self.often, self.once, self.never = self.person(), self.person(), self.person()
        for days in (5, 50, 500):
            make_interaction(
                self.often,
                "service",
                happened_at=timezone.now() - dt.timedelta(days=days),
                amount=1000,
                brand=self.toyota,
            )
        make_interaction(self.once, "service", happened_at=timezone.now() - dt.timedelta(days=50), amount=50)
        make_interaction(None, "service")

    def test_at_least_once(self) -> None:
        self.assertEqual(self.found(event("serviced")), {self.often, self.once})
        self.assertEqual(self.found(event("serviced", days=10)), {self.often})
        self.assertEqual(self.found({"not": event("serviced", days=10)}), {self.once, self.never})
        self.assertEqual(self.found(event("bought")), set())

    def test_at_least_several_times(self) -> None:
        self.assertEqual(self.found(event("serviced", 2)), {self.often})
        self.assertEqual(self.found(event("serviced", 2, days=60)), {self.often})
        self.assertEqual(self.found(event("serviced", 3, days=60)), set())
        self.assertEqual(self.found({"not": event("serviced", 2)}), {self.once, self.never})

    def test_under_or(self) -> None:
        either = {"any": [event("serviced", 2), leaf("purchases", "at_least", 1)]}
        self.assertEqual(self.found(either), {self.often})

    def test_where(self) -> None:
        self.assertEqual(self.found(event("serviced", brand=("any_of", ["Toyota"]))), {self.often})
        self.assertEqual(self.found(event("serviced", amount=("at_most", "100"))), {self.once})
        self.assertEqual(self.found(event("serviced", brand=("none_of", ["Toyota"]))), set())
        self.assertEqual(self.found(event("serviced", brand=("is_empty",))), {self.once})


class Query(RuleCase):
    def test_values_are_parameters_and_facts_are_read_once(self) -> None:
        nasty = "'); DROP TABLE x; --"
        node = {
            "all": [
                leaf("left_reason", "contains", nasty),
                leaf("purchases", "at_least", 1),
                leaf("visits", "at_most", 3),
            ]
        }
        sql, params = matching({"format": 1, "rule": node}).query.sql_with_params()
        self.assertNotIn("DROP", sql)
        self.assertTrue(any(nasty in str(each) for each in params))
        self.assertEqual(sql.count('segments_customerfacts" WHERE'), 1)
        self.assertNotIn("JOIN", sql)

    def test_few_questions_to_compile(self) -> None:
        make_brand("Toyota")
        node = {"all": [leaf("brand", "any_of", ["Toyota"])] * 20}
        with CaptureQueriesContext(
            connection,
        ) as asked:
            people({"format": 1, "rule": node}).count()
        self.assertLessEqual(len(asked), 22)
