"""Reports: sums that agree with the rows they come from, filters in the address, files to take away, and who took them."""

from ctypes.util import find_library
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib.util import find_spec
from io import BytesIO
from unittest.mock import patch

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from campaigns import engagement
from campaigns.delivery import record
from campaigns.models import Campaign, Message
from campaigns.proportions import Between
from segments.models import CentreTraffic
from tests.campaigns.builders import make_account, make_campaign, make_reader
from tests.segments.builders import make_brand, make_centre, make_interaction, make_segment, make_source, make_staff
from tests.tracking.builders import make_message, make_run
from tracking import response_facts
from tracking.attribution import counting, lift, reading
from tracking.models import AdSpend, Cost, HourFigures, MonthFigures, RunFigures, SegmentFigures
from tracking.money import beyond, of_campaign
from tracking.money.figures import value
from tracking.money.months import later
from tracking.report_pages import asking, by_campaign, frame, saving
from tracking.report_pages.registry import REPORTS
from tracking.reports import summaries
from tracking.summaries import nightly

BACKEND = "django.contrib.auth.backends.ModelBackend"
HAS_PANGO = find_spec("weasyprint") and find_library("pangoft2-1.0")
HAS_CAIRO = find_spec("cairosvg") and find_library("cairo")


def noon_of_last_month() -> datetime:
    """Far from the ends of days and months, whenever the test runs."""
    return timezone.make_aware(datetime.combine(later(timezone.localdate(), -1).replace(day=10), time(12)))


def days_since(moment: datetime) -> float:
    return (timezone.now() - moment) / timedelta(days=1)


