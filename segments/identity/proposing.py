"""The job that fills the review queue: everybody is weighed anew, and what is doubtful is asked once.

It stands apart from `review` because Splink and DuckDB are heavy, and only a process that does this needs them.
"""

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from django.db import connection, transaction

from segments.identity.households import refresh_households
from segments.identity.linkage import score_pairs
from segments.identity.names import signatures
from segments.importing.copying import copy_out, stage
from segments.models.identity import ReviewPair

PEOPLE = """
SELECT id, last_name, first_name, middle_name, company, birth_date, city_id
FROM segments_customer WHERE merged_into_id IS NULL ORDER BY id
"""
PEOPLE_SCHEMA: dict[str, Any] = {
    "node": pl.Int64, "last_name": pl.String, "first_name": pl.String, "middle_name": pl.String, "company": pl.String,
    "birth_date": pl.Date, "city": pl.Int64,
}  # fmt: skip
ADDRESSES = """
SELECT DISTINCT cc.customer_id, cp.kind, cp.value FROM segments_cardcontact AS cc
JOIN segments_contactpoint AS cp ON cp.id = cc.contact_point_id WHERE NOT cp.is_shared
UNION ALL
SELECT DISTINCT customer_id, 'car', vehicle_id::text FROM segments_interaction
WHERE vehicle_id IS NOT NULL AND customer_id IS NOT NULL AND kind IN ('sale', 'service', 'insurance', 'buyout')
"""
ADDRESSES_SCHEMA: dict[str, Any] = {"node": pl.Int64, "kind": pl.String, "value": pl.String}
# `scored`: customer_a, customer_b, score, evidence
PROPOSE = """
WITH standing AS (
    SELECT least(a.customer_id, b.customer_id) AS one, greatest(a.customer_id, b.customer_id) AS other, p.state
    FROM segments_reviewpair AS p
    JOIN segments_card AS a ON a.id = p.card_a_id JOIN segments_card AS b ON b.id = p.card_b_id
), face AS (
    SELECT customer_id, min(id) AS card_id FROM segments_card
    WHERE customer_id IN (SELECT customer_a FROM scored UNION SELECT customer_b FROM scored) GROUP BY customer_id
)
INSERT INTO segments_reviewpair (card_a_id, card_b_id, score, evidence, batch_id)
SELECT least(a.card_id, b.card_id), greatest(a.card_id, b.card_id), s.score::float8, jsonb_strip_nulls(s.evidence::jsonb), %(batch)s::bigint
FROM scored AS s JOIN face AS a ON a.customer_id = s.customer_a JOIN face AS b ON b.customer_id = s.customer_b
WHERE NOT EXISTS (SELECT FROM standing AS t WHERE t.one = s.customer_a AND t.other = s.customer_b)
ORDER BY s.score::float8 DESC, 1, 2
ON CONFLICT (card_a_id, card_b_id) DO NOTHING
"""
# Pairs that became one person meanwhile, or that lost a card.
DROP = """
DELETE FROM segments_reviewpair AS p WHERE p.state = 'open' AND NOT EXISTS (
    SELECT FROM segments_card AS a JOIN segments_card AS b ON b.id = p.card_b_id
    WHERE a.id = p.card_a_id AND a.customer_id <> b.customer_id)
"""
COUNT = """
UPDATE segments_importbatch SET counters = counters || jsonb_build_object('review_pairs', %(proposed)s::int)
WHERE id = %(batch)s
"""


def propose(batch_id: int | None = None) -> dict[str, int]:
    """Weigh all people anew and ask about the doubtful pairs that nobody has decided or been asked yet.

    Returns `{proposed, dropped, open}`. Runs beside imports: it writes nothing but open pairs.
    """
    with tempfile.TemporaryDirectory() as spill:
        scored = score_pairs(_people(), spill=Path(spill))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DROP)
        dropped = cursor.rowcount
        stage(cursor, "scored", scored.with_columns(pl.col("score").cast(pl.String)))
        cursor.execute(PROPOSE, {"batch": batch_id})
        proposed = cursor.rowcount
    return {"proposed": proposed, "dropped": dropped, "open": ReviewPair.objects.filter(state="open").count()}


def propose_for(batch_id: int) -> dict[str, int]:
    """The job after an import: households, and `propose`; how many pairs it proposed goes to the batch's counters."""
    refresh_households()
    report = propose(batch_id)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"proposed": report["proposed"], "batch": batch_id})
    return report


def _people() -> pl.DataFrame:
    """The living, as `linkage.score_pairs` wants them."""
    with connection.cursor() as cursor:
        people = copy_out(cursor, PEOPLE, PEOPLE_SCHEMA).with_columns(pl.col(pl.String).fill_null(""))
        held = copy_out(cursor, ADDRESSES, ADDRESSES_SCHEMA)
    names = signatures(people).select("node", "last", "first", "middle", "birth_date")
    names = names.join(people.select("node", "city"), on="node")
    for kind, column in (("phone", "phones"), ("email", "emails"), ("car", "cars")):
        lists = held.filter(pl.col("kind") == kind).group_by("node").agg(pl.col("value").sort().alias(column))
        names = names.join(lists, on="node", how="left", maintain_order="left").with_columns(
            pl.col(column).fill_null([])
        )
    return names.rename({"node": "customer_id"})
