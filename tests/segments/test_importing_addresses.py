"""Addresses of a file get their ids: new ones, known ones, and those that somebody adds at the same moment."""

import threading
import time
from typing import Any
from unittest import mock

import polars as pl
from django.db import connection
from django.test import TestCase, TransactionTestCase

from segments.importing import addresses, running
from segments.importing.addresses import forget_unheld, settle_addresses
from segments.importing.errors import Cancelled
from segments.importing.work import Work
from segments.models import ContactPoint, ImportBatch
from tests.segments import builders
from tests.segments.test_importing_running import DATA, Importing

COPY_WAITS = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'COPY segments_contactpoint%')
"""
ADD = "INSERT INTO segments_contactpoint (kind, value, country, is_mobile) VALUES ('phone', '+79210000002', 'RU', true)"
SCHEMA: dict[str, Any] = {
    "line": pl.Int64, "kind": pl.String, "value": pl.String, "country": pl.String, "is_mobile": pl.Boolean,
    "position": pl.Int16,
}  # fmt: skip
PHONES = ("+79210000001", "+79210000002", "+79210000003")


def phones(*held: tuple[int, str]) -> pl.DataFrame:
    """Contacts of cards: (line, phone)."""
    return pl.DataFrame([(line, "phone", value, "RU", True, 0) for line, value in held], SCHEMA, orient="row")


def mails(*held: tuple[int, str]) -> pl.DataFrame:
    return pl.DataFrame([(line, "email", value, None, None, 0) for line, value in held], SCHEMA, orient="row")


class Settling:
    setUp = Importing.setUp

    def work(self) -> Work:
        with (DATA / "counterparties.csv").open("rb") as cards:
            return Work(running.receive("Альфа-Авто", cards=cards))

    def settled(self, work: Work, contacts: pl.DataFrame) -> list[tuple[int, str]]:
        """(line, the address in the base of the id that it got)."""
        found = settle_addresses(work, lambda: contacts)
        points = dict(ContactPoint.objects.values_list("id", "value"))
        return sorted((line, points[point]) for line, point in found.select("line", "contact_point_id").iter_rows())


class SettlingTest(Settling, TestCase):
    def test_an_address_is_one_row_whoever_holds_it(self) -> None:
        held = [(1, PHONES[0]), (2, PHONES[0]), (2, PHONES[1]), (3, PHONES[2])]
        with mock.patch.object(addresses, "SLICE", 2):
            found = self.settled(work := self.work(), pl.concat([phones(*held), mails((1, "a@x.ru"))]))
        self.assertEqual(found, sorted([*held, (1, "a@x.ru")]))
        kept = ContactPoint.objects.values_list("value", "kind", "country", "is_mobile", "first_batch_id")
        self.assertEqual(
            set(kept),
            {(phone, "phone", "RU", True, work.batch.pk) for phone in PHONES}
            | {("a@x.ru", "email", "", None, work.batch.pk)},
        )

    def test_one_that_the_base_has_stays_as_it_is(self) -> None:
        known = builders.make_contact(builders.make_customer(), PHONES[1])
        held = list(enumerate(PHONES))
        self.assertEqual(self.settled(self.work(), phones(*held)), held)
        known.refresh_from_db()
        self.assertIsNone(known.first_batch_id)
        self.assertEqual(ContactPoint.objects.count(), 3)

    def test_it_says_which_addresses_nobody_had(self) -> None:
        builders.make_contact(builders.make_customer(), PHONES[1])
        found = settle_addresses(self.work(), lambda: phones(*enumerate(PHONES))).sort("line")
        self.assertEqual(found["is_new"].to_list(), [True, False, True])

    def test_nothing_comes_of_nothing(self) -> None:
        self.assertEqual(
            settle_addresses(self.work(), phones).columns, ["line", "kind", "position", "contact_point_id", "is_new"]
        )

    def test_whoever_stops_the_import_need_not_wait_for_the_last_address(self) -> None:
        work = self.work()
        ImportBatch.objects.filter(pk=work.batch.pk).update(cancel_asked=True)
        with mock.patch.object(addresses, "SLICE", 1), self.assertRaises(Cancelled):
            settle_addresses(work, lambda: phones(*enumerate(PHONES)))
        self.assertEqual(ContactPoint.objects.count(), 1)
        forget_unheld(work.batch.pk)
        self.assertFalse(ContactPoint.objects.exists())


class AtTheSameMomentTest(Settling, TransactionTestCase):
    def test_an_address_that_somebody_was_quicker_with_is_taken_as_it_is(self) -> None:
        other, work, found = connection.copy(), self.work(), []

        def settle() -> None:
            try:
                found.extend(self.settled(work, phones(*enumerate(PHONES))))
            finally:
                connection.close()

        self.addCleanup(other.close)
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(ADD)
        thread = threading.Thread(target=settle)
        thread.start()
        until = time.monotonic() + 20
        while time.monotonic() < until and not self.copy_waits():
            time.sleep(0.05)
        other.commit()
        thread.join(20)
        self.assertEqual(found, list(enumerate(PHONES)))
        by_whom = dict(ContactPoint.objects.values_list("value", "first_batch_id"))
        self.assertEqual(by_whom, {PHONES[0]: work.batch.pk, PHONES[1]: None, PHONES[2]: work.batch.pk})

    def copy_waits(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(COPY_WAITS)
            return cursor.fetchone()[0]
