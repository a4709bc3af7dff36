"""Names and codes of new segments are free, also when two people make one at the same moment."""

import threading
import time

from django.db import connection, transaction
from django.test import TestCase, TransactionTestCase

from segments import cloning
from segments.models import Segment
from segments.naming import LONGEST, free_name, slug_for
from tests.segments.builders import make_segment, make_staff

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


class Names(TestCase):
    def test_a_free_one_stays_a_taken_one_gets_the_next_number(self) -> None:
        self.assertEqual(free_name("Спящие"), "Спящие")
        for name in ("Спящие", "Спящие (2)", "Спящие (4)"):
            make_segment(rule=BUYERS, name=name)
        self.assertEqual(free_name("Спящие"), "Спящие (3)")

    def test_the_number_fits_into_the_column(self) -> None:
        make_segment(rule=BUYERS, name="я" * LONGEST)
        self.assertEqual(free_name("я" * 200), "я" * (LONGEST - 4) + " (2)")

    def test_codes_begin_alike_and_differ(self) -> None:
        make_segment(rule=BUYERS, slug="spyaschie")
        self.assertEqual(slug_for("Спящие"), "spyaschie-2")


class AtOneMoment(TransactionTestCase):
    def test_the_second_clone_waits_for_the_first_and_takes_the_next_name(self) -> None:
        segment, author = make_segment(rule=BUYERS, name="Спящие"), make_staff()
        made: list[str] = []

        def clone() -> None:
            try:
                made.append(cloning.clone(segment, author).name)
            finally:
                connection.close()

        other = threading.Thread(target=clone)
        with transaction.atomic():
            cloning.clone(segment, author)
            other.start()
            self.assertTrue(_somebody_waits())
        other.join(10)
        self.assertEqual(made, ["Спящие (копия) (2)"])
        self.assertEqual(Segment.objects.count(), 3)
        self.assertEqual(len(set(Segment.objects.values_list("slug", flat=True))), 3)


def _somebody_waits() -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.02)
    return False
