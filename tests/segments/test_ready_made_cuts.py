"""Every ready-made cut picks exactly the right people out of a small history: who should be in, and who just not."""

import datetime as dt
from typing import Any

from django.test import TestCase

from campaigns import engagement
from campaigns.models import Campaign, EngagementFacts
from segments.facts import refresh_facts
from segments.models import Customer, Vehicle
from segments.ready_made import cut_of, cuts
from segments.rules.compile import business_day, matching
from segments.rules.tree import validate
from segments.rules.words import sentence
from tests.campaigns.histories import make_run, send
from tests.segments.builders import (
    make_brand,
    make_consent,
    make_contact,
    make_customer,
    make_interaction,
    make_vehicle,
)

TODAY = business_day()
ZEROS = (
    "sent", "delivered", "opened", "clicked", "replied", "failed", "email_sent", "email_opened", "email_clicked",
    "email_unopened", "sms_sent", "sms_clicked",
)  # fmt: skip


def ago(days: int) -> dt.datetime:
    """Noon of that day, UTC: the same day in Moscow."""
    return dt.datetime.combine(TODAY - dt.timedelta(days=days), dt.time(9), dt.UTC)


def years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def moment(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(9), dt.UTC)


def bought(days: int, condition: str = "new", *, who: Customer | None = None, **fields: Any) -> Customer:
    who = who or make_customer()
    make_interaction(who, "sale", happened_at=ago(days), condition=condition, line=condition, **fields)
    return who


def did(kind: str, days: int, *, who: Customer | None = None, **fields: Any) -> Customer:
    who = who or make_customer()
    make_interaction(who, kind, happened_at=ago(days), **fields)
    return who


def owner(brand: str, *, who: Customer | None = None, **fields: Any) -> Customer:
    who = who or make_customer()
    make_vehicle(who, brand=make_brand(brand), **fields)
    return who


class CutCase(TestCase):
    """`picks` checks one cut with the usual answers, changed by `answers`."""

    def picks(self, key: str, inside: list[Customer], *outside: Customer, **answers: Any) -> None:
        cut = cut_of(key)
        assert cut is not None, key
        rule = cut.document(cut.defaults() | answers)
        validate(rule)
        self.assertTrue(sentence(rule))
        refresh_facts()
        found = set(matching(rule).values_list("pk", flat=True))
        self.assertEqual(found, {each.pk for each in inside}, sentence(rule))
        self.assertFalse(found & {each.pk for each in outside})


class Cars(CutCase):
    def test_owners(self) -> None:
        both = owner("Skoda", who=owner("Toyota"))
        self.picks(
            "owners", [owner("Toyota"), both], owner("Skoda"), bought(9, brand=make_brand("Toyota")), brands=["Toyota"]
        )

    def test_bought(self) -> None:
        self.picks("bought", [bought(10), bought(365, "used")], bought(366), did("visit", 10))

    def test_price(self) -> None:
        dear_then_cheap = bought(10, amount=900_000, who=bought(900, amount=2_000_000))
        cheap_then_dear = bought(10, amount=3_000_000, who=bought(900, amount=900_000))
        inside = [bought(3000, amount=1_500_000), cheap_then_dear]
        outside = [dear_then_cheap, bought(5, amount=1_499_999), bought(5), did("service", 5, amount=2_000_000)]
        self.picks("price", inside, *outside)

    def test_turns(self) -> None:
        def sold(years: int, wait: int) -> Customer:
            who = make_customer()
            car = make_vehicle(who)
            when = moment(years_before(TODAY + dt.timedelta(days=wait), years))
            make_interaction(who, "sale", happened_at=when, condition="new", line="new", vehicle=car)
            return who

        went = sold(3, 45)
        Vehicle.objects.filter(customer=went).update(customer=None)
        by_model_year = owner("Kia", year=TODAY.year - 3)
        outside = [sold(2, 45), sold(6, 45), sold(3, 10), sold(3, 90), went, by_model_year]
        self.picks("turns", [sold(years, 45) for years in (3, 4, 5)], *outside)

    def test_expensive(self) -> None:
        for brand in ("BMW", "Lexus", "Skoda"):
            make_brand(brand)
        self.picks("expensive", [owner("BMW"), owner("BMW", who=owner("Skoda"))],
                   owner("Skoda"), owner("BMW", who=owner("Lexus")))  # fmt: skip

    def test_japanese(self) -> None:
        self.picks("japanese", [owner("Lexus"), owner("Toyota")], owner("BMW"))

    def test_enthusiasts(self) -> None:
        young, old = years_before(TODAY, 25), years_before(TODAY, 50)

        def buyer(born: dt.date | None, *conditions: str) -> Customer:
            who = make_customer(birth_date=born)
            for index, condition in enumerate(conditions):
                bought(100 + 400 * index, condition, who=who)
            return who

        looker = make_customer(birth_date=young)
        for days in (10, 200, 400):
            did("visit", days, who=looker, condition="new")
        inside = [buyer(young, "new", "new"), looker]
        outside = [
            buyer(young, "new"),
            buyer(young, "used", "used"),
            buyer(old, "new", "new"),
            buyer(None, "new", "new"),
        ]
        self.picks("enthusiasts", inside, *outside)

    def test_sold_to_us(self) -> None:
        long_before = did("buyout", 30, who=bought(900))
        at_once = did("buyout", 30, who=bought(30))
        self.picks("sold_to_us", [did("buyout", 30), long_before], at_once, did("buyout", 400), did("visit", 3))


