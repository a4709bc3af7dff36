"""Cars in stock. A file is the whole stock of its source: a car that is in it no longer is gone from that day on.

Unless the file names fewer than half of the cars that stood there: then nobody knows whether the cars were sold or
the export broke off, and none of the missing ones is taken for gone.
"""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.db import connection, transaction

from segments.cleaning.dates import clean_date, is_no_date
from segments.cleaning.sums import clean_sum
from segments.cleaning.vehicles import clean_vin, clean_year
from segments.cleaning.words import clean_condition
from segments.importing import images
from segments.importing.cards import content_hash
from segments.importing.copying import copy_in, fetch, new_ids, stage
from segments.importing.details import details_of
from segments.importing.dictionaries import Dictionaries
from segments.importing.reasons import refusal
from segments.importing.unrecognised import remember_unrecognised
from segments.importing.work import Work
from segments.models.imports import Mapping

KIND = Mapping.Kind.STOCK
SHRUNK = 0.5  # of the cars that stood there
LONGEST = {"external_key": 80, "trim": 120, "car_class": 12, "colour": 40}
LARGEST_MILEAGE = 3_000_000
KNOWN = """
SELECT external_key, id, encode(content_hash, 'hex'), gone_on IS NULL, price, first_batch_id, last_batch_id
FROM segments_carinstock WHERE source_id = %s
"""
KNOWN_SCHEMA: dict[str, Any] = {
    "external_key": pl.String, "car_id": pl.Int64, "known_hash": pl.String, "is_there": pl.Boolean,
    "was_price": pl.Decimal(14, 2), "first_batch_id": pl.Int64, "known_batch_id": pl.Int64,
}  # fmt: skip
CLASSES = "SELECT id, car_class FROM segments_carmodel WHERE car_class <> ''"
COLUMNS = (
    "id", "external_key", "vin", "brand_id", "model_id", "trim", "car_class", "condition", "year", "mileage", "colour",
    "price", "centre_id", "arrived_on", "details", "content_hash", "last_batch_id",
)  # fmt: skip
CASTS = {"content_hash": "::bytea", "details": "::jsonb"}
UPDATE = f"""
UPDATE segments_carinstock AS c SET gone_on = NULL, ({", ".join(COLUMNS[1:])})
    = ({", ".join(f"n.{name}{CASTS.get(name, '')}" for name in COLUMNS[1:])})
FROM load_stock AS n WHERE n.id = c.id
"""
NEW_PRICES = """
INSERT INTO segments_carprice (car_id, since, price, batch_id)
SELECT id, %(day)s, price, %(batch)s FROM load_prices ORDER BY id
ON CONFLICT (car_id, since) DO UPDATE SET price = excluded.price
"""
GONE = """
UPDATE segments_carinstock AS c SET gone_on = %(day)s, last_batch_id = %(batch)s FROM load_gone AS n WHERE n.id = c.id
"""


def load_stock(work: Work) -> None:
    """Read the file and write it in one transaction.

    The counters gain `gone`, the cars that left, and `kept`, those that are missing from a file too short to tell.
    """
    parts = []
    for fields, raw in work.fields(KIND):
        with work.timers("clean"):
            parts.append(_clean(work, fields.with_columns(content_hash(fields), raw.alias("raw"))))
        work.progress.advance(len(fields))
    with work.timers("load"), transaction.atomic(), connection.cursor() as cursor:
        cars = _once(work, pl.concat(parts)) if parts else pl.DataFrame()
        known = fetch(cursor, KNOWN, KNOWN_SCHEMA, (work.source.pk,))
        if len(cars):
            cars = cars.join(known, on="external_key", how="left", maintain_order="left")
            _write(cursor, work, _changed(work, cars))
        missing = known.filter("is_there")
        if len(cars):
            missing = missing.join(cars, on="external_key", how="anti")
        _leave(cursor, work, missing["car_id"], stood=int(known["is_there"].sum()))


def day_of(work: Work) -> dt.date:
    """The day of the import by the clock of its source."""
    return work.batch.created_at.astimezone(ZoneInfo(work.source.time_zone)).date()


