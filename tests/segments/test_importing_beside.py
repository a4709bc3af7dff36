"""What people do while an import is under way: they stop it, and they opt out of addresses that it is just writing."""

import threading
import time
from typing import Any
from unittest import mock

from django.db import connection
from django.test import TransactionTestCase

from segments.consents import record_consent
from segments.importing import loading, loading_cards, progress, running
from segments.models import Card, Consent, ConsentState, ContactPoint, ImportBatch
from tests.segments.test_importing_running import DATA, Importing

LOCK_TIMEOUT = "SET lock_timeout = '2s'"


class BesideTest(TransactionTestCase):
    """Committed for good, with the import in a thread of its own."""

    setUp = Importing.setUp

    def receive(self) -> ImportBatch:
        with (DATA / "counterparties.csv").open("rb") as cards:
            batch = running.receive("Альфа-Авто", cards=cards)
        running.confirm(batch, background=False)
        return batch

    def start(self, batch: ImportBatch) -> threading.Thread:
        def work() -> None:
            try:
                running.run(batch.pk)
            finally:
                connection.close()

        thread = threading.Thread(target=work)
        thread.start()
        return thread

    def test_a_cancelled_import_stops_within_a_tick_and_keeps_its_parts(self) -> None:
        written, real = threading.Event(), loading.load_part

        def slow(*args: Any) -> None:
            real(*args)
            written.set()
            time.sleep(0.2)

        with mock.patch.object(loading_cards, "PART_CARDS", 20), mock.patch.object(loading, "load_part", slow):
            batch = self.receive()
            thread = self.start(batch)
            self.assertTrue(written.wait(30))
            asked = time.monotonic()
            running.cancel(batch)
            thread.join(30)
        self.assertLess(time.monotonic() - asked, progress.EVERY_SECONDS + 1)
        batch.refresh_from_db()
        self.assertEqual((batch.state, batch.cancel_asked), ("cancelled", False))
        kept = Card.objects.count()
        self.assertTrue(0 < kept < 1473, kept)
        running.confirm(batch, background=False)
        self.assertEqual(running.run(batch.pk).counters["cards"]["new"], 1473)

    def test_an_opt_out_does_not_wait_for_the_part_that_names_its_address(self) -> None:
        """All of the part is written but its consents: the address is free, and the import does not raise it."""
        real = loading_cards.record_answers

        def opted_out(*args: Any) -> None:
            thread = threading.Thread(target=self.opt_out)
            thread.start()
            thread.join(30)
            self.refused_before = ConsentState.objects.filter(origin="person").count()
            real(*args)

        with mock.patch.object(loading_cards, "record_answers", opted_out):
            self.assertEqual(running.run(self.receive().pk).state, "done")
        self.assertEqual(self.refused_before, 20)
        self.assert_all_out()

    def test_an_opt_out_waits_for_the_commit_of_the_consents_at_most(self) -> None:
        """Between the consents and the commit of their part nothing is left to do."""
        real, threads = loading_cards.record_answers, []

        def opting_out(*args: Any) -> None:
            real(*args)
            threads.append(threading.Thread(target=self.opt_out))
            threads[-1].start()
            time.sleep(0.2)  # it has met the lock by now
            self.assertEqual(Consent.objects.filter(origin="person").count(), 0)

        with mock.patch.object(loading_cards, "record_answers", opting_out):
            self.assertEqual(running.run(self.receive().pk).state, "done")
        for thread in threads:
            thread.join(30)
        self.assert_all_out()

    def opt_out(self) -> None:
        """What an unsubscribe page does, for twenty people who have said yes to their dealer."""
        try:
            with connection.cursor() as cursor:
                cursor.execute(LOCK_TIMEOUT)
            self.points = list(
                ContactPoint.objects.filter(kind="email").order_by("value").values_list("pk", flat=True)
            )[:20]
            record_consent(
                contact_point_ids=self.points, channels=["email"], purpose="advertising", given=False, origin="person"
            )
        finally:
            connection.close()

    def assert_all_out(self) -> None:
        states = ConsentState.objects.filter(contact_point__in=self.points, channel="email")
        self.assertEqual(set(states.values_list("given", "origin")), {(False, "person")})
        self.assertEqual(states.count(), 20)
        said = Consent.objects.filter(contact_point__in=self.points, channel="email", origin="import", given=True)
        self.assertTrue(said.exists())
