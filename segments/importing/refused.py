"""The rows that did not get in: kept with the batch, and given back as a file."""

import csv
from pathlib import Path
from typing import TextIO

import polars as pl
from django.db import connection, transaction
from django.utils.translation import gettext as _

from segments.importing.copying import copy_in
from segments.importing.mapping import FIELDS
from segments.importing.reasons import REASONS
from segments.importing.work import folder_of
from segments.models.imports import ImportBatch, Mapping, RejectedRow

FILE = "rejected.csv"
# A spreadsheet would run a cell that begins so (formula injection); phones begin with + too and must stay.
FORMULA = ("=", "@", "\t", "\r", "+", "-", "＝", "＋", "－", "＠")
HARMLESS = set("+-0123456789 ()")


def write_refused(batch: ImportBatch, refused: list[tuple[str, pl.DataFrame]]) -> str | None:
    """Keep the refused rows of a run; returns the path of the file with them, None when there are none."""
    if not refused:
        return None
    rows = pl.concat([frame.with_columns(pl.lit(kind).alias("kind")) for kind, frame in refused])
    rows = rows.with_columns(pl.lit(batch.pk, pl.Int64).alias("batch_id"))
    with transaction.atomic(), connection.cursor() as cursor:
        copy_in(cursor, "segments_rejectedrow", rows)
    path = folder_of(batch) / FILE
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rejected_csv(batch, file)
    return str(path)


def rejected_csv(batch: ImportBatch, file: TextIO) -> int:
    """Write the rejected rows with their reasons beside the cells as the file had them (`;`); returns how many."""
    headers = _headers(batch)
    writer = csv.writer(file, delimiter=";")
    writer.writerow([_("file"), _("line"), _("what was left out"), _("reason"), *headers])
    count = 0
    rows = RejectedRow.objects.filter(batch=batch).order_by("kind", "line", "id")
    for row in rows.iterator(chunk_size=2000):
        left_out = _("the whole row") if row.whole_row else _label(row.kind, row.column)
        cells = [_safe(row.raw.get(header, "")) for header in headers]
        reason = REASONS.get(row.reason, row.reason)
        writer.writerow([Mapping.Kind(row.kind).label, row.line, left_out, reason, *cells, *_broken(row)])
        count += 1
    return count


def path_of_rejected(batch: ImportBatch) -> Path:
    return folder_of(batch) / FILE


def _headers(batch: ImportBatch) -> list[str]:
    columns = [*batch.cards_columns.values(), *batch.documents_columns.values()]
    return list(dict.fromkeys(header for headers in columns for header in headers))


def _broken(row: RejectedRow) -> list[str]:
    """A line with too many or too few cells comes as one text."""
    return [_safe(row.raw[""])] if "" in row.raw else []


def _label(kind: str, field: str) -> str:
    return next((str(known.label) for known in FIELDS[kind] if known.name == field), field)


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) and set(cell) - HARMLESS else cell
