from django.test import TestCase
from django.utils import timezone

from campaigns import permission, running
from campaigns.models import Campaign, Chunk, Message, Run
from campaigns.pump.journal import Journal
from campaigns.pump.leasing import SECONDS, Fenced, Lease, Runs, claim, read
from channels.models import Account
from segments.identity.merging import merge
from segments.models import ContactPoint, MergeRecord
from tests.campaigns.builders import make_reader
from tests.campaigns.test_running import make_scheduled
from tests.segments.builders import make_consent, make_segment


class LeaseCase(TestCase):
    def setUp(self) -> None:
        permission.turn_on(None)
        self.readers = [make_reader() for _ in range(3)]
        self.campaign = make_scheduled_for(*self.readers)
        self.run_of = running.start(self.campaign)

    def claim(self, token: int = 1) -> Lease | None:
        with Journal(token) as journal:
            return claim("email", journal)

    def refusals(self) -> dict[int, str]:
        lease = self.claim()
        assert lease is not None
        return {row.customer_id: row.refusal for row in read(lease)}


def make_scheduled_for(*customers: object, **fields: object) -> Campaign:
    campaign = make_scheduled(1, **fields)
    campaign.segments_in.set([make_segment(*customers)])
    campaign.approvals.update(fingerprint=running.approval.fingerprint(campaign))
    return campaign


class ClaimTests(LeaseCase):
    def test_one_holds_a_chunk(self) -> None:
        lease = self.claim()
        self.assertEqual(lease.run, self.run_of)
        self.assertEqual(len(lease.message_ids), 3)
        self.assertIsNone(self.claim(2))

    def test_only_what_is_due_of_a_running_campaign_and_an_account_in_use(self) -> None:
        running.pause(self.campaign)
        self.assertIsNone(self.claim())
        running.resume(self.campaign)
        Account.objects.update(is_active=False)
        self.assertIsNone(self.claim())
        Account.objects.update(is_active=True)
        Chunk.objects.update(due_at=timezone.now() + timezone.timedelta(minutes=1))
        self.assertIsNone(self.claim())
        Chunk.objects.update(due_at=timezone.now())
        with Journal(9) as journal:
            self.assertIsNone(claim("sms", journal))
        self.assertIsNotNone(self.claim())

    def test_a_pump_reads_a_run_once_and_again_for_a_chunk_that_is_given_up_earlier(self) -> None:
        runs: Runs = {}
        with Journal(1) as journal:
            first = claim("email", journal, runs)
            Chunk.objects.update(state=Chunk.State.FREE)
            with self.assertNumQueries(1):
                again = claim("email", journal, runs)
            earlier = first.run.send_until - timezone.timedelta(hours=1)
            Chunk.objects.update(state=Chunk.State.FREE, send_until=earlier)
            hurried = claim("email", journal, runs)
        self.assertIs(again.run, first.run)
        self.assertEqual(hurried.run.send_until, earlier)
        self.assertGreater(first.run.send_until, earlier)


class ReadTests(LeaseCase):
    def test_who_may_be_written_to_is_decided_today(self) -> None:
        withdrawn, gone, fine = self.readers
        make_consent(ContactPoint.objects.get(holders__customer=withdrawn), given=False, origin="person")
        ContactPoint.objects.filter(holders__customer=gone).update(reachability="unreachable")
        self.assertEqual(self.refusals(), {withdrawn.pk: "no_consent", gone.pk: "suppressed", fine.pk: ""})

    def test_of_two_who_are_one_person_now_the_survivor_is_written_to(self) -> None:
        survivor, loser, other = self.readers
        loser.merged_into = survivor
        loser.save()
        self.assertEqual(self.refusals(), {survivor.pk: "", loser.pk: "duplicate", other.pk: ""})

    def test_of_two_who_became_a_third_outside_the_run_one_is_written_to(self) -> None:
        survivor = make_reader()
        first, second, other = self.readers
        for loser in (first, second):
            loser.merged_into = survivor
            loser.save()
            MergeRecord.objects.create(survivor=survivor, loser=loser, reason="test")
        self.assertEqual(self.refusals(), {first.pk: "", second.pk: "duplicate", other.pk: ""})

    def test_of_two_who_became_a_third_one_after_the_other_one_is_written_to(self) -> None:
        survivor = make_reader()
        first, second, other = self.readers
        merge([(first.pk, second.pk, "test")])
        merge([(second.pk, survivor.pk, "test")])
        self.assertEqual(self.refusals(), {first.pk: "", second.pk: "duplicate", other.pk: ""})

    def test_the_message_first_in_line_is_the_one_whoever_lives_on(self) -> None:
        """It may have been on its way before the two became one."""
        first, survivor, other = self.readers
        merge([(first.pk, survivor.pk, "test")])
        self.assertEqual(self.refusals(), {first.pk: "", survivor.pk: "duplicate", other.pk: ""})

    def test_a_control_group_stays_untouched_through_merges(self) -> None:
        first, kept_back, other = self.readers
        Message.objects.filter(customer=kept_back).update(left_out="control")
        merge([(kept_back.pk, first.pk, "test")])
        refusals = self.refusals()
        self.assertEqual((refusals[first.pk], refusals[other.pk]), ("duplicate", ""))

    def test_after_the_runs_time_all_have_expired(self) -> None:
        Run.objects.update(send_until=timezone.now() - timezone.timedelta(seconds=1))
        self.assertEqual(set(self.refusals().values()), {"expired"})


class GuardTests(LeaseCase):
    def lease(self) -> Lease:
        lease = self.claim()
        assert lease is not None
        self.now = lease.held_since
        lease.clock = lambda: self.now
        return lease

    def test_early_it_asks_nobody(self) -> None:
        lease = self.lease()
        self.now += SECONDS * 0.3
        with self.assertNumQueries(0):
            lease.guard()

    def test_a_third_into_it_it_is_renewed(self) -> None:
        lease = self.lease()
        self.now += SECONDS * 0.4
        with self.assertNumQueries(1):
            lease.guard()
        self.assertEqual(lease.held_since, self.now)

    def test_near_its_end_nothing_is_sent(self) -> None:
        lease = self.lease()
        self.now += SECONDS * 0.8
        self.assertRaises(Fenced, lease.guard)

    def test_what_another_took_is_not_renewed(self) -> None:
        lease = self.lease()
        Chunk.objects.update(token=77)
        self.now += SECONDS * 0.4
        self.assertRaises(Fenced, lease.guard)
