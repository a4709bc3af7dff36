"""Facts of a new customer that two write at one moment: the second waits for the first, and both end well."""

import threading
import time

from django.db import connection, transaction
from django.test import TransactionTestCase

from segments.facts import refresh_facts
from segments.models import CustomerFacts, CustomerZone
from tests.segments.builders import make_customer

WAITS = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"


class TwoAtOnce(TransactionTestCase):
    def test_the_second_takes_what_the_first_wrote(self) -> None:
        one, other = make_customer(sex="f"), make_customer()
        second = threading.Thread(target=self._refresh)
        with transaction.atomic():
            refresh_facts([one.pk])
            second.start()
            until = time.monotonic() + 60
            while not (waits := self._somebody_waits()) and time.monotonic() < until:
                time.sleep(0.02)
        second.join()
        self.assertTrue(waits)
        self.assertEqual(self.changed, 1)
        self.assertEqual(set(CustomerFacts.objects.values_list("pk", flat=True)), {one.pk, other.pk})
        self.assertEqual(CustomerZone.objects.count(), 2)

    def _refresh(self) -> None:
        try:
            self.changed = refresh_facts(share=(0, 1))["changed"]
        finally:
            connection.close()

    def _somebody_waits(self) -> bool:
        """A transaction goes on seeing whom it saw at its first look, unless it forgets them."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITS)
            return bool(cursor.fetchone()[0])
