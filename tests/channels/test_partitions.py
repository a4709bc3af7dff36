from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test import TestCase, override_settings
from django.utils import timezone

from channels import partitions, reporting
from channels.jobs import sweep
from channels.models import DeliveryReport, WebhookEvent
from channels.providers.base import Report, Told
from tests.peers.signed import make_account


def months(table: str) -> set[str]:
    return {name.rpartition("_")[2] for name in partitions._children(table)} - {"rest"}


class PartitionTests(TestCase):
    def test_this_month_and_the_next_are_there(self) -> None:
        sweep()
        self.assertEqual(partitions.ensure_near(), 0)
        now = timezone.now().astimezone(UTC)
        following = now.replace(day=1) + timedelta(days=32)
        for table in partitions.kept_days():
            self.assertLessEqual({f"{now:%Y%m}", f"{following:%Y%m}"}, months(table))

    def test_a_month_is_made_and_dropped_whole(self) -> None:
        for table in partitions.kept_days():
            partitions.ensure(table, datetime(2020, 5, 1, tzinfo=UTC))
        WebhookEvent.objects.create(account=make_account(), received_at=datetime(2020, 5, 9, tzinfo=UTC), body=b"x")
        sweep()
        self.assertFalse(WebhookEvent.objects.exists())
        self.assertTrue(all("202005" not in months(table) for table in partitions.kept_days()))

    def test_a_month_stays_until_its_last_day_is_old_enough(self) -> None:
        now = timezone.now().astimezone(UTC)
        last = (now.replace(day=1) - timedelta(days=1)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        partitions.ensure("channels_webhookevent", last)
        with override_settings(WEBHOOK_DAYS=now.day + 1):
            partitions.drop_old()
        self.assertIn(f"{last:%Y%m}", months("channels_webhookevent"))
        with override_settings(WEBHOOK_DAYS=0):
            partitions.drop_old()
        self.assertNotIn(f"{last:%Y%m}", months("channels_webhookevent"))

    def test_a_report_of_a_forgotten_month_finds_a_place_and_goes_in_time(self) -> None:
        reporting.take(make_account(), Told([Report("k1", "delivered", datetime(1970, 1, 1, tzinfo=UTC))]))
        partitions.drop_old()
        self.assertEqual(DeliveryReport.objects.count(), 1)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE channels_deliveryreport SET received_at = now() - interval '91 days'")
        partitions.drop_old()
        self.assertFalse(DeliveryReport.objects.exists())
