"""Households: different people who share a phone or an e-mail that is no hub. They are related, not one person.

Groups of more than `MOST` people are no family but an office, and get no household. Its name is the surname that most
of them have. Computed from addresses; nothing else depends on it but lists and segments.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from django.db import connection, transaction

from segments.identity.clustering import components
from segments.importing.copying import fetch, new_ids, stage

MOST = 8
# Everybody who shares an address with one of the chosen, with those who share one with these, and so on.
AROUND = """
WITH RECURSIVE around AS (
    SELECT DISTINCT unnest(%(customers)s::bigint[]) AS customer_id
    UNION
    SELECT other.customer_id FROM around
    JOIN segments_cardcontact AS mine ON mine.customer_id = around.customer_id
    JOIN segments_contactpoint AS cp ON cp.id = mine.contact_point_id AND NOT cp.is_shared
    JOIN segments_cardcontact AS other ON other.contact_point_id = mine.contact_point_id
), kin AS (
    SELECT customer_id FROM around UNION
    SELECT id FROM segments_customer WHERE household_id IN (
        SELECT household_id FROM segments_customer WHERE id IN (SELECT customer_id FROM around))
)
SELECT customer_id FROM kin
"""
SHARED = """
SELECT DISTINCT cc.contact_point_id, cc.customer_id FROM segments_cardcontact AS cc
JOIN (SELECT cc.contact_point_id FROM segments_cardcontact AS cc {chosen} GROUP BY cc.contact_point_id
      HAVING min(cc.customer_id) <> max(cc.customer_id)) AS many USING (contact_point_id)
JOIN segments_contactpoint AS cp ON cp.id = cc.contact_point_id AND NOT cp.is_shared
JOIN segments_customer AS c ON c.id = cc.customer_id AND c.merged_into_id IS NULL
"""
# `found`: customer_id, household (a number of this run)
KEPT = """
SELECT DISTINCT ON (f.household) f.household, c.household_id FROM found AS f
JOIN segments_customer AS c ON c.id = f.customer_id WHERE c.household_id IS NOT NULL
ORDER BY f.household, c.household_id
"""
# `homes`: customer_id, household_id (null: none any more)
NAME = """
INSERT INTO segments_household AS old (id, name, size)
SELECT h.household_id, coalesce(mode() WITHIN GROUP (ORDER BY c.last_name) FILTER (WHERE c.last_name <> ''), ''), count(*)
FROM homes AS h JOIN segments_customer AS c ON c.id = h.customer_id
WHERE h.household_id IS NOT NULL GROUP BY h.household_id
ON CONFLICT (id) DO UPDATE SET name = excluded.name, size = excluded.size, refreshed_at = now()
WHERE (old.name, old.size) IS DISTINCT FROM (excluded.name, excluded.size)
"""
MOVE_IN = """
UPDATE segments_customer AS c SET household_id = h.household_id
FROM homes AS h WHERE c.id = h.customer_id AND c.household_id IS DISTINCT FROM h.household_id
"""
MOVE_OUT = """
UPDATE segments_customer AS c SET household_id = NULL
WHERE c.household_id IS NOT NULL AND {chosen} AND NOT EXISTS (SELECT FROM homes AS h WHERE h.customer_id = c.id)
"""
EMPTY = """
DELETE FROM segments_household AS h WHERE NOT EXISTS (SELECT FROM segments_customer AS c WHERE c.household_id = h.id)
"""


@transaction.atomic
def refresh_households(customer_ids: Sequence[int] | None = None) -> dict[str, int]:
    """Find the households of all, or of these customers and whoever they share addresses with.

    A household keeps its id while one of its people is there. Returns `{households, people, changed}`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        chosen = None if customer_ids is None else _around(cursor, customer_ids)
        shared = _shared(cursor, chosen)
        found = _families(shared)
        homes = _with_ids(cursor, found)
        stage(cursor, "homes", homes)
        cursor.execute(NAME)
        cursor.execute(MOVE_IN)
        changed = cursor.rowcount
        everybody = "true" if chosen is None else "c.id = ANY(%(customers)s)"
        cursor.execute(MOVE_OUT.format(chosen=everybody), {"customers": chosen or []})
        changed += cursor.rowcount
        cursor.execute(EMPTY)
    return {"households": homes["household_id"].n_unique(), "people": len(homes), "changed": changed}


def _around(cursor: Any, customer_ids: Sequence[int]) -> list[int]:
    cursor.execute(AROUND, {"customers": list(customer_ids)})
    return [row[0] for row in cursor.fetchall()]


def _shared(cursor: Any, chosen: list[int] | None) -> pl.DataFrame:
    """contact_point_id, customer_id of the addresses that more than one person has."""
    mine = """JOIN (SELECT DISTINCT contact_point_id FROM segments_cardcontact WHERE customer_id = ANY(%(customers)s))
              AS theirs USING (contact_point_id)"""
    sql = SHARED.format(chosen="" if chosen is None else mine)
    schema = {"contact_point_id": pl.Int64, "customer_id": pl.Int64}
    return fetch(cursor, sql, schema, None if chosen is None else {"customers": chosen})


def _families(shared: pl.DataFrame) -> pl.DataFrame:
    """customer_id, household: groups of two to `MOST` people over shared addresses."""
    people = shared.select("customer_id").unique().sort("customer_id").with_row_index("node")
    if not len(people):
        return pl.DataFrame(schema={"customer_id": pl.Int64, "household": pl.Int64})
    edges = shared.join(people, on="customer_id").select(
        pl.col("contact_point_id").rank("dense").cast(pl.Int64) - 1 + len(people), pl.col("node").cast(pl.Int64)
    )
    labels = components(len(people) + edges["contact_point_id"].n_unique(), edges.to_numpy().astype(np.int64))
    found = people.select("customer_id", pl.Series("household", labels[: len(people)], dtype=pl.Int64))
    return found.filter(pl.len().over("household").is_between(2, MOST))


def _with_ids(cursor: Any, found: pl.DataFrame) -> pl.DataFrame:
    """customer_id, household_id: the id a household had; where two claim one, or it had none, a fresh one."""
    stage(cursor, "found", found)
    kept = fetch(cursor, KEPT, {"household": pl.Int64, "household_id": pl.Int64})
    kept = kept.unique("household_id", keep="first", maintain_order=True)
    fresh = found.select("household").unique().sort("household").join(kept, on="household", how="anti")
    fresh = fresh.with_columns(new_ids(cursor, "segments_household", len(fresh)).alias("household_id"))
    return found.join(pl.concat([kept, fresh]), on="household").select("customer_id", "household_id")
