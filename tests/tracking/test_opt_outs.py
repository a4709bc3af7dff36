"""Reports about people: why they leave, who called them, how they move between RFM groups, what their deals bring."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from segments.models import RfmMove, RfmScore, RfmSegment, Salesperson
from segments.rfm.seed import SEGMENTS
from tests.campaigns.builders import make_campaign
from tests.campaigns.calls.builders import make_call_task
from tests.segments.builders import make_brand, make_customer, make_interaction, make_segment, make_staff
from tests.tracking.builders import make_run
from tracking.models import MonthFigures, SurveyAnswer
from tracking.money.months import later
from tracking.report_pages import asking, behind, charts, frame, saving
from tracking.report_pages.registry import REPORTS

THIS = timezone.localdate().replace(day=1)
LAST = later(THIS, -1)


def noon(month: date, day: int = 10) -> datetime:
    return timezone.make_aware(datetime.combine(month.replace(day=day), time(12)))


def found(slug: str, **address: str) -> frame.Found:
    months = dict.fromkeys(("since", "until"), f"{LAST:%Y-%m}")
    return frame.find(REPORTS[slug], asking.read_from(months | address))


def told(report: frame.Found, *names: str) -> dict[str, tuple[Any, ...]]:
    columns = {figure.name: figure for figure in report.columns}
    return {str(row.title): tuple(columns[name].of(row.sums) for name in names) for row in report.rows}


def people_behind(report: frame.Found, row: frame.Row, figure: str) -> list[int]:
    there = behind.of(report.report, report.asked, row.key, figure)
    assert there is not None
    return behind.people(there, report.asked, make_staff())


class OptOuts(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.spring = make_campaign(name="Весна", brand=make_brand("Toyota"))
        cls.autumn = make_campaign(name="Осень")
        cls.anna = make_customer()
        for number, (campaign, decision, reason) in enumerate((
            (cls.spring, "keep", ""), (cls.spring, "stop", "too_often"), (cls.spring, "stop", ""), (cls.autumn, "fewer", ""),
            (cls.autumn, "stop", "too_often"),
        )):  # fmt: skip
            cls.answer(campaign, number, decision, reason)
        cls.answer(cls.spring, 0, "stop", "sold_car")  # of the same message: this one counts
        cls.answer(cls.autumn, 9, "stop", "other", at=noon(later(LAST, -1)))

    @classmethod
    def answer(cls, campaign: Campaign, message: int, decision: str, reason: str, at: datetime | None = None) -> None:
        SurveyAnswer.objects.create(
            run=make_run(campaign), campaign=campaign, message_id=message, customer=cls.anna, decision=decision, reason=reason,
            answered_at=at or noon(LAST),
        )  # fmt: skip

    NAMES = ("stopped", "reason_too_often", "reason_sold_car", "reason_", "fewer", "kept")

    def test_the_last_answer_to_each_message_by_campaign_and_brand(self) -> None:
        by_campaign = told(found("opt-outs", by="campaign"), *self.NAMES)
        self.assertEqual(by_campaign, {"Весна": (3, 1, 1, 1, 0, 0), "Осень": (1, 1, 0, 0, 1, 0)})
        by_brand = found("opt-outs", by="brand")
        self.assertEqual((by_brand.head, found("opt-outs").head), ("Бренд", "Месяц"))
        self.assertEqual(sorted(row.sums["stopped"] for row in by_brand.rows), [1, 3])
        self.assertEqual(told(found("opt-outs", brand=str(self.spring.brand_id)), "stopped").popitem()[1], (3,))

    def test_people_behind_each_number(self) -> None:
        for by in ("month", "campaign", "brand", "channel"):
            report = found("opt-outs", by=by)
            for row in report.rows:
                for figure in report.columns:
                    people = people_behind(report, row, figure.name)  # all answers are hers
                    self.assertEqual(people, [self.anna.pk] if row.sums[figure.name] else [], (row.key, figure.name))

    def test_by_month_and_by_segment_which_does_not_add_up(self) -> None:
        self.assertEqual(
            [row.sums["stopped"] for row in found("opt-outs", since=f"{later(LAST, -1):%Y-%m}").rows], [1, 4]
        )
        for name in ("Первый", "Второй"):
            make_segment(self.anna, name=name)
        by_segment = found("opt-outs", by="segment")
        self.assertEqual(
            (told(by_segment, "stopped"), saving.has_total(by_segment)), ({"Первый": (4,), "Второй": (4,)}, False)
        )
        self.assertEqual(charts.totals_of(("stopped",))(by_segment), "")
        self.assertIn("<svg", charts.totals_of(("reason_too_often",))(found("opt-outs", by="campaign")))


class Receipts(TestCase):
    def test_against_as_many_months_before(self) -> None:
        for month, deals, revenue in ((LAST, 4, 800), (later(LAST, -1), 2, 200), (later(LAST, -2), 5, 5)):
            MonthFigures.objects.create(month=month, line="new", deals=deals, revenue=revenue)
        MonthFigures.objects.create(month=LAST, line="service", deals=1, revenue=50)
        names = ("receipt", "receipt_before", "receipt_change")
        self.assertEqual(
            told(found("receipts"), *names),
            {
                str(row.title): each
                for row, each in zip(found("receipts").rows, ((200, 100, 1), (50, None, None)), strict=True)
            },
        )
        total = found("receipts")
        self.assertEqual([figure.of(total.total()) for figure in total.columns][2:], [170, 100, Decimal("0.7")])
        by_month = found("receipts", by="month", since=f"{later(LAST, -1):%Y-%m}")
        self.assertEqual([(row.sums["deals"], row.sums["deals_before"]) for row in by_month.rows], [(2, 0), (5, 5)])


class Salespeople(TestCase):
    def test_calls_and_deals_stand_in_one_row(self) -> None:
        petrov = Salesperson.objects.create(name="Петров")
        anna, made = make_customer(), noon(LAST)
        late = {"deadline": made + timedelta(days=1), "made_at": made, "salesperson": petrov}
        make_call_task(anna, called_at=made + timedelta(hours=2), state="done", outcome="visit", **late)
        make_call_task(make_customer(), state="expired", **late)
        make_call_task(make_customer(), made_at=made, deadline=made, state="expired")
        make_interaction(anna, "visit", happened_at=made + timedelta(days=3))
        make_interaction(anna, "sale", happened_at=made + timedelta(days=4), salesperson=petrov)
        names = (
            "calls_given",
            "calls_in_time",
            "calls_missed",
            "call_timeliness",
            "outcome_visit",
            "call_visits",
            "all_deals",
            "deals",
        )
        rows = found("salespeople").rows
        self.assertEqual(told(found("salespeople"), *names)["Петров"], (2, 1, 1, Decimal("0.5"), 1, 1, 1, 0))
        self.assertEqual((len(rows), rows[1].sums["calls_given"]), (2, 1))

    def test_only_for_those_who_may_see_the_report_of_calls(self) -> None:
        address = reverse("admin:tracking_report", args=["salespeople"])
        for permissions, status in (
            (["campaigns.view_campaign"], 403),
            (["campaigns.view_campaign", "campaigns.view_call_report"], 200),
        ):
            self.client.force_login(make_staff(*permissions), "django.contrib.auth.backends.ModelBackend")
            self.assertEqual(self.client.get(address).status_code, status)
            self.assertEqual(self.client.get(f"{address}save/", {"format": "csv"}).status_code, status)
        page = self.client.get(reverse("admin:tracking_report", args=["receipts"]))
        self.assertContains(page, address)


class RfmFlows(TestCase):
    def test_from_the_first_day_to_the_last(self) -> None:
        self.assertTrue(SEGMENTS)
        slug = {code: RfmSegment.objects.get(codes__contains=code).slug for code in ("444", "111")}
        vip, lost, nobody = f"to_{slug['444']}", f"to_{slug['111']}", "to_none"
        before, inside, after = noon(later(LAST, -1)), noon(LAST), noon(LAST) + timedelta(days=25)
        people = [make_customer() for _ in range(5)]

        def now(person: Any, code: str) -> None:
            RfmScore.objects.create(
                line="all", customer=person, code=code, last_day=LAST, purchases=1, money=1, since=LAST
            )

        def moved(person: Any, was: str, became: str, at: datetime) -> None:
            RfmMove.objects.create(line="all", customer=person, before=was, after=became, cause="base", moved_at=at)

        now(people[0], "444")  # never moved
        now(people[1], "111")
        moved(people[1], "444", "111", inside)
        now(people[2], "444")
        moved(people[2], "444", "111", inside)
        moved(people[2], "111", "444", inside + timedelta(hours=1))  # came back: stayed
        now(people[3], "111")
        moved(people[3], "444", "111", after)  # after the months: stayed
        moved(people[3], "111", "444", before)
        moved(people[4], "111", "", inside)  # all was given back
        report = found("rfm")
        names = ("people_before", vip, lost, nobody, "stayed_share")
        title = {each.slug: each.name for each in RfmSegment.objects.all()}
        rows = told(report, *names)
        self.assertEqual(rows[title[slug["444"]]], (4, 3, 1, 0, Decimal("0.75")))
        self.assertEqual(rows[title[slug["111"]]], (1, 0, 0, 1, 0))
        self.assertEqual(len(rows), 2)
        self.assertIn("<svg", charts.matrix(report))
        for row in report.rows:
            for figure in report.columns:
                if report.report.counts(figure.name):
                    self.assertEqual(len(people_behind(report, row, figure.name)), row.sums[figure.name], figure.name)
        self.assertEqual(found("rfm", line="service").rows, [])
