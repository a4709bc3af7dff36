"""Settling what a dead worker left behind.

Its journal's lock is free: who holds it now knows that the writer is dead. On the same host and boot the
journal is complete: answers become outcomes, calls without an answer `unknown`, the rest goes back. After
another boot only what is written can be trusted, and the rest is `unknown` too.
A chunk whose journal nobody brings is SUSPECT once its lease has ended, and `unknown` a while later.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict

from django.db import connection, transaction

from campaigns.models.outbox import OutcomeKind
from campaigns.pump.journal import SUFFIX, Reading, folder, here, is_at, read
from campaigns.pump.recording import Outcome, append
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED

GRACE = 5  # seconds after the end of a lease: its holder has stopped long ago
GIVE_UP = 90  # seconds after the end of a lease: time for the holder's host to bring the journal
PATIENCE = 3  # attempts that are taken up again at once; then a chunk that kills its worker waits

HELD = """
SELECT id, run_id, message_ids FROM campaigns_chunk
WHERE token = %(token)s AND state IN (1, 3) FOR UPDATE
"""
OPEN = """
SELECT t.id FROM unnest(%(ids)s::bigint[]) AS t (id)
WHERE NOT EXISTS (SELECT FROM campaigns_outcome AS o WHERE o.run_id = %(run)s AND o.message_id = t.id)
"""
RELEASE = f"""
UPDATE campaigns_chunk SET token = NULL, state = CASE WHEN %(is_done)s THEN 2 ELSE 0 END,
    due_at = CASE WHEN attempts < {PATIENCE} THEN due_at
                  ELSE clock_timestamp() + LEAST(attempts, 60) * interval '1 minute' END
WHERE id = %(chunk)s
"""
# The journal came when its messages were already given up as unknown.
RESOLVE = """
INSERT INTO campaigns_resolution (run_id, message_id, kind, evidence)
SELECT o.run_id, o.message_id, t.kind, 'journal'
FROM unnest(%(messages)s::bigint[], %(kinds)s::text[]) AS t (message_id, kind)
JOIN campaigns_outcome AS o ON o.message_id = t.message_id AND o.token = %(token)s AND o.kind = 'unknown'
ON CONFLICT (run_id, message_id) DO NOTHING
"""
SUSPECT = f"""
UPDATE campaigns_chunk SET state = 3
WHERE state = 1 AND leased_until < clock_timestamp() - interval '{GRACE} seconds'
"""
GIVEN_UP = f"""
SELECT id, run_id, message_ids, token, host, boot, journal FROM campaigns_chunk
WHERE state = 3 AND leased_until < clock_timestamp() - interval '{GIVE_UP} seconds' FOR UPDATE SKIP LOCKED
"""


class Recovered(TypedDict):
    """Messages: `settled` by an answer in a journal, `unknown`, given `back`. Chunks: `suspect`."""

    settled: int
    unknown: int
    back: int
    suspect: int


def recover() -> Recovered:
    """One pass over the journals of this host, then over leases that ended."""
    total = Recovered(settled=0, unknown=0, back=0, suspect=0)
    for path in sorted(folder().glob(f"*{SUFFIX}")):
        with _orphaned(path) as raw:
            if raw is None:
                continue
            _settle(int(path.stem), read(raw), total)
            path.unlink(missing_ok=True)
    with connection.cursor() as cursor:
        cursor.execute(SUSPECT)
        total["suspect"] += cursor.rowcount
    _give_up(total)
    return total


@contextmanager
def _orphaned(path: Path) -> Iterator[bytes | None]:
    """What a dead process wrote, under its lock; None while the process lives, or when it was settled already."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield None
        return
    try:
        is_ours = _try_lock(file) and is_at(path, file)
        yield path.read_bytes() if is_ours else None
    finally:
        os.close(file)


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@transaction.atomic
def _settle(token: int, journal: Reading, total: Recovered) -> None:
    with connection.cursor() as cursor:
        cursor.execute(HELD, {"token": token})
        for chunk_id, run_id, message_ids in cursor.fetchall():
            is_complete = journal.boot == here().boot
            still_open = _still_open(cursor, run_id, message_ids)
            outcomes = list(_outcomes(journal, still_open, is_complete=is_complete))
            append(cursor, run_id, token, outcomes)
            left = len(still_open) - len(outcomes)
            cursor.execute(RELEASE, {"chunk": chunk_id, "is_done": not left})
            unknown = sum(outcome.kind == OutcomeKind.UNKNOWN for outcome in outcomes)
            total["unknown"] += unknown
            total["settled"] += len(outcomes) - unknown
            total["back"] += left
        _resolve(cursor, token, journal)


def _outcomes(journal: Reading, message_ids: list[int], *, is_complete: bool) -> Iterator[Outcome]:
    """What is final of these messages. A deferred one was not sent, so that it may go back."""
    for message_id in message_ids:
        answer = journal.answers.get(message_id)
        if answer is not None and answer.kind != DEFERRED:
            yield Outcome.of(message_id, answer)
        elif answer is None and (message_id in journal.begun or not is_complete):
            yield Outcome(message_id, OutcomeKind.UNKNOWN, "worker_died")


def _still_open(cursor: Any, run_id: int, message_ids: list[int]) -> list[int]:
    cursor.execute(OPEN, {"run": run_id, "ids": message_ids})
    return [row[0] for row in cursor.fetchall()]


def _resolve(cursor: Any, token: int, journal: Reading) -> None:
    final = {pk: answer.kind for pk, answer in journal.answers.items() if answer.kind in (ACCEPTED, REJECTED)}
    if final:
        cursor.execute(RESOLVE, {"messages": list(final), "kinds": list(final.values()), "token": token})


@transaction.atomic
def _give_up(total: Recovered) -> None:
    """Nobody brought the journal: every message of the chunk without an outcome is unknown."""
    with connection.cursor() as cursor:
        cursor.execute(GIVEN_UP)
        for chunk_id, run_id, message_ids, token, host, boot, journal in cursor.fetchall():
            if (host, boot) == here() and (folder() / journal).exists():
                continue  # its writer lives and only hangs: its own journal will tell
            unknown = [Outcome(pk, OutcomeKind.UNKNOWN, "host_lost") for pk in _still_open(cursor, run_id, message_ids)]
            append(cursor, run_id, token, unknown)
            cursor.execute(RELEASE, {"chunk": chunk_id, "is_done": True})
            total["unknown"] += len(unknown)
