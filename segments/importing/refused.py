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
WRITTEN = ("kind", "line", "column", "reason", "raw")
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
    reasons = {reason: str(words) for reason, words in REASONS.items()}
    kinds = {kind.value: str(kind.label) for kind in Mapping.Kind}
    rows = RejectedRow.objects.filter(batch=batch).order_by("kind", "line", "id")
    for kind, line, column, reason, raw in rows.values_list(*WRITTEN).iterator(chunk_size=2000):
        left_out = _label(kind, column) if column else _("the whole row")
        cells = [_safe(raw.get(header, "")) for header in headers]
        writer.writerow([kinds[kind], line, left_out, reasons.get(reason, reason), *cells, *_broken(raw)])
        count += 1
    return count


def path_of_rejected(batch: ImportBatch) -> Path:
    return folder_of(batch) / FILE


def _headers(batch: ImportBatch) -> list[str]:
    columns = [headers for file in batch.files.all() for headers in file.columns.values()]
    return list(dict.fromkeys(header for headers in columns for header in headers))


def _broken(raw: dict[str, str]) -> list[str]:
    """A line with too many or too few cells comes as one text."""
    return [_safe(raw[""])] if "" in raw else []


def _label(kind: str, field: str) -> str:
    return next((str(known.label) for known in FIELDS[kind] if known.name == field), field)


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) and set(cell) - HARMLESS else cell
