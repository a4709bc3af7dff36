"""Imports that are killed, and imports that run at once: the base is what one quiet import would have made of it.

Real processes on databases of their own. In `make test` a few thousand cards, in `make soak` two hundred thousand.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from crmsite.demo_base.export import export
from tests.stack import ROOT, fresh_database

SMALL, LARGE = 800, 45_000  # people; about 1.5 cards each, and 3.4 documents
RESUME = "import sys; from segments.importing import running; running.run({batch})"
# What an unsubscribe page does: it may wait for a row, never for an import.
OPT_OUT = """
from segments.consents import record_consent
from segments.models import ContactPoint
from datetime import UTC, datetime
from django.db import connection
import time
points = list(ContactPoint.objects.filter(first_batch_id=1).order_by("value").values_list("pk", flat=True)[:{points}])
with connection.cursor() as cursor:
    cursor.execute("SET lock_timeout = '2s'")
print("ready", flush=True)
for point in points:
    record_consent(contact_point_ids=[point], channels=["email", "sms"], given=False, origin="person",
                   purpose="advertising", decided_at=datetime(2026, 11, 1, tzinfo=UTC))
    time.sleep(0.02)
print("done", flush=True)
"""


@dataclass(frozen=True, slots=True)
class Base:
    """A database and the files of a `VAR_DIR` of its own."""

    environment: dict[str, str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def manage(self, *arguments: str) -> str:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=1200)
        assert process.returncode == 0, err
        return out

    def shell(self, code: str) -> tuple[str, ...]:
        return ("shell", "--verbosity", "0", "-c", code)

    def load(self, source: str, **files: Path) -> dict[str, Any]:
        options = [word for kind, file in files.items() for word in (f"--{kind}", str(file))]
        return json.loads(self.manage("import_base", "--source", source, *options, "--json"))

    def hash(self) -> str:
        return json.loads(self.manage("base_hash", "--json"))["hash"]

    def wait_for_a_run(self) -> None:
        """Until a process has taken the one import up."""
        begun = (
            "SELECT FROM segments_importbatch WHERE state = 'loading' AND started_at > now() - interval '30 minutes'"
        )
        end = time.monotonic() + 60
        while time.monotonic() < end and not self.rows(begun):
            time.sleep(0.02)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return connection.execute(statement).fetchall()


@pytest.fixture
def bases(tmp_path: Path, migrated: str | None) -> Iterator[list[Base]]:
    """Two bases without customers."""
    names = [f"krug_faults_{os.getpid()}_{number}" for number in (1, 2)]
    with fresh_database(names[0], migrated) as first, fresh_database(names[1], migrated) as second:
        made = []
        for number, url in enumerate((first, second)):
            settings = {"DATABASE_URL": url, "VAR_DIR": str(tmp_path / f"var{number}"), "REVIEW_SECONDS": "0"}
            made.append(Base(os.environ | settings | {"DJANGO_SETTINGS_MODULE": "crmsite.settings"}))
            if not migrated:
                made[-1].manage("migrate", "--verbosity", "0")
        yield made


def _killed(bases: list[Base], folder: Path, people: int, *, times: int) -> None:
    clean, base = bases
    export(people, 11, folder, today=date(2026, 11, 1))
    files = {"cards": folder / "counterparties.csv", "documents": folder / "documents.csv"}
    quiet = clean.load("1С", **files)
    expected = clean.hash()
    receive = (
        "from segments.importing import running; batch = running.receive('1С', "
        f"cards=open({str(files['cards'])!r}, 'rb'), documents=open({str(files['documents'])!r}, 'rb'));"
        "running.confirm(batch, background=False); print(batch.pk)"
    )
    batch = int(base.manage(*base.shell(receive)))
    moments, deaths = random.Random(5), 0
    for _ in range(times):
        process = base.start(*base.shell(RESUME.format(batch=batch)))
        base.wait_for_a_run()
        time.sleep(moments.random() * quiet["seconds"]["total"] * 0.5)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        deaths += base.rows("SELECT state FROM segments_importbatch") == [("loading",)]
        base.rows("UPDATE segments_importbatch SET started_at = started_at - interval '1 hour' RETURNING id")
    assert deaths >= times // 2
    base.manage(*base.shell(RESUME.format(batch=batch)))
    assert base.hash() == expected
    assert base.rows("SELECT DISTINCT state FROM segments_importbatch") == [("done",)]
    counted = base.rows("SELECT counters->'cards', counters->'documents' FROM segments_importbatch")[0]
    assert counted == (quiet["cards"], quiet["documents"])


def _four_at_once(bases: list[Base], folder: Path, people: int) -> None:
    """Each file holds half of the next one's cards; beside them people opt out."""
    one_by_one, base = bases
    export(people, 12, folder, today=date(2026, 11, 1))
    header, *rows = (folder / "counterparties.csv").read_bytes().splitlines(keepends=True)
    share = len(rows) // 5
    for number in range(5):
        part = rows[number * share : (number + 2) * share]
        (folder / f"{number}.csv").write_bytes(header + b"".join(part))
    for each in bases:
        each.load("1С", cards=folder / "0.csv")
    opting_out = base.start(*base.shell(OPT_OUT.format(points=200)))
    assert opting_out.stdout is not None
    assert opting_out.stdout.readline() == "ready\n"
    with ThreadPoolExecutor(4) as at_once:
        list(at_once.map(lambda number: base.load("1С", cards=folder / f"{number}.csv"), range(1, 5)))
    out, err = opting_out.communicate()
    assert (out, opting_out.returncode) == ("done\n", 0), err
    withdrawn = "SELECT count(*) FROM segments_consentstate WHERE origin = 'person' AND NOT given"
    assert base.rows(withdrawn) == [(400,)]
    order = "SELECT f.name FROM segments_importbatch b JOIN segments_importfile f ON f.batch_id = b.id ORDER BY "
    assert base.rows("SELECT DISTINCT state FROM segments_importbatch") == [("done",)]
    for (name,) in base.rows(order + "b.finished_at OFFSET 1"):
        one_by_one.load("1С", cards=folder / name)
    one_by_one.manage(*one_by_one.shell(OPT_OUT.format(points=200)))
    assert base.hash() == one_by_one.hash()
    assert base.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [(0,)]
    doubles = "SELECT count(*) FROM (SELECT FROM segments_card GROUP BY source_id, code HAVING count(*) > 1) AS d"
    assert base.rows(doubles) == [(0,)]


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_killed_again_and_again(bases: list[Base], tmp_path: Path) -> None:
    _killed(bases, tmp_path, SMALL, times=4)


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_four_overlapping_imports_and_opt_outs_at_once(bases: list[Base], tmp_path: Path) -> None:
    _four_at_once(bases, tmp_path, SMALL)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_killed_ten_times_in_two_hundred_thousand_rows(bases: list[Base], tmp_path: Path) -> None:
    _killed(bases, tmp_path, LARGE, times=10)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_four_large_overlapping_imports_at_once(bases: list[Base], tmp_path: Path) -> None:
    _four_at_once(bases, tmp_path, LARGE)
