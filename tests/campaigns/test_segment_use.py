"""Campaigns say which segments they go to, and how many messages the people of a segment got."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from campaigns import engagement, segment_use
from segments import shares, usage
from segments.models import Customer, SegmentShare
from tests.campaigns.builders import make_campaign, make_reader, make_segment_with
from tests.campaigns.room import empty_outbox
from tests.tracking.builders import make_message, make_run


class Uses(TestCase):
    def test_audience_and_exception_of_campaigns_of_any_state(self) -> None:
        inside, outside = make_segment_with(0), make_segment_with(0)
        campaign = make_campaign(inside, except_segments=(outside,), name="Осень", state="finished")
        found = usage.where_used([inside, outside])
        told = [(str(use.what), use.name, str(use.detail)) for use in (*found[inside.pk], *found[outside.pk])]
        self.assertEqual(told, [("кампания", "Осень", "завершена"), ("кампания, как исключение", "Осень", "завершена")])
        self.assertIn(str(campaign.pk), found[inside.pk][0].url)
        with self.assertRaises(usage.InUse):
            usage.delete(outside)

    def test_nothing_names_it(self) -> None:
        self.assertEqual(segment_use.uses([make_segment_with(0)]), {})


class Messages(TestCase):
    def setUp(self) -> None:
        self.addCleanup(empty_outbox)
        self.anna, self.boris = make_reader(), make_reader()
        run = make_run()
        for _number in range(2):
            make_message(make_run(), self.anna)
        make_message(run, self.boris)
        make_message(run, self.anna, left_out="no_consent")
        make_message(make_run(), self.anna, outcome="rejected")
        self.segment = make_segment_with([self.anna])
        engagement.refresh()

    def test_accepted_ones_of_the_span(self) -> None:
        shares.measure([self.segment])
        share = SegmentShare.objects.get(measure="messages")
        self.assertEqual((share.value, share.total), (2, 3))

    def test_earlier_ones_do_not_count(self) -> None:
        later = timezone.now() + timedelta(minutes=1)
        self.assertEqual(segment_use.messages([self.segment.pk], later), ({}, 0))

    def test_what_was_sent_to_whoever_became_one_with_somebody_is_hers(self) -> None:
        Customer.objects.filter(pk=self.boris.pk).update(merged_into=self.anna)
        engagement.refresh()
        since = timezone.now() - timedelta(days=2)
        self.assertEqual(segment_use.messages([self.segment.pk], since), ({self.segment.pk: 3}, 3))
