"""The forecast of the approval beside what came: against the control group where there is one."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test import RequestFactory, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Rationale
from tests.campaigns.builders import make_account, make_campaign, make_reader
from tests.segments.builders import make_interaction, make_staff
from tests.tracking.builders import make_message, make_run
from tracking import plan_and_fact

PLANNED = {"deals": 2.5, "income": "125000", "cost": "4.00", "romi": 0.75}


class PlanAndFact(TestCase):
    """Eight written to at half a rouble, of whom three buy; two left alone, of whom one does."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.campaign = make_campaign(account=make_account(cost="0.5", is_default=False))
        cls.run_ = make_run(cls.campaign, days_ago=5)
        cls.written = [make_message(cls.run_, make_reader()) for _ in range(8)]
        cls.control = [make_message(cls.run_, make_reader(), left_out="control") for _ in range(2)]
        for message in cls.written[:3]:
            make_interaction(message.customer, "sale", margin=10_000)
        make_interaction(cls.control[0].customer, "sale", margin=5_000)
        Rationale.objects.create(campaign=cls.campaign, hypothesis="Купят", planned=PLANNED)
        Campaign.objects.filter(pk=cls.campaign.pk).update(state="finished", started_at=cls.run_.started_at)

    def setUp(self) -> None:
        self.change()

    def change(self, **fields: object) -> None:
        Campaign.objects.filter(pk=self.campaign.pk).update(id=self.campaign.pk, **fields)
        self.campaign = Campaign.objects.get(pk=self.campaign.pk)

    def told(self) -> dict:
        return plan_and_fact.of_campaign(RequestFactory().get("/"), self.campaign)

    def test_what_the_control_group_does_is_taken_off(self) -> None:
        """Four times one deal and 5,000 ₽ would have been made anyway."""
        told = self.told()
        self.assertEqual([fact for _label, _plan, fact, _unit in told["rows"]], [Decimal("-1"), 10_000, Decimal("4")])
        self.assertEqual(
            [plan for _label, plan, _fact, _unit in told["rows"]], [Decimal("2.5"), 125_000, Decimal("4.00")]
        )
        self.assertEqual(told["romi"], (0.75, (10_000 - 4) / 4))
        self.assertEqual(told["open_until"], self.campaign.started_at + timedelta(days=90))

    def test_without_one_all_deals_are_told(self) -> None:
        run = make_run(make_campaign(account=self.campaign.account), days_ago=100)
        buyer = make_message(run, make_reader())
        make_interaction(buyer.customer, "sale", margin=700, happened_at=run.started_at + timedelta(days=1))
        other = run.campaign
        Rationale.objects.create(campaign=other, planned=PLANNED | {"deals": None, "income": None, "romi": None})
        Campaign.objects.filter(pk=other.pk).update(state="stopped", started_at=run.started_at)
        told = plan_and_fact.of_campaign(RequestFactory().get("/"), Campaign.objects.get(pk=other.pk))
        self.assertEqual([fact for _label, _plan, fact, _unit in told["rows"]], [1, 700, Decimal("0.5")])
        self.assertEqual((told["has_control"], told["open_until"]), (False, None))

    def test_not_before_its_end_and_not_without_a_plan(self) -> None:
        self.change(state="running")
        self.assertEqual(self.told(), {})
        self.change(state="finished")
        Rationale.objects.update(planned={})
        self.change(state="finished")
        self.assertEqual(self.told(), {})

    def test_all_panels_of_a_page_go_over_its_people_once(self) -> None:
        self.client.force_login(make_staff("campaigns.view_campaign"))
        with CaptureQueriesContext(connection) as asked:
            self.client.get(reverse("admin:campaigns_campaign_panels", args=[self.campaign.pk]))
        self.assertEqual(sum("WITH arm AS" in query["sql"] for query in asked), 1)

    def test_on_the_page(self) -> None:
        self.client.force_login(make_staff("campaigns.view_campaign"))
        url = reverse("admin:campaigns_campaign_panels", args=[self.campaign.pk])
        page = self.client.get(url)
        for words in ("План и факт", "125\xa0000 ₽", "10\xa0000 ₽", "сверх того, что сделала контрольная группа"):
            self.assertContains(page, words)
        self.change(state="running", starts_at=timezone.now())
        self.assertNotContains(self.client.get(url), "План и факт")
