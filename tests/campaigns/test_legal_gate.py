"""The legal gate in the way of a launch."""

from datetime import UTC, datetime, timedelta

from django.test import TestCase, override_settings
from django.utils import timezone

from campaigns.readiness import obstacles
from channels.legal import BARS
from tests.campaigns.builders import make_account, make_campaign, make_segment_with


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
