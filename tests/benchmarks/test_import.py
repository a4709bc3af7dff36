"""A first load of an export, from dirty files to facts, against PostgreSQL's own COPY of the same bytes as text."""

import tempfile
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import TestCase, override_settings

from crmsite.demo_base.export import export
from segments.importing import running
from segments.models import Card, ImportBatch
from tests.benchmarks.measure import Bench

PEOPLE = 20_000
REPS = 3
PART = 1 << 20
TABLE = "bench_raw"
COPY = f"COPY {TABLE} FROM STDIN (FORMAT csv, HEADER, DELIMITER ';', ENCODING 'WIN1251')"


@pytest.mark.bench
class ImportBench(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        settings = override_settings(MEDIA_ROOT=folder.name)
        settings.enable()
        self.addCleanup(settings.disable)
        self.rows = sum(export(PEOPLE, 7, Path(folder.name), today=date(2026, 11, 1)))
        self.files = {
            "cards": Path(folder.name) / "counterparties.csv",
            "documents": Path(folder.name) / "documents.csv",
        }

    def test_first_load(self) -> None:
        bench = Bench("import: first load against raw COPY of the same bytes", limit=40, n=self.rows, reps=REPS)
        bench.compare(self.load, self.copy)

    def load(self) -> None:
        """Each time into an empty base: what it wrote is rolled back."""
        with transaction.atomic():
            with self.files["cards"].open("rb") as cards, self.files["documents"].open("rb") as documents:
                batch = running.receive("Bench", cards=cards, documents=documents)
            running.confirm(batch, background=False)
            batch = running.run(batch.pk)
            self.assertEqual(batch.state, ImportBatch.State.DONE)
            self.assertEqual(Card.objects.count(), batch.counters["cards"]["new"])
            transaction.set_rollback(True)

    def copy(self) -> None:
        for path in self.files.values():
            with transaction.atomic(), connection.cursor() as cursor, path.open("rb") as file:
                columns = file.readline().count(b";") + 1
                file.seek(0)
                cursor.execute(f"CREATE TABLE {TABLE} ({', '.join(f'c{n} text' for n in range(columns))})")
                with cursor.copy(COPY) as copy:
                    while part := file.read(PART):
                        copy.write(part)
                transaction.set_rollback(True)
