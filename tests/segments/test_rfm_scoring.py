"""Codes of random people against plain Python, every boundary, and what happens to codes when the base changes."""

import math
import random
from collections import defaultdict
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.test import TestCase
from django.utils import timezone

from segments.facts import refresh_facts
from segments.models import Customer, CustomerFacts, Interaction, RfmLine, RfmMove, RfmScore
from segments.rfm import applying, scoring
from segments.rfm.scoring import KEPT_MONTHS, refresh_rfm
from segments.rules.compile import business_day
from tests.segments.builders import make_customer, make_interaction, make_source

MOSCOW = ZoneInfo("Europe/Moscow")
SOURCE_CUT_OFFS = {"money_4": 500_000, "money_3": 250_000, "money_2": 50_000}  # as the method writes them, in tenge
KINDS = ({"kind": "sale", "line": "new", "condition": "new"}, {"kind": "sale", "condition": "used"}, {"kind": "sale"},
         {"kind": "service", "line": "service"}, {"kind": "insurance"}, {"kind": "visit", "line": "new"},
         {"kind": "buyout", "line": "used"})  # fmt: skip
LINE = ("new", "used", "", "service", "insurance", None, None)  # of the kinds above; None: no purchase


def ago(days: int, hour: int = 12) -> datetime:
    return datetime.combine(business_day() - timedelta(days=days), time(hour), tzinfo=MOSCOW)


def buy(customer: Customer, days: int, amount: Any, **fields: Any) -> Interaction:
    fields = {"kind": "service", "line": "service"} | fields
    return make_interaction(customer, happened_at=ago(days), amount=amount, **fields)


def history(customer: Customer, days: int, purchases: int, total: Any) -> None:
    """So many purchases, the last so many days ago, of so much in all."""
    buy(customer, days, Decimal(total))
    for number in range(1, purchases):
        buy(customer, days + number, 0)


def codes(line: str = "all") -> dict[int, str]:
    return dict(RfmScore.objects.filter(line=line).values_list("customer", "code"))


def fixed(line: str = "all", **cut_offs: Any) -> None:
    RfmLine.objects.filter(pk=line).update(mode="fixed", **cut_offs)


class FixedModeTest(TestCase):
    def test_the_check_values_of_the_method(self) -> None:
        fixed(**SOURCE_CUT_OFFS)
        wanted = {}
        for days, purchases, total, code in (
            (30, 10, 500_000, "444"), (31, 9, 499_500, "333"), (61, 4, "249999.99", "222"), (90, 2, 50_000, "222"),
            (91, 1, "49999.99", "111"), (0, 1, 500_000, "414"),
        ):  # fmt: skip
            customer = make_customer()
            history(customer, days, purchases, total)
            wanted[customer.pk] = code
        refresh_rfm()
        self.assertEqual(codes(), wanted)

    def test_every_boundary_is_half_open(self) -> None:
        edges = {
            (0, "4"): [0, 1, 29, 30], (0, "3"): [31, 60], (0, "2"): [61, 90], (0, "1"): [91, 5000],
            (1, "4"): [10, 11], (1, "3"): [5, 9], (1, "2"): [2, 4], (1, "1"): [1],
            (2, "4"): ["100000", "1000000"], (2, "3"): ["50000", "99999.99"], (2, "2"): ["10000", "49999.99"],
            (2, "1"): ["9999.99", "0"],
        }  # fmt: skip
        wanted = {}
        for (place, score), values in edges.items():
            for value in values:
                customer, measures = make_customer(), [5, 1, "7"]
                measures[place] = value  # type: ignore[call-overload]
                history(customer, *measures)  # type: ignore[arg-type]
                wanted[customer.pk] = (place, value, score)
        refresh_rfm()
        found = codes()
        self.assertEqual({pk: (place, value, found[pk][place]) for pk, (place, value, _) in wanted.items()}, wanted)

    def test_who_bought_nothing_has_no_code(self) -> None:
        looker, buyer, tomorrow = make_customer(), make_customer(), make_customer()
        buy(looker, 1, 900_000, kind="visit", line="new")
        buy(buyer, 1, None)
        buy(tomorrow, -1, 5)
        refresh_rfm()
        self.assertEqual(codes(), {buyer.pk: "411"})

    def test_refunds_subtract_and_are_no_purchases(self) -> None:
        customer, only_back = make_customer(), make_customer()
        buy(customer, 100, 120_000)
        buy(customer, 2, -30_000)
        buy(only_back, 2, -30_000)
        refresh_rfm()
        self.assertEqual(codes(), {customer.pk: "113"})
        self.assertEqual(RfmScore.objects.get(line="all").money, Decimal(90_000))

    def test_what_was_cancelled_did_not_happen(self) -> None:
        customer, only_cancelled = make_customer(), make_customer()
        buy(customer, 40, 20_000, status="Выдан")
        for status in ("Отменён", "аннулирован", "Возврат", "cancelled"):
            buy(customer, 1, 90_000, status=status)
            buy(only_cancelled, 1, 90_000, status=status)
        refresh_rfm()
        self.assertEqual(codes(), {customer.pk: "312"})
        refresh_facts()
        facts = CustomerFacts.objects.get(pk=customer.pk)
        score = RfmScore.objects.get(line="service")
        self.assertEqual((score.purchases, score.money), (facts.services, facts.services_sum))

    def test_a_purchase_belongs_to_its_line_and_to_everything(self) -> None:
        for kind, line in zip(KINDS, LINE, strict=True):
            customer = make_customer()
            make_interaction(customer, happened_at=ago(1), amount=1, **kind)
            refresh_rfm([customer.pk])
            found = set(RfmScore.objects.filter(customer=customer).values_list("line", flat=True))
            self.assertEqual(found, set() if line is None else {"all", line} - {""}, kind)

    def test_days_are_those_of_the_holding(self) -> None:
        customer = make_customer()
        make_interaction(customer, "service", amount=1, happened_at=ago(30, hour=0))  # still the 31st day in UTC
        refresh_rfm()
        self.assertEqual(codes()[customer.pk][0], "4")


