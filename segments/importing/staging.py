"""First half of a cards import: rows that the base does not know as they are get cleaned and wait in the buffer.

The buffer is the schema `staging`: an unlogged table of nothing but clean columns that the mapping asked for. It is
emptied when an import begins and when it ends, however it ends. What identification needs (names, birthdays), the
addresses and what is said of mailings wait in files beside the upload (`aside`).

While one block is read and another cleaned in threads of their own, PostgreSQL takes in a third.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from django.db import connection, transaction

from segments.importing.ahead import each_by_itself, mapped
from segments.importing.aside import Staged
from segments.importing.cards import LONGEST_CODE, CleanCards, add_quality, clean_cards, content_hash
from segments.importing.copying import analyze, by_index, copy_in, fetch, stage
from segments.importing.dictionaries import Dictionaries
from segments.importing.erased import without_erased
from segments.importing.progress import Timers
from segments.importing.reasons import refusal
from segments.importing.seen import Seen
from segments.importing.unrecognised import remember_unrecognised
from segments.importing.work import Work
from segments.models.imports import Mapping

KIND = Mapping.Kind.CARDS
EMPTY = "TRUNCATE staging.cards"
KNOWN = """
SELECT c.code, c.id, c.customer_id, c.content_hash = decode(k.content_hash, 'hex'), c.first_batch_id, c.last_batch_id
FROM load_codes AS k JOIN segments_card AS c ON c.source_id = %s AND c.code = k.code
"""
KNOWN_SCHEMA: dict[str, Any] = {
    "code": pl.String, "card_id": pl.Int64, "customer_id": pl.Int64,
    "is_same": pl.Boolean, "first_batch_id": pl.Int64, "last_batch_id": pl.Int64,
}  # fmt: skip
CARD_COLUMNS = (
    "line", "code", "last_name", "first_name", "middle_name", "company", "sex", "birth_date", "city_id", "centre_id",
    "created_on", "raw", "notes", "content_hash",
)  # fmt: skip
UNKNOWN_CITY = '"city": ["unknown_word"]'


class _Changed(NamedTuple):
    """A block without the rows that the base has as they are. `known`: line, card_id, customer_id, content_hash."""

    fields: pl.DataFrame
    raw: pl.Series
    known: pl.DataFrame
    rows: int  # read, whatever became of them
    timers: Timers

    def clean(self) -> tuple["_Changed", CleanCards]:
        with self.timers("clean"):
            return self, clean_cards(self.fields, self.raw)


def empty() -> None:
    """Nothing waits in the buffer."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)


def stage_cards(work: Work, folder: Path) -> Staged:
    """Read and clean the file; count what is unchanged; put the changed rows into the buffer, and what identification
    needs of them into `folder`."""
    aside = Staged([])
    for rows in each_by_itself(partial(_put_aside, work), _parts(work, folder, aside), workers=1):
        work.progress.advance(rows)
    with work.timers("load"), transaction.atomic(), connection.cursor() as cursor:
        # The rows of a part lie all over it; a planner that knows nothing reads all of it for each.
        analyze(cursor, "staging.cards (line)")
    return aside


def _parts(work: Work, folder: Path, aside: Staged) -> Iterator[tuple[pl.DataFrame, int]]:
    """The clean cards of each block, which are `aside` then, and how many rows were read for them."""
    for changed, cleaned in mapped(_Changed.clean, _blocks(work), workers=2):
        clean = without_erased(work.source.pk, cleaned)
        work.refuse(KIND, clean.refused)
        add_quality(work.quality.setdefault(KIND, {}), clean.quality)
        part = clean.cards.join(changed.known, on="line", maintain_order="left")
        work.count(KIND, "new", part["card_id"].null_count())
        work.count(KIND, "updated", len(part) - part["card_id"].null_count())
        aside.add(folder / f"{len(aside.files)}.cards", part, clean.contacts)
        yield part, changed.rows


def _blocks(work: Work) -> Iterator[_Changed]:
    seen = Seen()
    for fields, raw in work.fields(KIND):
        with work.timers("clean"):
            changed, changed_raw = _changed(work, *_usable(work, fields, raw, seen))
            known = changed.select("line", "card_id", "customer_id", "content_hash")
            changed = changed.drop("content_hash", *list(KNOWN_SCHEMA)[1:])
        yield _Changed(changed, changed_raw, known, len(fields), work.timers)


def _put_aside(work: Work, part: tuple[pl.DataFrame, int]) -> int:
    """In a thread of its own, a block behind whoever cleans; returns the rows read for the part."""
    cards, rows = part
    with work.timers("load"), transaction.atomic(), connection.cursor() as cursor:
        dictionaries = Dictionaries(cursor)
        cards = dictionaries.named("centre", dictionaries.spelled("city", cards))
        remember_unrecognised(work, dictionaries)
        cards = cards.with_columns(("\\x" + pl.col("content_hash")).alias("content_hash"), _notes_of_city())
        copy_in(cursor, "staging.cards", cards.select(CARD_COLUMNS))
    return rows


def _notes_of_city() -> pl.Expr:
    """The notes as JSON, saying where the city is a word that the dictionary lacks."""
    rest = pl.col("notes").str.slice(1)
    noted = pl.when(rest == "}").then(pl.lit(f"{{{UNKNOWN_CITY}}}")).otherwise(f"{{{UNKNOWN_CITY}, " + rest)
    return pl.when(pl.col("city_id").is_null() & (pl.col("city") != "")).then(noted).otherwise("notes").alias("notes")


def _usable(work: Work, fields: pl.DataFrame, raw: pl.Series, seen: Seen) -> tuple[pl.DataFrame, pl.Series]:
    """Without the rows that no code names, or whose code stood higher up in the file."""
    code = pl.col("code")
    reason = (
        pl.when(code == "").then(pl.lit("no_code"))
        .when(code.str.len_chars() > LONGEST_CODE).then(pl.lit("long_code"))
        .when(seen.repeated(fields["code"]))
        .then(pl.lit("repeated"))
    )  # fmt: skip
    judged = fields.select("line", reason.alias("reason"), raw.alias("raw"))
    work.refuse(KIND, refusal(judged.filter(pl.col("reason").is_not_null()), "", pl.col("reason")))
    good = judged["reason"].is_null()
    fields, raw = fields.filter(good), raw.filter(good)
    seen.add(fields["code"])
    return fields, raw


def _changed(work: Work, fields: pl.DataFrame, raw: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """Without the rows whose cells the base already has. A row that this very batch wrote before it was killed
    counts as what it was then: new or updated."""
    fields = fields.with_columns(content_hash(fields))
    fields = fields.join(_known(work, fields), on="code", how="left", maintain_order="left")
    same = fields["is_same"].fill_null(False)
    mine = fields.filter(same & (pl.col("last_batch_id") == work.batch.pk))
    new = int((mine["first_batch_id"] == work.batch.pk).sum())
    work.count(KIND, "new", new)
    work.count(KIND, "updated", len(mine) - new)
    work.count(KIND, "unchanged", int(same.sum()) - len(mine))
    return fields.filter(~same), raw.filter(~same)


def _known(work: Work, fields: pl.DataFrame) -> pl.DataFrame:
    """Those of the rows that the base has, as KNOWN_SCHEMA."""
    if KIND in work.fresh:
        return pl.DataFrame(schema=KNOWN_SCHEMA)
    with transaction.atomic(), connection.cursor() as cursor:
        by_index(cursor)
        stage(cursor, "load_codes", fields.select("code", "content_hash"))
        return fetch(cursor, KNOWN, KNOWN_SCHEMA, (work.source.pk,))
