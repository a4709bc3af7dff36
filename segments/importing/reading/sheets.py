"""XLSX, XLS and ODS workbooks through calamine: the sheet with the table, its cells as the text people see."""

import datetime
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from typing import Any

import polars as pl
from django.utils.translation import gettext as _
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    WorksheetNotFound,
)

from segments.importing.blocks import Block
from segments.importing.errors import UnusableFile
from segments.importing.reading.reports import Records, Report, find_report
from segments.importing.reading.shapes import SAMPLE_ROWS, Merged, Shape, find_shape, used_columns
from segments.importing.reading.stored import PACKED_WRONG, Stored, directory_of
from segments.importing.reading.table import Skipped, Table, named
from segments.importing.reading.unpacked import LARGEST_WORKBOOK, check_workbook

ROWS = 20_000


@dataclass(slots=True)
class Sheet:
    """The rows of one sheet. `first` is the index of the first row below the header, `columns` are indexes."""

    stored: Stored
    name: str
    first: int
    columns: list[int]
    headers: list[str]
    report: Report | None = None
    skipped: Skipped = field(default=Skipped())

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        with _told():
            yield from self._blocks(wanted)

    def _blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        rows = _open(self.stored).get_sheet_by_name(self.name).iter_rows()
        records = Records(self.report) if self.report else None
        headers = self.report.columns if self.report else list(wanted)
        columns = self.columns if self.report else [self.columns[self.headers.index(header)] for header in wanted]
        line = self.first + 1
        for _row in islice(rows, self.first):
            pass
        while part := list(islice(rows, ROWS)):
            # Workbooks often have formatted but empty rows below the table.
            used = [(number, row) for number, row in enumerate(part, line) if row.count("") < len(row)]
            cells = [[text_of(row[column]) for column in columns] for _number, row in used]
            frame = pl.DataFrame(cells, schema=dict.fromkeys(headers, pl.String), orient="row")
            frame.insert_column(0, pl.Series("line", [number for number, _row in used], dtype=pl.Int64))
            line += len(part)
            yield Block(records.take(frame).select("line", *wanted) if records else frame)
        if records:
            self.skipped = records.skipped()


def open_sheet(stored: Stored) -> Table:
    """Raises UnusableFile when the workbook is dangerous or has no table."""
    with _told():
        return _open_sheet(stored)


def _open_sheet(stored: Stored) -> Table:
    book = _open(stored)
    found: tuple[int, CalamineSheet, Shape, list[list[str]]] | None = None
    others = 0
    for name in _sheet_names(book):
        sheet = book.get_sheet_by_name(name)
        rows = [[text_of(cell) for cell in row] for row in islice(sheet.iter_rows(), SAMPLE_ROWS)]
        shape = find_shape(rows, _merged(sheet))
        if shape is None or _height(sheet) <= shape.header + 1:
            continue
        others += 1
        size = (_height(sheet) - shape.header) * len(used_columns(shape, rows))
        if found is None or size > found[0]:
            found = (size, sheet, shape, rows)
    if found is None:
        raise UnusableFile(_("No sheet of the workbook has a table with a header row and rows below it."))
    return _table(stored, found[1], (found[2], found[3]), others)


def _table(stored: Stored, sheet: CalamineSheet, seen: tuple[Shape, list[list[str]]], sheets: int) -> Table:
    shape, rows = seen
    columns = used_columns(shape, rows)
    shape = shape.narrowed(columns)
    first = shape.header + 1
    label = "OpenDocument" if b"opendocument" in stored.head()[:100] else "Excel"
    if sheets > 1:
        label = _("%(program)s, sheet “%(sheet)s”") % {"program": label, "sheet": sheet.name}
    if not shape.is_report:
        headers = named(shape.names)
        return Table(headers, _height(sheet) - first, Sheet(stored, sheet.name, first, columns, headers), label)
    report = find_report(shape, [[row[column] for column in columns] for row in rows[first:]])
    source = Sheet(stored, sheet.name, first, columns, report.headers, report)
    count = sum(len(block.frame) for block in source.blocks(report.headers))
    return Table(report.headers, count, source, label, skipped=source.skipped)


def text_of(cell: Any) -> str:
    """A cell as a person sees it: whole numbers without a point (phones become numbers), dates as 31.12.2025."""
    if isinstance(cell, str):
        return cell.replace("\0", "")
    if isinstance(cell, bool):
        return "Да" if cell else "Нет"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.15g}"
    if isinstance(cell, datetime.datetime):
        return cell.strftime("%d.%m.%Y %H:%M:%S" if cell.time() != datetime.time.min else "%d.%m.%Y")
    if isinstance(cell, datetime.date):
        return cell.strftime("%d.%m.%Y")
    return "" if cell is None else str(cell)


def _height(sheet: CalamineSheet) -> int:
    """Rows from the top of the sheet to its last used one (calamine's `total_height` is one less)."""
    return sheet.end[0] + 1 if sheet.end else 0


def _merged(sheet: CalamineSheet) -> Merged:
    return sheet.merged_cell_ranges or ()


def _sheet_names(book: CalamineWorkbook) -> list[str]:
    """Work sheets, the hidden ones only where nothing else is."""
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    shown = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    return shown or [sheet.name for sheet in sheets]


def _open(stored: Stored) -> CalamineWorkbook:
    with stored.open() as file:
        content = BytesIO(file.read(LARGEST_WORKBOOK))
    if zipfile.is_zipfile(content):
        _check(content)
    content.seek(0)
    return CalamineWorkbook.from_filelike(content)


def _check(content: BytesIO) -> None:
    entries = directory_of(content)
    check_workbook(content, entries)
    names = {entry.filename.lower() for entry in entries}
    if any(name.endswith("vbaproject.bin") for name in names):
        raise UnusableFile(_("The workbook holds macros. Save it as “Excel workbook (*.xlsx)” and send that."))
    if "xl/workbook.bin" in names:
        raise UnusableFile(_("The workbook is a binary one. Save it as “Excel workbook (*.xlsx)” and send that."))


@contextmanager
def _told() -> Iterator[None]:
    """What calamine raises, in a sentence. A panic of Rust is a BaseException of a class that nobody can import."""
    try:
        yield
    except PasswordError as error:
        raise UnusableFile(_("The file is protected by a password. Send it without one.")) from error
    except BaseException as error:
        is_panic = type(error).__module__ == "pyo3_runtime"
        if not is_panic and not isinstance(error, (CalamineError, WorksheetNotFound, *PACKED_WRONG)):
            raise
        raise UnusableFile(_("The workbook cannot be opened. Save it again as “Excel workbook (*.xlsx)”.")) from error
