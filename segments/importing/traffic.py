"""Visitor counters: how many people came into a centre in a day. A day that comes again is corrected."""

from typing import Any

import polars as pl
from django.db import connection, transaction

from segments.cleaning.dates import clean_date
from segments.importing import images
from segments.importing.copying import fetch, stage
from segments.importing.dictionaries import LONGEST, Dictionaries
from segments.importing.reasons import refusal
from segments.importing.work import Work
from segments.models.imports import Mapping

KIND = Mapping.Kind.TRAFFIC
MOST = 1_000_000  # a larger figure is no count of a day
KNOWN = """
SELECT t.id, t.centre_id, t.day, t.visitors, t.first_batch_id, t.last_batch_id
FROM segments_centretraffic AS t JOIN load_traffic AS n ON n.centre_id = t.centre_id AND n.day = t.day
WHERE t.source_id = %s
"""
KNOWN_SCHEMA: dict[str, Any] = {
    "id": pl.Int64, "centre_id": pl.Int64, "day": pl.Date, "was": pl.Int64, "first_batch_id": pl.Int64, "last_batch_id": pl.Int64,
}  # fmt: skip
WRITE = """
INSERT INTO segments_centretraffic AS t (centre_id, day, visitors, source_id, first_batch_id, last_batch_id)
SELECT centre_id, day, visitors, %(source)s, %(batch)s, %(batch)s FROM load_traffic ORDER BY centre_id, day
ON CONFLICT (centre_id, day, source_id) DO UPDATE
SET visitors = excluded.visitors, last_batch_id = excluded.last_batch_id WHERE t.visitors <> excluded.visitors
"""


def load_traffic(work: Work) -> None:
    """Read, clean and write the file."""
    seen = pl.DataFrame(schema={"centre_name": pl.String, "day": pl.Date})
    for fields, raw in work.fields(KIND):
        with work.timers("clean"):
            rows = _usable(work, fields.with_columns(raw.alias("raw")), seen)
            seen = pl.concat([seen, rows.select("centre_name", "day")])
        with work.timers("load"), transaction.atomic(), connection.cursor() as cursor:
            rows = Dictionaries(cursor).named("centre", rows).select("centre_id", "day", "visitors")
            stage(cursor, "load_traffic", rows)
            rows = rows.join(fetch(cursor, KNOWN, KNOWN_SCHEMA, (work.source.pk,)), on=["centre_id", "day"], how="left")
            _count(work, rows)
            stage(cursor, "load_changes", rows.filter(pl.col("was") != pl.col("visitors")).select("id"))
            images.keep(cursor, work.batch.pk, images.TRAFFIC, "load_changes")
            cursor.execute(WRITE, {"source": work.source.pk, "batch": work.batch.pk})
        work.progress.advance(len(fields))


def _usable(work: Work, rows: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    figure = pl.col("visitors").str.replace_all(r"\s", "").str.extract(r"^(\d{1,9})(?:[.,]0+)?$").cast(pl.Int64)
    rows = rows.with_columns(
        pl.col("centre").str.replace_all(r"\s+", " ").str.slice(0, LONGEST["centre"]).alias("centre_name"),
        clean_date(pl.col("day")).alias("day"),
        pl.when(figure <= MOST).then(figure).alias("visitors"),
    )
    again = seen.with_columns(pl.lit(True).alias("is_again"))
    rows = rows.join(again, on=["centre_name", "day"], how="left", maintain_order="left")
    repeated = ~pl.struct("centre_name", "day").is_first_distinct() | pl.col("is_again").fill_null(False)
    reason = (
        pl.when(pl.col("centre_name") == "").then(pl.lit("no_centre"))
        .when(pl.col("day").is_null()).then(pl.lit("bad_date"))
        .when(pl.col("visitors").is_null()).then(pl.lit("bad_number"))
        .when(repeated).then(pl.lit("same_day"))
    )  # fmt: skip
    rows = rows.with_columns(reason.alias("refused"))
    work.refuse(KIND, refusal(rows.filter(pl.col("refused").is_not_null()), "", pl.col("refused")))
    return rows.filter(pl.col("refused").is_null())


def _count(work: Work, rows: pl.DataFrame) -> None:
    """A day that this very import wrote before it was killed counts as what it was then."""
    same = rows.filter(pl.col("was") == pl.col("visitors"))
    mine = same.filter(pl.col("last_batch_id") == work.batch.pk)
    mine_new = int((mine["first_batch_id"] == work.batch.pk).sum())
    new = rows["was"].null_count()
    work.count(KIND, "new", new + mine_new)
    work.count(KIND, "updated", len(rows) - new - len(same) + len(mine) - mine_new)
    work.count(KIND, "unchanged", len(same) - len(mine))
