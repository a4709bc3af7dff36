"""Cars of the documents: known by VIN, without a VIN by plate; who owns them is settled at the end of the import."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from django.db import connection, transaction

from segments.importing import images
from segments.importing.copying import fetch, stage
from segments.importing.work import Work
from segments.models.imports import Mapping

# What is known of a car is only added to; the first word stands. Cars of which nothing new is said are only looked up.
WRITE = """
WITH written AS (
    INSERT INTO segments_vehicle AS v (vin, plate, brand_id, model_id, year, first_batch_id)
    SELECT vin, plate, brand_id, model_id, year, %s FROM load_vehicles WHERE {which} ORDER BY vin, plate
    ON CONFLICT ({key}) WHERE {which} DO UPDATE
    SET plate = CASE WHEN v.plate = '' THEN excluded.plate ELSE v.plate END,
        brand_id = coalesce(v.brand_id, excluded.brand_id), model_id = coalesce(v.model_id, excluded.model_id),
        year = coalesce(v.year, excluded.year)
    WHERE (v.plate = '' AND excluded.plate <> '') OR (v.brand_id IS NULL AND excluded.brand_id IS NOT NULL)
       OR (v.model_id IS NULL AND excluded.model_id IS NOT NULL) OR (v.year IS NULL AND excluded.year IS NOT NULL)
    RETURNING vin, plate, id
), known AS MATERIALIZED (
    SELECT {key} AS key FROM load_vehicles AS n
    WHERE {which} AND NOT EXISTS (SELECT FROM written AS w WHERE w.{key} = n.{key})
)
SELECT vin, plate, id FROM written
UNION ALL
SELECT v.vin, v.plate, v.id FROM known AS k JOIN segments_vehicle AS v ON v.{key} = k.key AND {which}
"""
BY_VIN = WRITE.format(key="vin", which="vin <> ''")
BY_PLATE = WRITE.format(key="plate", which="vin = ''")
IDS_SCHEMA: dict[str, Any] = {"vin": pl.String, "plate": pl.String, "vehicle_id": pl.Int64}
# The owner is whoever last bought, serviced or insured the car; a car that was bought out is the holding's.
SETTLE = """
WITH told AS (
    SELECT i.vehicle_id, i.customer_id, i.happened_at,
           first_value(CASE WHEN i.kind <> 'buyout' THEN i.customer_id END) OVER owners AS owner_id,
           first_value(i.kind IN ('sale', 'service', 'insurance', 'buyout')) OVER owners AS is_said
    FROM segments_interaction AS i
    WHERE (%(everything)s OR i.vehicle_id = ANY(%(vehicles)s::bigint[])) AND i.vehicle_id IS NOT NULL
      AND i.customer_id IS NOT NULL
    WINDOW owners AS (PARTITION BY i.vehicle_id ORDER BY i.kind IN ('sale', 'service', 'insurance', 'buyout') DESC,
                      i.happened_at DESC, i.external_key DESC)
), since AS (
    SELECT vehicle_id, owner_id,
           (min(happened_at) FILTER (WHERE customer_id = owner_id) AT TIME ZONE 'Europe/Moscow')::date AS day
    FROM told WHERE is_said GROUP BY vehicle_id, owner_id
)
UPDATE segments_vehicle AS v SET customer_id = s.owner_id, owned_since = s.day
FROM since AS s, segments_vehicle AS was
WHERE v.id = s.vehicle_id AND was.id = v.id AND (v.customer_id, v.owned_since) IS DISTINCT FROM (s.owner_id, s.day)
RETURNING was.customer_id
"""
CARS_OF = """
SELECT DISTINCT vehicle_id FROM segments_interaction WHERE customer_id = ANY(%s) AND vehicle_id IS NOT NULL
"""


def write_vehicles(cursor: Any, work: Work, frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `vehicle_id`; new cars become rows."""
    frame = frame.with_columns(pl.when(pl.col("vin") == "").then("plate").otherwise(pl.lit("")).alias("by_plate"))
    known = frame.filter((pl.col("vin") != "") | (pl.col("by_plate") != ""))
    cars = known.group_by("vin", "by_plate", maintain_order=True).agg(
        pl.col("plate").filter(pl.col("plate") != "").first().fill_null(""),
        *(pl.col(column).drop_nulls().first() for column in ("brand_id", "model_id", "year")),
    )
    stage(cursor, "load_vehicles", cars.drop("by_plate"))
    images.keep_vehicles(cursor, work.batch.pk)
    ids = pl.concat(fetch(cursor, write, IDS_SCHEMA, (work.batch.pk,)) for write in (BY_VIN, BY_PLATE))
    ids = ids.select(
        "vin", pl.when(pl.col("vin") == "").then("plate").otherwise(pl.lit("")).alias("by_plate"), "vehicle_id"
    )
    work.vehicles.add(ids["vehicle_id"])
    return frame.join(ids, on=["vin", "by_plate"], how="left", maintain_order="left").drop("by_plate")


def settle_owners(work: Work) -> None:
    """Give the touched cars their owners; whoever lost one is touched too. After a kill: all cars, for what the
    killed run touched is not known any more."""
    vehicles = work.vehicles.all().sort()
    if not (len(vehicles) or work.is_resumed):
        return
    _settle(work, vehicles, everything=work.is_resumed or Mapping.Kind.DOCUMENTS in work.fresh)


def settle_owners_of(work: Work, customer_ids: Sequence[int]) -> None:
    """The same for the cars of people who have just become one: each car is hers from her first day with it."""
    if customer_ids:
        with connection.cursor() as cursor:
            vehicles = fetch(cursor, CARS_OF, {"id": pl.Int64}, (list(customer_ids),))["id"]
        _settle(work, vehicles, everything=False)


def _settle(work: Work, vehicles: pl.Series, *, everything: bool) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        chosen = {"vehicles": [] if everything else vehicles.to_list(), "everything": everything}
        lost = fetch(cursor, SETTLE, {"customer_id": pl.Int64}, chosen)
    work.touched.add(lost["customer_id"])
