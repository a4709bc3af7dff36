"""Every state × every move: what is allowed is written down here once more, what is not changes nothing."""

from django.test import TestCase

from campaigns.models import Campaign, CampaignEvent
from campaigns.refusals import Refused
from campaigns.transitions import MOVES, attempt, may, move
from tests.campaigns.builders import make_campaign

ALLOWED = {
    ("draft", "submit"): "in_review",
    ("in_review", "approve"): "scheduled",
    ("in_review", "reject"): "draft",
    ("in_review", "withdraw"): "draft",
    ("scheduled", "withdraw"): "draft",
    ("overdue", "withdraw"): "draft",
    ("scheduled", "start"): "running",
    ("overdue", "start_late"): "running",
    ("scheduled", "miss"): "overdue",
    ("running", "pause"): "paused",
    ("paused", "resume"): "running",
    ("scheduled", "stop"): "stopped",
    ("overdue", "stop"): "stopped",
    ("running", "stop"): "stopped",
    ("paused", "stop"): "stopped",
    ("running", "finish"): "finished",
    ("paused", "finish"): "finished",
}
STAMPS = {"start": "started_at", "start_late": "started_at", "stop": "finished_at", "finish": "finished_at"}


class Transitions(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.campaign = make_campaign()

    def put(self, state: str) -> Campaign:
        Campaign.objects.update(state=state, started_at=None, finished_at=None)
        return Campaign.objects.get()

    def test_every_state_and_every_move(self) -> None:
        for state in Campaign.State.values:
            for verb in MOVES:
                with self.subTest(state=state, verb=verb):
                    campaign, told = self.put(state), CampaignEvent.objects.count()
                    target = ALLOWED.get((state, verb))
                    self.assertEqual(may(campaign, verb), target is not None)
                    self.assertEqual(attempt(campaign, verb), target is not None)
                    self.assertEqual(Campaign.objects.get().state, target or state)
                    self.assertEqual(campaign.state, target or state)
                    self.assertEqual(CampaignEvent.objects.count() - told, 1 if target else 0)

    def test_only_a_start_and_an_end_keep_their_time(self) -> None:
        for state, verb in ALLOWED:
            with self.subTest(state=state, verb=verb):
                move(self.put(state), verb)
                kept = Campaign.objects.get()
                stamped = {name for name in ("started_at", "finished_at") if getattr(kept, name)}
                self.assertEqual(stamped, {STAMPS[verb]} if verb in STAMPS else set())

    def test_a_refusal_names_the_state_that_it_is_in_now_and_not_the_one_it_was(self) -> None:
        stale = self.put("draft")
        Campaign.objects.update(state="in_review")
        with self.assertRaisesMessage(Refused, "на согласовании"):
            move(stale, "submit")
        self.assertEqual(stale.state, "in_review")

    def test_the_diary_keeps_who_and_why(self) -> None:
        campaign = self.put("in_review")
        move(campaign, "reject", author=campaign.author, note="Переписать тему")
        event = CampaignEvent.objects.get()
        self.assertEqual((event.verb, event.author, event.note), ("reject", campaign.author, "Переписать тему"))
