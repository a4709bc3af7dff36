"""What the steps of one import share: the batch, its progress, counters, timers and refused rows."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings
from django.db.models import Model

from segments.importing.ahead import ahead
from segments.importing.blocks import Block, Broken
from segments.importing.ids import Ids
from segments.importing.mapping import Columns, check, fields_of, propose, wanted
from segments.importing.progress import Progress, Timers
from segments.importing.reading import Table, blocks, open_table
from segments.importing.reasons import refusal
from segments.models.history import Interaction
from segments.models.imports import ImportBatch, Mapping
from segments.models.people import Card

MODELS: dict[str, type[Model]] = {Mapping.Kind.CARDS: Card, Mapping.Kind.DOCUMENTS: Interaction}
OUTCOMES = ("read", "new", "updated", "unchanged", "rejected")


class Work:
    """One run of one batch."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch, self.source = batch, batch.source
        self.is_resumed = batch.started_at is not None or has_written(batch)  # a run was killed, failed or cancelled
        self.progress = Progress(batch.pk, apart=batch.dry_run)
        self.timers = Timers()
        self.counted: dict[str, dict[str, int]] = {}
        self._counting = threading.Lock()
        self.refused: list[tuple[str, pl.DataFrame]] = []
        self.touched = Ids()  # customers whose facts must be recomputed
        self.vehicles = Ids()  # vehicles whose owners must be settled
        self.unrecognised: dict[str, dict[str, int]] = {}
        self.quality: dict[str, Any] = {}  # by kind of file: how good its cells were, field by field
        #: kinds of which the base had nothing from this source when the run began: no row can be known
        self.fresh: set[str] = {kind for kind, model in MODELS.items() if not self._has(model)}
        self.files = {Mapping.Kind(file.kind): file for file in batch.files.all()}
        self.tables = {kind: self._table(kind) for kind in self.files}

    def _has(self, model: type[Model]) -> bool:
        return model._default_manager.filter(source=self.source).exists()

    def _table(self, kind: str) -> tuple[Table, Columns]:
        file = self.files[Mapping.Kind(kind)]
        table = open_table(folder_of(self.batch) / kind, encoding=file.encoding or None, kind=kind)
        columns = file.columns or propose(kind, table.headers)
        return table, check(kind, columns, table.headers, file.options)

    def rows_expected(self) -> int:
        return sum(table.rows for table, _ in self.tables.values())

    def fields(self, kind: str) -> Iterator[tuple[pl.DataFrame, pl.Series]]:
        """Blocks of a file as text columns by field, with `raw`, a struct of the cells by their headers; broken lines
        are refused."""
        table, columns = self.tables[Mapping.Kind(kind)]
        self.counted[kind] = dict.fromkeys(OUTCOMES, 0)
        for broken, fields, raw in ahead(self._read(kind, table, columns)):
            self.count(kind, "read", len(fields) + len(broken))
            self._refuse_broken(kind, broken)
            yield fields, raw

    def _read(
        self, kind: str, table: Table, columns: Columns
    ) -> Iterator[tuple[list[Broken], pl.DataFrame, pl.Series]]:
        """In a thread of its own, a block ahead of whoever cleans."""
        source = blocks(table, wanted(columns))
        while True:
            with self.timers("read"):
                block: Block | None = next(source, None)
                if block is None:
                    return
                fields = fields_of(kind, block.frame, columns)
                raw = block.frame.drop("line").to_struct("raw")
            yield block.broken, fields, raw

    def _refuse_broken(self, kind: str, broken: list[Broken]) -> None:
        if not broken:
            return
        lines = pl.DataFrame({
            "line": [row.line for row in broken],
            "raw": [json.dumps({"": row.text.replace("\0", "")}, ensure_ascii=False) for row in broken],
        })  # fmt: skip
        self.refuse(kind, refusal(lines, "", pl.Series([row.reason for row in broken])))

    def refuse(self, kind: str, rows: pl.DataFrame) -> None:
        """Keep refused rows for the report; whole rows are counted."""
        if len(rows):
            # A copy: filtered text keeps the buffers of its whole block alive, and these rows stay to the end.
            rows = rows.with_columns(pl.Series("raw", rows["raw"].to_list(), dtype=pl.String))
            self.refused.append((kind, rows))
            self.count(kind, "rejected", int(rows["whole_row"].sum()))

    def count(self, kind: str, outcome: str, rows: int) -> None:
        with self._counting:  # reading, cleaning and writing count in threads of their own
            self.counted[kind][outcome] += rows

    def counters(self) -> dict[str, Any]:
        counted = {kind: dict(outcomes) for kind, outcomes in self.counted.items()}
        return {**counted, "unrecognised": self.unrecognised, "quality": self.quality}


def has_written(batch: ImportBatch) -> bool:
    """Whether a run of it has begun to write into the base; a dry run after that changes nothing of it."""
    return batch.counters.get("has_written", False) or (batch.started_at is not None and not batch.dry_run)


def folder_of(batch: ImportBatch) -> Path:
    """Where the files of a batch are kept."""
    return Path(settings.MEDIA_ROOT) / "imports" / str(batch.pk)
