"""Rows into the sheets of a workbook that has everything else: headers, formats, comments.

xlsxwriter looks at each cell ten times; of half a million that is a tenth of an import. So it makes a book with one row
of samples in every sheet, and the rows come in the place of these as text. Cells are text (`t="inlineStr"`) whatever they
begin with: a spreadsheet runs none of it, and they come back equal, without the mark of `segments.formulas`.
"""

import re
from collections.abc import Iterable
from functools import cache
from io import BufferedWriter
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter.utility import xl_col_to_name

Row = tuple[int, list[tuple[str, bool]]]  # a number, and after it cells: text, whether it is the marked kind
LONGEST = 32_767  # letters of a cell
PART = 1 << 18  # bytes
SAMPLES = re.compile(r'(<row r="2".*?</row>)', re.DOTALL)
STYLE = re.compile(r' s="(\d+)"')
EXTENT = re.compile(r"<dimension [^>]*/>")
# What XML has another meaning for, or no way to say: the format writes the code of the letter as _x000D_.
SPECIAL = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_letters = cache(xl_col_to_name)


def write_samples(sheet: Any, usual: Any, marked: Any) -> None:
    """The row that `fill` learns the two formats from."""
    sheet.write_blank(1, 0, None, usual)
    sheet.write_blank(1, 1, None, marked)


def fill(shell: IO[bytes], path: Path, sheets: Iterable[Iterable[Row]]) -> None:
    """Write the book of `shell` to `path`, with the rows of each of its sheets, in their order."""
    with ZipFile(shell) as empty, ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as full:
        names = [f"xl/worksheets/sheet{number}.xml" for number in range(1, len(empty.namelist()) + 1)]
        for name, rows in zip(names, sheets, strict=False):
            with full.open(name, "w") as entry, BufferedWriter(entry, PART) as buffer:
                _fill(buffer, empty.read(name).decode(), rows)
        for name in empty.namelist():
            if name not in full.NameToInfo:
                full.writestr(name, empty.read(name))


def _fill(entry: IO[bytes], sheet: str, rows: Iterable[Row]) -> None:
    sheet = EXTENT.sub("", sheet, count=1)  # that of the samples
    before, samples, after = SAMPLES.split(sheet, maxsplit=1)
    usual, marked = STYLE.findall(samples)
    entry.write(before.encode())
    for row, (number, cells) in enumerate(rows, start=2):
        texts = "".join(
            f'<c r="{_letters(column)}{row}" s="{marked if is_marked else usual}" t="inlineStr"><is>'
            f'<t xml:space="preserve">{_escaped(text)}</t></is></c>'
            for column, (text, is_marked) in enumerate(cells, start=1)
            if text or is_marked
        )
        entry.write(f'<row r="{row}"><c r="A{row}"><v>{number}</v></c>{texts}</row>'.encode())
    entry.write(after.encode())


def _escaped(text: str) -> str:
    return SPECIAL.sub(_spelled, text[:LONGEST])


def _spelled(letter: re.Match[str]) -> str:
    return NAMED.get(letter[0]) or f"_x{ord(letter[0]):04X}_"
