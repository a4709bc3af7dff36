"""Who called, how regularly and with what result."""

import io
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from campaigns.calls_to_make import reports
from tests.campaigns.calls.builders import make_call_task, make_callable
from tests.crmsite.builders import at_work, make_staff
from tests.segments.builders import make_centre, make_interaction, make_salesperson

PAGE, SAVE = reverse("admin:campaigns_calltask_report"), reverse("admin:campaigns_calltask_save")


def moment(day: int, hour: int = 12) -> datetime:
    return timezone.make_aware(datetime(2024, 5, day, hour))


ASKED = reports.Asked(moment(1, 0), moment(31, 23))


class Figures(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.centre, cls.sokolov = make_centre(), make_salesperson()
        cls.anna = make_callable()

    def call(self, day: int, called: datetime | None = None, **fields: Any) -> None:
        fields = {"salesperson": self.sokolov, "made_at": moment(day)} | fields
        make_call_task(self.anna, called_at=called, deadline=moment(day, 18), **fields)

    def figures(self) -> reports.Figures:
        [line] = reports.lines(ASKED)
        return line.figures

    def test_in_time_late_and_never(self) -> None:
        self.call(4, moment(4, 15), state="done", outcome="visit")
        self.call(4, moment(4, 18) + timedelta(minutes=1), state="done", outcome="thinks")
        self.call(5)
        self.call(6, state="cancelled")
        figures = self.figures()
        self.assertEqual((figures.given, figures.in_time, figures.late, figures.missed), (3, 1, 1, 1))
        self.assertEqual((figures.visit, figures.thinks), (1, 1))
        self.assertEqual(figures.regularity, 50)  # of the 4th and the 5th one day was kept

    def test_what_is_not_due_yet_is_neither_missed_nor_irregular(self) -> None:
        make_call_task(self.anna, salesperson=self.sokolov, made_at=moment(4), due_in=100)
        self.assertEqual((self.figures().missed, self.figures().regularity), (0, None))

    def test_visits_and_deals_of_the_thirty_days_after_the_call(self) -> None:
        self.call(4, moment(4, 13), state="done", outcome="visit")
        for kind, day in (("visit", 3), ("sale", 4 + 31)):  # before, and too late
            make_interaction(self.anna, kind, happened_at=moment(1) + timedelta(days=day - 1))
        make_interaction(self.anna, "sale", happened_at=moment(5), status="Сторно")
        self.assertEqual((self.figures().visits, self.figures().deals), (0, 0))
        for _twice in "12":
            make_interaction(self.anna, "visit", happened_at=moment(8))
        make_interaction(self.anna, "sale", happened_at=moment(20))
        self.assertEqual((self.figures().visits, self.figures().deals), (1, 1))

    def test_lines_are_months_centres_and_people(self) -> None:
        self.call(4)
        self.call(4, salesperson=None)
        self.call(4, centre=make_centre("Юг"))
        make_call_task(self.anna, made_at=moment(1) - timedelta(days=10))
        found = reports.lines(ASKED)
        self.assertEqual(
            [(f"{line.month:%m}", line.centre, line.salesperson) for line in found],
            [("05", self.centre.name, "Соколов"), ("05", self.centre.name, ""), ("05", "Юг", "Соколов")],
        )
        self.assertEqual(reports.together(found).given, 3)
        only = reports.Asked(ASKED.since, ASKED.until, [self.centre.pk], self.sokolov.pk)
        self.assertEqual(len(reports.lines(only)), 1)


class Report(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.centre, cls.south = make_centre(), make_centre("Юг")
        cls.sokolov = make_salesperson("=Соколов")
        cls.head = at_work(make_staff("head_of_sales"), cls.centre)
        anna, now = make_callable(), timezone.now()
        make_call_task(anna, salesperson=cls.sokolov, made_at=now, called_at=now, state="done", outcome="visit")
        make_call_task(anna, centre=cls.south, made_at=now)

    def centres(self, **asked: str) -> list[str]:
        return [line.centre for line, _cells in self.client.get(PAGE, asked).context["lines"]]

    def test_the_head_reads_his_centres_the_manager_all(self) -> None:
        self.client.force_login(self.head)
        self.assertEqual(self.centres(), [self.centre.name])
        self.assertEqual(self.centres(centre=str(self.south.pk)), [self.centre.name])
        self.client.force_login(make_staff("manager"))
        self.assertEqual(self.centres(), [self.centre.name, "Юг"])
        self.assertEqual(self.centres(centre=str(self.south.pk)), ["Юг"])
        self.assertEqual(self.centres(since="2020-99", until="x", centre="x", who="x"), [self.centre.name, "Юг"])

    def test_months_without_calls_say_so(self) -> None:
        self.client.force_login(self.head)
        past = f"{timezone.localdate() - timedelta(days=100):%Y-%m}"
        self.assertContains(self.client.get(PAGE, {"since": past, "until": past}), "заданий на звонок не было")

    def test_it_is_taken_away_as_a_table_and_who_took_it_is_logged(self) -> None:
        self.client.force_login(self.head)
        book = load_workbook(io.BytesIO(self.client.get(SAVE).content)).active
        rows = list(book.iter_rows(values_only=True))
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows[1][1:5], (self.centre.name, "'=Соколов", 1, 1))
        text = self.client.get(SAVE, {"format": "csv"}).content.decode("utf-8-sig")
        self.assertIn(f"{self.centre.name};'=Соколов;1;1", text)
        self.assertEqual(LogEntry.objects.filter(user=self.head).count(), 2)
