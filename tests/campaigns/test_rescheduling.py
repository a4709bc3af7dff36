"""A campaign is moved to another day: its hour stays, its approval goes, and of two who move it one is told."""

from datetime import date, datetime, timedelta

from django.test import TestCase
from django.utils import timezone

from campaigns import approval
from campaigns.models import Campaign
from campaigns.refusals import Refused
from campaigns.rescheduling import reschedule, stamp
from tests.campaigns.builders import approve, make_campaign, make_segment_with


def local(campaign: Campaign) -> datetime:
    campaign.refresh_from_db()
    return timezone.localtime(campaign.starts_at)


class Rescheduling(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.today = timezone.localdate()
        cls.start = timezone.make_aware(datetime.combine(cls.today + timedelta(days=3), datetime.min.time())).replace(
            hour=18, minute=40
        )
        cls.day = cls.today + timedelta(days=9)
        cls.draft = make_campaign(make_segment_with(2), starts_at=cls.start)

    def move(self, campaign: Campaign, day: date | None = None, **how: object) -> None:
        how.setdefault("seen", stamp(campaign))
        reschedule(campaign, day or self.day, campaign.author, **how)

    def test_the_hour_stays_and_the_move_is_in_the_history(self) -> None:
        self.move(self.draft)
        self.assertEqual(
            (local(self.draft).date(), local(self.draft).hour, local(self.draft).minute), (self.day, 18, 40)
        )
        self.assertEqual(self.draft.history.count(), 2)

    def test_a_draft_without_a_start_begins_at_ten(self) -> None:
        campaign = make_campaign()
        self.move(campaign)
        self.assertEqual((local(campaign).date(), local(campaign).hour), (self.day, 10))

    def test_whoever_looks_at_an_old_page_is_refused(self) -> None:
        seen = stamp(self.draft)
        self.move(self.draft)
        with self.assertRaisesMessage(Refused, "перенёс кто-то другой"):
            self.move(self.draft, self.day + timedelta(days=1), seen=seen)
        self.assertEqual(local(self.draft).date(), self.day)

    def test_nothing_starts_in_the_past(self) -> None:
        for day in (self.today - timedelta(days=1), self.today - timedelta(days=400)):
            with self.assertRaisesMessage(Refused, "уже прошёл"):
                self.move(self.draft, day)

    def test_an_approved_one_becomes_a_draft_again_when_that_was_agreed_to(self) -> None:
        approve(self.draft)
        with self.assertRaisesMessage(Refused, "перенос его отменит"):
            self.move(self.draft)
        self.draft.refresh_from_db()
        self.assertTrue(approval.is_valid(self.draft))
        self.move(self.draft, may_withdraw=True)
        self.assertEqual((local(self.draft).date(), self.draft.state), (self.day, Campaign.State.DRAFT))
        self.assertFalse(approval.is_valid(self.draft))
        self.assertEqual(self.draft.events.first().verb, "withdraw")

    def test_what_has_begun_cannot_be_moved(self) -> None:
        for state in (Campaign.State.RUNNING, Campaign.State.PAUSED, Campaign.State.FINISHED, Campaign.State.STOPPED):
            campaign = make_campaign(state=state, starts_at=self.start)
            with self.assertRaisesMessage(Refused, "уже не перенести"):
                self.move(campaign, may_withdraw=True)
            self.assertEqual(local(campaign), self.start)
