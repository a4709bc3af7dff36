from django.db import connection
from django.test import TestCase

from campaigns import partitions


class PartitionTests(TestCase):
    def test_a_month_is_made_once_and_holds_its_runs(self) -> None:
        self.assertTrue(partitions.ensure(203012))
        self.assertFalse(partitions.ensure(203012))
        self.assertTrue(partitions.ensure(203101))
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO campaigns_outcome (run_id, message_id, kind) VALUES (203012000001, 1, 'unknown')"
            )
            cursor.execute("SELECT tableoid::regclass::text FROM campaigns_outcome WHERE run_id = 203012000001")
            self.assertEqual(cursor.fetchone()[0], "campaigns_outcome_203012")

    def test_message_ids_go_on_over_the_months(self) -> None:
        partitions.ensure(203012)
        partitions.ensure(203101)
        insert = "INSERT INTO campaigns_message (run_id, customer_id, channel) VALUES (%s, 1, 'email') RETURNING id"
        with connection.cursor() as cursor:
            cursor.execute(insert, [203012000001])
            first = cursor.fetchone()[0]
            cursor.execute(insert, [203101000001])
            self.assertGreater(cursor.fetchone()[0], first)

    def test_this_month_and_the_next_are_kept_ready(self) -> None:
        partitions.ensure_near()
        self.assertEqual(partitions.ensure_near(), 0)
