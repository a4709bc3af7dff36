"""What campaigns cost: messages at the price of their day and by their segments, and sums by hand."""

from datetime import timedelta
from decimal import Decimal

from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from channels.models import FormerPrice
from tests.campaigns.builders import make_account, make_campaign, make_content, make_reader
from tests.media import own_media
from tests.segments.builders import make_staff
from tests.tracking.builders import make_message, make_run
from tracking.models import Cost, MoneyUpload
from tracking.money import costs
from tracking.reports import report

MAY = "2026-05-01"
RIGHTS = ("tracking.view_cost", "tracking.add_cost", "tracking.change_cost", "campaigns.view_campaign")
BACKEND = "django.contrib.auth.backends.ModelBackend"


class Messages(TestCase):
    def test_messages_cost_what_they_did_on_their_day(self) -> None:
        account = make_account(cost="3", is_default=False)
        campaign = make_campaign(account=account)
        run = make_run(campaign)
        FormerPrice.objects.create(account=account, cost=1, until=timezone.now() + timedelta(hours=1))
        for outcome in ("accepted", "accepted", "rejected"):
            make_message(run, make_reader(), outcome=outcome)
        paid = costs.of_campaigns({campaign.pk: [run.pk]})[campaign.pk]
        self.assertEqual((paid.sent, paid.messages, paid.total), (2, 2, 2))

    def test_a_long_text_is_paid_for_by_segments(self) -> None:
        campaign = make_campaign(account=make_account(channel="sms", cost="2", is_default=False), channel="sms")
        make_content(campaign, body="Приглашаем на сервис. " * 6, subject="", preheader="")
        run = make_run(campaign)
        make_message(run, make_reader())
        parts = costs.parts_of([campaign.pk])[run.content_id]
        self.assertGreater(parts, 1)
        self.assertEqual(costs.of_campaigns({campaign.pk: [run.pk]})[campaign.pk].messages, 2 * parts)

    def test_what_was_paid_by_hand_is_a_part_of_the_cost(self) -> None:
        run = make_run(make_campaign(account=make_account(cost="0.5", is_default=False)))
        make_message(run, make_reader())
        for kind, amount in (("production", 100), ("production", 50), ("wages", 1000), ("platform", 10)):
            Cost.objects.create(campaign=run.campaign, kind=kind, amount=amount, month=MAY)
        Cost.objects.create(kind="platform", amount=5000, month=MAY)
        paid = costs.of_campaigns({run.campaign_id: [run.pk]})[run.campaign_id]
        self.assertEqual((paid.production, paid.wages), (150, 1000))
        self.assertEqual((paid.total, paid.direct), (Decimal("1160.5"), Decimal("150.5")))
        self.assertEqual(report(run.campaign)["cost"], "1160.50")


class Pages(TestCase):
    def setUp(self) -> None:
        own_media(self)
        self.client.force_login(make_staff(*RIGHTS), BACKEND)
        self.campaign = make_run(make_campaign(name="Весна")).campaign

    def send(self, text: str) -> object:
        file = SimpleUploadedFile("затраты.csv", text.encode("cp1251"))
        return self.client.post(reverse("admin:tracking_cost_bring"), {"file": file})

    def load(self, text: str) -> None:
        page = self.send(text)
        self.client.post(
            reverse("admin:tracking_cost_bring"), {"sealed": page.context["sealed"], "name": "затраты.csv"}
        )

    def test_a_file_is_looked_at_loaded_and_taken_back(self) -> None:
        text = "Кампания;Вид;Месяц;Сумма\nВесна;Дизайн;05.2026;1 500,50\nНет такой;Дизайн;05.2026;1\n"
        page = self.send(text)
        self.assertEqual((len(page.context["told"].rows), Cost.objects.count()), (1, 0))
        self.assertContains(page, "Нет такой")
        refused = self.client.post(
            reverse("admin:tracking_cost_bring"), {"sealed": page.context["sealed"], "refused": 1}
        )
        self.assertIn("Нет такой", refused.content.decode("utf-8-sig"))
        self.load(text)
        self.assertEqual(Cost.objects.get().amount, Decimal("1500.50"))
        upload = MoneyUpload.objects.get()
        self.assertEqual((upload.rows, upload.refused, upload.name), (1, 1, "затраты.csv"))
        self.client.post(reverse("admin:tracking_cost_undo", args=[upload.pk]))
        self.assertFalse(Cost.objects.exists())
        self.assertEqual(LogEntry.objects.count(), 2)

    def test_a_cost_by_hand_is_of_the_month_and_a_strange_month_is_asked_about(self) -> None:
        filled = {"campaign": self.campaign.pk, "kind": "wages", "amount": "10", "month": "2019-03", "months": "1"}
        page = self.client.post(reverse("admin:tracking_cost_add"), filled, follow=True)
        self.assertContains(page, "март 2019")
        self.assertEqual(str(Cost.objects.get().month), "2019-03-01")

    def test_a_row_that_a_person_has_changed_outlives_its_file(self) -> None:
        self.load("Вид;Месяц;Сумма\nДизайн;05.2026;7\nДизайн;06.2026;8\n")
        cost = Cost.objects.get(amount=7)
        filled = {"kind": "production", "amount": "9", "month": "2026-05", "months": "1"}
        self.client.post(reverse("admin:tracking_cost_change", args=[cost.pk]), filled)
        page = self.client.post(reverse("admin:tracking_cost_undo", args=[MoneyUpload.objects.get().pk]), follow=True)
        self.assertContains(page, "вручную")
        self.assertEqual([each.amount for each in Cost.objects.all()], [9])
