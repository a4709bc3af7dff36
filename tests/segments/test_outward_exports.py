"""Every taking of people's data leaves a line: who, whose, when, where to."""

import tempfile
from pathlib import Path

from django.core.management import call_command
from django.test import TestCase

from segments.models import DataExport
from segments.outward import exports
from tests.segments.builders import make_card, make_staff


class Log(TestCase):
    def test_who_what_and_where_to(self) -> None:
        staff = make_staff()
        entry = exports.record("rejected_rows", about="№ 5" * 100, recipient="браузер", rows=7, user=staff)
        self.assertEqual((entry.user, entry.rows, len(entry.about)), (staff, 7, 200))

    def test_a_line_goes_to_the_log_of_the_server_too(self) -> None:
        with self.assertLogs("krug.exports", "WARNING") as said:
            exports.record("identities", about="", recipient="x.csv", rows=7)
        self.assertIn("x.csv", said.output[0])

    def test_addresses_known_one_by_one_are_written_at_once(self) -> None:
        with self.assertNumQueries(1):
            entry = exports.record_contacts("external_list", range(3, 6), about="Покупатели", recipient="Полка: a1")
        entry.refresh_from_db()
        self.assertEqual((entry.contact_ids, entry.rows, entry.user), ([3, 4, 5], 3, None))

    def test_identities_by_the_command(self) -> None:
        make_card()
        with tempfile.TemporaryDirectory() as folder:
            call_command("export_identities", str(Path(folder, "out.csv")), "--json")
        entry = DataExport.objects.get()
        self.assertEqual((entry.kind, entry.rows, entry.user), ("identities", 1, None))
