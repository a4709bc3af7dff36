from datetime import timedelta
from typing import Any

from django.db import connection, connections, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from segments.identity import merging
from segments.identity.merging import Refused
from segments.models import (
    Card,
    CardContact,
    Consent,
    Customer,
    CustomerFacts,
    Interaction,
    MergeRecord,
    Preference,
    Segment,
    Vehicle,
)
from segments.models.identity import ReviewPair
from tests.segments import builders


class Merging(TestCase):
    def setUp(self) -> None:
        self.author = builders.make_staff().pk

    def person(self, name: str, **fields: Any) -> Customer:
        """With a card, an address, a car bought last year, and a row of facts."""
        customer = builders.make_customer(name, **fields)
        card = builders.make_card(customer, last_name=name, first_name="Анна", why="alone")
        builders.make_consent(builders.make_contact(customer, card=card))
        car = builders.make_vehicle(customer)
        builders.make_interaction(customer, card=card, vehicle=car, happened_at=timezone.now() - timedelta(days=400))
        return customer

    def holdings(self, customer: Customer) -> dict[str, int]:
        """How many of each belong to her, and whether she lives."""
        tables = {"cards": Card, "contacts": CardContact, "deals": Interaction, "cars": Vehicle, "log": Consent}
        return {word: model.objects.filter(customer=customer).count() for word, model in tables.items()}  # type: ignore[attr-defined]

    def record(self, loser: Customer) -> MergeRecord:
        return MergeRecord.objects.get(loser=loser, undone_at=None)

    def into(self, customer: Customer) -> int | None:
        customer.refresh_from_db()
        return customer.merged_into_id

    def merge(self, *people: Customer) -> None:
        """The rest into the last."""
        merging.merge_by_hand([p.pk for p in people], people[-1].pk, self.author)

    ONE = {"cards": 1, "contacts": 1, "deals": 1, "cars": 1, "log": 0}


class ByHandTest(Merging):
    def setUp(self) -> None:
        super().setUp()
        self.a, self.b, self.c = self.person("Аверина"), self.person("Белова"), self.person("Власова")

    def test_everything_moves_and_the_old_id_redirects(self) -> None:
        self.assertEqual(merging.merge_by_hand([self.a.pk, self.b.pk], self.b.pk, self.author), 1)
        self.assertEqual(self.holdings(self.b), {"cards": 2, "contacts": 2, "deals": 2, "cars": 2, "log": 0})
        self.assertEqual(self.into(self.a), self.b.pk)
        record = self.record(self.a)
        self.assertEqual((record.reason, record.author_id, len(record.card_ids)), ("hand", self.author, 1))
        self.assertEqual(CustomerFacts.objects.get(customer=self.b).purchases, 2)
        self.assertFalse(CustomerFacts.objects.filter(customer=self.a).exists())
        self.assertEqual(set(self.b.cards.values_list("why", "is_pinned")), {("alone", True), ("hand", True)})

    def test_merging_a_chain_leaves_no_chain(self) -> None:
        self.merge(self.a, self.b)
        self.merge(self.b, self.c)
        self.assertEqual((self.into(self.a), self.into(self.b)), (self.c.pk, self.c.pk))

    def test_what_makes_no_sense_is_refused(self) -> None:
        for people, survivor in (([self.a.pk], self.a.pk), ([], self.a.pk), ([self.a.pk, 999_999], self.a.pk)):
            with self.assertRaises(Refused):
                merging.merge_by_hand(people, survivor, self.author)
        self.merge(self.a, self.b)
        with self.assertRaises(Refused):
            self.merge(self.a, self.c)
        self.assertEqual(MergeRecord.objects.count(), 1)

    def test_unmerging_gives_everything_back(self) -> None:
        self.merge(self.a, self.b)
        self.assertEqual(merging.unmerge(self.record(self.a).pk, self.author), self.a.pk)
        for person in (self.a, self.b):
            self.assertEqual(self.holdings(person), self.ONE)
            self.assertIsNone(self.into(person))
            self.assertEqual(CustomerFacts.objects.get(customer=person).purchases, 1)
            self.assertEqual(set(person.cards.values_list("why", "is_pinned")), {("alone", True)})
        self.assertEqual((self.a.last_name, self.b.last_name), ("Аверина", "Белова"))
        record = MergeRecord.objects.get()
        self.assertEqual((record.undone_at is None, record.detail["undone_by"]), (False, self.author))
        pair = ReviewPair.objects.get()
        self.assertEqual((pair.state, pair.decided_by_id), ("refused", self.author))
        with self.assertRaises(Refused):
            merging.unmerge(record.pk, self.author)

    def test_the_latest_decision_stands(self) -> None:
        self.merge(self.a, self.b)
        merging.unmerge(self.record(self.a).pk, self.author)
        self.merge(self.a, self.b)
        self.assertEqual(ReviewPair.objects.get().state, "accepted")

    def test_unmerging_the_first_of_two(self) -> None:
        self.merge(self.a, self.b)
        self.merge(self.b, self.c)
        merging.unmerge(self.record(self.a).pk, self.author)
        self.assertEqual((self.into(self.a), self.into(self.b)), (None, self.c.pk))
        self.assertEqual(self.holdings(self.a), self.ONE)
        merging.unmerge(self.record(self.b).pk, self.author)
        self.assertEqual([self.holdings(p) for p in (self.a, self.b, self.c)], [self.ONE] * 3)

    def test_unmerging_the_second_of_two(self) -> None:
        self.merge(self.a, self.b)
        self.merge(self.b, self.c)
        merging.unmerge(self.record(self.b).pk, self.author)
        self.assertEqual((self.into(self.a), self.into(self.b)), (self.b.pk, None))
        self.assertEqual((self.holdings(self.b)["cards"], self.holdings(self.c)), (2, self.ONE))
        merging.unmerge(self.record(self.a).pk, self.author)
        self.assertEqual([self.holdings(p) for p in (self.a, self.b)], [self.ONE] * 2)

    def test_what_came_after_the_merge_follows_its_card(self) -> None:
        card = self.a.cards.get()
        self.merge(self.a, self.b)
        car = builders.make_vehicle(self.b)
        builders.make_interaction(self.b, card=card, vehicle=car)
        call = builders.make_interaction(self.b, "call")
        merging.unmerge(self.record(self.a).pk, self.author)
        car.refresh_from_db()
        call.refresh_from_db()
        self.assertEqual((car.customer_id, call.customer_id), (self.a.pk, self.b.pk))
        self.assertEqual(self.holdings(self.a)["deals"], 2)

    def test_calls_and_cars_without_documents_come_back_too(self) -> None:
        call, car = builders.make_interaction(self.a, "call"), builders.make_vehicle(self.a)
        self.merge(self.a, self.b)
        call.refresh_from_db()
        self.assertEqual(call.customer_id, self.b.pk)
        merging.unmerge(self.record(self.a).pk, self.author)
        call.refresh_from_db()
        car.refresh_from_db()
        self.assertEqual((call.customer_id, car.customer_id), (self.a.pk, self.a.pk))

    def test_the_log_of_consents_stays_as_it_was_said(self) -> None:
        Consent.objects.update(customer=self.a)
        said = list(Consent.objects.order_by("pk").values())
        self.merge(self.a, self.b)
        merging.unmerge(self.record(self.a).pk, self.author)
        self.assertEqual(list(Consent.objects.order_by("pk").values()), said)


