from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from campaigns import forecast
from campaigns.delivery import record
from campaigns.forecast import History
from campaigns.models import Campaign, Run
from tests.campaigns.builders import make_account, make_campaign, make_reader
from tests.segments.builders import make_interaction
from tests.tracking.builders import make_message, make_run
from tracking import track_record
from tracking.models import ChannelRecord


class TrackRecordTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = make_account(is_default=False)
        cls.old, cls.fresh, cls.newest = (cls.gone(days) for days in (100, 20, 3))

    @classmethod
    def gone(cls, days_ago: int, **fields: object) -> Run:
        """A finished campaign with three written to, one of them a reader, and one left alone."""
        run = make_run(make_campaign(account=cls.account, **fields), days_ago=days_ago)
        then = run.started_at
        written = [make_message(run, make_reader()) for _ in range(3)]
        held = make_message(run, make_reader(), left_out="control")
        record({written[0].pk: run.pk}, "opened", then)
        for message in (written[1], held):
            make_interaction(message.customer, "sale", amount=1000, margin=100, happened_at=then + timedelta(days=1))
        Run.objects.filter(pk=run.pk).update(finished_at=then)
        Campaign.objects.filter(pk=run.campaign_id).update(state="finished", started_at=then)
        return run

    def test_openings_have_a_week_and_deals_their_whole_window(self) -> None:
        self.assertEqual(track_record.count(), {"channels": 1})
        row = ChannelRecord.objects.get()
        self.assertEqual((row.channel, row.purpose, row.campaigns), ("email", "advertising", 2))
        self.assertEqual((row.sent, row.delivered, row.opened, row.opted_out), (6, 2, 2, 0))
        self.assertEqual((row.people, row.deals, row.margin), (3, 1, 100))
        self.assertEqual((row.control, row.control_deals), (1, 1))

    def test_counting_again_is_the_same_and_what_is_old_goes(self) -> None:
        track_record.count()
        track_record.count()
        self.assertEqual(ChannelRecord.objects.get().sent, 6)
        Campaign.objects.update(started_at=timezone.now() - timedelta(days=366))
        track_record.count()
        self.assertFalse(ChannelRecord.objects.exists())

    def test_service_messages_are_counted_apart_and_running_campaigns_not(self) -> None:
        self.gone(30, purpose="service")
        Campaign.objects.filter(pk=self.fresh.campaign_id).update(state="running")
        track_record.count()
        self.assertEqual(dict(ChannelRecord.objects.values_list("purpose", "sent")), {"advertising": 3, "service": 3})

    def test_a_forecast_reads_it(self) -> None:
        campaign = Campaign.objects.get(pk=self.old.campaign_id)
        self.assertEqual(track_record.of_campaign(campaign), History())
        track_record.count()
        self.assertEqual(forecast._readers, [track_record.of_campaign])
        history = track_record.of_campaign(campaign)
        self.assertEqual((history.sent, history.reached["opened"], history.people, history.deals), (6, 2, 3, 1))
        campaign.channel = "sms"
        self.assertEqual(track_record.of_campaign(campaign), History())
