"""CSV, TSV and their kin, streamed through pyarrow in constant memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa
import pyarrow.csv
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.importing.blocks import Block, Broken
from segments.importing.errors import UnusableFile
from segments.importing.reading.encodings import REPLACED, Text, examine
from segments.importing.reading.heads import Head, read_head
from segments.importing.reading.reports import Records, Report, find_report
from segments.importing.reading.shapes import Shape, find_shape, used_columns
from segments.importing.reading.stored import PACKED_WRONG, Stored
from segments.importing.reading.table import Skipped, Table, named
from segments.importing.reading.transcoding import Utf8

BLOCK = 3 << 20  # several are under way at once: read, cleaned, written
LONGEST_SHOWN = 2000
OPEN_QUOTE = gettext_lazy(
    "Line %(line)s opens a quotation mark that is never closed. Mend this line and send the file again."
)


@dataclass(slots=True)
class Separated:
    """The rows of a text. `start`: bytes before the first row; `first` its line; `columns` are indexes of the cells
    that have the `names` (those of the table, but for a report, where `report` makes the table's headers)."""

    stored: Stored
    text: Text
    delimiter: str
    start: int
    first: int
    width: int
    columns: list[int]
    names: list[str]
    report: Report | None = None
    skipped: Skipped = field(default=Skipped())

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        if not self.report:
            yield from self._read(wanted)
            return
        records = Records(self.report)
        for block in self._read(self.names):
            block.frame = records.take(block.frame).select("line", *wanted)
            yield block
        self.skipped = records.skipped()

    def _read(self, wanted: Sequence[str]) -> Iterator[Block]:
        broken: list[Broken] = []
        open_quote: list[int] = []

        def refuse(row: pa.csv.InvalidRow) -> str:
            number = (row.number or 1) + self.first - 1
            if row.text.count('"') % 2 and ("\n" in row.text or "\r" in row.text):
                open_quote.append(number)  # the parser would swallow an exception raised in here
                return "error"
            broken.append(Broken(number, row.text[:LONGEST_SHOWN]))
            return "skip"

        line = self.first
        try:
            with Utf8(self.stored.open(), self.text, self.start) as stream:
                for frame in self._frames(stream, wanted, refuse):
                    found, broken[:] = list(broken), []
                    lines = _line_numbers(line, len(frame), [row.line for row in found])
                    frame.insert_column(0, pl.Series("line", lines, dtype=pl.Int64))
                    line += len(frame) + len(found)
                    yield _without_damaged(Block(frame, found)) if stream.is_damaged else Block(frame, found)
            if broken:
                yield Block(_no_rows(wanted), list(broken))
        except (pa.ArrowInvalid, *PACKED_WRONG) as error:
            if open_quote:
                raise UnusableFile(OPEN_QUOTE % {"line": open_quote[0]}) from error
            raise UnusableFile(
                _(
                    "The file cannot be read as a table below line %(line)s. Look there for a quotation mark that is "
                    "not closed, or export the file again."
                )
                % {"line": line - 1}
            ) from error

    def _frames(self, stream: Utf8, wanted: Sequence[str], refuse: object) -> Iterator[pl.DataFrame]:
        cells = [f"c{number}" for number in range(self.width)]
        columns = [cells[self.columns[self.names.index(header)]] for header in wanted]
        reader = pa.csv.open_csv(
            stream.for_arrow(),
            pa.csv.ReadOptions(block_size=BLOCK, column_names=cells, use_threads=False),
            pa.csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=refuse),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(cells, pa.string()), strings_can_be_null=False, include_columns=columns
            ),
        )
        for batch in reader:
            frame = pl.DataFrame(pa.Table.from_batches([batch])).rename(dict(zip(columns, wanted, strict=True)))
            yield frame.with_columns(pl.all().str.replace_all("\0", "", literal=True)) if self.text.has_nul else frame


def open_separated(stored: Stored, encoding: str | None = None) -> Table:
    """Raises UnusableFile when the text is no table; `encoding` is that which a person picked."""
    with stored.open() as file:
        text = examine(file, encoding)
    with stored.open() as file:
        head = read_head(file, text)
    shape = find_shape(head.records)
    if shape is None or len(shape.names) < 2:
        raise UnusableFile(
            _("The first line does not look like column headers. Send a CSV with “;”, “,” or tabs between the columns.")
        )
    if len(head.records) <= shape.header + 1 and head.is_whole:
        raise UnusableFile(_("The file has a header but no rows. Export it again and make sure that it has rows."))
    table = _table(stored, text, head, shape)
    if text.odd_quotes:
        _look_for_open_quote(table)
    return table


def _table(stored: Stored, text: Text, head: Head, shape: Shape) -> Table:
    first = shape.header + 1
    records = [row[: len(shape.names)] + [""] * (len(shape.names) - len(row)) for row in head.records]
    columns = used_columns(shape, records) if shape.is_report else list(range(len(shape.names)))
    width, shape = len(shape.names), shape.narrowed(columns)
    source = Separated(
        stored, text, head.delimiter, head.bytes_before(first, text), first + 1, width, columns, named(shape.names)
    )
    rows = max(1, text.lines - head.lines_before(first))
    if not shape.is_report:
        return Table(source.names, rows, source, text.label, text.encoding, head.delimiter)
    source.report = find_report(shape, [[row[column] for column in columns] for row in records[first:]])
    source.names = source.report.columns
    headers = source.report.headers
    rows = sum(len(block.frame) + len(block.broken) for block in source.blocks(headers))
    return Table(headers, rows, source, text.label, text.encoding, head.delimiter, source.skipped)


def _line_numbers(start: int, count: int, broken: list[int]) -> list[int]:
    """Numbers of the good rows: those from `start` that are not broken ones."""
    gaps = set(broken)
    return [n for n in range(start, start + count + len(gaps)) if n not in gaps][:count]


def _no_rows(headers: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(schema={"line": pl.Int64, **dict.fromkeys(headers, pl.String)})


def _without_damaged(block: Block) -> Block:
    """Rows whose bytes are no text in the encoding of the file are refused, each for itself."""
    is_damaged = pl.any_horizontal(pl.exclude("line").str.contains(REPLACED, literal=True))
    damaged = block.frame.filter(is_damaged)
    found = [Broken(row[0], " | ".join(row[1:])[:LONGEST_SHOWN], "bad_text") for row in damaged.iter_rows()]
    return Block(block.frame.filter(~is_damaged) if found else block.frame, block.broken + found)


def _look_for_open_quote(table: Table) -> None:
    """A quotation mark that is never closed swallows the rest of the file into the last row."""
    last = None
    for block in table.source.blocks(table.headers):
        last = block.frame.row(-1) if len(block.frame) else last
    if last and any("\n" in (cell or "") or "\r" in (cell or "") for cell in last[1:]):
        raise UnusableFile(OPEN_QUOTE % {"line": last[0]})
