"""The outbox without a wire: 300,000 messages leased and recorded, against the design with a status column; and the same with
today's consents asked.

Ours: a lease of a chunk, and its outcomes appended by COPY under the fence. The other: one row a message, with the keys and
indexes that ours has, claimed by UPDATE … SKIP LOCKED and recorded by UPDATE, as queues in a table are usually made; a hundred at
a time, since without a journal all that is not recorded when a worker dies goes twice.

Asked means as the pump does: who of the chunk may be written to today, and before each hundred whose consent was withdrawn and
whether the campaign goes on. The other asks the same of the hundred that it has claimed, by the same keys, and needs no second
question: it is as fair as it can be. The question costs both alike, so that the limit is lower there. Days of people, which only
ours takes, belong to the bench of the whole job.
`BENCH_MESSAGES` makes it smaller for a quick look.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from campaigns import permission
from campaigns.literals import bigints
from campaigns.models import Chunk, Outcome, Run
from campaigns.pump.journal import Journal
from campaigns.pump.leasing import REFUSAL, TODAY, Lease, Runs, claim, read
from campaigns.pump.recording import Batch, news, record
from campaigns.pump.sending import BATCH
from channels.providers.base import ACCEPTED, Result
from tests.benchmarks import outbox_base
from tests.benchmarks.measure import Bench

N = int(os.environ.get("BENCH_MESSAGES", "300000"))
REPS = 3
TIMES = {False: 5, True: 2.5}  # a question costs both designs alike
STEADY = 0.8
DONE = Result(ACCEPTED, provider_key="0123456789abcdef", code="250")

TABLE = (
    "DROP TABLE IF EXISTS queue",
    """CREATE TABLE queue (
        LIKE campaigns_message INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING CONSTRAINTS INCLUDING INDEXES,
        status smallint NOT NULL DEFAULT 0, token bigint, claimed_at timestamptz, reason varchar(40) NOT NULL DEFAULT '',
        provider_key varchar(120) NOT NULL DEFAULT '', reply varchar(300) NOT NULL DEFAULT '', happened_at timestamptz
    )""",
    "CREATE INDEX queue_due ON queue (id) WHERE status = 0",
    "CREATE INDEX queue_claimed ON queue (claimed_at) WHERE status = 1",
    "CREATE INDEX queue_key ON queue (provider_key) WHERE provider_key <> ''",
)
FILL = """
INSERT INTO queue (id, run_id, customer_id, channel, contact_point_id)
SELECT id, run_id, customer_id, channel, contact_point_id FROM campaigns_message WHERE run_id = %s AND left_out = ''
"""
CLAIM = """
UPDATE queue SET status = 1, token = 1, claimed_at = clock_timestamp()
WHERE id IN (SELECT id FROM queue WHERE status = 0 ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id
"""
CHECK = f"""
SELECT m.id, m.customer_id, p.value, z.time_zone, {REFUSAL}, g.state, EXISTS (SELECT FROM campaigns_sendingpermit WHERE is_on)
FROM unnest(%(ids)s::bigint[]) AS t (id) JOIN queue AS m ON m.id = t.id {TODAY}
JOIN campaigns_run AS r ON r.id = m.run_id JOIN campaigns_campaign AS g ON g.id = r.campaign_id
"""
SAY = """
UPDATE queue AS q SET status = 2, provider_key = t.key, reason = t.code, happened_at = clock_timestamp()
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS t (id, key, code)
WHERE q.id = t.id AND q.status = 1 AND q.token = 1
"""
ABOUT = {"channel": "sms", "purpose": "advertising", "brand": None}


def by_chunks(journal: Journal, *, checked: bool) -> Iterator[int]:
    runs: Runs = {}
    while lease := claim("sms", journal, runs):
        batch = Batch("sms")
        for message_id in checked_ids(lease) if checked else lease.message_ids:
            batch.add(message_id, DONE)
        taken = len(batch.outcomes)
        record(lease, batch, state=Chunk.State.DONE)
        yield taken


def checked_ids(lease: Lease) -> Iterator[int]:
    """As the pump asks: who may be written to, and before each hundred what changed."""
    rows = read(lease)
    for place, row in enumerate(rows):
        if place and place % BATCH == 0:
            assert news(lease, [each.contact_point_id for each in rows[place : place + BATCH]]).may_go_on
        assert not row.refusal
        yield row.message_id


def by_status(run: Run, *, checked: bool) -> Iterator[int]:
    with connection.cursor() as cursor:
        while True:
            cursor.execute(CLAIM, [BATCH])
            ids = [pk for (pk,) in cursor.fetchall()]
            if not ids:
                return
            if checked:
                cursor.execute(CHECK, ABOUT | {"ids": bigints(ids), "send_until": run.send_until})
                ids = [pk for pk, *_, refusal, state, is_on in cursor.fetchall() if not refusal and state and is_on]
            cursor.execute(SAY, [bigints(ids), [DONE.provider_key] * len(ids), [DONE.code] * len(ids)])
            assert cursor.rowcount == len(ids)
            yield len(ids)


def pace(work: Iterator[int]) -> list[float]:
    """Messages a second in each fifth of the way."""
    done, fifths, began = 0, [], time.perf_counter()
    first = began
    for taken in work:
        done += taken
        if done * 5 >= N * (len(fifths) + 1):
            now = time.perf_counter()
            fifths.append(now - began)
            began = now
    assert done == N
    return [N / (began - first), *(N / 5 / each for each in fifths)]


@pytest.mark.bench
@pytest.mark.timeout(3600)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_checked", [False, True])
def test_the_engine(settings: Any, tmp_path: Path, is_checked: bool) -> None:
    settings.JOURNAL_DIR = tmp_path / "journals"
    settings.INSTALLATION_FILE = tmp_path / "installation_id"
    permission.turn_on(None)
    campaign = outbox_base.fill(N)
    ours, theirs = [], []
    for repetition in range(1, REPS + 1):
        run = outbox_base.plan(campaign)
        prepare(run)
        theirs.append(pace(by_status(run, checked=is_checked)))
        with Journal(repetition) as journal:
            ours.append(pace(by_chunks(journal, checked=is_checked)))
        assert Outcome.objects.filter(run_id=run.pk).count() == N
    whole, first, last = ([each[place] for each in ours] for place in (0, 1, -1))
    about: dict[str, Any] = {"n": N, "unit": "messages/s", "better": "higher"}
    name = "the outbox without a wire" + (", today's consents asked by both" if is_checked else "")
    lines = [
        Bench(f"{name}: against a status column", limit=TIMES[is_checked], **about).tell(
            whole, [each[0] for each in theirs]
        ),
        Bench(f"{name}: the last fifth against the first", limit=STEADY, **about).tell(last, first),
    ]
    assert all(line["ok"] for line in lines), lines


def prepare(run: Run) -> None:
    """The same messages in the other design."""
    with connection.cursor() as cursor:
        for statement in TABLE:
            cursor.execute(statement)
        cursor.execute(FILL, [run.pk])
        cursor.execute("ANALYZE queue")
