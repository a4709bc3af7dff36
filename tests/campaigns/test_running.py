from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from unittest import mock

from django.db import connection
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from campaigns import bell, jobs, outbox, permission, running
from campaigns.models import Campaign, CampaignEvent, Chunk, Message, Run
from campaigns.refusals import Refused
from segments.models import ConsentState
from tests.campaigns.builders import approve, make_campaign, make_segment_with
from tests.campaigns.room import assert_identity, empty_outbox


def make_scheduled(people: int = 3, **fields: object) -> Campaign:
    campaign = make_campaign(make_segment_with(people), **fields)
    approve(campaign)
    return campaign


@mock.patch.object(bell, "ring", return_value=True)
class StartTests(TestCase):
    def setUp(self) -> None:
        permission.turn_on(None)

    def test_start_freezes_the_audience_and_rings(self, ring: mock.Mock) -> None:
        campaign = make_scheduled()
        with self.captureOnCommitCallbacks(execute=True):
            run = running.start(campaign, campaign.author)
        self.assertEqual(campaign.state, "running")
        self.assertEqual(run.pk // 1_000_000, int(f"{timezone.localdate():%Y%m}"))
        self.assertEqual(Message.objects.filter(run_id=run.pk).count(), 3)
        self.assertEqual(assert_identity(run)["pending"], 3)
        ring.assert_called_once_with("email")

    def test_a_second_start_is_refused(self, ring: mock.Mock) -> None:
        campaign = make_scheduled()
        stale = Campaign.objects.get(pk=campaign.pk)
        running.start(campaign)
        with self.assertRaises(Refused):
            running.start(stale)
        self.assertEqual(stale.state, "running")
        self.assertEqual(campaign.runs.count(), 1)

    def test_without_a_consent_nothing_starts_and_nothing_is_written(self, ring: mock.Mock) -> None:
        campaign = make_scheduled()
        ConsentState.objects.update(given=False)
        with self.assertRaises(Refused) as caught:
            running.start(campaign)
        self.assertIn(str(running.nobody(campaign)), caught.exception.sentence)
        self.assertEqual(campaign.state, "scheduled")
        self.assertFalse(Run.objects.exists() or Message.objects.exists() or Chunk.objects.exists())

    def test_with_sending_off_nothing_starts(self, ring: mock.Mock) -> None:
        campaign = make_scheduled()
        permission.turn_off(None)
        with self.assertRaisesMessage(Refused, "sending on"):
            running.start(campaign)
        self.assertEqual(campaign.state, "scheduled")

    def test_the_sweep_starts_what_is_due(self, ring: mock.Mock) -> None:
        due = make_scheduled()
        later = make_scheduled(starts_at=timezone.now() + timedelta(hours=1))
        done = jobs.sweep()
        self.assertEqual((done["started"], done["overdue"]), (1, 0))
        self.assertEqual(Campaign.objects.get(pk=due.pk).state, "running")
        self.assertEqual(Campaign.objects.get(pk=later.pk).state, "scheduled")
        self.assertEqual(done["rung"], 1)
        self.assertEqual(jobs.sweep()["started"], 0)

    def test_what_is_past_its_lateness_window_asks_a_person(self, ring: mock.Mock) -> None:
        campaign = make_scheduled(starts_at=timezone.now() - timedelta(hours=13))
        campaign.approvals.update(decided_at=timezone.now() - timedelta(hours=13))
        self.assertEqual(jobs.sweep()["overdue"], 1)
        campaign.refresh_from_db()
        self.assertEqual(campaign.state, "overdue")
        with self.assertRaises(Refused):
            running.start(campaign)
        running.start(campaign, campaign.author)
        self.assertEqual(campaign.state, "running")

    def test_the_diary_says_once_why_it_does_not_start(self, ring: mock.Mock) -> None:
        campaign = make_scheduled()
        ConsentState.objects.update(given=False)
        self.assertEqual(jobs.sweep()["refused"], 1)
        jobs.sweep()
        self.assertEqual(CampaignEvent.objects.filter(campaign=campaign, verb="refused").count(), 1)


@mock.patch.object(bell, "ring", return_value=True)
class StopTests(TestCase):
    def setUp(self) -> None:
        permission.turn_on(None)
        self.campaign = make_scheduled()
        self.run_of = running.start(self.campaign)

    def test_a_stop_cancels_what_no_worker_holds(self, ring: mock.Mock) -> None:
        running.stop(self.campaign)
        counts = assert_identity(self.run_of)
        self.assertEqual((counts["cancelled"], counts["pending"]), (3, 0))
        self.assertTrue(running.finish_if_drained(self.campaign))
        self.assertEqual(Campaign.objects.get(pk=self.campaign.pk).state, "stopped")

    def test_what_a_worker_gave_back_after_the_stop_is_cancelled_by_the_sweep(self, ring: mock.Mock) -> None:
        Chunk.objects.update(state=Chunk.State.LEASED)
        running.stop(self.campaign)
        self.assertEqual(assert_identity(self.run_of)["pending"], 3)
        Chunk.objects.update(state=Chunk.State.FREE)
        self.assertEqual(jobs.sweep()["cancelled"], 3)
        self.assertEqual(assert_identity(self.run_of)["pending"], 0)

    def test_pause_and_resume_keep_the_place(self, ring: mock.Mock) -> None:
        running.pause(self.campaign)
        self.assertEqual(jobs.sweep()["rung"], 0)
        with self.assertRaises(Refused):
            running.pause(self.campaign)
        running.resume(self.campaign)
        self.assertEqual(jobs.sweep()["rung"], 1)
        self.assertEqual(assert_identity(self.run_of)["pending"], 3)

    def test_it_is_not_finished_while_anything_is_pending(self, ring: mock.Mock) -> None:
        self.assertFalse(running.finish_if_drained(self.campaign))
        Chunk.objects.update(state=Chunk.State.DONE)  # a chunk that lies: its messages have no outcome
        self.assertFalse(running.finish_if_drained(self.campaign))
        self.assertEqual(Campaign.objects.get(pk=self.campaign.pk).state, "running")

    def test_progress_tells_the_identity_and_the_speed(self, ring: mock.Mock) -> None:
        progress = running.progress(self.run_of)
        self.assertEqual((progress["audience"], progress["pending"]), (3, 3))
        self.assertEqual((progress["per_second"], progress["seconds_left"]), (0, None))
        self.assertEqual(outbox.counts([self.run_of.pk])["audience"], 3)


class DoubleStartTests(TransactionTestCase):
    def test_many_schedulers_in_the_same_second_start_it_once(self) -> None:
        permission.turn_on(None)
        campaign = make_scheduled()
        barrier = Barrier(4)

        def start() -> bool:
            mine = Campaign.objects.get(pk=campaign.pk)
            barrier.wait()
            try:
                running.start(mine)
            except Refused:
                return False
            finally:
                connection.close()
            return True

        with mock.patch.object(bell, "ring"), ThreadPoolExecutor(4) as pool:
            started = [future.result() for future in [pool.submit(start) for _ in range(4)]]
        self.assertEqual(sum(started), 1)
        self.assertEqual(Run.objects.filter(campaign=campaign).count(), 1)
        empty_outbox()
