"""XLSX workbooks: the first sheet, header in its first row. The unpacked size is checked before anything is read."""

import datetime
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from segments.importing.blocks import Block
from segments.importing.errors import UnusableFile

LARGEST_UNPACKED = 400 << 20
ROWS = 50_000


def is_spreadsheet(path: Path) -> bool:
    """By content, not by name: every XLSX is a ZIP."""
    return zipfile.is_zipfile(path)


def header_of_sheet(path: Path) -> tuple[list[str], int]:
    sheet = _first_sheet(path)
    header = next(iter(sheet.iter_rows()), [])
    headers = [_text(cell) for cell in header]
    if len(headers) < 2 or sheet.total_height < 2:
        raise UnusableFile(_("The first sheet of the workbook has no table with a header row and rows below it."))
    return headers, sheet.total_height - 1


def sheet_blocks(path: Path, headers: list[str]) -> Iterator[Block]:
    """Blocks of the sheet below its first row; every cell as the text that a person sees."""
    rows = iter(_first_sheet(path).iter_rows())
    next(rows)
    while part := list(islice(rows, ROWS)):
        cells = [[_text(cell) for cell in row] for row in part]
        yield Block(pl.DataFrame(cells, schema=dict.fromkeys(headers, pl.String), orient="row"))


def _first_sheet(path: Path) -> CalamineSheet:
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST_UNPACKED:
            raise UnusableFile(_("The workbook is too large when unpacked. Save the list as CSV and send that."))
    try:
        return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except CalamineError as error:
        raise UnusableFile(_("The workbook cannot be opened. Save it again as “Excel workbook (*.xlsx)”.")) from error


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.strftime("%d.%m.%Y %H:%M:%S")
    if isinstance(cell, datetime.date):
        return cell.strftime("%d.%m.%Y")
    return "" if cell is None else str(cell)