class Told(TestCase):
    """One campaign by e-mail, whose first reader opened, clicked, came and bought."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.now = noon_of_last_month()
        cls.centre = make_centre()
        cls.campaign = make_campaign(name="=Весна", account=make_account(cost="0.5", is_default=False))
        cls.run_ = make_run(cls.campaign, days_ago=days_since(cls.now))
        cls.readers = [make_reader() for _ in range(4)]
        cls.messages = [make_message(cls.run_, reader) for reader in cls.readers]
        make_message(cls.run_, make_reader(), outcome="rejected")
        make_message(cls.run_, make_reader(), left_out="no_consent")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE campaigns_outcome SET happened_at = %s", [cls.now])
        after = cls.now + timedelta(hours=1)
        record({cls.messages[0].pk: cls.run_.pk}, "clicked", after)
        record({cls.messages[1].pk: cls.run_.pk}, "opened", after)
        made = {"centre": cls.centre, "happened_at": after}
        make_interaction(cls.readers[0], "visit", **made)
        make_interaction(cls.readers[0], "sale", line="new", amount="2000000", **made)
        make_interaction(cls.readers[3], "service", amount="10000", margin="4000", **made)
        make_interaction(make_reader(), "sale", line="used", amount="1000000", **made)
        cls.segment = make_segment(cls.readers[0], cls.readers[1], name="Постоянные")
        Cost.objects.create(campaign=cls.campaign, kind="production", amount=98, month=cls.month())
        Cost.objects.create(kind="wages", amount=300, months=3, month=cls.month())
        engagement.refresh(None)
        response_facts.refresh(None)
        counting.refresh(None)
        nightly.refresh()

    @classmethod
    def month(cls) -> date:
        return timezone.localdate(cls.now).replace(day=1)

    @classmethod
    def address(cls) -> dict[str, str]:
        """Of that month alone."""
        return dict.fromkeys(("since", "until"), f"{cls.month():%Y-%m}")

    def enter(self, *permissions: str) -> None:
        self.client.force_login(make_staff("campaigns.view_campaign", *permissions), BACKEND)

    def found(self, slug: str, **address: str) -> frame.Found:
        return frame.find(REPORTS[slug], asking.read_from(self.address() | address))


class Sums(Told):
    def test_the_funnel_of_a_run_is_in_people(self) -> None:
        row = RunFigures.objects.get()
        steps = (row.people, row.sent, row.delivered, row.opened, row.clicked, row.called, row.visited, row.bought)
        self.assertEqual(steps, (5, 4, 2, 2, 1, 0, 1, 1))
        self.assertEqual(row.cost, 2)

    def test_months_of_the_holding(self) -> None:
        lines = {row.line: row for row in MonthFigures.objects.filter(deals__gt=0)}
        self.assertEqual({line: row.deals for line, row in lines.items()}, {"new": 1, "used": 1, "service": 1})
        self.assertEqual((lines["new"].margin, lines["used"].margin, lines["service"].margin), (100_000, 80_000, 4000))
        self.assertEqual(sum(row.crm_visits for row in MonthFigures.objects.all()), 1)

    def test_hours(self) -> None:
        local = timezone.localtime(self.now + timedelta(hours=1))
        opened = HourFigures.objects.filter(kind="opened", channel="email")
        self.assertEqual(sum(row.number for row in opened), 2)
        self.assertEqual({(row.weekday, row.hour) for row in opened}, {(local.isoweekday(), local.hour)})

    def test_a_segment_is_told_of_those_who_are_in_it(self) -> None:
        row = SegmentFigures.objects.get(segment=self.segment)
        self.assertEqual((row.people, row.written, row.sent, row.buyers, row.written_buyers), (2, 2, 2, 1, 1))
        self.assertEqual((row.deals, row.lifetime, row.cost), (1, 100_000, 50))
        self.assertEqual(row.attributed["last"], [1, 2_000_000, 100_000])

    def test_a_night_again_changes_nothing(self) -> None:
        before = list(RunFigures.objects.values_list("run", "people", "cost"))
        nightly.refresh()
        self.assertEqual(list(RunFigures.objects.values_list("run", "people", "cost")), before)


class Reports(Told):
    def test_money_of_the_channel(self) -> None:
        [row] = self.found("channels").rows
        got = {
            name: value(name, row.sums)
            for name in ("sent", "cost", "deals", "revenue", "margin", "visits", "responded")
        }
        expected = {
            "sent": 4,
            "cost": 200,
            "deals": 2,
            "revenue": 2_010_000,
            "margin": 104_000,
            "visits": 1,
            "responded": 1,
        }
        self.assertEqual(got, expected)  # 2 for messages, 98 by hand, a third of the wages
        self.assertEqual(value("roi", row.sums), Decimal(104_000 - 200) / 200)

    def test_the_bases_are_the_reader_s(self) -> None:
        [row] = self.found("channels", base="revenue", cost="direct").rows
        self.assertEqual((value("cost", row.sums), value("profit", row.sums)), (100, 2_009_900))
        self.assertEqual(value("cost", self.found("channels", cost="messages").rows[0].sums), 2)

    def test_what_is_paid_for_all_in_a_month_without_messages_is_nobody_s(self) -> None:
        Campaign.objects.update(channel="sms")
        RunFigures.objects.all().delete()
        sums = by_campaign.sums(asking.read_from(self.address()))
        self.assertEqual((sums[None]["cost"], sums[self.campaign]["cost"]), (100, 98))

    def test_reports_that_add_up_to_the_same(self) -> None:
        totals = {slug: self.found(slug).total() for slug in ("channels", "brands", "campaigns")}
        self.assertEqual(len({(each["cost"], each["deals"], each["margin"]) for each in totals.values()}), 1)

    def test_centres_know_all_visits_and_those_of_crm(self) -> None:
        [row] = self.found("centres").rows
        self.assertEqual(
            (row.sums["all_visits"], row.sums["visits"], row.sums["all_deals"], row.sums["deals"]), (1, 1, 3, 2)
        )
        CentreTraffic.objects.create(centre=self.centre, day=self.month(), visitors=50, source=make_source("Счётчик"))
        [row] = self.found("centres").rows
        self.assertEqual(value("share_of_visits", row.sums), Decimal("0.02"))

    def test_crm_beside_advertising(self) -> None:
        AdSpend.objects.create(source="Авито", month=self.month(), amount=90_000, visitors=6)
        AdSpend.objects.create(source="Радио", month=self.month(), amount=50_000)
        rows = {row.title: value("cost_per_visit", row.sums) for row in self.found("sources").rows}
        self.assertEqual(list(rows.values()), [200, 15_000, None])

    def test_crm_of_a_brand_is_its_campaigns_only(self) -> None:
        brand, other = make_brand("Лада"), make_brand("Хавейл")
        Campaign.objects.filter(pk=self.campaign.pk).update(brand=brand)
        crm = [self.found("sources", brand=str(each.pk)).rows[0].sums for each in (brand, other)]
        self.assertEqual([(sums["visits"], sums["cost"]) for sums in crm], [(1, 200), (0, 0)])

    def test_variants_of_a_campaign(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {Message._meta.db_table} SET variant = CASE WHEN id % 2 = 0 THEN 'A' ELSE 'B' END")
        nightly.refresh()
        self.assertEqual(len(self.found("funnel").rows), 1)
        rows = self.found("funnel", campaign=str(self.campaign.pk), since="2020-01", until="2020-02").rows
        self.assertEqual((len(rows), sum(row.sums["people"] for row in rows)), (2, 5))

    def test_an_address_of_nonsense_is_the_usual(self) -> None:
        usual = asking.read_from({})
        self.assertEqual(
            asking.read_from({"since": "x", "model": "'", "brand": "-1", "campaign": "9" * 99, "kind": "?"}), usual
        )
        self.assertEqual(usual.months, 3)
        self.assertEqual(asking.read_from({"since": "2031-01", "until": "2030-01"}).until, usual.until)


class OfCampaign(Told):
    def test_each_model_has_its_money(self) -> None:
        summary = summaries([self.campaign.pk])[self.campaign.pk]
        earned = reading.by_model([self.campaign.pk])[self.campaign.pk]
        last = of_campaign.sums_by(summary, earned["last"])
        self.assertEqual((value("deals", last), value("profit", last)), (2, 104_000 - 100))
        self.assertNotIn("number", earned)

    def leave_alone(self, people: int) -> None:
        """As a control group, of whom the first bought."""
        control = [make_reader() for _ in range(people)]
        for reader in control:
            make_message(self.run_, reader, left_out="control")
        make_interaction(control[0], "sale", amount="1000", margin="2000", happened_at=self.now + timedelta(hours=2))
        lift.count()

    def test_what_it_added_has_an_interval_that_the_cost_moves(self) -> None:
        self.leave_alone(2)
        told = beyond.of_campaigns({self.campaign.pk: Decimal(100)})[self.campaign.pk]
        # Of five who were written to two made deals for 104,000; of two left alone, one for 2,000.
        deals, margin, profit, roi = (
            told.figures[name] for name in ("added_deals", "added_income", "added_profit", "added_roi")
        )
        self.assertEqual((deals.number, margin.number, profit.number), (Decimal("-0.5"), 99_000, 98_900))
        self.assertEqual(roi.number, 989)
        self.assertEqual(float(margin.number or 0), told.lift.margin.added)
        assert margin.between
        assert profit.between
        assert roi.between
        self.assertEqual([round(end) for end in profit.between], [round(end - 100) for end in margin.between])
        self.assertEqual([round(100 * end) for end in roi.between], [round(end) for end in profit.between])
        self.assertEqual(told.sentences, (beyond.EARLY,))

    def test_words_say_whether_the_interval_has_zero_in_it(self) -> None:
        self.leave_alone(2)
        told = beyond.of_campaigns({self.campaign.pk: Decimal(100)})[self.campaign.pk]
        many = replace(told.lift, people=500, control=500)

        def said(low: float, high: float, cost: int) -> list[str]:
            lifted = replace(many, margin=lift.Added(1, Between(low, high)))
            return [str(each) for each in beyond.told(lifted, Decimal(cost)).sentences]

        self.assertEqual(said(-5, 10, 1), [str(beyond.BROUGHT["unclear"]), str(beyond.PAID_OFF["unclear"])])
        self.assertEqual(said(5, 10, 7), [str(beyond.BROUGHT["more"]), str(beyond.PAID_OFF["unclear"])])
        self.assertEqual(said(5, 10, 1), [str(beyond.BROUGHT["more"]), str(beyond.PAID_OFF["more"])])
        self.assertEqual(said(5, 10, 11), [str(beyond.BROUGHT["more"]), str(beyond.PAID_OFF["less"])])
        self.assertEqual(said(-5, -1, 1), [str(beyond.BROUGHT["less"])])

    def test_the_page_and_the_list_say_so(self) -> None:
        self.enter("tracking.add_cost")
        page = self.client.get(reverse("admin:campaigns_campaign_panels", args=[self.campaign.pk]))
        self.assertContains(page, "103\xa0900\xa0₽")
        self.assertContains(page, f"/cost/add/?campaign={self.campaign.pk}")
        self.assertContains(self.client.get(reverse("admin:tracking_reports")), "103\xa0900")

    def test_without_a_control_group_nothing_is_claimed(self) -> None:
        lift.count()
        self.assertEqual(beyond.of_campaigns({self.campaign.pk: Decimal(1)}), {})


class Pages(Told):
    def test_every_report_is_a_page_and_files(self) -> None:
        self.enter("campaigns.view_call_report")
        for slug in REPORTS:
            page = self.client.get(reverse("admin:tracking_report", args=[slug]))
            self.assertContains(page, str(REPORTS[slug].title))
            for kind in ("xlsx", "csv"):
                file = self.client.get(reverse("admin:tracking_report_save", args=[slug]), {"format": kind})
                self.assertEqual((file.status_code, file["Content-Type"]), (200, saving.TYPES[kind]), slug)
        self.assertEqual(LogEntry.objects.count(), 2 * len(REPORTS))

    def test_a_sheet_has_plain_numbers_and_no_formula(self) -> None:
        self.enter()
        answer = self.client.get(
            reverse("admin:tracking_report_save", args=["campaigns"]), self.address() | {"format": "xlsx"}
        )
        sheet = load_workbook(BytesIO(answer.content)).active
        self.assertEqual(sheet["A2"].value, "'=Весна")
        self.assertEqual(sheet["B2"].value, 4)

    def test_pictures_stand_by_themselves(self) -> None:
        self.enter()
        for slug in ("funnel", "hours", "channels"):
            drawn = self.client.get(
                reverse("admin:tracking_report_save", args=[slug]), self.address() | {"format": "svg"}
            ).content
            self.assertTrue(drawn.startswith(b"<svg xmlns="), slug)
            self.assertNotIn(b"<script", drawn)
            page = self.client.get(reverse("admin:tracking_report", args=[slug]), self.address())
            self.assertContains(page, '<svg xmlns="http://www.w3.org/2000/svg" class="kt-chart"', count=1)

    @pytest.mark.skipif(not HAS_PANGO, reason="libpango is not here")
    def test_a_report_is_printed(self) -> None:
        for slug in ("channels", "hours"):
            self.assertTrue(saving.saved(self.found(slug), "pdf").startswith(b"%PDF-"))

    @pytest.mark.skipif(not HAS_CAIRO, reason="libcairo is not here")
    def test_a_chart_becomes_a_png(self) -> None:
        self.assertTrue(saving.saved(self.found("funnel"), "png").startswith(b"\x89PNG"))

    def test_without_libraries_of_the_system_a_sentence_says_which(self) -> None:
        self.enter()
        with patch("tracking.report_pages.saving.import_module", side_effect=OSError("no pango")):
            page = self.client.get(
                reverse("admin:tracking_report_save", args=["channels"]), {"format": "pdf"}, follow=True
            )
        self.assertContains(page, "libpango")

    def test_names_in_pictures_are_text(self) -> None:
        Campaign.objects.filter(pk=self.campaign.pk).update(name="<script>1</script>")
        drawn = saving.saved(self.found("campaigns"), "svg")
        self.assertIn(b"&lt;script&gt;", drawn)
        self.assertNotIn(b"<script", drawn)

    def test_a_document_fetches_nothing(self) -> None:
        with self.assertRaises(ValueError):
            saving._no_addresses("file:///etc/passwd")

    def test_people_are_led_to_only_by_those_who_may_see_them(self) -> None:
        address = reverse("admin:campaigns_campaign_people", args=[self.campaign.pk])
        for permissions, is_there in ((("segments.view_customer",), True), ((), False)):
            self.enter(*permissions)
            page = self.client.get(reverse("admin:tracking_report", args=["funnel"]))
            self.assertEqual(address in page.content.decode(), is_there)

    def test_a_stranger_sees_none_and_nothing_is_written_by_a_report(self) -> None:
        self.client.force_login(make_staff("segments.view_customer"), BACKEND)
        self.assertEqual(self.client.get(reverse("admin:tracking_report", args=["channels"])).status_code, 403)
        self.enter()
        self.assertEqual(self.client.post(reverse("admin:tracking_report", args=["channels"])).status_code, 405)
        self.assertEqual(self.client.get(reverse("admin:tracking_report", args=["nothing"])).status_code, 404)

    def test_more_campaigns_cost_no_more_queries(self) -> None:
        self.enter()
        address = reverse("admin:tracking_report", args=["campaigns"])
        self.client.get(address)
        with CaptureQueriesContext(connection) as one:
            self.client.get(address)
        for number in range(4):
            make_message(make_run(make_campaign(name=f"Волна {number}"), days_ago=days_since(self.now)), make_reader())
        nightly.refresh()
        with CaptureQueriesContext(connection) as many:
            self.client.get(address)
        self.assertEqual(len(many), len(one))
