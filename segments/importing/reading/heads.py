"""The beginning of a text table: its first records, and what stands between the cells."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from segments.importing.reading.encodings import WIDE, Text
from segments.importing.reading.shapes import SAMPLE_ROWS

HEAD = 1 << 20
DELIMITERS = ";\t,|"
SAID = re.compile(r'^"?sep=([;\t,|])"?(?:\r\n|\r|\n)', re.IGNORECASE)  # Excel's own first line


@dataclass(frozen=True, slots=True)
class Head:
    """`ends` are the characters of `text` up to the end of each record; `is_whole`: the file has no more text."""

    text: str
    records: list[list[str]]
    ends: list[int]
    delimiter: str
    is_whole: bool

    def bytes_before(self, record: int, text: Text) -> int:
        """Where this record begins in the file."""
        before = self.text[: self.ends[record - 1]]
        return text.bom + len(before.encode(text.encoding, _reversible(text)))

    def lines_before(self, record: int) -> int:
        return len(self.text[: self.ends[record - 1]].splitlines())


def read_head(file: BinaryIO, text: Text) -> Head:
    file.seek(text.bom)
    part = file.read(HEAD)
    decoded = codecs.getincrementaldecoder(text.encoding)(_reversible(text)).decode(part)
    said = SAID.match(decoded)
    heads = [_parse(decoded, said.end() if said else 0, said[1] if said else delimiter) for delimiter in DELIMITERS]
    head = max(heads, key=_likelihood)
    is_cut = len(part) == HEAD and bool(head.ends) and head.ends[-1] == len(decoded)
    records, ends = (head.records[:-1], head.ends[:-1]) if is_cut else (head.records, head.ends)
    is_whole = len(part) < HEAD and not (ends and decoded[ends[-1] :].strip())
    return Head(decoded, records, ends, head.delimiter, is_whole)


def _parse(text: str, start: int, delimiter: str) -> Head:
    read = start

    def lines() -> Iterator[str]:
        nonlocal read
        for line in io.StringIO(text[start:], newline=""):
            read += len(line)
            yield line

    records, ends = [], []
    try:
        for record in csv.reader(lines(), delimiter=delimiter):
            if not record and not records:
                continue
            records.append([_readable(cell) for cell in record])
            ends.append(read)
            if len(records) == SAMPLE_ROWS:
                break
    except csv.Error:  # a cell longer than any header: the records above it say enough
        pass
    return Head(text, records, ends, delimiter, is_whole=True)


def _likelihood(head: Head) -> float:
    """How much a text looks like a table with this delimiter: as many cells in each record, and many of them."""
    widths = Counter(len(record) for record in head.records if record)
    if not widths:
        return 0.0
    width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
    agrees = 2 if len(head.records[0]) == width else 1
    return agrees * (width - 1) * times / widths.total()


def _readable(cell: str) -> str:
    return cell.encode("utf-8", "ignore").decode().strip()


def _reversible(text: Text) -> str:
    """An error handler that lets damaged bytes through to be counted on the way back."""
    return "surrogatepass" if text.encoding in WIDE else "surrogateescape"
