from unittest import mock

import django_rq
import polars as pl
from django.core.management import call_command
from django.test import TestCase, TransactionTestCase, override_settings

from segments.identity import proposing, review
from segments.identity.linkage import FOUND, SURE_FROM
from segments.identity.merging import Refused, merge_by_hand, split, unmerge
from segments.importing import jobs
from segments.models import Card, Customer, MergeRecord
from segments.models.identity import ReviewPair
from tests.segments import builders
from tests.segments.scoring import score
from tests.segments.test_importing_running import DATA, Importing


class QueueTest(TestCase):
    def setUp(self) -> None:
        self.author = builders.make_staff().pk
        self.cards = [builders.make_card() for _ in range(3)]
        self.people = [card.customer for card in self.cards]

    def propose(self, *pairs: tuple[int, int]) -> dict[str, int]:
        """As if the model had found these pairs of `self.people`."""
        rows = [(self.people[a].pk, self.people[b].pk, 0.9, '{"phones": "same", "middle": null}') for a, b in pairs]
        found = pl.DataFrame(rows, schema=FOUND, orient="row")
        with mock.patch.object(proposing, "score_pairs", return_value=found):
            return proposing.propose()

    def pair(self) -> ReviewPair:
        return ReviewPair.objects.get()

    def test_a_pair_is_asked_once(self) -> None:
        self.assertEqual(self.propose((0, 1)), {"proposed": 1, "dropped": 0, "open": 1})
        self.assertEqual(self.propose((0, 1))["proposed"], 0)
        pair = self.pair()
        self.assertEqual((pair.card_a, pair.card_b), tuple(self.cards[:2]))
        self.assertEqual((pair.state, pair.score, pair.evidence), ("open", 0.9, {"phones": "same"}))

    def test_what_was_decided_is_never_asked_again_not_even_of_other_cards(self) -> None:
        self.propose((0, 1))
        review.refuse(self.pair().pk, self.author)
        builders.make_card(self.people[1])
        first = self.cards[1]
        self.cards[1] = builders.make_card(self.people[1])
        self.assertEqual(self.propose((0, 1))["proposed"], 0)
        self.assertEqual(self.pair().card_b, first)

    def test_pairs_that_became_one_person_or_lost_a_card_are_dropped(self) -> None:
        self.propose((0, 1), (1, 2))
        merge_by_hand([self.people[0].pk, self.people[1].pk], self.people[0].pk, self.author)
        self.assertEqual(ReviewPair.objects.count(), 1)
        self.cards[2].delete()
        self.assertEqual(self.propose()["dropped"], 1)

    def test_accepting_merges_into_the_older(self) -> None:
        self.propose((0, 1))
        self.assertEqual(review.accept(self.pair().pk, self.author), self.people[0].pk)
        pair = self.pair()
        self.assertEqual((pair.state, pair.decided_by_id), ("accepted", self.author))
        record = MergeRecord.objects.get()
        self.assertEqual((record.reason, record.survivor_id), ("review", self.people[0].pk))
        self.cards[1].refresh_from_db()
        self.assertEqual((self.cards[1].customer_id, self.cards[1].why), (self.people[0].pk, "review"))
        for act in (review.accept, review.refuse):
            with self.assertRaises(Refused):
                act(pair.pk, self.author)

    def test_taking_the_merge_back_turns_the_answer(self) -> None:
        self.propose((0, 1))
        review.accept(self.pair().pk, self.author)
        unmerge(MergeRecord.objects.get().pk, self.author)
        self.assertEqual(self.pair().state, "refused")

    def test_refusing_leaves_both(self) -> None:
        self.propose((0, 1))
        review.refuse(self.pair().pk, self.author)
        self.assertEqual(self.pair().state, "refused")
        self.assertEqual(Customer.objects.filter(merged_into=None).count(), 3)

    def test_a_pair_that_is_one_customer_by_now_cannot_be_refused(self) -> None:
        self.propose((0, 1))
        self.cards[1].customer = self.people[0]
        self.cards[1].save()
        with self.assertRaises(Refused):
            review.refuse(self.pair().pk, self.author)

    def test_people_put_apart_by_hand_are_not_asked(self) -> None:
        second = builders.make_card(self.people[0])
        self.people[1] = Customer.objects.get(pk=split([second.pk], self.author))
        self.assertEqual(self.propose((0, 1))["proposed"], 0)

    def test_the_evidence_in_words(self) -> None:
        said = review.explain({"last": "initial", "phones": "same", "middle": "other", "unknown": "same"})
        self.assertEqual([code for code, _, _ in said], ["same", "initial", "other"])


class AfterImportTest(Importing):
    def test_the_queue_accepted_at_its_threshold(self) -> None:
        batch = self.bring_export()
        report = proposing.propose_for(batch.pk)
        batch.refresh_from_db()
        self.assertEqual(batch.counters["review_pairs"], report["proposed"])
        self.assertGreater(report["proposed"], 0)
        author = builders.make_staff().pk
        for pair in ReviewPair.objects.filter(score__gte=SURE_FROM):
            review.accept(pair.pk, author)
        held = Card.objects.values_list("code", "customer_id")
        found = score(DATA / "truth.csv", held)
        self.assertGreaterEqual(found.precision, 0.999)
        self.assertGreaterEqual(found.recall, 0.96)

    def test_the_worker_rings_for_it_unless_it_is_switched_off(self) -> None:
        batch = self.bring("1;Иванов Пётр;;;;;\r\n")
        queue = django_rq.get_queue(review.QUEUE)
        for seconds, rung in ((300, 1), (0, 0)):
            queue.empty()
            with override_settings(REVIEW_SECONDS=seconds), self.captureOnCommitCallbacks(execute=True):
                type(batch).objects.filter(pk=batch.pk).update(state="done")
                jobs.run_batch(batch.pk)
            self.assertEqual([job.func_name for job in queue.jobs], [review.JOB] * rung)
        queue.empty()

    def test_the_command(self) -> None:
        with mock.patch.object(proposing, "propose", return_value={"proposed": 2, "dropped": 1, "open": 5}) as propose:
            call_command("propose_pairs", "--json", stdout=mock.Mock())
            propose.assert_called_once_with()


class OwnProcessTest(TransactionTestCase):
    def test_a_process_of_its_own_sees_this_very_database(self) -> None:
        for phone in ("+79216756405", "+79216756406"):
            card = builders.make_card(last_name="Иванова", first_name="Анна", middle_name="Петровна")
            builders.make_contact(card.customer, phone, card=card)
        Customer.objects.update(middle_name="Петровна", birth_date="1990-01-02")
        report = review.propose_tonight()
        self.assertEqual((report["proposed"], ReviewPair.objects.count()), (1, 1))
        review.propose_apart(0)
        self.assertEqual(ReviewPair.objects.count(), 1)

    def test_a_process_that_takes_too_long_is_left_to_the_night(self) -> None:
        with override_settings(REVIEW_SECONDS=0.01), self.assertLogs("segments.identity.review", "WARNING"):
            review.propose_apart(0)
        with override_settings(REVIEW_SECONDS=0):
            self.assertEqual(review.propose_tonight(), {})
