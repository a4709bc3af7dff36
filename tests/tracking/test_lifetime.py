"""LTV by cohort and after a scenario, against figures that were reckoned by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.test import TestCase
from django.utils import timezone

from campaigns.models import Enrolment, Scenario, ScenarioVersion
from segments.models import Customer
from tests.campaigns.scenarios.builders import LETTER, make_scenario
from tests.segments.builders import make_brand, make_centre, make_customer, make_interaction, make_staff
from tracking.attribution import lift
from tracking.money.figures import value
from tracking.report_pages import asking, behind, frame
from tracking.report_pages.registry import REPORTS
from tracking.summaries import cohorts, scenarios


def found(slug: str, **address: str) -> frame.Found:
    return frame.find(REPORTS[slug], asking.read_from(address))


def told(report: frame.Found, *names: str) -> dict[str, tuple[Any, ...]]:
    return {str(row.title): tuple(value(name, row.sums) for name in names) for row in report.rows}


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC)


def people_behind(report: frame.Found, row: frame.Row, figure: str) -> int:
    there = behind.of(report.report, report.asked, row.key, figure)
    assert there is not None, row.key
    return len(behind.people(there, report.asked, make_staff()))


class Cohorts(TestCase):
    """Of 2019 three people, one of the last weeks; two who never made a deal that stood."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.brand, cls.centre = make_brand("Лада"), make_centre()
        one, other, third, cancelled, refunded, fresh = (make_customer() for _ in range(6))
        place = {"brand": cls.brand, "centre": cls.centre}
        cls.deal(one, "sale", "2019-02-10", 1000, margin=100, line="new", **place)
        cls.deal(one, "service", "2019-06-01", 200)  # 70 by the per cent of its line; in the fourth month
        cls.deal(other, "service", "2019-03-01", 400)
        cls.deal(other, "service", "2019-03-02", -100)
        cls.deal(other, "sale", "2021-03-02", 5000, margin=500, line="used", **place)  # a day after two years
        cls.deal(third, "sale", "2019-02-01", 9000, margin=900, line="new", status="Отменён")
        cls.deal(third, "visit", "2019-02-02", 0)
        cls.deal(third, "insurance", "2019-05-05", 100)
        cls.deal(cancelled, "sale", "2019-05-05", 100, status="Возврат")
        cls.deal(refunded, "sale", "2019-05-05", -100)
        cls.deal(fresh, "sale", f"{timezone.localdate() - timedelta(days=40)}", 10, margin=1, line="new")
        cohorts.refresh()

    @classmethod
    def deal(cls, person: Any, kind: str, day: str, amount: int, **fields: Any) -> None:
        make_interaction(person, kind, happened_at=at(day), amount=Decimal(amount), **fields)

    def test_by_year(self) -> None:
        report = found("ltv")
        names = ("cohort", "cohort_income", "ltv_3", "ltv_6", "ltv_24", "ltv_36")
        rows = told(report, *names)
        self.assertEqual(rows["2019"], (3, 790, Decimal(220) / 3, Decimal(290) / 3, Decimal(290) / 3, Decimal(790) / 3))
        fresh = rows[str((timezone.localdate() - timedelta(days=40)).year)]
        self.assertEqual(fresh, (1, 1, None, None, None, None))
        total = report.total()
        self.assertEqual([value(name, total) for name in names], [4, 791, *rows["2019"][2:]])

    def test_by_quarter_and_what_is_chosen(self) -> None:
        quarters = told(found("ltv", by="quarter"), "cohort", "cohort_income")
        self.assertEqual((quarters["1 кв. 2019"], quarters["2 кв. 2019"]), ((2, 775), (1, 15)))
        of_service = told(found("ltv", of="service", base="revenue"), "cohort", "cohort_income")
        self.assertEqual(of_service["2019"], (3, 500))
        for address in ({"first": "new"}, {"brand": str(self.brand.pk)}, {"centre": str(self.centre.pk)}):
            self.assertEqual(told(found("ltv", **address), "cohort", "cohort_income")["2019"], (1, 170), address)

    def test_people_behind_each_cohort(self) -> None:
        for by in ("year", "quarter"):
            report = found("ltv", by=by, first="service")
            self.assertEqual([people_behind(report, row, "cohort") for row in report.rows], [1])
        report = found("ltv", by="quarter")
        self.assertEqual([people_behind(report, row, "cohort") for row in report.rows], [2, 1, 1])
        for key in ("2019-02-01", "2019-01-02", "2019", "x", "0001-01-01"):
            self.assertIsNone(behind.of(report.report, report.asked, key, "cohort"))

    def test_a_night_again_changes_nothing(self) -> None:
        before = told(found("ltv"), "cohort", "cohort_income")
        cohorts.refresh()
        self.assertEqual(told(found("ltv"), "cohort", "cohort_income"), before)