class PreferencesTest(Merging):
    def test_the_survivor_has_both_and_gives_back_only_what_came(self) -> None:
        a, b = self.person("Аверина"), self.person("Белова")
        for customer, values in ((a, ("Kia", "BMW")), (b, ("Kia",))):
            for value in values:
                Preference.objects.create(customer=customer, kind="brand", value=value)
        self.merge(a, b)
        self.assertEqual(self.told(b), {("brand", "Kia"), ("brand", "BMW")})
        merging.unmerge(self.record(a).pk, self.author)
        self.assertEqual((self.told(a), self.told(b)), ({("brand", "Kia"), ("brand", "BMW")}, {("brand", "Kia")}))

    def test_fewer_messages_holds_for_both(self) -> None:
        a, b = self.person("Аверина"), self.person("Белова")
        self.merge(a, b)
        for kind, value in (("fewer", ""), ("topic", "service")):
            Preference.objects.create(customer=b, kind=kind, value=value)
        merging.unmerge(self.record(a).pk, self.author)
        self.assertEqual((self.told(a), self.told(b)), ({("fewer", "")}, {("fewer", ""), ("topic", "service")}))

    def told(self, customer: Customer) -> set[tuple[str, str]]:
        return set(Preference.objects.filter(customer=customer).values_list("kind", "value"))


