"""Customers who had one car at one time are one person, when their names and birthdays are compatible.

A car is had from one sale to the next, or to a buy-out: whoever bought, serviced, insured or sold it in between had it
together. So a husband and his wife stay apart by their names, and two owners who are namesakes by the sale between
them. A car that more than `HUB_NAMES` people had at one time belongs to a fleet and is no evidence.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl
from django.db import connection, transaction

from segments.identity.clustering import group, losers
from segments.identity.decisions import decisions
from segments.identity.matching import match, reasons
from segments.identity.merging import merge
from segments.importing.copying import fetch

# On one day the sale comes first, whatever the clock of the till said.
HAD = """
WITH shared AS (
    SELECT i.vehicle_id FROM segments_interaction AS i
    WHERE i.vehicle_id IS NOT NULL AND i.customer_id IS NOT NULL
      AND i.kind IN ('sale', 'service', 'insurance', 'buyout') AND {chosen}
    GROUP BY i.vehicle_id HAVING min(i.customer_id) <> max(i.customer_id)
), turn AS (
    SELECT i.vehicle_id, i.customer_id,
           count(*) FILTER (WHERE i.kind = 'sale') OVER (told ROWS UNBOUNDED PRECEDING)
         + count(*) FILTER (WHERE i.kind = 'buyout') OVER (told ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
           AS owner
    FROM segments_interaction AS i JOIN shared USING (vehicle_id)
    WHERE i.customer_id IS NOT NULL AND i.kind IN ('sale', 'service', 'insurance', 'buyout')
    WINDOW told AS (PARTITION BY i.vehicle_id ORDER BY date_trunc('day', i.happened_at), i.kind <> 'sale',
                    i.happened_at, i.id)
)
SELECT DISTINCT t.customer_id, CASE WHEN v.vin = '' THEN 'plate' ELSE 'vin' END, t.vehicle_id || '/' || t.owner
FROM turn AS t JOIN segments_vehicle AS v ON v.id = t.vehicle_id
"""
EVERYTHING = "true"
CHOSEN = """i.vehicle_id IN (
    SELECT unnest(%(vehicles)s::bigint[]) UNION
    SELECT mine.vehicle_id FROM segments_interaction AS mine WHERE mine.customer_id = ANY(%(customers)s))"""
HAD_SCHEMA: dict[str, Any] = {"customer_id": pl.Int64, "kind": pl.String, "value": pl.String}
PEOPLE = """
SELECT id, last_name, first_name, middle_name, company, birth_date FROM segments_customer
WHERE id = ANY(%(customers)s) AND merged_into_id IS NULL ORDER BY id
"""
PEOPLE_SCHEMA: dict[str, Any] = {
    "customer_id": pl.Int64, "last_name": pl.String, "first_name": pl.String, "middle_name": pl.String,
    "company": pl.String, "birth_date": pl.Date,
}  # fmt: skip


@transaction.atomic
def merge_by_cars(
    batch_id: int | None, *, vehicle_ids: Sequence[int] = (), customer_ids: Sequence[int] = (), everything: bool = False
) -> list[int]:
    """Merge those who shared one of these cars, or a car of these customers; returns the survivors."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        had = HAD.format(chosen=EVERYTHING if everything else CHOSEN)
        chosen = {"vehicles": list(vehicle_ids), "customers": list(customer_ids)}
        keys = fetch(cursor, had, HAD_SCHEMA, None if everything else chosen)
        keys = keys.filter(pl.len().over("value") > 1)
        if not len(keys):
            return []
        people = fetch(cursor, PEOPLE, PEOPLE_SCHEMA, {"customers": keys["customer_id"].unique().to_list()})
        decided = decisions(cursor)
    people = people.with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    links = match(people, keys.join(people.select("node", "customer_id"), on="customer_id"))
    groups = group(people["customer_id"], links.pairs, decided)
    people = people.with_columns(groups.label).join(groups.survivors, on="label", maintain_order="left")
    found = losers(people.join(reasons(links), on="node", how="left", maintain_order="left"))
    merge(found, batch_id=batch_id)
    return sorted({survivor for _, survivor, _ in found})
