"""The rows that did not get in: kept with the batch, and given back as a workbook to mend and send again."""

import io
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from django.db import connection, transaction
from django.utils.translation import gettext as _

from segments.importing.copying import copy_in
from segments.importing.filling import Row, fill, write_samples
from segments.importing.mapping import FIELDS
from segments.importing.reasons import REASONS
from segments.importing.work import folder_of
from segments.models.imports import ImportBatch, ImportFile, Mapping, RejectedRow

FILE = "rejected.xlsx"
WRITTEN = ("line", "column", "reason", "raw")
LARGEST = 1_048_575  # rows of a sheet below its header
COMMENTED = 2_000  # cells of a sheet with a comment: Excel becomes slow with more; the reason stands in the row anyway
LEADING = 2  # columns before those of the file: line, reason
Wrong = tuple[str, str]  # (field, reason); '' for the whole row
Line = tuple[int, dict[str, str], list[Wrong]]


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
    files = [_File(file) for file in batch.files.order_by("id")]
    shell = io.BytesIO()
    with xlsxwriter.Workbook(shell) as book:
        shells = _Shells(book)
        for file in files:
            shells.add(file, _lines(batch, file.kind), _count(batch, file.kind))
    rows = (row for file in files for row in file.rows(_lines(batch, file.kind)))
    fill(shell, path, (islice(rows, lines) for lines in shells.lines))
    return sum(shells.lines)


def path_of_rejected(batch: ImportBatch) -> Path:
    return folder_of(batch) / FILE


def _lines(batch: ImportBatch, kind: str) -> Iterator[Line]:
    """(line, its cells, what is wrong in it) of each refused line of a file."""
    rows = RejectedRow.objects.filter(batch=batch, kind=kind).order_by("line", "id").values_list(*WRITTEN)
    for line, same in groupby(rows.iterator(chunk_size=2000), key=lambda row: row[0]):
        found = list(same)
        yield line, found[0][3], [(column, reason) for _line, column, reason, _raw in found]


def _count(batch: ImportBatch, kind: str) -> int:
    return RejectedRow.objects.filter(batch=batch, kind=kind).values("line").distinct().count()


class _File:
    """What the sheets of one file have in common."""

    def __init__(self, file: ImportFile) -> None:
        self.kind, self.columns = file.kind, file.columns
        self.title = str(Mapping.Kind(file.kind).label).capitalize()
        self.headers = list(dict.fromkeys(header for headers in file.columns.values() for header in headers))
        self.labels = {field.name: str(field.label) for field in FIELDS[file.kind]}
        self._sentence = cache(self._say)

    def rows(self, lines: Iterable[Line]) -> Iterator[Row]:
        for line, raw, wrong in lines:
            marked = {header for field, _reason in wrong for header in self.columns.get(field, ())}
            cells = [(raw.get(header) or "", header in marked) for header in self.headers]
            # A line with too many or too few cells comes as one text.
            broken = [(raw[""], True)] if "" in raw else []
            yield line, [("; ".join(self._sentence(*each) for each in wrong), False), *cells, *broken]

    def said(self, wrong: Iterable[Wrong]) -> dict[str, list[str]]:
        """{header: what is wrong in its cell}."""
        said: dict[str, list[str]] = {}
        for field, reason in wrong:
            for header in self.columns.get(field, []):
                said.setdefault(header, []).append(_words(reason))
        return said

    def _say(self, field: str, reason: str) -> str:
        return f"{self.labels.get(field, field)}: {_words(reason)}" if field else _words(reason)


class _Shells:
    """The sheets without their rows: headers and comments. `lines` of each sheet there will be so many."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.bold = book.add_format({"bold": True, "bottom": 1})
        self.text = book.add_format({"num_format": "@", "valign": "top"})
        self.wrong = book.add_format({"num_format": "@", "valign": "top", "bg_color": "#FEE2E2"})
        self.lines: list[int] = []

    def add(self, file: _File, lines: Iterator[Line], count: int) -> None:
        """As many sheets as the lines of a file, `count`, fill."""
        for number, begin in enumerate(range(0, count, LARGEST), start=1):
            sheet = self._begun(file.title if number == 1 else f"{file.title} {number}", file.headers)
            self.lines.append(min(count - begin, LARGEST))
            commented = islice(lines, self.lines[-1])
            _comment(sheet, file, commented)
            if begin + LARGEST < count:
                deque(commented, maxlen=0)  # the next sheet begins behind them

    def _begun(self, title: str, headers: list[str]) -> Any:
        sheet = self.book.add_worksheet(title)
        sheet.set_column(0, 0, 8)
        sheet.set_column(1, 1, 48)
        sheet.set_column(LEADING, LEADING + len(headers), 22, self.text)
        sheet.freeze_panes(1, LEADING)
        for column, header in enumerate([_("line"), _("what is wrong"), *headers]):
            sheet.write_string(0, column, header, self.bold)
        write_samples(sheet, self.text, self.wrong)
        return sheet


def _comment(sheet: Any, file: _File, lines: Iterable[Line]) -> None:
    """Say beside the first wrong cells what is wrong."""
    comments = 0
    for row, (_line, raw, wrong) in enumerate(lines, start=1):
        for header, words in file.said(wrong).items():
            if raw.get(header):
                sheet.write_comment(row, LEADING + file.headers.index(header), "; ".join(words))
                comments += 1
            if comments == COMMENTED:
                return


def _words(reason: str) -> str:
    return str(REASONS.get(reason, reason))
