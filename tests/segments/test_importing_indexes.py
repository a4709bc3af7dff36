from typing import Any

import django_rq
from django.db import connection
from django.test import TestCase
from django.urls import reverse

from segments.consents import record_consent
from segments.identity.merging import LOCK
from segments.importing import indexes, loading
from segments.models import ConsentState, ContactPoint, ImportBatch, Mapping, Source
from tests.segments.builders import make_card, make_contact, make_customer, make_staff

TABLE = "segments_card"


def indexes_of(table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", (table,))
        return dict(cursor.fetchall())


def constraints_of(table: str) -> list[tuple[str, str]]:
    sql = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass ORDER BY conname"
    with connection.cursor() as cursor:
        cursor.execute(sql, (table,))
        return cursor.fetchall()


class IndexesTest(TestCase):
    def test_secondary_indexes_go_and_come_back_as_they_were(self) -> None:
        before = indexes_of(TABLE)
        indexes.postpone([TABLE])
        left = indexes_of(TABLE)
        self.assertNotIn("card_by_customer", left)
        self.assertIn("segments_card_pkey", left)
        self.assertEqual(set(before) - set(left), {name for name, _ in indexes.owed()})
        self.assertEqual(indexes.build(), len(before) - len(left))
        self.assertEqual((indexes_of(TABLE), indexes.owed()), (before, []))
        self.assertEqual(indexes.build(), 0)

    def test_a_primary_key_comes_back_as_one(self) -> None:
        before = constraints_of("segments_cardcontact")
        self.assertIn(("segments_cardcontact_pkey", "PRIMARY KEY (id)"), before)
        indexes.postpone(["segments_cardcontact"])
        left = constraints_of("segments_cardcontact")
        self.assertEqual(set(before) - set(left), {("segments_cardcontact_pkey", "PRIMARY KEY (id)")})
        self.assertIn("segments_cardcontact_pkey", dict(indexes.owed()))
        self.assertNotIn("segments_cardcontact_pkey", dict(indexes.owed(but=["segments_cardcontact"])))
        indexes.build()
        self.assertEqual((constraints_of("segments_cardcontact"), indexes.owed()), (before, []))

    def test_an_opt_out_finds_the_state_of_its_address_meanwhile(self) -> None:
        indexes.postpone(["segments_consentstate"])
        self.assertEqual(set(indexes_of("segments_consentstate")), {"consent_state_once"})
        address = ContactPoint.objects.create(kind="email", value="anna@mail.ru")
        for given in (True, False):
            record_consent(
                contact_point_ids=[address.pk], channels=["email"], purpose="advertising", given=given, origin="person"
            )
        self.assertEqual(ConsentState.objects.filter(given=False).count(), 1)

    def test_a_customers_page_opens_meanwhile(self) -> None:
        indexes.postpone(loading.POSTPONED[Mapping.Kind.CARDS])
        self.assertNotIn("segments_contactpoint_pkey", indexes_of("segments_contactpoint"))
        anna = make_customer("Иванова", "Анна")
        make_contact(anna, "anna@mail.ru")
        self.client.force_login(make_staff("segments.view_customer", "segments.view_contacts"))
        page = self.client.get(reverse("admin:segments_customer_change", args=[anna.pk]))
        self.assertContains(page, "anna@mail.ru")

    def test_indexes_that_a_first_load_leaves_empty_stay(self) -> None:
        indexes.postpone([TABLE])
        self.assertIn("card_pinned", indexes_of(TABLE))

    def test_a_table_with_rows_keeps_its_indexes(self) -> None:
        make_card()
        before = indexes_of(TABLE)
        indexes.postpone([TABLE])
        self.assertEqual((indexes_of(TABLE), indexes.owed()), (before, []))

    def test_what_is_owed_but_there_is_only_crossed_out(self) -> None:
        """Somebody made the index by hand after a kill."""
        indexes.postpone([TABLE])
        definitions: dict[str, Any] = dict(indexes.owed())
        with connection.cursor() as cursor:
            cursor.execute(definitions["card_by_customer"])
        indexes.build()
        self.assertEqual(indexes.owed(), [])

    def test_a_second_death_forgets_nothing(self) -> None:
        indexes.postpone([TABLE])
        owed = indexes.owed()
        indexes.postpone([TABLE])
        self.assertEqual(indexes.owed(), owed)


class PayTest(TestCase):
    """Of an import that was killed and is not run again."""

    def setUp(self) -> None:
        self.queue = django_rq.get_queue(indexes.QUEUE)
        self.queue.empty()
        self.addCleanup(self.queue.empty)

    def test_a_tick_rings_for_what_is_owed_and_nobody_will_pay(self) -> None:
        self.assertEqual(indexes.sweep(), {"indexes": 0})
        before = constraints_of("segments_consent")
        indexes.postpone(["segments_consent"])
        batch = ImportBatch.objects.create(source=Source.objects.create(name="1С"), state=ImportBatch.State.LOADING)
        self.assertEqual(indexes.sweep(), {"indexes": 0})  # it pays itself, or its next run
        ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.FAILED)
        for rung in (1, 0):  # once, as long as it waits
            with self.captureOnCommitCallbacks(execute=True):
                self.assertEqual(indexes.sweep(), {"indexes": rung})
        (job,) = self.queue.get_jobs()
        self.assertGreater(job.perform(), 0)
        self.assertEqual((constraints_of("segments_consent"), indexes.owed()), (before, []))

    def test_nothing_is_built_beside_an_import(self) -> None:
        indexes.postpone([TABLE])
        owed, other = indexes.owed(), connection.copy()
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
            self.assertEqual((indexes.pay(), indexes.owed()), (0, owed))
            cursor.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))  # a closed connection lets go of it a moment later
        self.assertEqual((indexes.pay(), indexes.owed()), (len(owed), []))
