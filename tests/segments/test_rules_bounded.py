"""The limit of a question: it acts, it says so, and it does not outlive the question."""

from django.db import ProgrammingError, connection
from django.test import TestCase

from segments.rules.bounded import TooSlow, bounded


def ask(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


class Bounded(TestCase):
    def test_it_stops_and_gives_the_settings_back(self) -> None:
        before = ask("SHOW statement_timeout"), ask("SHOW work_mem")
        with bounded(3):
            self.assertEqual(ask("SHOW statement_timeout"), "3s")
        self.assertEqual((ask("SHOW statement_timeout"), ask("SHOW work_mem")), before)
        with self.assertRaises(TooSlow), bounded(0.1):
            ask("SELECT 'x' FROM pg_sleep(9)")
        self.assertEqual((ask("SHOW statement_timeout"), ask("SHOW work_mem")), before)

    def test_other_faults_pass_through(self) -> None:
        with self.assertRaises(ProgrammingError), bounded(1):
            ask("SELECT nothing_like_that")