class Left(CutCase):
    def test_left_week(self) -> None:
        changed_mind = did("visit", 5, reason="Передумал покупать")
        took_it = bought(3, who=did("visit", 5))
        self.picks(
            "left_week", [did("visit", 2), changed_mind], took_it, bought(1, who=did("visit", 6)), did("visit", 8)
        )

    def test_left_month(self) -> None:
        self.picks("left_month", [did("visit", 2), did("visit", 30)], did("visit", 31), bought(5, who=did("visit", 20)))

    def test_left_price(self) -> None:
        inside = [did("visit", 20, reason="Не устроила цена"), did("visit", 20, reason="Дорого")]
        outside = [did("visit", 20, reason="Передумал покупать"), did("visit", 200, reason="Дорого"), did("visit", 3)]
        bought_after = bought(18, who=did("visit", 20, reason="Дорого"))
        self.picks("left_price", inside, *outside, bought_after)

    def test_came_again(self) -> None:
        self.picks("came_again", [did("visit", 10, who=bought(900))],
                   did("visit", 10), bought(4, who=did("visit", 10, who=bought(900))), bought(900))  # fmt: skip

    def test_new_to_used(self) -> None:
        self.picks("new_to_used", [did("visit", 10, condition="new")],
                   did("visit", 10, condition="used"), did("visit", 10), bought(9, who=did("visit", 10, condition="new")))  # fmt: skip

    def test_used_to_new(self) -> None:
        self.picks("used_to_new", [did("visit", 10, condition="used")], did("visit", 10, condition="new"))


class ServiceAndOccasions(CutCase):
    def test_serviced(self) -> None:
        self.picks("serviced", [did("service", 100)], did("service", 366), bought(10))

    def test_insurance(self) -> None:
        self.picks("insurance", [did("insurance", 350)], did("insurance", 300), did("insurance", 380), bought(350))

    def test_service_due(self) -> None:
        half_yearly = did("service", 360, who=did("service", 175))  # every 185 days: due in 10
        once = did("service", 340)  # a year after the only one
        self.picks("service_due", [half_yearly, once], did("service", 300), did("service", 380), bought(355))

    def test_accessories_due(self) -> None:
        def buyer(*days: int) -> Customer:
            who = make_customer()
            for each in days:
                did("sale", each, who=who, line="accessories", amount=5000)
            return who

        self.picks("accessories_due", [buyer(52, 22)], buyer(22), buyer(92, 22), buyer(70, 40))

    def test_birthday(self) -> None:
        def born(days: int) -> Customer:
            return make_customer(birth_date=years_before(TODAY + dt.timedelta(days=days), 40))

        self.picks("birthday", [born(0), born(14)], born(15), born(-1), make_customer())

    def test_anniversary(self) -> None:
        def on(days: int, years: int) -> Customer:
            who = make_customer()
            when = years_before(TODAY + dt.timedelta(days=days), years)
            make_interaction(who, "sale", happened_at=moment(when), condition="new", line="new")
            return who

        self.picks("anniversary", [on(0, 1), on(14, 7)], on(15, 1), on(-2, 3), bought(0))


