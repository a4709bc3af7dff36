"""The memory of a pump over 500,000 letters: a process of its own, whose second half must need no more than the first.

`BENCH_LETTERS` makes it shorter for a quick look.
"""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from campaigns import outbox, permission
from campaigns.models import Outcome
from tests.benchmarks import outbox_base
from tests.benchmarks.measure import Bench
from tests.campaigns.room import Room
from tests.peers.smtp_sink import sink

N = int(os.environ.get("BENCH_LETTERS", "500000"))
LIMIT = 1.1
PATIENCE = max(600, N // 100)


@pytest.mark.bench
@pytest.mark.timeout(PATIENCE + 1800)
@pytest.mark.django_db(transaction=True)
def test_it_is_flat(settings: Any, tmp_path: Path) -> None:
    settings.INSTALLATION_FILE = tmp_path / "installation_id"
    permission.turn_on(None)
    room = Room(tmp_path)
    with sink() as port:
        run = outbox_base.plan(outbox_base.fill_letters(N, port))
        halves = peaks(room, N)
        room.close()
    assert outbox.counts([run.pk])["accepted"] == N
    line = Bench("memory of a pump, its second half against the first", limit=LIMIT, n=N, unit="MB").tell(
        [halves[1]], [halves[0]]
    )
    assert line["ok"], line


def peaks(room: Room, letters: int) -> list[float]:
    """The most that the process held, in MB, while each half went."""
    pump, most = room.pump("email", PATIENCE), [0.0, 0.0]
    while pump.poll() is None:
        held = rss(pump.pid)
        half = Outcome.objects.count() * 2 >= letters
        most[half] = max(most[half], held)
        time.sleep(0.2)
    assert pump.returncode == 0, (room.folder / "processes.log").read_text()[-2000:]
    return most


def rss(pid: int) -> float:
    """0 of a process that has just ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