class ListsTest(Merging):
    """A frozen segment is a list that nobody refreshes: a merge must not lose a person from it."""

    def on(self, segment: Segment) -> set[int]:
        return set(segment.memberships.values_list("customer_id", flat=True))

    def test_the_survivor_takes_the_place_of_the_losers_and_gives_back_only_theirs(self) -> None:
        a, b, c = self.person("Аверина"), self.person("Белова"), self.person("Власова")
        frozen = builders.make_segment(a, b, policy=Segment.Policy.FROZEN)
        both = builders.make_segment(a, c, policy=Segment.Policy.FROZEN)
        fresh = builders.make_segment(a)
        self.merge(a, c)
        self.merge(b, c)
        self.assertEqual((self.on(frozen), self.on(both), self.on(fresh)), ({c.pk}, {c.pk}, set()))
        merging.unmerge(self.record(a).pk, self.author)
        self.assertEqual((self.on(frozen), self.on(both)), ({a.pk, c.pk}, {a.pk, c.pk}))
        merging.unmerge(self.record(b).pk, self.author)
        self.assertEqual((self.on(frozen), self.on(both)), ({a.pk, b.pk}, {a.pk, c.pk}))

    def test_the_size_of_a_list_is_that_of_its_people_and_what_was_worked_out_of_it_is_stale(self) -> None:
        a, b = self.person("Аверина"), self.person("Белова")
        frozen = builders.make_segment(a, b, policy=Segment.Policy.FROZEN, changed_at=timezone.now())
        seen = []
        for step in (lambda: self.merge(a, b), lambda: merging.unmerge(self.record(a).pk, self.author)):
            before = frozen.changed_at
            step()
            frozen.refresh_from_db()
            self.assertNotEqual(frozen.changed_at, before)
            seen.append((frozen.size, len(self.on(frozen))))
        self.assertEqual(seen, [(1, 1), (2, 2)])


class SplitTest(Merging):
    def test_cards_leave_to_a_person_of_their_own(self) -> None:
        holder = self.person("Аверина")
        card = builders.make_card(holder, last_name="Белова", first_name="Ольга")
        car = builders.make_vehicle(holder)
        builders.make_contact(holder, card=card)
        builders.make_interaction(holder, card=card, vehicle=car)
        new = Customer.objects.get(pk=merging.split([card.pk], self.author))
        self.assertEqual((new.last_name, self.holdings(new)), ("Белова", self.ONE))
        self.assertEqual(self.holdings(holder), self.ONE)
        record = MergeRecord.objects.get()
        self.assertEqual((record.reason, record.author_id, record.card_ids), ("split", self.author, [card.pk]))
        self.assertEqual(ReviewPair.objects.get().state, "refused")
        self.assertEqual(Card.objects.filter(is_pinned=True).count(), 2)

    def test_all_cards_or_cards_of_two_people_cannot_leave(self) -> None:
        a, b = self.person("Аверина"), self.person("Белова")
        for cards in ([*a.cards.all()], [*a.cards.all(), *b.cards.all()], []):
            with self.assertRaises(Refused):
                merging.split([card.pk for card in cards], self.author)


class BatchTest(Merging):
    def test_all_merges_of_an_import_are_taken_back_and_those_of_others_stay(self) -> None:
        a, b, c, d = (self.person(name) for name in ("Аверина", "Белова", "Власова", "Гусева"))
        merging.merge([(a.pk, b.pk, "phone:same")], batch_id=1)
        merging.merge([(b.pk, c.pk, "vin:short"), (d.pk, c.pk, "vin:same")], batch_id=2)
        touched = merging.unmerge_batch(2)
        self.assertEqual(touched, [b.pk, c.pk, d.pk])
        self.assertEqual([self.into(p) for p in (a, b, c, d)], [b.pk, None, None, None])
        self.assertEqual([self.holdings(p)["cards"] for p in (a, b, c, d)], [0, 2, 1, 1])
        self.assertEqual(d.cards.get().why, "alone")
        self.assertFalse(Card.objects.filter(is_pinned=True).exists())
        self.assertEqual(merging.unmerge_batch(2), [])

    def test_two_steps_of_one_import(self) -> None:
        a, b, c = (self.person(name) for name in ("Аверина", "Белова", "Власова"))
        merging.merge([(a.pk, b.pk, "phone:same")], batch_id=1)
        merging.merge([(b.pk, c.pk, "vin:same")], batch_id=1)
        merging.unmerge_batch(1)
        self.assertEqual([self.holdings(p) for p in (a, b, c)], [self.ONE] * 3)
        self.assertEqual([self.into(p) for p in (a, b, c)], [None] * 3)


class BesideAnImportTest(TransactionTestCase):
    def test_by_hand_waits_until_the_import_is_done(self) -> None:
        a, b = builders.make_card().customer, builders.make_card().customer
        other = connections.create_connection("default")
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (merging.LOCK,))
            with self.assertRaises(Refused):
                merging.merge_by_hand([a.pk, b.pk], b.pk, builders.make_staff().pk)
            cursor.execute("SELECT pg_advisory_unlock(%s)", (merging.LOCK,))
        merging.merge_by_hand([a.pk, b.pk], b.pk, builders.make_staff().pk)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (merging.LOCK,))
            self.assertTrue(cursor.fetchone()[0])
