"""A documents import, block by block: words become ids and cars rows in one transaction, interactions in the next.

A kill between the two leaves cars that nobody drove here; the next run, or undo, finds them by their batch.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import polars as pl
from django.db import connection, transaction

from segments.cleaning.words import spelling
from segments.importing import images
from segments.importing.ahead import ahead, each_by_itself, mapped
from segments.importing.cards import add_quality, content_hash
from segments.importing.copying import by_index, copy_in, copy_out, fetch, stage
from segments.importing.details import details_of
from segments.importing.dictionaries import Dictionaries, strange_words
from segments.importing.documents import judge_documents, keyed
from segments.importing.reasons import refusal
from segments.importing.seen import Seen
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
ALL_CARDS = "SELECT code, id, customer_id FROM segments_card WHERE source_id = {source}"
LONG = 100_000  # documents
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


class _Block(NamedTuple):
    """Rows to be cleaned, and how many were read, whatever became of the others."""

    changed: pl.DataFrame
    rows: int


class _Known(NamedTuple):
    """Documents with ids for words, ready to be written, and how many rows were read."""

    documents: pl.DataFrame
    rows: int


def load_documents(work: Work) -> None:
    """Read, clean and write the documents file; while one block is written, the next ones are read, cleaned and given
    their ids."""
    for rows in each_by_itself(partial(_write, work), _known_blocks(work), workers=1):
        work.progress.advance(rows)


def _known_blocks(work: Work) -> Iterator[_Known]:
    """In the order of the file: the first word on a car stands."""
    cards = _Cards(work)
    for clean, rows in mapped(partial(_clean, work), _blocks(work)):
        with work.timers("load"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            by_index(cursor)
            known = _with_ids(cursor, work, clean, cards) if len(clean) else clean
        yield _Known(known, rows)


def _blocks(work: Work) -> Iterator[_Block]:
    """Without what is no document, or is in the base as it is."""
    seen = Seen()
    unsaid = work.files[KIND].options.get("kind")  # what a row is whose kind no column tells
    for frame in ahead(_hashed(work, operation_kinds() | ({"": unsaid} if unsaid else {}))):
        with work.timers("clean"), transaction.atomic(), connection.cursor() as cursor:
            changed = _changed(cursor, work, _usable(work, frame, seen))
        yield _Block(changed, len(frame))


def _hashed(work: Work, kinds: Any) -> Iterator[pl.DataFrame]:
    for fields, raw in work.fields(KIND):
        with work.timers("clean"):
            hashed = fields.with_columns(content_hash(fields), raw.alias("raw"))
            frame = keyed(hashed, work.source.time_zone, kinds)
        yield frame


def _clean(work: Work, block: _Block) -> tuple[pl.DataFrame, int]:
    with work.timers("clean"):
        clean = judge_documents(block.changed)
        work.refuse(KIND, clean.refused)
        add_quality(work.quality.setdefault(KIND, {}), clean.quality)
    return clean.documents, block.rows


def _usable(work: Work, frame: pl.DataFrame, seen: Seen) -> pl.DataFrame:
    strange = frame.filter((pl.col("refusal_reason") == "unknown_kind") & (pl.col("kind") != ""))
    words = strange_words("operation", strange.with_columns(spelling(pl.col("kind")).alias("word")))
    if words.rows:
        remember_words(work, "operation", words)
    key = pl.concat_str("interaction_kind", pl.lit("/"), "external_key")
    frame = frame.with_columns(key.alias("whole_key"))
    repeated = seen.repeated(frame["whole_key"])
    frame = frame.with_columns(
        pl.coalesce("refusal_reason", pl.when(repeated).then(pl.lit("repeated"))).alias("refusal_reason")
    )
    work.refuse(KIND, refusal(frame.filter(pl.col("refusal_reason").is_not_null()), "", pl.col("refusal_reason")))
    good = frame.filter(pl.col("refusal_reason").is_null())
    seen.add(good["whole_key"])
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
    by_index(cursor)
    stage(cursor, "load_keys", frame.select("interaction_kind", "external_key", "content_hash"))
    return fetch(cursor, KNOWN, KNOWN_SCHEMA, (work.source.pk,))


class _Cards:
    """Whose card a code is. For a long file all cards of the source are read once and kept (30 MB for half a million);
    nobody else gives cards to customers while an import holds the lock of them all."""

    def __init__(self, work: Work) -> None:
        self.source = work.source
        self.is_long = work.tables[KIND][0].rows >= LONG
        self.kept: pl.DataFrame | None = None

    def of(self, cursor: Any, frame: pl.DataFrame) -> pl.DataFrame:
        """Columns of CARDS_SCHEMA, at least those of the codes in `frame`."""
        if self.is_long:
            if self.kept is None:
                self.kept = copy_out(cursor, ALL_CARDS.format(source=int(self.source.pk)), CARDS_SCHEMA)
            codes = frame.select("card_code").unique()
            return self.kept.join(codes, on="card_code", how="semi")  # the join of the rows then hashes these only
        stage(cursor, "load_codes", frame.select("card_code").unique())
        return fetch(cursor, CARDS, CARDS_SCHEMA, (self.source.pk,))


def _with_ids(cursor: Any, work: Work, frame: pl.DataFrame, cards: _Cards) -> pl.DataFrame:
    """The columns of COLUMNS, and `interaction_id`."""
    dictionaries = Dictionaries(cursor)
    frame = dictionaries.named("salesperson", dictionaries.named("centre", dictionaries.spelled("brand", frame)))
    frame = dictionaries.models(frame)
    remember_unrecognised(work, dictionaries)
    frame = write_vehicles(cursor, work, frame)
    frame = frame.join(cards.of(cursor, frame), on="card_code", how="left", maintain_order="left")
    work.touched.add(frame["customer_id"])
    return frame.with_columns(
        ("\\x" + pl.col("content_hash")).alias("content_hash"),
        pl.col("business_line").alias("line"),
        pl.lit(work.batch.pk, pl.Int64).alias("last_batch_id"),
        details_of(frame),
    ).select("interaction_id", *COLUMNS)


def _write(work: Work, known: _Known) -> int:
    """Documents that the base has not become rows, in the order of their key; the others change."""
    if not len(known.documents):
        return known.rows
    is_new = known.documents["interaction_id"].is_null()
    source = pl.lit(work.source.pk, pl.Int64).alias("source_id")
    new = known.documents.filter(is_new).sort("kind", "external_key")
    old = known.documents.filter(~is_new).rename({"interaction_id": "id"})
    with work.timers("load"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        first = pl.col("last_batch_id").alias("first_batch_id")
        copy_in(cursor, "segments_interaction", new.select(*COLUMNS, source, first))
        if len(old):
            by_index(cursor)
            stage(cursor, "load_documents", old)
            images.keep(cursor, work.batch.pk, images.DOCUMENT, "load_documents")
            cursor.execute(UPDATE)
    return known.rows
