"""Who came back after months without anything, what brought her, and control groups; what audience exports cost beside advertising."""

from datetime import date, datetime, timedelta
from typing import Any

from django.test import TestCase
from django.utils import timezone

from campaigns import engagement
from campaigns.models import Campaign
from tests.campaigns.builders import make_account, make_campaign, make_reader
from tests.segments.builders import make_interaction, make_staff
from tests.tracking.builders import make_message, make_run
from tests.tracking.test_report_pages import days_since, noon_of_last_month
from tracking import response_facts
from tracking.attribution import counting, lift
from tracking.models import AdSpend, Cost, MonthFigures
from tracking.money.figures import value
from tracking.report_pages import asking, behind, frame
from tracking.report_pages.registry import REPORTS
from tracking.summaries import returns, runs

LONG_AGO = timedelta(days=500)


class Returned(TestCase):
    """Of three who were written to and three of the control group, all silent for long, two and one came back."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.now = noon_of_last_month()
        cls.campaign = make_campaign(name="Ждём вас", account=make_account(cost="10", is_default=False))
        cls.run_ = make_run(cls.campaign, days_ago=days_since(cls.now))
        cls.written = [cls.silent() for _ in range(3)]
        cls.control = [cls.silent() for _ in range(3)]
        for person in cls.written:
            make_message(cls.run_, person)
        for person in cls.control:
            make_message(cls.run_, person, left_out="control")
        after = cls.now + timedelta(days=1)
        make_interaction(cls.written[0], "sale", line="new", amount="1000", happened_at=after)
        make_interaction(cls.written[0], "sale", line="new", amount="1000", happened_at=after + timedelta(hours=1))
        make_interaction(cls.written[1], "visit", happened_at=after)
        make_interaction(cls.control[0], "service", amount="1000", happened_at=after)
        make_interaction(cls.control[1], "service", amount="1000", status="Отменён", happened_at=after)
        busy = make_reader()
        make_interaction(busy, "visit", happened_at=cls.now - timedelta(days=200))
        make_interaction(busy, "visit", happened_at=after)
        make_interaction(make_reader(), "visit", happened_at=after)  # new: came back from nowhere
        engagement.refresh(None)
        response_facts.refresh(None)
        counting.refresh(None)
        lift.count()
        returns.refresh()

    @classmethod
    def silent(cls) -> Any:
        person = make_reader()
        make_interaction(person, "service", amount="1", happened_at=cls.now - LONG_AGO)
        return person

    def found(self, **address: str) -> frame.Found:
        month: date = timezone.localdate(self.now).replace(day=1)
        months = dict.fromkeys(("since", "until"), f"{month:%Y-%m}")
        return frame.find(REPORTS["returned"], asking.read_from(months | address))

    def test_each_counts_once_for_what_brought_her(self) -> None:
        rows = {row.title: row.sums for row in self.found().rows}
        self.assertEqual(
            {title: sums["returned"] for title, sums in rows.items()}, {"Ждём вас": 2, "Сами, без кампаний": 1}
        )
        arms = rows["Ждём вас"]
        told = [
            value(name, arms)
            for name in ("arm_returned", "arm_people", "control_returned", "control_people", "added_returned")
        ]
        self.assertEqual(told, [2, 3, 1, 3, 1])

    def test_the_shares_of_all_rows_are_a_hundred_per_cent_together(self) -> None:
        report = self.found()
        self.assertGreater(len(report.rows), 1)
        self.assertAlmostEqual(sum(value("returned_share", row.sums) for row in report.rows), 1)
        self.assertEqual(value("returned_share", report.total()), 1)

    def test_how_long_she_had_nothing_is_chosen(self) -> None:
        self.assertEqual({months: self.found(idle=months).total().get("returned", 0) for months in ("3", "6", "12", "18", "5")},
                         {"3": 4, "6": 4, "12": 3, "18": 0, "5": 3})  # fmt: skip

    def test_people_behind_each_number(self) -> None:
        reader = make_staff()
        for by in ("campaign", "channel", "month"):
            report = self.found(by=by)
            self.assertEqual(report.total()["returned"], 3)
            for row in report.rows:
                there = behind.of(REPORTS["returned"], report.asked, row.key, "returned")
                assert there is not None, row.key
                self.assertEqual(len(behind.people(there, report.asked, reader)), row.sums["returned"], row.key)
        for key in ("channel.pigeon", "campaign.x", "month.2020-13-01", "x.1", "campaign"):
            self.assertIsNone(behind.of(REPORTS["returned"], report.asked, key, "returned"))


class Audiences(TestCase):
    def test_an_order_of_an_export_beside_one_of_cold_advertising(self) -> None:
        now: datetime = noon_of_last_month()
        month = timezone.localdate(now).replace(day=1)
        export = make_campaign(name="Похожие", account=make_account(cost="0", is_default=False))
        run = make_run(export, days_ago=days_since(now))
        for place in range(2):
            reader = make_reader()
            make_message(run, reader)
            if not place:
                make_interaction(reader, "sale", line="new", amount="1000", happened_at=now + timedelta(days=1))
        make_campaign(name="Письмо")
        Campaign.objects.filter(pk=export.pk).update(kind="audience", channel="ads")
        Cost.objects.create(campaign=export, kind="production", amount=500, month=month)
        AdSpend.objects.create(source="Радио", month=month, amount=9000, visitors=30)
        MonthFigures.objects.create(month=month, line="new", deals=10, revenue=1)
        engagement.refresh(None)
        counting.refresh(None)
        runs.refresh()
        asked = asking.read_from(dict.fromkeys(("since", "until"), f"{month:%Y-%m}"))
        rows = {row.title: row.sums for row in frame.find(REPORTS["audiences"], asked).rows}
        self.assertEqual({title: (value("deals", sums), value("cost_per_deal", sums)) for title, sums in rows.items()}, {
            "Похожие": (1, 500), "Реклама без CRM": (9, 1000), "Радио": (None, None),
        })  # fmt: skip
        self.assertEqual(value("cost_per_visit", rows["Радио"]), 300)

    def test_a_visitor_of_a_source_costs_the_same_here_and_beside_crm(self) -> None:
        """Months of the source without visitors are no money of its visitors."""
        now: date = timezone.localdate(noon_of_last_month())
        this, before = now.replace(day=1), (now.replace(day=1) - timedelta(days=1)).replace(day=1)
        AdSpend.objects.create(source="Радио", month=before, amount=1000)
        AdSpend.objects.create(source="Радио", month=this, amount=9000, visitors=30)
        asked = asking.read_from({"since": f"{before:%Y-%m}", "until": f"{this:%Y-%m}"})
        found = {
            slug: {row.title: value("cost_per_visit", row.sums) for row in frame.find(REPORTS[slug], asked).rows}[
                "Радио"
            ]
            for slug in ("audiences", "sources")
        }
        self.assertEqual(found, {"audiences": 300, "sources": 300})