class Reach(CutCase):
    def test_only_phone(self) -> None:
        def reached(*values: str, **fields: Any) -> Customer:
            who = make_customer()
            for value in values:
                make_contact(who, value, **fields)
            return who

        self.picks("only_phone", [reached("+79120000001")], reached("+79120000002", "a@mail.ru"), reached("b@mail.ru"),
                   reached("+79120000003", is_shared=True), make_customer())  # fmt: skip

    def test_rarely_written(self) -> None:
        def written(
            phone: str, times: int, *, given: bool = True, purpose: str = "advertising", days: int = 3
        ) -> Customer:
            who = make_customer()
            make_consent(make_contact(who, phone), channels=["sms"], given=given)
            runs = [make_run("sms", days_ago=days) for _ in range(times)]
            Campaign.objects.filter(pk__in=[run.campaign_id for run in runs]).update(purpose=purpose)
            for run in runs:
                send(run, who)
            return who

        never, twice = written("+79120000001", 0), written("+79120000002", 2)
        of_service, before = written("+79120000003", 3, purpose="service"), written("+79120000004", 3, days=31)
        often, refused = written("+79120000005", 3), written("+79120000006", 0, given=False)
        engagement.refresh()
        self.picks("rarely_written", [never, twice, of_service, before], often, refused, make_customer(), times=3)

    def test_silent_email(self) -> None:
        def written(phone: str, unopened: int) -> Customer:
            who = make_customer()
            if phone:
                make_contact(who, phone)
            refresh_facts([who.pk])
            numbers = dict.fromkeys(ZEROS, 0) | {"email_sent": unopened, "email_unopened": unopened}
            EngagementFacts.objects.create(
                pk=who.pk, first_sent=TODAY, last_sent=TODAY, last_campaign_id=0, computed_at=ago(0), **numbers
            )
            return who

        silent, nearly = written("+79120000001", 3), written("+79120000002", 2)
        unreachable, never = written("", 5), did("visit", 3)
        rule = cut_of("silent_email").document({"letters": 3})
        self.assertEqual([each.pk for each in matching(rule)], [silent.pk], (nearly, unreachable, never))


class Value(CutCase):
    """One person of each named RFM segment: every cut picks its own alone."""

    def setUp(self) -> None:
        self.people = {
            slug: self.buyer(*history)
            for slug, history in {
                "vip": (5, 10, 20_000), "newcomers": (5, 1, 900_000), "loyal": (5, 5, 4_000),
                "whales": (200, 10, 20_000), "attention": (80, 1, 900_000), "sleeping": (200, 1, 900_000),
                "lost": (200, 1, 5_000),
            }.items()
        }  # fmt: skip
        make_customer()

    def buyer(self, days: int, times: int, amount: int) -> Customer:
        who = make_customer()
        for index in range(times):
            bought(days + index, who=who, amount=amount)
        return who

    def pick(self, slug: str) -> None:
        self.picks(f"rfm_{slug}", [self.people[slug]])

    def test_rfm_vip(self) -> None:
        self.pick("vip")

    def test_rfm_newcomers(self) -> None:
        self.pick("newcomers")

    def test_rfm_loyal(self) -> None:
        self.pick("loyal")

    def test_rfm_whales(self) -> None:
        self.pick("whales")

    def test_rfm_attention(self) -> None:
        self.pick("attention")

    def test_rfm_sleeping(self) -> None:
        self.pick("sleeping")

    def test_rfm_lost(self) -> None:
        self.pick("lost")


class Whole(TestCase):
    def test_every_cut_is_checked_here(self) -> None:
        tested = {name.removeprefix("test_") for case in CutCase.__subclasses__() for name in dir(case)}
        self.assertEqual({each.key for each in cuts()} - tested, set())

    def test_the_cuts_that_the_issue_asks_for_are_usable(self) -> None:
        self.assertGreaterEqual(len(cuts()), 29)

    def test_five_to_seven_start(self) -> None:
        self.assertIn(sum(each.starts for each in cuts()), (5, 6, 7))

    def test_each_says_whom_what_and_why(self) -> None:
        for cut in cuts():
            self.assertTrue(all((cut.title, str(cut.who), str(cut.plan), str(cut.why))), cut.key)
            self.assertLessEqual(len(str(cut.plan)), 160, cut.key)
