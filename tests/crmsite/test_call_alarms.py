"""Calls to make, on the start page."""

from datetime import datetime
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from crmsite import call_alarms
from tests.campaigns.calls.builders import make_call_task, make_callable
from tests.crmsite.builders import at_work, make_staff
from tests.segments.builders import make_centre


class CallAlarms(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.seller = at_work(make_staff("salesperson"), make_centre())
        cls.head = at_work(make_staff("head_of_sales"), make_centre())
        cls.anna = make_callable()

    def test_a_salesperson_is_told_of_today_and_of_what_is_overdue(self) -> None:
        self.assertEqual(call_alarms.tasks_for(self.seller), [])
        noon = timezone.make_aware(datetime(2026, 5, 20, 12))
        with mock.patch("django.utils.timezone.now", return_value=noon):
            make_call_task(self.anna, due_in=2)
            [task] = call_alarms.tasks_for(self.seller)
            self.assertEqual((task.text, task.detail, task.tone), ("1 звонок на сегодня", "", "plain"))
            make_call_task(self.anna, due_in=-2)
            make_call_task(self.anna, due_in=20)
            [task] = call_alarms.tasks_for(self.seller)
        self.assertEqual((task.text, task.tone), ("2 звонка на сегодня", "warning"))
        self.assertIn("1 из них просрочен", task.detail)

    def test_the_head_is_told_of_what_is_overdue_for_more_than_a_day(self) -> None:
        make_call_task(self.anna, due_in=-23)
        self.assertEqual(call_alarms.tasks_for(self.head), [])
        make_call_task(self.anna, due_in=-25)
        make_call_task(self.anna, due_in=-25, centre=make_centre("Юг"))
        [task] = call_alarms.tasks_for(self.head)
        self.assertEqual((task.text, task.tone), ("1 звонок просрочен больше чем на сутки", "danger"))
        self.assertIn("show=late", task.link)

    def test_nobody_else_is_told(self) -> None:
        make_call_task(self.anna, due_in=-25)
        for role in ("manager", "analyst", "administrator"):
            self.assertEqual(call_alarms.tasks_for(make_staff(role)), [], role)
        elsewhere = at_work(make_staff("operator"), make_centre("Юг"))
        self.assertEqual(call_alarms.tasks_for(elsewhere), [])
