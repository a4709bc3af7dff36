"""Imports of a big base against PostgreSQL's own COPY of the same bytes, as text, into one table.

Each load is the command `import_base` in a process of its own, as a worker would run it, so that its memory is its own
too. The COPY is measured before, between and after; a ratio is taken to the median of those. `BENCH_PEOPLE` makes the
base smaller for a quick look; the limits are those of 345,000 people.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from crmsite.demo_base.export import export
from segments.identity.identities import identities
from tests.benchmarks.measure import Bench
from tests.segments.scoring import score

PEOPLE = int(os.environ.get("BENCH_PEOPLE", "345000"))
TODAY = date(2026, 11, 1)
MOST_MB = 800
PART = 1 << 20
TABLE = "bench_raw"
COPY = f"COPY {TABLE} FROM STDIN (FORMAT csv, HEADER, DELIMITER ';', ENCODING 'WIN1251')"
BASE = """
    segments_card, segments_customer, segments_contactpoint, segments_cardcontact, segments_consent,
    segments_consentstate, segments_interaction, segments_vehicle, segments_customerfacts, segments_mergerecord,
    segments_importbatch
"""


def empty_base() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {BASE} CASCADE")


def copy_seconds(path: Path) -> float:
    with connection.cursor() as cursor, path.open("rb") as file:
        columns = file.readline().count(b";") + 1
        file.seek(0)
        cursor.execute(f"CREATE TABLE {TABLE} ({', '.join(f'c{n} text' for n in range(columns))})")
        started = time.perf_counter()
        with cursor.copy(COPY) as copy:
            while part := file.read(PART):
                copy.write(part)
        taken = time.perf_counter() - started
        cursor.execute(f"DROP TABLE {TABLE}")
    return taken


@pytest.mark.bench
@pytest.mark.timeout(3600)
class ImportBench(TransactionTestCase):
    serialized_rollback = True

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.failed: list[dict[str, Any]] = []

    def make(self, people: int, seed: int = 1) -> tuple[dict[str, Path], int]:
        """An export and its rows: cards and documents."""
        folder = self.folder / f"{people}-{seed}"
        folder.mkdir()
        rows = sum(export(people, seed, folder, today=TODAY))
        return {"cards": folder / "counterparties.csv", "documents": folder / "documents.csv"}, rows

    def load(self, **files: Path) -> dict[str, Any]:
        """What `import_base --json` reports of a load into the database of the tests."""
        database = settings.DATABASES["default"]
        where = f"{database['HOST']}:{database['PORT']}/{connection.settings_dict['NAME']}"
        user = f"{database['USER']}:{database['PASSWORD']}" if database["PASSWORD"] else database["USER"]
        environment = os.environ | {"DATABASE_URL": f"postgresql://{user}@{where}"}
        command = [sys.executable, "manage.py", "import_base", "--source", "Bench", "--json"]
        command += [word for kind, path in files.items() for word in (f"--{kind}", str(path))]
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, check=True)
        report = json.loads(done.stdout)
        self.assertEqual(report["state"], "done")
        return report

    def tell(self, bench: Bench, ours: float, reference: float) -> None:
        line = bench.tell([ours], [reference])
        if not line["ok"]:
            self.failed.append(line)

    def test_first_and_second_load(self) -> None:
        files, rows = self.make(PEOPLE)
        copies: dict[str, list[float]] = {kind: [copy_seconds(path)] for kind, path in files.items()}
        reports = {}
        for kind, path in files.items():
            reports[kind] = self.load(**{kind: path})
            for other in files:
                copies[other].append(copy_seconds(files[other]))
        again = self.load(**files)
        self.assertEqual(again["cards"]["new"] + again["cards"]["updated"], 0)
        self.assertEqual(again["documents"]["new"] + again["documents"]["updated"], 0)
        raw = {kind: median(taken) for kind, taken in copies.items()}
        for kind, limit in (("cards", 20), ("documents", 15)):
            bench = Bench(f"import_{kind}_first", limit=limit, n=reports[kind][kind]["read"])
            self.tell(bench, reports[kind]["seconds"]["total"], raw[kind])
        self.tell(Bench("import_second_load", limit=12, n=rows), again["seconds"]["total"], sum(raw.values()))
        for name, report in {**reports, "second_load": again}.items():
            self.tell(Bench(f"import_rss_{name}", limit=1, n=rows, unit="MB"), report["peak_rss_mb"], MOST_MB)
        self._score(files["cards"].with_name("truth.csv"))
        self.assertEqual(self.failed, [])

    def _score(self, truth: Path) -> None:
        """What is missing to a perfect score, to what may be missing."""
        found = score(truth, ((code, customer) for _, code, customer, _ in identities()))
        self.tell(Bench("identity_precision", limit=1, n=found.wrong, unit="1 - p"), 1 - found.precision, 0.001)
        self.tell(Bench("identity_recall", limit=1, n=found.missed, unit="1 - r"), 1 - found.recall, 0.07)

    def test_twice_the_rows_take_no_more_memory(self) -> None:
        files, rows = self.make(2 * PEOPLE, seed=2)
        report = self.load(**files)
        self.tell(Bench("import_rss_twice", limit=1, n=rows, unit="MB"), report["peak_rss_mb"], MOST_MB)
        self.assertEqual(self.failed, [])

    def test_time_grows_with_the_rows(self) -> None:
        """100,000 cards and a million: ten times the rows within fifteen times the time."""
        few, many = (self.make(PEOPLE * tenths // 50, seed=3)[0]["cards"] for tenths in (10, 100))
        little = self.load(cards=few)
        empty_base()
        much = self.load(cards=many)
        times = much["cards"]["read"] / little["cards"]["read"]
        bench = Bench("import_linear", limit=1.5, n=much["cards"]["read"])
        self.tell(bench, much["seconds"]["total"] / times, little["seconds"]["total"])
        self.assertEqual(self.failed, [])
