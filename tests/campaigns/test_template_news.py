"""What Meta tells of a template by itself: the state changes at once, and a campaign under it stops with the reason."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from campaigns import permission, readiness, running, templating
from campaigns.models import Campaign, CampaignEvent, MessageTemplate
from channels.models import WebhookEvent
from channels.sealing import seal
from tests.campaigns.builders import approve, make_account, make_campaign
from tests.segments.builders import make_consent, make_contact, make_customer, make_segment

NOW = timezone.now()


class TemplateNewsTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        secret = seal(json.dumps({"token": "t", "app_secret": "s", "verify": "v"}))
        options = {"phone_number_id": "1", "waba_id": "W", "url": "http://127.0.0.1:1"}
        cls.account = make_account(channel="whatsapp", provider="whatsapp", secret=secret, options=options)
        cls.template = MessageTemplate.objects.create(
            account=cls.account,
            name="service",
            language="ru",
            state="approved",
            body="Осмотр",
            synced_at=NOW,
            asked_at=NOW,
        )

    def tell(
        self, event: str = "PAUSED", *, ago: int = 0, field: str = "message_template_status_update", **value: Any
    ) -> int:
        named = {"event": event, "message_template_name": "service", "message_template_language": "ru"} | value
        at = int((timezone.now() - timedelta(seconds=ago)).timestamp())
        entry = {"id": "W", "time": at, "changes": [{"field": field, "value": named}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        signature = "sha256=" + hmac.new(b"s", body, hashlib.sha256).hexdigest()
        address = reverse("channels:hook", args=[self.account.hook])
        return self.client.post(
            address, body, content_type="application/json", headers={"X-Hub-Signature-256": signature}
        ).status_code

    def state(self) -> tuple[str, str]:
        self.template.refresh_from_db()
        return self.template.state, self.template.reason

    def campaign(self) -> Campaign:
        customer = make_customer()
        make_consent(make_contact(customer, "+79210000001"), channels=["whatsapp"], purpose="service")
        text = {"subject": "", "preheader": "", **self.template.text()}
        text["extras"] |= {"values": {}}
        return make_campaign(
            make_segment(customer), content=text, account=self.account, channel="whatsapp", purpose="service"
        )

    def test_a_running_campaign_stops_and_says_why(self) -> None:
        permission.turn_on(None)
        campaign = self.campaign()
        approve(campaign)
        running.start(campaign)
        self.assertEqual(self.tell(other_info={"title": "FIRST_PAUSE"}), 200)
        self.assertEqual(self.state(), ("paused", "FIRST_PAUSE"))
        campaign.refresh_from_db()
        self.assertEqual(campaign.state, "paused")
        note = CampaignEvent.objects.get(campaign=campaign, verb="pause").note
        self.assertIn("приостановлен (FIRST_PAUSE)", note)
        self.tell(other_info={"title": "FIRST_PAUSE"})
        self.assertEqual(CampaignEvent.objects.filter(campaign=campaign, verb="pause").count(), 1)

    def test_one_that_waits_says_so_on_its_page(self) -> None:
        campaign = self.campaign()
        self.assertFalse([one for one in readiness.obstacles(campaign) if "service" in one])
        self.tell("REJECTED", reason="ABUSIVE_CONTENT")
        self.assertTrue([one for one in readiness.obstacles(campaign) if "отклонён (ABUSIVE_CONTENT)" in one])
        self.tell("APPROVED", reason="NONE")
        self.assertEqual(self.state(), ("approved", ""))

    def test_the_later_stands_however_they_come(self) -> None:
        self.tell("PAUSED", ago=5)
        self.tell("APPROVED", ago=20)
        self.assertEqual(self.state()[0], "paused")
        MessageTemplate.objects.update(synced_at=timezone.now(), told_at=None, state="approved")
        self.tell("PAUSED", ago=3600)  # the list was read since
        self.assertEqual(self.state()[0], "approved")

    def test_quality_is_kept_and_what_is_not_known_is_read_anew(self) -> None:
        self.tell(field="message_template_quality_update", new_quality_score="RED")
        self.template.refresh_from_db()
        self.assertEqual((self.template.quality, self.template.state, templating.is_due()), ("RED", "approved", False))
        for more in (
            {"message_template_name": "new", "event": "APPROVED"},
            {"field": "message_template_components_update"},
        ):
            MessageTemplate.objects.update(asked_at=NOW)
            self.assertEqual(self.tell(**more), 200)
            self.assertTrue(templating.is_due(), more)

    def test_a_template_of_nobody_is_no_fault(self) -> None:
        MessageTemplate.objects.all().delete()
        self.assertEqual(self.tell(), 200)
        self.assertEqual(WebhookEvent.objects.count(), 1)
