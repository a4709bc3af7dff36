"""The whole job of a campaign by e-mail against django-post-office, into the same sink: the same personal letters of 10 KB
with 9 tracked links.

It does less: no consent is asked, no limits, no journal, and links are signed before the clock starts. It runs in a process
and a database of its own, a thousand letters at a time and without its log of what was sent; with one process of five threads and
with two of one thread, of which the faster counts (one thread in one process, and batches of four thousand, are no faster). Of
its letters it gets a quarter as many as we: its pace is the same from the first to the last.
"""

import json
import subprocess
import sys
from email import message_from_bytes, policy
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from campaigns import links, permission, rendering
from campaigns.models import Run
from tests.benchmarks.measure import Bench
from tests.benchmarks.test_pump import BODY, SIZE, N, launch, whole_job
from tests.campaigns.builders import make_account, make_campaign
from tests.campaigns.room import FIRST_NAMES, PROJECT, make_readers
from tests.peers.smtp_sink import sink
from tests.segments.builders import make_segment
from tests.stack import fresh_database

TIMES = 10
REPS, LINKS = 3, 9
FEWER = N // 4
TUNED = ({"batch": 1000, "threads": 5, "processes": 1}, {"batch": 1000, "threads": 1, "processes": 2})
KEYS = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}


@pytest.mark.bench
@pytest.mark.timeout(3600)
@pytest.mark.django_db(transaction=True)
def test_against_post_office(settings: Any, tmp_path: Path) -> None:
    settings.JOURNAL_DIR = tmp_path / "journals"
    settings.INSTALLATION_FILE = tmp_path / "installation_id"
    permission.turn_on(None)
    with sink() as port:
        options = {"host": "127.0.0.1", "port": port, "security": "none"}
        account = make_account(provider="smtp", options=options, per_second=100_000)
        segment = make_segment(*make_readers(N))
        ours, theirs, cpu, cpu_of_theirs = [], [], [], []
        for _repetition in range(REPS):
            run = launch(make_campaign(segment, account=account, content={"body": BODY}))
            told = min((by_post_office(run, port, **tuned) for tuned in TUNED), key=itemgetter("seconds"))
            theirs.append(FEWER / told["seconds"])
            cpu_of_theirs.append(told["cpu"] / FEWER * 1e6)
            for measures, taken in zip((ours, cpu), whole_job(run), strict=True):
                measures.append(taken)
    name = "a campaign by e-mail, the whole job: ours against django-post-office"
    lines = [
        Bench(name, limit=TIMES, n=N, unit="letters/s", better="higher").tell(ours, theirs),
        Bench("the same: CPU of both", limit=1 / TIMES, n=N, unit="µs").tell(cpu, cpu_of_theirs),
    ]
    assert all(line["ok"] for line in lines), lines


def by_post_office(run: Run, port: int, **tuned: int) -> dict[str, float]:
    """What it took to send so many."""
    with fresh_database("krug_post_office") as url:
        parts = conninfo_to_dict(url)
        task = {
            "database": {KEYS[part]: parts[part] for part in parts}, "port": port, "letters": FEWER, **letter(run), **tuned
        }  # fmt: skip
        command = [sys.executable, "-m", "tests.peers.post_office_queue"]
        done = subprocess.run(command, cwd=PROJECT, input=json.dumps(task), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["sent"] == FEWER
    return told


def letter(run: Run) -> dict[str, Any]:
    """The letter that we send, as templates of Django, and what fills them."""
    compiled = rendering.compile_content(run.content, run)
    tokens = links.tokens(1)
    raw = compiled.render(1, "reader@example.test", dict.fromkeys(compiled.slots, FIRST_NAMES[0]))
    assert SIZE * 0.8 < len(raw) < SIZE * 2, len(raw)
    told = message_from_bytes(raw, policy=policy.default)
    values = {"name": FIRST_NAMES[0], "track": tokens.track, "choice": tokens.choice}
    parts = {"subject": str(told["subject"])}
    for kind in ("plain", "html"):
        text = told.get_body((kind,)).get_content()
        for name, value in values.items():
            text = text.replace(value, f"{{{{ {name} }}}}")
        parts[kind] = text
    assert parts["html"].count("{{ track }}") >= LINKS
    assert "{{ name }}" in parts["html"]
    return parts | {
        "people": [{"name": name, **links.tokens(n)._asdict()} for n in range(1, 1000) for name in FIRST_NAMES]
    }
