"""What the world reports of messages: progress, failure and opt-out, each with the time it first happened.

Facts come late, twice and in any order; the state they leave does not depend on that.
"""

from collections.abc import Mapping
from datetime import datetime

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

RECORD = """
INSERT INTO campaigns_deliverystate AS old (run_id, message_id, {column}, failure, changed_at)
SELECT run_id, message_id, %(at)s, %(failure)s, clock_timestamp()
FROM unnest(%(runs)s::bigint[], %(messages)s::bigint[]) AS t (run_id, message_id)
ORDER BY run_id, message_id
ON CONFLICT (run_id, message_id) DO UPDATE
SET {column} = LEAST(old.{column}, excluded.{column}),
    failure = CASE WHEN old.failure = '' THEN excluded.failure ELSE old.failure END,
    changed_at = excluded.changed_at
WHERE old.{column} IS NULL OR old.{column} > excluded.{column}
"""


def record(run_id_by_message: Mapping[int, int], fact: str, at: datetime, *, failure: str = "") -> int:
    """Note that `fact` (a key of `COLUMNS`) happened to these messages at that time; returns how many it is
    news for. `failure` is the reason of a "failed". Raises KeyError for an unknown fact."""
    statement = RECORD.format(column=COLUMNS[fact])
    if not run_id_by_message:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "runs": list(run_id_by_message.values()),
                "messages": list(run_id_by_message),
                "at": at,
                "failure": failure[:40],
            },
        )
        return cursor.rowcount
