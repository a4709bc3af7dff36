"""Files → frames of text cells, in blocks of constant memory, only the columns that are asked for.

A format has one module here that answers two questions: what is in the file (a `Table`), and its rows
(`Rows.blocks`). What a file is, is told by its bytes.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from segments.importing.blocks import Block, Broken
from segments.importing.errors import UnusableFile
from segments.importing.reading.commerceml import open_commerceml
from segments.importing.reading.encodings import LABELS
from segments.importing.reading.separated import LONGEST_SHOWN, open_separated
from segments.importing.reading.sheets import open_sheet
from segments.importing.reading.stored import BROKEN, PACKED_WRONG, find_stored
from segments.importing.reading.table import Preview, Skipped, Table

__all__ = ["LABELS", "Preview", "Skipped", "Table", "blocks", "in_order", "open_table", "preview"]

LONGEST_CELL = 100_000  # bytes; Excel holds 32,767 characters, and no field of a customer is longer


def open_table(path: Path, *, encoding: str | None = None, kind: str = "") -> Table:
    """Find out what the file is; raises UnusableFile when it is no table.

    `encoding` is what a person picked for a text (a key of LABELS). `kind` ("cards" or "documents") says which
    table is meant of a file that has both.
    """
    stored, form = find_stored(path)
    if form == "sheet":
        return open_sheet(stored)
    if form == "xml":
        return open_commerceml(stored, kind)
    try:
        return open_separated(stored, encoding)
    except PACKED_WRONG as error:
        raise UnusableFile(str(BROKEN)) from error


def preview(path: Path, rows: int = 20, *, encoding: str | None = None, kind: str = "") -> Preview:
    """The headers and the first rows, decoded."""
    table = open_table(path, encoding=encoding, kind=kind)
    shown: list[list[str]] = []
    for block in blocks(table, table.headers):
        shown += [list(row) for row in block.frame.drop("line").head(rows - len(shown)).iter_rows()]
        if len(shown) >= rows:
            break
    return Preview(table.headers, shown, table.encoding, table.delimiter, table.label, table.skipped)


def in_order(table: Table, wanted: Sequence[str]) -> list[str]:
    """The wanted columns as `blocks` brings them: in the order of the table."""
    known = set(wanted)
    return [header for header in table.headers if header in known]


def blocks(table: Table, wanted: Sequence[str]) -> Iterator[Block]:
    """Read the wanted columns (headers of the table), block by block."""
    for block in table.source.blocks(in_order(table, wanted)):
        yield _without_long_cells(block)


def _without_long_cells(block: Block) -> Block:
    """A cell that no field could take is a mistake of its row only."""
    if block.frame.width == 1 or not len(block.frame):
        return block
    is_long = pl.any_horizontal(pl.exclude("line").str.len_bytes() > LONGEST_CELL)
    long = block.frame.filter(is_long)
    if not len(long):
        return block
    found = [Broken(row[0], " | ".join(row[1:])[:LONGEST_SHOWN], "long_cell") for row in long.iter_rows()]
    return Block(block.frame.filter(~is_long), block.broken + found)
