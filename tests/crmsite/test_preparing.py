"""`manage.py prepare`: does what is needed once, and says when the database is not there."""

from io import StringIO
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import TransactionTestCase

from crmsite import demo, preparing


class PrepareTests(TransactionTestCase):
    def test_nothing_to_do_for_a_migrated_database(self) -> None:
        out = StringIO()
        call_command("prepare", stdout=out)
        self.assertEqual(out.getvalue(), "")
        self.assertFalse(preparing.is_needed(with_demo=False))

    def test_an_empty_base_wants_its_demo(self) -> None:
        self.assertTrue(preparing.is_needed(with_demo=True))
        with mock.patch.object(demo, "load") as load:
            call_command("prepare", "--demo")
        load.assert_called_once()

    def test_the_lock_is_given_back(self) -> None:
        call_command("prepare")
        other = connection.copy()
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute(preparing.LOCK.replace("pg_advisory_lock", "pg_try_advisory_lock"))
            self.assertTrue(cursor.fetchone()[0])

    def test_a_database_that_does_not_answer_is_a_sentence(self) -> None:
        gone = OperationalError("connection refused\n")
        refused = mock.patch.object(connection, "ensure_connection", side_effect=gone)
        with refused, pytest.raises(CommandError, match="DATABASE_URL.*connection refused$"):
            call_command("prepare")
