from django.db import connection
from django.test import TestCase

from campaigns import outbox, permission, running
from campaigns.models import Chunk, Outcome, Resolution
from campaigns.pump.journal import Journal, folder, here
from campaigns.pump.leasing import Fenced, Lease, claim
from campaigns.pump.recording import Batch, record
from campaigns.pump.recovery import recover
from channels.providers.base import Result
from tests.campaigns.room import assert_identity
from tests.campaigns.test_running import make_scheduled

ACCEPTED = Result("accepted", provider_key="key", code="250", reply="ok")


class RecoveryTests(TestCase):
    """A worker that wrote a journal and died: the file stays and its lock is free."""

    def setUp(self) -> None:
        permission.turn_on(None)
        self.run_of = running.start(make_scheduled(4))

    def die(self, token: int = 5) -> Lease:
        """First message accepted, second in flight, third deferred, fourth not begun."""
        with self.assertRaises(ZeroDivisionError), Journal(token) as journal:
            lease = claim("email", journal)
            assert lease is not None
            first, second, third, _fourth = lease.message_ids
            journal.before(first)
            journal.after(first, ACCEPTED)
            journal.before(second)
            journal.before(third)
            journal.after(third, Result("deferred"))
            raise ZeroDivisionError
        return lease

    def kinds(self, lease: Lease) -> list[str]:
        found = dict(Outcome.objects.values_list("message_id", "kind"))
        return [found.get(pk, "") for pk in lease.message_ids]

    def expire(self, seconds: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE campaigns_chunk SET leased_until = clock_timestamp() - interval '{seconds} s'")

    def test_on_the_same_boot_all_is_known_but_what_was_in_flight(self) -> None:
        lease = self.die()
        done = recover()
        self.assertEqual(self.kinds(lease), ["accepted", "unknown", "", ""])
        self.assertEqual((done["settled"], done["unknown"], done["back"]), (1, 1, 2))
        self.assertEqual(Chunk.objects.get().state, Chunk.State.FREE)
        self.assertEqual(Outcome.objects.get(kind="accepted").provider_key, "key")
        self.assertFalse(list(folder().iterdir()))
        self.assertEqual(assert_identity(self.run_of)["pending"], 2)
        self.assertEqual(sum(recover().values()), 0)

    def test_after_another_boot_what_is_not_written_is_unknown(self) -> None:
        lease = self.die()
        path = next(folder().iterdir())
        path.write_text(path.read_text().replace(here().boot, "another-boot"))
        recover()
        self.assertEqual(self.kinds(lease), ["accepted", "unknown", "", "unknown"])

    def test_a_living_worker_is_left_alone(self) -> None:
        with Journal(6) as journal:
            claim("email", journal)
            self.expire(1000)
            recover()
            self.assertEqual(Chunk.objects.get().state, Chunk.State.SUSPECT)
            self.assertFalse(Outcome.objects.exists())

    def test_without_its_journal_everything_is_unknown_after_a_while(self) -> None:
        lease = self.die()
        next(folder().iterdir()).unlink()
        recover()
        self.assertEqual(Chunk.objects.get().state, Chunk.State.LEASED)
        self.expire(10)
        self.assertEqual(recover()["suspect"], 1)
        self.assertEqual(self.kinds(lease), [""] * 4)
        self.expire(100)
        self.assertEqual(recover()["unknown"], 4)
        self.assertEqual(self.kinds(lease), ["unknown"] * 4)
        self.assertEqual(Chunk.objects.get().state, Chunk.State.DONE)

    def test_a_journal_that_comes_late_resolves_the_unknown(self) -> None:
        lease = self.die()
        journal = next(folder().iterdir())
        kept = journal.read_bytes()
        journal.unlink()
        self.expire(100)
        recover()
        recover()
        journal.write_bytes(kept)
        recover()
        self.assertEqual(Resolution.objects.get().message_id, lease.message_ids[0])
        self.assertEqual(Resolution.objects.get().kind, "accepted")
        counts = outbox.counts([self.run_of.pk])
        self.assertEqual((counts["accepted"], counts["unknown"]), (1, 3))
        self.assertEqual(outbox.unknowns([self.run_of.pk]).count(), 3)

    def test_who_lost_the_lease_writes_nothing(self) -> None:
        lease = self.die()
        recover()
        batch = Batch()
        batch.add(lease.message_ids[3], ACCEPTED)
        with self.assertRaises(Fenced):
            record(lease, batch)
        self.assertEqual(Outcome.objects.count(), 2)

    def test_a_lease_that_ended_well_is_no_attempt_of_a_chunk_that_kills(self) -> None:
        Chunk.objects.update(attempts=2)
        with Journal(6) as journal:
            lease = claim("email", journal)
            record(lease, Batch("email"), state=Chunk.State.FREE)
            self.assertEqual(Chunk.objects.get().attempts, 2)
            lease = claim("email", journal)
            lease.has_failed = True
            record(lease, Batch("email"), state=Chunk.State.FREE)
        self.assertEqual(Chunk.objects.get().attempts, 3)

    def test_a_chunk_that_kills_its_workers_waits(self) -> None:
        Chunk.objects.update(attempts=5)
        self.die()
        recover()
        with Journal(7) as journal:
            self.assertIsNone(claim("email", journal))


class ResolveTests(TestCase):
    def test_a_person_says_what_an_unknown_was_and_the_first_word_stands(self) -> None:
        permission.turn_on(None)
        run = running.start(make_scheduled(1))
        message_id = Chunk.objects.get().message_ids[0]
        with Journal(8) as journal:
            lease = claim("email", journal)
            batch = Batch()
            batch.add(message_id, Result("unknown"))
            record(lease, batch, state=Chunk.State.DONE)
        self.assertEqual(outbox.resolve([message_id], "rejected", evidence="a person"), 1)
        self.assertEqual(outbox.resolve([message_id], "accepted", evidence="another"), 0)
        self.assertEqual(assert_identity(run)["rejected"], 1)
        self.assertEqual(outbox.find_message(message_id).run_id, run.pk)
        self.assertIsNone(outbox.find_message(message_id + 1_000_000))