class RandomPeopleTest(TestCase):
    """The SQL and a loop over purchases must agree about everybody, in every line and both modes."""

    @classmethod
    def setUpTestData(cls) -> None:
        rng = random.Random(4)
        cls.bought: dict[str, dict[int, list]] = {line: defaultdict(list) for line in RfmLine.Line.values}
        rows, source = [], make_source()
        for person in range(250):
            customer = make_customer(f"Человек{person}")
            for number in range(rng.choice([0, 1, 1, 2, 3, 6, 12])):
                which, days = (
                    rng.randrange(len(KINDS)),
                    rng.choice([0, 29, 30, 31, 60, 61, 90, 91, rng.randrange(4000)]),
                )
                amount = rng.choice([None, Decimal(10_000), Decimal("49999.99"), Decimal(rng.randrange(-9, 400_000))])
                rows.append(Interaction(
                    customer=customer, source=source, external_key=f"{person}/{number}", content_hash=b"",
                    happened_at=ago(days, rng.randrange(24)), amount=amount, **KINDS[which],
                ))  # fmt: skip
                if LINE[which] is not None:
                    for line in {"all", LINE[which]} - {""}:
                        cls.bought[line][customer.pk].append((days, amount))
        Interaction.objects.bulk_create(rows)

    def measures(self, line: str) -> dict[int, tuple[int, int, Decimal]]:
        found = {}
        for customer, rows in self.bought[line].items():
            days = [day for day, amount in rows if amount is None or amount >= 0]
            if days:
                found[customer] = (min(days), len(days), sum((amount or Decimal(0) for _, amount in rows), Decimal(0)))
        return found

    def test_fixed_mode(self) -> None:
        RfmLine.objects.update(mode="fixed")
        refresh_rfm()
        for line in RfmLine.Line.values:
            wanted = {
                customer: f"{4 - (days > 30) - (days > 60) - (days > 90)}"
                f"{1 + (often >= 2) + (often >= 5) + (often >= 10)}"
                f"{1 + (money >= 10_000) + (money >= 50_000) + (money >= 100_000)}"
                for customer, (days, often, money) in self.measures(line).items()
            }
            self.assertEqual(codes(line), wanted, line)
            self.assertGreater(len(set(wanted.values())), 6, line)

    def test_quantile_mode(self) -> None:
        RfmLine.objects.update(mode="quantile")
        refresh_rfm()
        for line in RfmLine.Line.values:
            measures = self.measures(line)
            columns = [sorted(column) for column in zip(*measures.values(), strict=True)]
            quarters = [[column[math.ceil(len(column) * share / 4) - 1] for share in (1, 2, 3)] for column in columns]
            wanted = {
                customer: str(4 - sum(row[0] > q for q in quarters[0]))
                + "".join(str(1 + sum(row[n] > q for q in quarters[n])) for n in (1, 2))
                for customer, row in measures.items()
            }
            self.assertEqual(codes(line), wanted, line)
            best = [code for code in wanted.values() if code[2] == "4"]
            self.assertLessEqual(len(best), math.ceil(len(wanted) / 4), line)

    def test_the_changed_alone_get_the_same_codes_as_all(self) -> None:
        refresh_rfm()
        wanted = {line: codes(line) for line in RfmLine.Line.values}
        some = sorted(Customer.objects.values_list("pk", flat=True))[::3]
        RfmScore.objects.filter(customer__in=some).update(code="111", money=1)
        self.assertGreater(refresh_rfm(some)["changed"], 0)
        self.assertEqual({line: codes(line) for line in RfmLine.Line.values}, wanted)
        self.assertEqual(refresh_rfm()["changed"], 0)