def _clean(work: Work, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows → columns of CarInStock, dictionary words still as words; refuses cars that nothing names."""
    mileage = (
        pl.col("mileage").str.to_lowercase().str.replace_all(r"\s|км\.?", "").str.extract(r"^(\d{1,7})(?:[.,]\d+)?$")
    )
    cut = (
        pl.col(name).str.replace_all(r"\s+", " ").str.slice(0, LONGEST[name])
        for name in ("trim", "car_class", "colour")
    )
    cars = rows.with_columns(
        clean_vin(pl.col("vin")).alias("clean_vin"),
        clean_sum(pl.col("price")).alias("clean_price"),
        clean_date(pl.col("arrived_on")).alias("clean_arrived"),
        clean_condition(pl.col("condition")).alias("condition"),
        clean_year(pl.col("year")).alias("year"),
        mileage.cast(pl.Int32).alias("mileage"),
        *cut,
    )  # fmt: skip
    key = pl.when(pl.col("clean_vin") != "").then("clean_vin").otherwise("key").str.slice(0, LONGEST["external_key"])
    cars = cars.with_columns(key.alias("external_key"))
    nameless = cars.filter(pl.col("external_key") == "")
    why = pl.when(pl.col("vin") != "").then(pl.lit("bad_vin")).otherwise(pl.lit("no_vin"))
    work.refuse(KIND, refusal(nameless, "", why))
    cars = cars.filter(pl.col("external_key") != "")
    for field, reason, wrong in (
        ("vin", "bad_vin", (pl.col("vin") != "") & (pl.col("clean_vin") == "")),
        ("price", "bad_sum", (pl.col("price") != "") & (pl.col("clean_price").is_null() | (pl.col("clean_price") < 0))),
        ("arrived_on", "bad_date", (pl.col("arrived_on") != "") & pl.col("clean_arrived").is_null() & ~is_no_date(pl.col("arrived_on"))),
    ):  # fmt: skip
        work.refuse(KIND, refusal(cars.filter(wrong), field, pl.lit(reason), whole_row=False))
    return cars.with_columns(
        pl.col("clean_vin").alias("vin"),
        pl.when(pl.col("clean_price") > 0).then("clean_price").alias("price"),
        pl.col("clean_arrived").alias("arrived_on"),
    ).drop("clean_vin", "clean_price", "clean_arrived")


def _once(work: Work, cars: pl.DataFrame) -> pl.DataFrame:
    again = ~pl.col("external_key").is_first_distinct()
    work.refuse(KIND, refusal(cars.filter(again), "", pl.lit("same_car")))
    return cars.filter(~again)


def _changed(work: Work, cars: pl.DataFrame) -> pl.DataFrame:
    """Without the cars that stand there as they are; a car that was gone and is back has changed."""
    same = (pl.col("known_hash") == pl.col("content_hash")).fill_null(False) & pl.col("is_there").fill_null(False)
    mine = cars.filter(same & (pl.col("known_batch_id") == work.batch.pk))
    mine_new = int((mine["first_batch_id"] == work.batch.pk).sum())
    changed = cars.filter(~same)
    new = changed["car_id"].null_count()
    work.count(KIND, "new", new + mine_new)
    work.count(KIND, "updated", len(changed) - new + len(mine) - mine_new)
    work.count(KIND, "unchanged", len(cars) - len(changed) - len(mine))
    return changed


def _write(cursor: Any, work: Work, cars: pl.DataFrame) -> None:
    if not len(cars):
        return
    dictionaries = Dictionaries(cursor)
    cars = dictionaries.models(dictionaries.named("centre", dictionaries.spelled("brand", cars)))
    remember_unrecognised(work, dictionaries)
    batch = pl.lit(work.batch.pk, pl.Int64)
    cars = _classed(cursor, cars).with_columns(
        details_of(cars),
        ("\\x" + pl.col("content_hash")).alias("content_hash"),
        batch.alias("last_batch_id"),
    )
    new = cars.filter(pl.col("car_id").is_null())
    new = new.with_columns(new_ids(cursor, "segments_carinstock", len(new)).alias("id"))
    old = cars.filter(pl.col("car_id").is_not_null()).with_columns(pl.col("car_id").alias("id"))
    source = pl.lit(work.source.pk, pl.Int64).alias("source_id")
    copy_in(cursor, "segments_carinstock", new.select(*COLUMNS, source, batch.alias("first_batch_id")))
    if len(old):
        stage(cursor, "load_stock", old.select(COLUMNS))
        images.keep(cursor, work.batch.pk, images.STOCK, "load_stock")
        cursor.execute(UPDATE)
    priced = pl.concat([new, old]).filter(
        pl.col("price").ne_missing(pl.col("was_price")) & pl.col("price").is_not_null()
    )
    stage(cursor, "load_prices", priced.select("id", "price"))
    cursor.execute(NEW_PRICES, {"day": day_of(work), "batch": work.batch.pk})


def _classed(cursor: Any, cars: pl.DataFrame) -> pl.DataFrame:
    """The class that the file gives, else that of the model."""
    classes = fetch(cursor, CLASSES, {"model_id": pl.Int64, "model_class": pl.String})
    cars = cars.join(classes, on="model_id", how="left", maintain_order="left")
    said = pl.when(pl.col("car_class") != "").then("car_class")
    return cars.with_columns(pl.coalesce(said, "model_class", pl.lit("")).alias("car_class")).drop("model_class")


def _leave(cursor: Any, work: Work, missing: pl.Series, *, stood: int) -> None:
    named = work.counted[KIND]["read"] - work.counted[KIND]["rejected"]
    is_short = named < stood * SHRUNK
    if not is_short:
        stage(cursor, "load_gone", missing.alias("id").to_frame())
        images.keep(cursor, work.batch.pk, images.STOCK, "load_gone")
        cursor.execute(GONE, {"day": day_of(work), "batch": work.batch.pk})
    work.counted[KIND] |= {"gone": 0 if is_short else len(missing), "kept": len(missing) if is_short else 0}
