import json
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import TestCase

from segments.importing import undoing
from segments.models import ImportBatch, Source
from tests.media import own_media

DATA = Path(__file__).parent.parent / "data"


def said(*command: object) -> dict:
    out = StringIO()
    call_command(*[str(word) for word in command], "--json", stdout=out)
    return json.loads(out.getvalue())


class CommandsTest(TestCase):
    def setUp(self) -> None:
        self.folder = own_media(self)

    def test_the_contract(self) -> None:
        report = said("import_base", "--source", "1С", "--cards", DATA / "counterparties.csv")
        self.assertEqual((report["format"], report["source"], report["state"]), (1, "1С", "done"))
        self.assertEqual(
            report["cards"]["read"], sum(report["cards"][k] for k in ("new", "updated", "unchanged", "rejected"))
        )
        self.assertIsNone(report["documents"])
        self.assertEqual(set(report["customers"]), {"total", "created", "merged"})
        self.assertEqual(set(report["seconds"]), {"read", "clean", "identify", "load", "facts", "total"})
        self.assertEqual(said("base_hash")["hash"], said("base_hash")["hash"])
        self.assertEqual(said("refresh_facts")["changed"], 0)
        self.assertEqual(said("export_identities", self.folder / "who.csv")["cards"], report["cards"]["new"])
        lines = (self.folder / "who.csv").read_text().splitlines()
        self.assertEqual((lines[0], lines[1:]), ("source,card_code,customer_id,why", sorted(lines[1:])))

    def test_an_unusable_file_is_one_sentence_and_nothing_written(self) -> None:
        bad = self.folder / "bad.csv"
        bad.write_text("Код;Телефон\n1;2\n")
        for path in (bad, self.folder / "absent.csv", Path("/dev/null")):
            with self.subTest(path), self.assertRaises(CommandError):
                said("import_base", "--source", "1С", "--cards", path)
        self.assertEqual((ImportBatch.objects.count(), Source.objects.filter(batches__isnull=False).count()), (0, 0))

    def test_undoing_an_import(self) -> None:
        before = said("base_hash")["hash"]
        batch = said("import_base", "--source", "1С", "--cards", DATA / "counterparties.csv")["batch"]
        report = said("undo_import", batch)
        self.assertEqual(set(report), {"format", "batch", "state", "removed", "restored", "kept", "by_kind", "seconds"})
        self.assertEqual((report["format"], report["batch"], report["state"]), (1, batch, "undone"))
        self.assertEqual(report["removed"], sum(report["by_kind"]["removed"].values()))
        self.assertEqual((report["restored"], report["kept"], said("base_hash")["hash"]), (0, [], before))
        with self.assertRaises(CommandError):
            said("undo_import", batch)
        with self.assertRaises(CommandError):
            call_command("undo_import", "9999999")

    def test_an_undo_that_was_killed_is_taken_up_again(self) -> None:
        number = said("import_base", "--source", "1С", "--cards", DATA / "counterparties.csv")["batch"]
        undoing.begin(ImportBatch.objects.get(pk=number), background=False)
        out = StringIO()
        call_command("undo_import", str(number), stdout=out)
        self.assertIn("undone", out.getvalue())