class ChangesTest(TestCase):
    def setUp(self) -> None:
        self.customer = make_customer()
        buy(self.customer, 40, 20_000)
        fixed("service")
        refresh_rfm()

    def moves(self, **which: Any) -> list[tuple[str, str]]:
        return list(RfmMove.objects.filter(**({"line": "all"} | which)).order_by("id").values_list("before", "after"))

    def test_the_first_codes_are_no_moves(self) -> None:
        self.assertEqual((codes(), RfmMove.objects.count()), ({self.customer.pk: "312"}, 0))

    def test_nor_are_those_of_the_first_documents_after_a_load_of_cards(self) -> None:
        Interaction.objects.all().delete()
        refresh_rfm()
        RfmMove.objects.all().delete()
        buy(make_customer(), 3, 100)
        refresh_rfm()
        self.assertTrue(RfmScore.objects.exists())
        self.assertFalse(RfmMove.objects.exists())

    def test_only_changes_are_rows(self) -> None:
        refresh_rfm()
        refresh_rfm([self.customer.pk])
        self.assertEqual(self.moves(), [])
        buy(self.customer, 0, 40_000)
        counts = refresh_rfm([self.customer.pk])
        self.assertEqual((counts["changed"], counts["moves"], counts["customers"]), (2, 2, 1))
        self.assertEqual(self.moves(), [("312", "423")])
        self.assertEqual(self.moves(line="service"), [("312", "423")])

    def test_the_day_of_a_code_stays_while_the_code_does(self) -> None:
        RfmScore.objects.update(since=ago(9).date())
        buy(self.customer, 39, 1)
        Interaction.objects.filter(amount=20_000).delete()
        refresh_rfm()
        self.assertEqual(RfmScore.objects.get(line="all").since, business_day())  # 311 now
        RfmScore.objects.update(since=ago(9).date())
        Interaction.objects.filter(amount=1).update(amount=2)
        self.assertEqual(refresh_rfm()["changed"], 2)
        self.assertEqual(RfmScore.objects.get(line="all").since, ago(9).date())

    def test_a_new_buyer_comes_from_nobody_and_an_undone_one_goes_there(self) -> None:
        newcomer = make_customer()
        bought = buy(newcomer, 1, 5)
        refresh_rfm([newcomer.pk])
        bought.delete()
        refresh_rfm([newcomer.pk])
        self.assertEqual(self.moves(customer=newcomer), [("", "411"), ("411", "")])
        self.assertNotIn(newcomer.pk, codes())

    def test_a_change_of_cut_offs_is_told_from_a_change_of_people(self) -> None:
        RfmLine.objects.filter(pk="all").update(recency_3=35, changed_at=timezone.now())
        refresh_rfm()
        self.assertEqual(self.moves(cause="cut_offs"), [("312", "212")])
        self.assertEqual(RfmMove.objects.exclude(line="all").count(), 0)
        line = RfmLine.objects.get(pk="all")
        self.assertGreater(line.applied_at, line.changed_at)
        buy(self.customer, 0, 1)
        refresh_rfm()
        self.assertEqual(self.moves(cause="base"), [("212", "422")])

    def test_cut_offs_that_were_saved_while_others_were_applied_are_still_due(self) -> None:
        RfmLine.objects.filter(pk="all").update(recency_3=35, changed_at=timezone.now())
        with connection.cursor() as cursor:
            run = scoring._Run(cursor, None)
            committed = run.parameters["now"] - timedelta(
                milliseconds=1
            )  # saved before, seen after the lines were read
            RfmLine.objects.filter(pk="all").update(recency_3=50, changed_at=committed)
            run.done()
        self.assertEqual(codes()[self.customer.pk], "212")
        self.assertIsNotNone(applying.apply())
        self.assertEqual(codes()[self.customer.pk], "312")

    def test_a_merged_customer_has_no_codes_and_the_survivor_has_hers(self) -> None:
        loser = make_customer()
        buy(loser, 3, 90_000)
        refresh_rfm([loser.pk])
        Interaction.objects.filter(customer=loser).update(customer=self.customer)
        Customer.objects.filter(pk=loser.pk).update(merged_into=self.customer)
        refresh_rfm([self.customer.pk])
        self.assertEqual(codes(), {self.customer.pk: "424"})
        self.assertEqual(self.moves(customer=loser), [("", "413")])

    def test_of_a_customer_who_is_gone_nothing_stays(self) -> None:
        other = make_customer()
        buy(other, 3, 1)
        refresh_rfm([other.pk])
        gone = other.pk
        Interaction.objects.filter(customer=gone).delete()
        Customer.objects.filter(pk=gone).delete()
        refresh_rfm([gone])
        self.assertFalse(
            RfmScore.objects.filter(customer=gone).exists() or RfmMove.objects.filter(customer=gone).exists()
        )

    def test_history_is_kept_for_three_years(self) -> None:
        for years in (2, 4):
            moved = timezone.now() - timedelta(days=366 * years)
            RfmMove.objects.create(line="all", customer=self.customer, after="111", cause="base", moved_at=moved)
        refresh_rfm()
        self.assertEqual((KEPT_MONTHS, RfmMove.objects.count()), (36, 1))

    def test_facts_bring_codes_with_them(self) -> None:
        buy(self.customer, 0, 100_000)
        refresh_facts([self.customer.pk])
        self.assertEqual(codes(), {self.customer.pk: "424"})
        Interaction.objects.all().delete()
        refresh_facts()
        self.assertEqual(codes(), {})


