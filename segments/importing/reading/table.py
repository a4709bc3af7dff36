"""What reading finds out about a file before it reads its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from segments.importing.blocks import Block

LONGEST_HEADER = 80


class Rows(Protocol):
    """The rows of a table in one format."""

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        """Frames of `line` (number of the record in its file, from 1) and the wanted columns as text, '' for an
        empty cell and without NULs; lines without a good row are `broken`."""


class Skipped(NamedTuple):
    """Rows of a report that are no records: above the header, of groups (their names became a column), of totals,
    and below the last total."""

    titles: int = 0
    groups: int = 0
    totals: int = 0
    notes: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A file understood: its headers (each once; empty ones get a number) and how its rows are read. `label` says
    to a person what it is (“Windows-1251”, “Excel, sheet “Clients””); `encoding` and `delimiter` are those of a text."""

    headers: list[str]
    rows: int  # about; a quoted newline counts as a line
    source: Rows
    label: str
    encoding: str = ""
    delimiter: str = ""
    skipped: Skipped = Skipped()


class Preview(NamedTuple):
    headers: list[str]
    rows: list[list[str]]
    encoding: str
    delimiter: str
    label: str
    skipped: Skipped


def named(headers: Sequence[str]) -> list[str]:
    """Headers, each once: an empty one gets its number, a repeated one a count."""
    seen: set[str] = set()
    names = []
    for number, header in enumerate(headers, start=1):
        name = " ".join(header.replace("\ufeff", "").replace("\0", "").split())[:LONGEST_HEADER] or f"№ {number}"
        name = name.encode("utf-8", "ignore").decode()
        once, count = name, 1
        while once in seen:
            count += 1
            once = f"{name} ({count})"
        seen.add(once)
        names.append(once)
    return names