class AfterScenarios(TestCase):
    """Three people in a scenario and two of its control group, a hundred days ago; one more of late."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.since = timezone.now() - timedelta(days=100)
        cls.version = make_scenario([LETTER], {"occasion": "did", "did": "visited"})
        one, other, silent = (cls.enters() for _ in range(3))
        left, alone = (cls.enters(state="control") for _ in range(2))
        cls.enters(days=60)
        for person, days, amount, margin in (
            (one, 10, 1000, 100), (one, 20, 500, 50), (other, 0, 400, 40), (silent, 99, 7000, 700), (left, 1, 200, 70), (alone, -99, 9, 9),
        ):  # fmt: skip
            kind = "service" if person == left else "sale"
            when = cls.since + timedelta(days=days)
            make_interaction(person, kind, line="new", happened_at=when, amount=amount, margin=margin)
        now = make_customer()
        make_interaction(now, "sale", line="new", happened_at=cls.since + timedelta(days=25), amount=1, margin=6)
        Customer.objects.filter(pk=silent.pk).update(merged_into=now)
        Scenario.objects.update(name="Ушёл без покупки", state="active")
        scenarios.refresh()

    @classmethod
    def enters(cls, *, state: str = "live", days: int = 0, version: ScenarioVersion | None = None) -> Any:
        person, version = make_customer(), version or cls.version
        for later in (days, days + 1):  # she counts from the first occasion on
            since = cls.since + timedelta(days=later)
            Enrolment.objects.create(
                scenario_id=version.scenario_id, version=version, customer=person, occasion=f"{later}", happened_at=since,
                entered_at=since, state=state,
            )  # fmt: skip
        return person

    def test_against_the_control_group(self) -> None:
        names = ("entered", "after_each", "entered_control", "control_each", "ltv_added", "before_each", "after_change")
        report = found("ltv_scenarios", within="3")
        [row] = report.rows
        self.assertEqual(row.title, "Ушёл без покупки · версия 1")
        self.assertEqual([value(name, row.sums) for name in names],
                         [3, 52, 2, 35, 17, Decimal(40) / 3, 52 - Decimal(40) / 3])  # fmt: skip
        between = lift.welch(lift.Sums(3, 156, 150**2 + 6**2), lift.Sums(2, 70, 70**2))
        assert between is not None
        self.assertEqual((row.sums["ltv_low"], row.sums["ltv_high"]), (round(between.low, 2), round(between.high, 2)))
        self.assertLess(row.sums["ltv_low"], 0)
        self.assertFalse(report.adds_up)

    def test_lines_and_bases(self) -> None:
        revenue = told(found("ltv_scenarios", within="3", base="revenue"), "after_income", "control_after")
        self.assertEqual([*revenue.values()], [(1501, 200)])
        service = told(found("ltv_scenarios", within="3", of="service"), "entered", "after_income", "control_after")
        self.assertEqual([*service.values()], [(3, 0, 70)])

    def test_month_by_month(self) -> None:
        asked = found("ltv_scenarios", scenario=str(self.version.scenario_id))
        self.assertEqual(told(asked, "after_income", "entered"), {
            "1 месяц": (156, 4), "2 месяца": (156, 3), "3 месяца": (156, 3),
        })  # fmt: skip

    def test_people_behind_both_groups(self) -> None:
        report = found("ltv_scenarios", within="3")
        [row] = report.rows
        self.assertEqual([people_behind(report, row, name) for name in ("entered", "entered_control")], [3, 2])
        for key in ("x.3", "1.4", "1", "٣.3"):
            self.assertIsNone(behind.of(report.report, report.asked, key, "entered"))

    def test_without_a_control_group_nothing_is_claimed(self) -> None:
        version = make_scenario([LETTER], {"occasion": "did", "did": "visited"})
        make_interaction(self.enters(version=version), "sale", line="new", margin=8, happened_at=self.since)
        scenarios.refresh()
        row = found("ltv_scenarios", within="3").rows[0]
        names = ("entered", "ltv_added", "ltv_low", "control_each", "before_each", "after_change")
        self.assertEqual([value(name, row.sums) for name in names], [1, None, None, None, 8, -8])