class QuartersTest(TestCase):
    def test_ties_are_not_split_and_the_rare_repeat_buyer_is_the_best(self) -> None:
        for _ in range(9):
            buy(make_customer(), 10, 100, kind="sale", line="new")
        twice = make_customer()
        history_of_two = [buy(twice, days, 100, kind="sale", line="new") for days in (10, 700)]
        refresh_rfm()
        found = codes("new")
        self.assertEqual(found.pop(twice.pk), "444")
        self.assertEqual((set(found.values()), len(history_of_two)), ({"411"}, 2))

    def test_quarters_stand_until_the_next_night(self) -> None:
        for days in range(1, 9):
            buy(make_customer(), days * 100, days * 1000, kind="sale", line="new")
        refresh_rfm()
        before = RfmLine.objects.get(pk="new").quartiles
        self.assertEqual(before["recency"], [200, 400, 600])
        self.assertEqual(before["money"], ["6000.01", "4000.01", "2000.01"])
        late = make_customer()
        buy(late, 601, 6000, kind="sale", line="new")
        refresh_rfm([late.pk])
        self.assertEqual(codes("new")[late.pk], "113")
        self.assertEqual(RfmLine.objects.get(pk="new").quartiles, before)
        refresh_rfm()
        self.assertNotEqual(RfmLine.objects.get(pk="new").quartiles, before)

    def test_before_the_first_night_a_changed_person_scores_everybody(self) -> None:
        buyers = [make_customer() for _ in range(4)]
        for days, buyer in enumerate(buyers, 1):
            buy(buyer, days, days, kind="sale", line="new")
        refresh_rfm([buyers[0].pk])
        self.assertEqual(len(codes("new")), 4)
