from typing import Any

from django.db import connection
from django.test import TestCase

from segments.importing import indexes
from tests.segments.builders import make_card

TABLE = "segments_card"


def indexes_of(table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", (table,))
        return dict(cursor.fetchall())


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
