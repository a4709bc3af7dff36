"""A documents import, block by block, one transaction each: interactions, vehicles, dictionaries."""

from typing import Any

import polars as pl
from django.db import connection, transaction

from segments.cleaning.words import spelling
from segments.importing import images
from segments.importing.cards import content_hash
from segments.importing.copying import copy_in, fetch, stage
from segments.importing.details import details_of
from segments.importing.dictionaries import Dictionaries, strange_words
from segments.importing.documents import clean_documents, keyed, refused_cells
from segments.importing.reasons import refusal
from segments.importing.unrecognised import remember_unrecognised, remember_words
from segments.importing.vehicles import write_vehicles
from segments.importing.work import Work
from segments.models.imports import Mapping
from segments.value_tables import operation_kinds

KIND = Mapping.Kind.DOCUMENTS
KNOWN = """
SELECT i.kind, i.external_key, i.id, i.content_hash = decode(k.content_hash, 'hex'), i.first_batch_id, i.last_batch_id
FROM load_keys AS k
JOIN segments_interaction AS i ON i.source_id = %s AND i.kind = k.interaction_kind AND i.external_key = k.external_key
"""
KNOWN_SCHEMA: dict[str, Any] = {
    "interaction_kind": pl.String, "external_key": pl.String, "interaction_id": pl.Int64, "is_same": pl.Boolean,
    "first_batch_id": pl.Int64, "last_batch_id": pl.Int64,
}  # fmt: skip
CARDS = """
SELECT c.code, c.id, c.customer_id FROM load_codes AS k
JOIN segments_card AS c ON c.source_id = %s AND c.code = k.card_code
"""
CARDS_SCHEMA: dict[str, Any] = {"card_code": pl.String, "card_id": pl.Int64, "customer_id": pl.Int64}
COLUMNS = (
    "customer_id", "card_id", "card_code", "kind", "external_key", "number", "status", "happened_at", "line",
    "condition", "centre_id", "salesperson_id", "brand_id", "model_id", "vehicle_id", "amount", "margin", "reason",
    "details", "content_hash", "last_batch_id",
)  # fmt: skip
CASTS = {"content_hash": "::bytea", "details": "::jsonb"}
UPDATE = f"""
UPDATE segments_interaction AS i
SET ({", ".join(COLUMNS)}) = ({", ".join(f"n.{column}{CASTS.get(column, '')}" for column in COLUMNS)})
FROM load_documents AS n WHERE n.id = i.id
"""


def load_documents(work: Work) -> None:
    """Read, clean and write the documents file."""
    seen: set[str] = set()
    kinds = operation_kinds()
    for fields, raw in work.fields(KIND):
        rows = len(fields)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            cursor.execute("SET LOCAL work_mem = '64MB'")
            with work.timers("clean"):
                hashed = fields.with_columns(content_hash(fields), raw.alias("raw"))
                frame = keyed(hashed, work.source.time_zone, kinds)
                changed = _changed(cursor, work, _usable(work, frame, seen))
                clean = clean_documents(changed)
                work.refuse(KIND, refused_cells(changed, clean))
            with work.timers("load"):
                _load(cursor, work, clean)
        work.progress.advance(rows)


def _usable(work: Work, frame: pl.DataFrame, seen: set[str]) -> pl.DataFrame:
    strange = frame.filter((pl.col("refusal_reason") == "unknown_kind") & (pl.col("kind") != ""))
    words = strange_words("operation", strange.with_columns(spelling(pl.col("kind")).alias("word")))
    if words.rows:
        remember_words(work, "operation", words)
    key = pl.concat_str("interaction_kind", pl.lit("/"), "external_key")
    frame = frame.with_columns(key.alias("whole_key"))
    repeated = ~pl.col("whole_key").is_first_distinct() | pl.Series(
        [whole in seen for whole in frame["whole_key"]], dtype=pl.Boolean
    )
    frame = frame.with_columns(
        pl.coalesce("refusal_reason", pl.when(repeated).then(pl.lit("repeated"))).alias("refusal_reason")
    )
    work.refuse(KIND, refusal(frame.filter(pl.col("refusal_reason").is_not_null()), "", pl.col("refusal_reason")))
    good = frame.filter(pl.col("refusal_reason").is_null())
    seen.update(good["whole_key"])
    return good.drop("refusal_reason", "whole_key")


def _changed(cursor: Any, work: Work, frame: pl.DataFrame) -> pl.DataFrame:
    """Without the documents that the base has as they are; counts every row (see `staging._changed`)."""
    frame = frame.join(
        _known(cursor, work, frame), on=["interaction_kind", "external_key"], how="left", maintain_order="left"
    )
    same = frame["is_same"].fill_null(False)
    mine = frame.filter(same & (pl.col("last_batch_id") == work.batch.pk))
    mine_new = int((mine["first_batch_id"] == work.batch.pk).sum())
    changed = frame.filter(~same)
    new = changed["interaction_id"].null_count()
    work.count(KIND, "new", mine_new + new)
    work.count(KIND, "updated", len(mine) - mine_new + len(changed) - new)
    work.count(KIND, "unchanged", int(same.sum()) - len(mine))
    return changed


def _known(cursor: Any, work: Work, frame: pl.DataFrame) -> pl.DataFrame:
    """Those of the rows that the base has, as KNOWN_SCHEMA."""
    if KIND in work.fresh:
        return pl.DataFrame(schema=KNOWN_SCHEMA)
    stage(cursor, "load_keys", frame.select("interaction_kind", "external_key", "content_hash"))
    return fetch(cursor, KNOWN, KNOWN_SCHEMA, (work.source.pk,))


def _load(cursor: Any, work: Work, frame: pl.DataFrame) -> None:
    if not len(frame):
        return
    dictionaries = Dictionaries(cursor)
    frame = dictionaries.named("salesperson", dictionaries.named("centre", dictionaries.spelled("brand", frame)))
    frame = dictionaries.models(frame)
    remember_unrecognised(work, dictionaries)
    frame = write_vehicles(cursor, work, frame)
    stage(cursor, "load_codes", frame.select("card_code").unique())
    cards = fetch(cursor, CARDS, CARDS_SCHEMA, (work.source.pk,))
    frame = frame.join(cards, on="card_code", how="left", maintain_order="left")
    work.touched.append(frame["customer_id"].drop_nulls().unique())
    batch = pl.lit(work.batch.pk, pl.Int64)
    frame = frame.with_columns(
        ("\\x" + pl.col("content_hash")).alias("content_hash"),
        pl.col("business_line").alias("line"),
        batch.alias("last_batch_id"),
        details_of(frame),
    )
    new = frame.filter(pl.col("interaction_id").is_null()).sort("kind", "external_key")
    source = pl.lit(work.source.pk, pl.Int64).alias("source_id")
    copy_in(cursor, "segments_interaction", new.select(*COLUMNS, source, batch.alias("first_batch_id")))
    old = frame.filter(pl.col("interaction_id").is_not_null())
    if len(old):
        stage(cursor, "load_documents", old.select(pl.col("interaction_id").alias("id"), *COLUMNS))
        images.keep(cursor, work.batch.pk, images.DOCUMENT, "load_documents")
        cursor.execute(UPDATE)
