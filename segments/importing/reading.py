"""Files → frames of text cells, in blocks of constant memory, only the columns that are asked for."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.csv
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.importing.blocks import Block, Broken
from segments.importing.errors import UnusableFile
from segments.importing.spreadsheets import header_of_sheet, is_spreadsheet, sheet_blocks

BLOCK = 8 << 20
HEAD = 256 << 10
DELIMITERS = ";\t,|"
ASCII = bytes(range(0x80))
CP1251_HOLE = b"\x98"  # the one byte that Windows-1251 does not have
# High bytes of Windows-1251 that Russian office text hardly uses: all but letters, Ё, №, « », dashes, NBSP.
NOT_RUSSIAN = bytes(set(range(0x80, 0xC0)) - {0x93, 0x94, 0x96, 0x97, 0xA0, 0xA8, 0xAB, 0xB8, 0xB9, 0xBB})
OPEN_QUOTE = gettext_lazy(
    "Line %(line)s opens a quotation mark that is never closed. Mend this line and send the file again."
)


@dataclass(frozen=True, slots=True)
class Table:
    """A file understood: its headers (each once; empty ones get a number) and how its bytes are read."""

    path: Path
    headers: list[str]
    rows: int  # about; a quoted newline counts as a line
    encoding: str = ""
    delimiter: str = ""

    @property
    def is_sheet(self) -> bool:
        return not self.encoding


class Text(NamedTuple):
    """What all bytes of a text file say about it."""

    encoding: str
    lines: int
    odd_quotes: bool


class Preview(NamedTuple):
    headers: list[str]
    rows: list[list[str]]
    encoding: str
    delimiter: str


def open_table(path: Path) -> Table:
    """Find out what the file is; raises UnusableFile when it is no table."""
    if path.stat().st_size == 0:
        raise UnusableFile(_("The file is empty. Export it again and make sure that it has rows."))
    if is_spreadsheet(path):
        headers, rows = header_of_sheet(path)
        return Table(path, _named(headers), rows)
    text = _scan(path)
    with path.open(encoding=text.encoding, newline="") as file:
        head = file.read(HEAD)
    delimiter = _delimiter(head)
    headers = next(csv.reader(io.StringIO(head), delimiter=delimiter), [])
    if len(headers) < 2:
        raise UnusableFile(
            _("The first line does not look like column headers. Send a CSV with “;”, “,” or tabs between the columns.")
        )
    if text.lines < 2:
        raise UnusableFile(_("The file has a header but no rows. Export it again and make sure that it has rows."))
    table = Table(path, _named(headers), text.lines - 1, text.encoding, delimiter)
    if text.odd_quotes:
        _look_for_open_quote(table)
    return table


def preview(path: Path, rows: int = 20) -> Preview:
    """The headers and the first rows, decoded."""
    table = open_table(path)
    shown: list[list[str]] = []
    for block in blocks(table, table.headers):
        shown += [list(row) for row in block.frame.drop("line").head(rows - len(shown)).iter_rows()]
        if len(shown) >= rows:
            break
    return Preview(table.headers, shown, table.encoding, table.delimiter)


def blocks(table: Table, wanted: Sequence[str]) -> Iterator[Block]:
    """Read the wanted columns (headers of the table), block by block."""
    wanted = [header for header in table.headers if header in set(wanted)]
    source = sheet_blocks(table.path, table.headers) if table.is_sheet else _csv_blocks(table, wanted)
    line = 2
    for block in source:
        count = len(block.frame)
        numbered = block.frame.select(wanted).with_columns(
            pl.all().fill_null("").str.replace_all("\0", "", literal=True)
        )
        lines = _line_numbers(line, count, [broken.line for broken in block.broken])
        block.frame = numbered.insert_column(0, pl.Series("line", lines, dtype=pl.Int64))
        line += count + len(block.broken)
        yield block


def _line_numbers(start: int, count: int, broken: list[int]) -> list[int]:
    """Numbers of the good rows: those from `start` that are not broken ones."""
    gaps = set(broken)
    return [n for n in range(start, start + count + len(gaps)) if n not in gaps][:count]


def _csv_blocks(table: Table, wanted: list[str]) -> Iterator[Block]:
    broken: list[Broken] = []
    open_quote: list[int | str] = []

    def refuse(row: pa.csv.InvalidRow) -> str:
        if row.text.count('"') % 2 and row.text.count("\n"):
            open_quote.append(row.number or "?")  # the parser would swallow an exception raised in here
            return "error"
        broken.append(Broken(row.number or 0, row.text[:2000]))
        return "skip"

    names = [f"c{i}" for i in range(len(table.headers))]
    columns = [names[table.headers.index(header)] for header in wanted]
    try:
        reader = pa.csv.open_csv(
            table.path,
            pa.csv.ReadOptions(
                encoding=table.encoding,
                block_size=BLOCK,
                column_names=names,
                skip_rows_after_names=1,
                use_threads=False,
            ),
            pa.csv.ParseOptions(delimiter=table.delimiter, newlines_in_values=True, invalid_row_handler=refuse),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, include_columns=columns
            ),
        )
        for batch in reader:
            # The header went through the same parser, so that its quoted newlines count as one record.
            found, broken[:] = list(broken), []
            frame = pl.DataFrame(pa.Table.from_batches([batch])).rename(dict(zip(columns, wanted, strict=True)))
            yield Block(frame, found)
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        if open_quote:
            raise UnusableFile(OPEN_QUOTE % {"line": open_quote[0]}) from error
        raise UnusableFile(
            _("The file cannot be read as a table: %(detail)s. Export it again as CSV.") % {"detail": error}
        ) from error


def _named(headers: list[str]) -> list[str]:
    """Headers, each once: an empty one gets its number, a repeated one a count."""
    seen: dict[str, int] = {}
    named = []
    for number, header in enumerate(headers, start=1):
        name = " ".join(header.replace("\ufeff", "").replace("\0", "").split())[:80] or f"№ {number}"
        seen[name] = seen.get(name, 0) + 1
        named.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return named


def _scan(path: Path) -> Text:
    """Look at every byte once: is it text, in which encoding, how many lines."""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    is_utf8, lines, quotes, last, high, letters, hole = True, 0, 0, b"", 0, 0, False
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            if b"\0" in part:
                raise UnusableFile(
                    _("This is neither a CSV nor an XLSX file. Save the list as “CSV” or “Excel workbook (*.xlsx)”.")
                )
            is_utf8 = is_utf8 and _decodes(utf8, part)
            lines, quotes, last = lines + part.count(b"\n"), quotes + part.count(b'"'), part
            hole = hole or CP1251_HOLE in part
            if not letters:
                high, letters = len(part.translate(None, ASCII)), len(part.translate(None, ASCII + NOT_RUSSIAN))
    lines += not last.endswith(b"\n")
    if is_utf8:
        return Text("utf-8-sig", lines, quotes % 2 == 1)
    if hole or letters < high * 0.9:
        raise UnusableFile(
            _("The text of the file cannot be decoded. Save it as CSV in UTF-8 or Windows-1251 and send it again.")
        )
    return Text("cp1251", lines, quotes % 2 == 1)


def _decodes(decoder: codecs.IncrementalDecoder, part: bytes) -> bool:
    try:
        decoder.decode(part)
    except UnicodeDecodeError:
        return False
    return True


def _look_for_open_quote(table: Table) -> None:
    """A quotation mark that is never closed swallows the rest of the file into the last row."""
    last = None
    for block in blocks(table, table.headers):
        last = block.frame.row(-1) if len(block.frame) else last
    if last and any("\n" in cell for cell in last[1:]):
        raise UnusableFile(OPEN_QUOTE % {"line": last[0]})


def _delimiter(head: str) -> str:
    first = head.split("\n", 1)[0]
    outside = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=outside.count)
