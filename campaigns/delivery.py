"""What the world reports of messages: progress, failure and opt-out, each with the time it first happened.

Facts come late, twice and in any order; the state they leave does not depend on that.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import connection

# A fact and the column that keeps its first time.
COLUMNS = {
    "delivered": "delivered_at",
    "opened": "opened_at",
    "clicked": "clicked_at",
    "replied": "replied_at",
    "failed": "failed_at",
    "unsubscribed": "unsubscribed_at",
    "complained": "complained_at",
}

# One statement for facts of all kinds, in key order: two writers cannot deadlock. Of two failures the earlier has the
# reason; of two at the same moment the one whose reason is the later word, whichever came first.
RECORD = """
WITH told AS (
    SELECT run_id, message_id, {earliest},
           (array_agg(failure ORDER BY at, failure DESC) FILTER (WHERE fact = 'failed'))[1] AS failure
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::text[])
        AS t (run_id, message_id, fact, at, failure)
    GROUP BY run_id, message_id
)
INSERT INTO campaigns_deliverystate AS old (run_id, message_id, {columns}, failure, changed_at)
SELECT run_id, message_id, {columns}, COALESCE(failure, ''), clock_timestamp() FROM told ORDER BY run_id, message_id
ON CONFLICT (run_id, message_id) DO UPDATE
SET {merged}, changed_at = excluded.changed_at, failure = CASE
        WHEN excluded.failed_at = old.failed_at THEN GREATEST(old.failure, excluded.failure)
        WHEN excluded.failed_at < old.failed_at OR old.failed_at IS NULL THEN excluded.failure
        ELSE old.failure END
WHERE {news} OR (excluded.failed_at = old.failed_at AND excluded.failure > old.failure)
RETURNING message_id
""".format(
    columns=", ".join(COLUMNS.values()),
    earliest=", ".join(f"min(at) FILTER (WHERE fact = '{fact}') AS {name}" for fact, name in COLUMNS.items()),
    merged=", ".join(f"{name} = LEAST(old.{name}, excluded.{name})" for name in COLUMNS.values()),
    news=" OR ".join(f"excluded.{name} < COALESCE(old.{name}, 'infinity')" for name in COLUMNS.values()),
)


class Fact(NamedTuple):
    """Something that happened to a message. `fact` is a key of `COLUMNS`, `failure` the reason of a "failed"."""

    run_id: int
    message_id: int
    fact: str
    at: datetime
    failure: str = ""


def record_all(facts: Iterable[Fact]) -> set[int]:
    """Note what happened; returns the messages it is news for. Raises KeyError for an unknown fact."""
    rows = [(*fact[:4], fact.failure[:40]) for fact in facts if COLUMNS[fact.fact]]
    if not rows:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(RECORD, [list(column) for column in zip(*rows, strict=True)])
        return {row[0] for row in cursor.fetchall()}


def record(run_id_by_message: Mapping[int, int], fact: str, at: datetime, *, failure: str = "") -> int:
    """`record_all` of one fact about many messages; returns how many it is news for."""
    if fact not in COLUMNS:
        raise KeyError(fact)
    return len(record_all(Fact(run_id, pk, fact, at, failure) for pk, run_id in run_id_by_message.items()))
