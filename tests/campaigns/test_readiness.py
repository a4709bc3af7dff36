"""What stands in the way of a launch on the side of the account, and of the law."""

from datetime import UTC, datetime, timedelta

from django.test import TestCase, override_settings
from django.utils import timezone

from campaigns.readiness import obstacles
from channels import health
from channels.legal import BARS
from tests.campaigns.builders import make_account, make_campaign, make_segment_with


class AccountTest(TestCase):
    def obstacles(self, **fields: object) -> list[str]:
        return obstacles(make_campaign(make_segment_with(1), account=make_account(**fields)))

    def test_an_account_that_may_carry_the_campaign_is_no_obstacle(self) -> None:
        self.assertEqual(self.obstacles(purpose="both"), [])
        self.assertEqual(self.obstacles(purpose="advertising"), [])

    def test_one_for_service_messages_carries_no_advertising(self) -> None:
        self.assertIn("не для сообщений с такой целью", self.obstacles(purpose="service")[0])

    def test_one_that_waits_for_a_person_and_one_out_of_use(self) -> None:
        self.assertIn("отключён", self.obstacles(is_active=False)[0])
        campaign = make_campaign(make_segment_with(1), account=make_account())
        health.failed(campaign.account_id, "Пароль", permanent=True)
        self.assertIn("пока его не исправят", obstacles(campaign)[0])
        health.resume(campaign.account)
        self.assertEqual(obstacles(campaign), [])


class LegalGateTest(TestCase):
    def told(self, channel: str = "whatsapp", **fields: object) -> list[str]:
        """What of the law stands in the way of a campaign over this channel; it has a letter's text."""
        campaign = make_campaign(make_segment_with(1), account=make_account(), **fields)
        campaign.channel = channel
        return [sentence for sentence in obstacles(campaign) if "38-ФЗ" in sentence]

    def test_advertising_over_whatsapp_is_one_sentence_with_its_source(self) -> None:
        (sentence,) = self.told()
        self.assertIn("Реклама через WhatsApp не отправляется", sentence)

    def test_service_messages_and_other_channels_pass(self) -> None:
        self.assertEqual(self.told(purpose="service"), [])
        self.assertEqual(self.told(channel="email"), [])

    def test_a_decision_of_the_installation_opens_it(self) -> None:
        with override_settings(LEGAL_GATE={"whatsapp": {"advertising": True}}):
            self.assertEqual(self.told(), [])

    def test_the_day_of_the_start_counts_and_never_one_that_is_past(self) -> None:
        past = datetime.combine(BARS[0].since - timedelta(9), datetime.min.time(), UTC)
        self.assertEqual(len(self.told(starts_at=past)), 1)
        self.assertEqual(len(self.told(starts_at=timezone.now() + timedelta(9))), 1)
