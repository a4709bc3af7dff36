"""The rows that did not get in: kept with the batch, and given back as a workbook to mend and send again."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import polars as pl
import xlsxwriter
from django.db import connection, transaction
from django.utils.translation import gettext as _

from segments.importing.copying import copy_in
from segments.importing.mapping import FIELDS
from segments.importing.reasons import REASONS
from segments.importing.work import folder_of
from segments.models.imports import ImportBatch, ImportFile, Mapping, RejectedRow

FILE = "rejected.xlsx"
WRITTEN = ("line", "column", "reason", "raw")
LARGEST = 1_048_575  # rows of a sheet below its header
COMMENTED = 5_000  # cells of a sheet with a comment: Excel becomes slow with more; the reason stands in the row anyway
LEADING = 2  # columns before those of the file: line, reason
Wrong = tuple[str, str]  # (field, reason); '' for the whole row


def write_refused(batch: ImportBatch, refused: list[tuple[str, pl.DataFrame]]) -> str | None:
    """Keep the refused rows of a run; returns the path of the file with them, None when there are none."""
    if not refused:
        return None
    rows = pl.concat([frame.with_columns(pl.lit(kind).alias("kind")) for kind, frame in refused])
    rows = rows.with_columns(pl.lit(batch.pk, pl.Int64).alias("batch_id"))
    with transaction.atomic(), connection.cursor() as cursor:
        copy_in(cursor, "segments_rejectedrow", rows)
    path = path_of_rejected(batch)
    rejected_xlsx(batch, path)
    return str(path)


def rejected_xlsx(batch: ImportBatch, path: Path) -> int:
    """Write the rejected rows, a sheet for each file: the line, what is wrong in it, and its cells as they came, the
    wrong ones coloured. Memory does not grow with the rows. Returns how many lines."""
    count = 0
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        for file in batch.files.order_by("id"):
            count += _Sheets(book, file).write(_lines(batch, file.kind))
    return count


def path_of_rejected(batch: ImportBatch) -> Path:
    return folder_of(batch) / FILE


def _lines(batch: ImportBatch, kind: str) -> Iterator[tuple[int, dict[str, str], list[Wrong]]]:
    """(line, its cells, what is wrong in it) of each refused line of a file."""
    rows = RejectedRow.objects.filter(batch=batch, kind=kind).order_by("line", "id").values_list(*WRITTEN)
    for line, same in groupby(rows.iterator(chunk_size=2000), key=lambda row: row[0]):
        found = list(same)
        yield line, found[0][3], [(column, reason) for _line, column, reason, _raw in found]


class _Sheets:
    """The sheets of one file; a new one begins where the last is full.

    Cells are written as text (`write_string`): whatever they begin with, a spreadsheet runs none of it, and they come
    back equal, without the mark of `segments.formulas`.
    """

    def __init__(self, book: xlsxwriter.Workbook, file: ImportFile) -> None:
        self.book, self.title = book, str(Mapping.Kind(file.kind).label).capitalize()
        self.columns = file.columns
        self.headers = list(dict.fromkeys(header for headers in file.columns.values() for header in headers))
        self.labels = {field.name: str(field.label) for field in FIELDS[file.kind]}
        self.bold = book.add_format({"bold": True, "bottom": 1})
        self.text = book.add_format({"num_format": "@", "valign": "top"})
        self.wrong = book.add_format({"num_format": "@", "valign": "top", "bg_color": "#FEE2E2"})
        self.sheets = 0

    def write(self, lines: Iterable[tuple[int, dict[str, str], list[Wrong]]]) -> int:
        count = 0
        for count, (line, raw, wrong) in enumerate(lines, start=1):
            row = (count - 1) % LARGEST + 1
            if row == 1:
                self._begin()
            self._row(row, line, raw, wrong)
        return count

    def _begin(self) -> None:
        self.sheets += 1
        self.sheet = self.book.add_worksheet(self.title if self.sheets == 1 else f"{self.title} {self.sheets}")
        self.comments = 0
        self.sheet.set_column(0, 0, 8)
        self.sheet.set_column(1, 1, 48)
        self.sheet.set_column(LEADING, LEADING + len(self.headers), 22, self.text)
        self.sheet.freeze_panes(1, LEADING)
        for column, header in enumerate([_("line"), _("what is wrong"), *self.headers]):
            self.sheet.write_string(0, column, header, self.bold)

    def _row(self, row: int, line: int, raw: dict[str, str], wrong: list[Wrong]) -> None:
        said: dict[str, list[str]] = {}  # header → what is wrong in its cell
        for field, reason in wrong:
            for header in self.columns.get(field, []):
                said.setdefault(header, []).append(_words(reason))
        self.sheet.write_number(row, 0, line)
        self.sheet.write_string(row, 1, "; ".join(self._sentence(*each) for each in wrong), self.text)
        for column, header in enumerate(self.headers, start=LEADING):
            self.sheet.write_string(row, column, raw.get(header) or "", self.wrong if header in said else self.text)
            if header in said and raw.get(header) and self.comments < COMMENTED:
                self.comments += 1
                self.sheet.write_comment(row, column, "; ".join(said[header]))
        if "" in raw:  # a line with too many or too few cells comes as one text
            self.sheet.write_string(row, LEADING + len(self.headers), raw[""], self.wrong)

    def _sentence(self, field: str, reason: str) -> str:
        return f"{self.labels.get(field, field)}: {_words(reason)}" if field else _words(reason)


def _words(reason: str) -> str:
    return str(REASONS.get(reason, reason))
