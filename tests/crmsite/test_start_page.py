"""The start page: what it shows to whom, and what it costs."""

from datetime import timedelta

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Approval, Campaign, Outcome
from campaigns.partitions import ensure_near
from crmsite.models import User
from segments.consents import record_consent
from segments.models import ImportBatch, Interaction, Source
from segments.models.people import Origin, Purpose
from tests.crmsite.builders import make_campaign, make_run, make_staff
from tests.segments.builders import make_contact, make_customer, make_interaction, make_segment
from tracking.models import Call

State = Campaign.State
CEILING = 24


class Page(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.manager, cls.approver = make_staff("manager"), make_staff("approver")

    def page(self, user: User) -> str:
        self.client.force_login(user)
        return self.client.get("/admin/").content.decode()


class NewInstallation(Page):
    def test_it_leads_to_the_import_first(self) -> None:
        page = self.page(self.manager)
        self.assertIn("за три шага", page)
        self.assertIn('href="/admin/segments/importbatch/add/"', page)
        self.assertNotIn('class="kr-button" href="/admin/segments/segment/add/"', page)

    def test_then_to_the_segment_then_to_the_campaign(self) -> None:
        make_customer()
        self.assertIn('class="kr-button" href="/admin/segments/segment/add/"', self.page(self.manager))
        make_segment()
        self.assertIn('class="kr-button" href="/admin/campaigns/campaign/add/"', self.page(self.manager))
        make_campaign("Осень", self.manager)
        self.assertNotIn("за три шага", self.page(self.manager))

    def test_who_may_not_import_is_not_sent_there(self) -> None:
        self.assertNotIn('href="/admin/segments/importbatch/add/"', self.page(make_staff("analyst")))


class Tasks(Page):
    def test_a_campaign_in_review_waits_for_the_approver_only(self) -> None:
        make_campaign("Осень", self.manager, State.IN_REVIEW)
        self.assertIn("«Осень» ждёт вашего согласования", self.page(self.approver))
        self.assertNotIn("ждёт вашего согласования", self.page(self.manager))

    def test_a_returned_draft_waits_for_its_author_with_the_reason(self) -> None:
        draft = make_campaign("Осень", self.manager)
        Approval.objects.create(
            campaign=draft, fingerprint="f", approver=self.approver, approved=False, note="Нет цены"
        )
        page = self.page(self.manager)
        self.assertIn("«Осень» вернулась с согласования", page)
        self.assertIn("Нет цены", page)
        self.assertNotIn("вернулась", self.page(make_staff("manager", "another")))

    def test_an_overdue_campaign_asks_for_a_decision(self) -> None:
        make_campaign("Осень", self.manager, State.OVERDUE, starts_at=timezone.now() - timedelta(days=1))
        self.assertIn("«Осень» не началась вовремя", self.page(self.manager))

    def test_a_failed_import_says_why(self) -> None:
        source = Source.objects.create(name="1С")
        ImportBatch.objects.create(source=source, state=ImportBatch.State.FAILED, error="Нет столбца «Код».")
        page = self.page(self.manager)
        self.assertIn("Импорт из источника «1С» не удался", page)
        self.assertIn("Нет столбца «Код».", page)
        self.assertNotIn("не удался", self.page(self.approver))

    def test_messages_of_unknown_fate_are_counted_by_campaign(self) -> None:
        make_customer()
        run = make_run(make_campaign("Осень", self.manager, State.RUNNING), audience=3)
        ensure_near()
        Outcome.objects.bulk_create(
            Outcome(message_id=n, run=run, kind="unknown", happened_at=timezone.now()) for n in (1, 2)
        )
        self.assertIn("Неизвестна судьба 2 сообщений кампании «Осень»", self.page(self.manager))

    def test_sending_that_is_off_is_said_once_there_is_a_campaign(self) -> None:
        self.assertNotIn("Отправка выключена", self.page(self.manager))
        make_campaign("Осень", self.manager, State.SCHEDULED)
        self.assertIn("Отправка выключена", self.page(self.manager))
        self.assertNotIn("Отправка выключена", self.page(make_staff("analyst")))


class Figures(Page):
    def test_progress_counts_only_whom_the_run_writes_to(self) -> None:
        run = make_run(make_campaign("Осень", self.manager, State.RUNNING), audience=10, no_consent=4, control=2)
        ensure_near()
        Outcome.objects.create(message_id=1, run=run, kind="accepted", happened_at=timezone.now())
        self.assertIn("1 из 4 · 25 %", self.page(self.manager))

    def test_calls_by_number_of_today_and_yesterday(self) -> None:
        now = timezone.localtime().replace(hour=0, minute=0, second=1)
        for n, at in enumerate((now, now, now - timedelta(hours=5), now - timedelta(days=3))):
            Call.objects.create(external_id=str(n), started_at=at, virtual_number="+78121234567")
        self.client.force_login(self.manager)
        calls = self.client.get("/admin/").context["calls"]
        self.assertEqual((calls["today"], calls["yesterday"]), (2, 1))
        self.assertEqual(len(calls["numbers"]), 1)

    def test_visits_and_opt_outs(self) -> None:
        customer = make_customer()
        make_interaction(customer, Interaction.Kind.VISIT, happened_at=timezone.now() - timedelta(seconds=1))
        record_consent(
            contact_point_ids=[make_contact(customer).pk],
            channels=["email", "sms", "push"],
            purpose=Purpose.ADVERTISING,
            given=False,
            origin=Origin.PERSON,
            customer_id=customer.pk,
        )
        self.client.force_login(self.manager)
        figures = self.client.get("/admin/").context["figures"]
        self.assertEqual(figures["visits"]["today"] + figures["visits"]["yesterday"], 1)
        self.assertEqual(figures["opt_outs"]["today"], 1)

    def test_the_week_names_what_is_planned(self) -> None:
        make_campaign("Осень", self.manager, State.SCHEDULED, starts_at=timezone.now() + timedelta(days=2))
        make_campaign("Зима", self.manager, State.SCHEDULED, starts_at=timezone.now() + timedelta(days=20))
        page = self.page(self.manager)
        self.assertIn("Осень", page)
        self.assertNotIn("Зима", page)


class Cost(Page):
    def test_a_busy_day_costs_no_more_than_the_ceiling(self) -> None:
        customer = make_customer()
        for n in range(5):
            make_run(make_campaign(f"Кампания {n}", self.manager, State.RUNNING), audience=10)
            make_campaign(f"На согласовании {n}", self.manager, State.IN_REVIEW)
            make_interaction(customer, Interaction.Kind.VISIT)
            ImportBatch.objects.create(source=Source.objects.create(name=f"1С {n}"), state=ImportBatch.State.LOADING)
            Call.objects.create(external_id=str(n), started_at=timezone.now(), virtual_number=f"+7812123456{n}")
        for user in (self.manager, self.approver):
            self.client.force_login(user)
            with CaptureQueriesContext(connection) as queries:
                self.client.get("/admin/")
            self.assertLessEqual(len(queries), CEILING, "\n".join(query["sql"][:120] for query in queries))
