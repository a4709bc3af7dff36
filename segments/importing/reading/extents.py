"""How many cells a sheet spans: calamine takes memory for all of them, also for the empty ones in between, so that
two cells in opposite corners of a small file would cost hundreds of gigabytes."""

import re
from typing import Protocol

CARRY = 64  # more than any reference takes
NARROW, SHORT = 26, 999_999  # what references that WIDE and TALL do not see can span
WIDE = re.compile(rb"""\sr=["']([A-Za-z]{2,7})\d""")
TALL = re.compile(rb"""\sr=["'][A-Za-z]{1,7}(\d{7,18})""")
ROW = re.compile(rb"""\sr=["'][A-Za-z]{1,7}(\d{1,18})""")
ODS_ROW = b"<table:table-row"
ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell([^>]*)>")
ODS_ROWS = re.compile(rb'number-rows-repeated="(\d{1,18})"')
ODS_COLUMNS = re.compile(rb'number-columns-repeated="(\d{1,18})"')


class Extent(Protocol):
    """Looks at the XML of a sheet as it streams by. Past `most` cells the sheet is no list."""

    most: int

    def add(self, part: bytes) -> None: ...

    def cells(self) -> int:
        """About how many cells its used rectangle has; not fewer where they are more than `most`."""


class SheetExtent:
    """XLSX names each cell (`r="AB12"`). Only columns past Z and rows past a million are looked for at first, since
    most files have none and the others cost little."""

    most = 30_000_000

    def __init__(self) -> None:
        self.columns, self.rows, self.carry = NARROW, SHORT, b""

    def add(self, part: bytes) -> None:
        part = self.carry + part
        if wide := set(WIDE.findall(part)):
            self.columns = max(self.columns, *map(_column, wide))
        if tall := TALL.findall(part):
            self.rows = max(self.rows, *map(int, tall))
        self.carry = part[-CARRY:]

    def is_doubtful(self) -> bool:
        """Whether the rows must be looked at one by one (`RowExtent`)."""
        return self.columns > NARROW

    def cells(self) -> int:
        return self.columns * self.rows


class RowExtent(SheetExtent):
    """All references of a sheet that is known to be wide."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = 1

    def add(self, part: bytes) -> None:
        found = ROW.findall(self.carry + part)
        super().add(part)
        if found:
            self.rows = max(self.rows, *map(int, found))


class OdsExtent:
    """ODS repeats cells and rows by number. Cells without content at the end cost nothing."""

    most = 10_000_000  # each is filled, be it by repetition

    def __init__(self) -> None:
        self.columns, self.rows, self.carry = 0, 0, b""

    def add(self, part: bytes) -> None:
        *whole, self.carry = (self.carry + part).split(ODS_ROW)
        for row in whole:
            self._row(row)

    def _row(self, row: bytes) -> None:
        cells = [match[1] for match in ODS_CELL.finditer(row)]
        if all(cell.endswith(b"/") for cell in cells):
            return
        while cells and cells[-1].endswith(b"/"):
            cells.pop()
        self.columns = max(self.columns, sum(_repeats(ODS_COLUMNS, cell) for cell in cells))
        self.rows += _repeats(ODS_ROWS, row.split(b">", 1)[0])

    def cells(self) -> int:
        self._row(self.carry)
        self.carry = b""
        return self.columns * self.rows


def _repeats(pattern: re.Pattern[bytes], tag: bytes) -> int:
    found = pattern.search(tag)
    return int(found[1]) if found else 1


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
