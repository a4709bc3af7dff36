"""The addresses of the cards in the buffer: those that the base lacks are added, and every row gets the id of its own.

Few rows at a time, in the order of their key and committed at once: an opt-out from a new address never waits for the
cards. Nobody but an import adds addresses in bulk, and imports run one at a time, so that new ones go in by COPY; where
somebody was quicker (an opt-out, a subscription), those few rows take the way of ON CONFLICT.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import polars as pl
from django.db import IntegrityError, connection, transaction

from segments.importing.ahead import each_by_itself
from segments.importing.copying import by_index, copy_in, fetch, new_ids, stage
from segments.importing.work import Work

SLICE = 50_000
ANY = "SELECT EXISTS (SELECT FROM segments_contactpoint)"
KNOWN = """
SELECT k.point, cp.id AS contact_point_id
FROM load_points AS k JOIN segments_contactpoint AS cp ON cp.kind = k.kind AND cp.value = k.value
"""
KNOWN_SCHEMA: dict[str, Any] = {"point": pl.UInt32, "contact_point_id": pl.Int64}
SETTLED_SCHEMA = {**KNOWN_SCHEMA, "is_new": pl.Boolean}
ADD = """
INSERT INTO segments_contactpoint (kind, value, country, is_mobile, first_batch_id)
SELECT kind, value, country, is_mobile, first_batch_id FROM load_points ORDER BY kind, value
ON CONFLICT (kind, value) DO NOTHING
"""
# A run that ends before its cards are written leaves no addresses behind either.
FORGET_UNHELD = """
DELETE FROM segments_contactpoint AS cp
WHERE cp.first_batch_id = %s
  AND NOT EXISTS (SELECT FROM segments_cardcontact AS cc WHERE cc.contact_point_id = cp.id)
  AND NOT EXISTS (SELECT FROM segments_consent AS c WHERE c.contact_point_id = cp.id)
"""


def settle_addresses(work: Work, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """line, contact_point_id, is_new (nobody had the address before), kind, position of each row that `read` gives (line,
    kind, value, country, is_mobile, position). They are not handed over, so that nobody else keeps them."""
    with connection.cursor() as cursor:
        cursor.execute(ANY)
        any_known = cursor.fetchone()[0]
    held, points = _points(read())
    points = points.with_columns(pl.lit(work.batch.pk, pl.Int64).alias("first_batch_id"))
    known = pl.DataFrame(schema=SETTLED_SCHEMA)
    for ids in each_by_itself(partial(_settle, any_known), points.iter_slices(SLICE)):
        known.vstack(ids, in_place=True)
        work.progress.tell()
    return held.join(known, on="point").drop("point")


def _points(contacts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of each row: line, kind, position, and the number of its address in the order of their key; and the addresses:
    point, kind, value, country, is_mobile."""
    by_kind = contacts.partition_by("kind", as_dict=True)
    contacts = contacts.clear()  # each kind is let go of when it is sorted
    contacts = pl.concat([contacts, *(by_kind.pop(kind).sort("value") for kind in sorted(by_kind))])
    begins = ((pl.col("kind") != pl.col("kind").shift()) | (pl.col("value") != pl.col("value").shift())).fill_null(True)
    contacts = contacts.with_columns(begins.alias("begins"), begins.cum_sum().alias("point"))
    points = contacts.filter("begins").select(
        "point", "kind", "value", pl.col("country").cast(pl.String).fill_null(""), "is_mobile"
    )
    return contacts.select("line", "kind", "position", "point"), points


def forget_unheld(batch_id: int) -> None:
    """Addresses that came with the batch, but no card of it."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET_UNHELD, (batch_id,))


def _settle(any_known: bool, points: pl.DataFrame) -> pl.DataFrame:
    """SETTLED_SCHEMA of one slice."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")  # the last commit of the import waits for them all
        known = _known(cursor, points) if any_known else pl.DataFrame(schema=KNOWN_SCHEMA)
        new = points.join(known, on="point", how="anti", maintain_order="left")
        new = new.with_columns(new_ids(cursor, "segments_contactpoint", len(new)))
        try:
            with transaction.atomic():
                copy_in(cursor, "segments_contactpoint", new.drop("point"))
        except IntegrityError:
            stage(cursor, "load_points", points)
            cursor.execute(ADD)
            known, new = _known(cursor, points), new.clear()
    added = new.select("point", pl.col("id").alias("contact_point_id"), pl.lit(True).alias("is_new"))
    return pl.concat([known.with_columns(pl.lit(False).alias("is_new")), added])


def _known(cursor: Any, points: pl.DataFrame) -> pl.DataFrame:
    by_index(cursor)
    stage(cursor, "load_points", points)
    return fetch(cursor, KNOWN, KNOWN_SCHEMA)
