"""The pages of calls: what each shows to whom, and what is done from it."""

from datetime import time, timedelta

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import CallTask, Policy
from segments.models import CustomerZone
from tests.campaigns.calls.builders import make_call_task, make_callable
from tests.crmsite.builders import at_work, make_staff
from tests.segments.builders import make_centre, make_consent, make_interaction, make_salesperson

LIST = reverse("admin:campaigns_calltask_changelist")
NUMBER = "+79161234567"


def page(task: CallTask, name: str = "change") -> str:
    return reverse(f"admin:campaigns_calltask_{name}", args=[task.pk])


class Pages(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.centre, cls.sokolov = make_centre(), make_salesperson()
        cls.user = at_work(make_staff("salesperson"), cls.centre, salesperson=cls.sokolov)
        cls.head = at_work(make_staff("head_of_sales"), cls.centre)
        cls.anna = make_callable()
        Policy.objects.create(pk=Policy.ONLY, hours_from=time(0), hours_until=time(0))  # at any hour
        cls.task = make_call_task(cls.anna, due_in=-1, script="Предложите тест-драйв")

    def setUp(self) -> None:
        self.client.force_login(self.user)

    def shown(self, **asked: str) -> list[CallTask]:
        return [row.task for row in self.client.get(LIST, asked).context["rows"]]

    def test_who_why_the_script_and_the_last_history_are_on_the_card(self) -> None:
        make_interaction(self.anna, "visit", reason="Дорого")
        text = self.client.get(LIST).content.decode()
        for words in ("Иванова Анна", "Была в салоне, не купила", "Предложите тест-драйв", "Дорого", "просрочен"):
            self.assertIn(words, text)
        self.assertNotIn("1234567", text)
        self.assertIn("-45-67", text)

    def test_the_tabs(self) -> None:
        now = timezone.now()
        made = {
            "late": make_call_task(self.anna, due_in=-25),
            "later": make_call_task(self.anna, due_in=25),
            "tell": make_call_task(self.anna, state="done", outcome="called", called_at=now),
            "done": make_call_task(self.anna, state="done", outcome="visit", told_at=now),
        }
        late = made["late"]
        for tab, tasks in {
            "today": [late, self.task], "overdue": [late, self.task], "late": [late], "later": [made["later"]],
            "tell": [made["tell"]], "done": [made["done"]], "nonsense": [late, self.task],
        }.items():  # fmt: skip
            self.assertEqual(self.shown(show=tab), tasks, tab)

    def test_the_number_is_shown_on_demand_and_logged(self) -> None:
        answer = self.client.post(page(self.task, "phone"))
        self.assertContains(answer, f'href="tel:{NUMBER}"')
        entry = LogEntry.objects.get()
        self.assertEqual((entry.user, entry.object_id), (self.user, str(self.anna.pk)))
        self.assertNotIn("1234567", entry.change_message)

    def test_nobody_is_called_by_night_and_the_page_says_when(self) -> None:
        Policy.objects.update(days_off=[f"{timezone.localdate() + timedelta(days=day):%Y-%m-%d}" for day in (-1, 0, 1)])
        CustomerZone.objects.create(pk=self.anna.pk, time_zone="Europe/Moscow", source="city")
        answer = self.client.get(LIST)
        self.assertIsNotNone(answer.context["rows"][0].opens_at)
        self.assertNotContains(answer, page(self.task, "phone"))

    def test_whoever_withdrew_the_consent_is_off_the_list_at_once(self) -> None:
        make_consent(self.anna.contacts.get().contact_point, False, channels=["call"], origin="person")
        self.assertEqual(self.shown(), [])
        for answer in (self.client.get(page(self.task)), self.client.post(page(self.task, "phone"))):
            self.assertContains(answer, "звонить больше нельзя")
            self.assertNotContains(answer, NUMBER)

    def test_a_result_is_told_from_the_list(self) -> None:
        back = f"http://testserver{LIST}?show=overdue"
        answer = self.client.post(
            page(self.task, "tell"), {"outcome": "visit", "note": " Ждём "}, headers={"referer": back}
        )
        self.assertRedirects(answer, back, fetch_redirect_response=False)
        self.task.refresh_from_db()
        self.assertEqual((self.task.outcome, self.task.note), ("visit", "Ждём"))
        self.assertContains(self.client.get(page(self.task)), "договорились о визите")

    def test_what_cannot_be_told_says_why(self) -> None:
        for posted, words in (
            ({}, "Выберите"),
            ({"outcome": "not_reached", "next_at": "вчера"}, "не читается"),
            ({"outcome": "not_reached", "next_at": "2020-13-45T10:00"}, "не читается"),
            ({"outcome": "not_reached", "next_at": "2020-01-01T10:00"}, "впереди"),
        ):
            self.assertContains(self.client.post(page(self.task, "tell"), posted, follow=True), words)
        self.task.refresh_from_db()
        self.assertEqual(self.task.state, "open")

    def test_a_call_is_put_off(self) -> None:
        at = timezone.localtime() + timedelta(days=1)
        self.client.post(page(self.task, "tell"), {"outcome": "not_reached", "next_at": f"{at:%Y-%m-%dT%H:%M}"})
        self.task.refresh_from_db()
        self.assertEqual(self.task.due_at, at.replace(second=0, microsecond=0))

    def test_a_call_elsewhere_is_not_there(self) -> None:
        other = make_call_task(self.anna, centre=make_centre("Юг"))
        for name in ("tell", "phone"):
            self.assertEqual(self.client.post(page(other, name), {"outcome": "visit"}).status_code, 404, name)
        self.assertEqual(self.client.get(page(other)).status_code, 404)

    def test_the_head_gives_calls_and_filters_by_person(self) -> None:
        self.client.force_login(self.head)
        told = {"task": [self.task.pk, "x"], "salesperson": self.sokolov.pk}
        answer = self.client.post(reverse("admin:campaigns_calltask_assign"), told, follow=True)
        self.assertContains(answer, "Передан 1 звонок")
        self.assertEqual(self.shown(who=str(self.sokolov.pk)), [self.task])
        self.assertEqual(self.shown(who="nobody"), [])
        for nonsense in ("", str(make_salesperson("Чужой").pk)):
            answer = self.client.post(
                reverse("admin:campaigns_calltask_assign"), told | {"salesperson": nonsense}, follow=True
            )
            self.assertContains(answer, "Выберите, кому")

    def test_a_salesperson_takes_what_is_nobodys(self) -> None:
        self.assertContains(self.client.post(page(self.task, "take"), follow=True), "Звонок ваш")
        self.assertContains(self.client.post(page(self.task, "take"), follow=True), "уже взяли")

    def test_more_calls_cost_no_more_queries(self) -> None:
        make_interaction(self.anna, "visit")
        with CaptureQueriesContext(connection) as few:
            self.client.get(LIST)
        for number in range(3):
            customer = make_callable(f"+7916000000{number}")
            make_interaction(customer, "visit")
            make_call_task(customer, due_in=-1)
        with CaptureQueriesContext(connection) as many:
            self.assertEqual(len(self.shown()), 4)
        self.assertLessEqual(len(many), len(few))

    def test_a_long_list_has_pages(self) -> None:
        for _number in range(31):
            make_call_task(self.anna, due_in=-1)
        self.assertContains(self.client.get(LIST), "page=1")
        self.assertEqual(len(self.shown(page="1")), 2)
        self.assertEqual(self.shown(page="99999999999999999999"), [])
