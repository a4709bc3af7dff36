"""First half of a cards import: rows that the base does not know as they are get cleaned and put aside on disk.

Memory keeps only what identification needs (names, birthdays, keys), so that it does not grow with the file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from django.db import connection, transaction

from segments.importing.cards import LONGEST_CODE, clean_cards, content_hash
from segments.importing.copying import fetch, stage
from segments.importing.reasons import refusal
from segments.importing.work import Work
from segments.models.imports import Mapping

KIND = Mapping.Kind.CARDS
KNOWN = """
SELECT c.code, c.id, c.customer_id, c.content_hash = decode(k.content_hash, 'hex'), c.first_batch_id, c.last_batch_id
FROM load_codes AS k JOIN segments_card AS c ON c.source_id = %s AND c.code = k.code
"""
KNOWN_SCHEMA: dict[str, Any] = {
    "code": pl.String, "card_id": pl.Int64, "customer_id": pl.Int64,
    "is_same": pl.Boolean, "first_batch_id": pl.Int64, "last_batch_id": pl.Int64,
}  # fmt: skip
IDENTITY = ("line", "last_name", "first_name", "middle_name", "company", "birth_date", "card_id", "customer_id")


class Staged(NamedTuple):
    """The changed rows, cleaned, by parts on disk: there they are cut out of the buffers of their blocks."""

    files: list[Path]

    def cards(self) -> pl.DataFrame:
        """The columns of IDENTITY of all parts."""
        return pl.concat([pl.read_ipc(path, columns=list(IDENTITY)) for path in self.files])

    def keys(self) -> pl.DataFrame:
        """line, kind, value of all parts."""
        columns = ["line", "kind", "value"]
        return pl.concat([pl.read_ipc(path.with_suffix(".contacts"), columns=columns) for path in self.files])

    def parts(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """(cards, contacts) of each part, as cleaned."""
        for path in self.files:
            yield pl.read_ipc(path), pl.read_ipc(path.with_suffix(".contacts"))


def stage_cards(work: Work, folder: Path) -> Staged:
    """Read and clean the file; count what is unchanged; write the changed rows to `folder`."""
    seen: set[str] = set()
    files: list[Path] = []
    for fields, raw in work.fields(KIND):
        with work.timers("clean"):
            changed, raw = _changed(work, *_usable(work, fields, raw, seen))
            clean = clean_cards(changed.drop("content_hash", *list(KNOWN_SCHEMA)[1:]), raw)
            work.refuse(KIND, clean.refused)
            known = changed.select("line", "card_id", "customer_id", "content_hash")
            part = clean.cards.join(known, on="line", maintain_order="left")
            work.count(KIND, "new", part["card_id"].null_count())
            work.count(KIND, "updated", len(part) - part["card_id"].null_count())
            files.append(folder / f"{len(files)}.cards")
            part.write_ipc(files[-1], compression="lz4")
            clean.contacts.write_ipc(files[-1].with_suffix(".contacts"), compression="lz4")
        work.progress.advance(len(fields))
    return Staged(files)


def _usable(work: Work, fields: pl.DataFrame, raw: pl.Series, seen: set[str]) -> tuple[pl.DataFrame, pl.Series]:
    """Without the rows that no code names, or whose code stood higher up in the file."""
    code = pl.col("code")
    reason = (
        pl.when(code == "").then(pl.lit("no_code"))
        .when(code.str.len_chars() > LONGEST_CODE).then(pl.lit("long_code"))
        .when(~code.is_first_distinct() | pl.Series([value in seen for value in fields["code"]], dtype=pl.Boolean))
        .then(pl.lit("repeated"))
    )  # fmt: skip
    judged = fields.select("line", reason.alias("reason"), raw.alias("raw"))
    work.refuse(KIND, refusal(judged.filter(pl.col("reason").is_not_null()), "", pl.col("reason")))
    good = judged["reason"].is_null()
    fields, raw = fields.filter(good), raw.filter(good)
    seen.update(fields["code"])
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
        stage(cursor, "load_codes", fields.select("code", "content_hash"))
        return fetch(cursor, KNOWN, KNOWN_SCHEMA, (work.source.pk,))
