"""Two customers become one. What belongs to the cards moves set-wise; messages stay, readers follow `merged_into`."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from segments.identity.golden import refresh_golden

RECORDS = """
INSERT INTO segments_mergerecord (survivor_id, loser_id, reason, detail, card_ids, batch_id, author_id, merged_at)
SELECT survivor_id, loser_id, reason, '{}',
       (SELECT coalesce(jsonb_agg(id ORDER BY id), '[]') FROM segments_card WHERE customer_id = loser_id),
       %(batch)s::bigint, %(author)s::bigint, clock_timestamp()
FROM unnest(%(losers)s::bigint[], %(survivors)s::bigint[], %(reasons)s::text[]) AS m (loser_id, survivor_id, reason)
"""
MOVE = """
UPDATE {table} AS t SET customer_id = m.survivor_id
FROM unnest(%(losers)s::bigint[], %(survivors)s::bigint[]) AS m (loser_id, survivor_id)
WHERE t.customer_id = m.loser_id
"""
# Follow the cards. The log of consents stays as it was said.
FOLLOW = ("segments_card", "segments_cardcontact", "segments_interaction", "segments_vehicle")
PREFERENCES = """
INSERT INTO segments_preference (customer_id, kind, value, set_at)
SELECT m.survivor_id, kind, value, set_at FROM segments_preference AS p
JOIN unnest(%(losers)s::bigint[], %(survivors)s::bigint[]) AS m (loser_id, survivor_id) ON m.loser_id = p.customer_id
ON CONFLICT DO NOTHING
"""
FORGET = """
DELETE FROM {table} WHERE customer_id = ANY(%(losers)s::bigint[])
"""
RECOMPUTED = ("segments_preference", "segments_membership", "segments_customerfacts")
POINT = """
UPDATE segments_customer AS c SET merged_into_id = m.survivor_id, updated_at = now()
FROM unnest(%(losers)s::bigint[], %(survivors)s::bigint[]) AS m (loser_id, survivor_id)
WHERE c.id = m.loser_id OR c.merged_into_id = m.loser_id
"""


def merge(losers: Sequence[tuple[int, int, str]], *, batch_id: int | None = None, author_id: int | None = None) -> int:
    """Merge each (loser, survivor, reason); survivors must not themselves be losers. Returns how many merged."""
    if not losers:
        return 0
    parameters: dict[str, Any] = {
        "losers": [loser for loser, _, _ in losers],
        "survivors": [survivor for _, survivor, _ in losers],
        "reasons": [reason for _, _, reason in losers],
        "batch": batch_id,
        "author": author_id,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RECORDS, parameters)
        for table in FOLLOW:
            cursor.execute(MOVE.format(table=table), parameters)
        cursor.execute(PREFERENCES, parameters)
        for table in RECOMPUTED:
            cursor.execute(FORGET.format(table=table), parameters)
        cursor.execute(POINT, parameters)
        refresh_golden(sorted(set(parameters["survivors"])))
    return len(losers)
