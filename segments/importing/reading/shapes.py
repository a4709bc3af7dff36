"""Where the header of a table is, by the shape of its first rows: a plain list, or a report of 1C with a title and
filters above, a header on two levels with merged cells, and groups named in the first column."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

SAMPLE_ROWS = 80
LEVELS = 3  # rows that a header may have
NUMBER = re.compile(r"^[-+]?[\d\s]+([.,]\d+)?%?$")
DATE = re.compile(r"^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
TOTAL = re.compile(r"^\s*(итого|всего|total)\b", re.IGNORECASE)
JOINT = " / "  # between the levels of a header
Row = Sequence[str]
Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]  # ((row, column), (row, column)), corners


@dataclass(frozen=True, slots=True)
class Shape:
    """`header` is the index of the lowest row of the header, `above` how many rows of it stand over that one.
    `names` has a name for each column, '' for a column without one; `levels` are the names of the groups that rows
    in between announce, outermost first; `filled` and `texts` are cells of a usual row."""

    header: int
    above: int
    names: list[str]
    titles: int = 0
    levels: list[str] = field(default_factory=list)
    filled: float = 0
    texts: float = 0

    @property
    def is_report(self) -> bool:
        """Rows in between are looked for only where a title or a second level says that this is no plain list."""
        return self.titles > 0 or self.above > 0

    def narrowed(self, columns: Sequence[int]) -> "Shape":
        """The same without the other columns."""
        return replace(self, names=[self.names[column] for column in columns])


def find_shape(rows: Sequence[Row], merged: Merged = ()) -> Shape | None:
    """The shape of a table by its first rows (SAMPLE_ROWS are enough); None when nothing looks like a header."""
    header = _header_row(rows)
    if header is None:
        return None
    above = _rows_above(rows, header, merged)
    if not above and _goes_on(rows, header, merged):
        header, above = header + 1, 1
    titles = sum(1 for row in rows[: header - above] if any(row))
    body = [row for row in rows[header + 1 :] if any(row)]
    full = [row for row in body if filled(row) >= max(2, 0.7 * _usual(body))] or [[""]]
    shape = Shape(header, above, [], titles, [], median(map(filled, full)), median(map(words, full)))
    if shape.is_report:
        names, levels = _join_levels(rows[header - above : header + 1], header - above, merged)
        if any(is_group(row, shape) for row in body):
            return replace(shape, names=names, levels=levels or ["Группа"])
        names[0] = JOINT.join(dict.fromkeys((*levels, names[0])))
        return replace(shape, names=names)
    return replace(shape, names=list(rows[header]))


def used_columns(shape: Shape, rows: Sequence[Row]) -> list[int]:
    """Columns that have a name, or cells in these rows: workbooks are wider than what is in them."""
    filled_below = {column for row in rows[shape.header + 1 :] for column, cell in enumerate(row) if cell}
    return [column for column, name in enumerate(shape.names) if name or column in filled_below]


def filled(row: Row) -> int:
    return sum(1 for cell in row if cell)


def words(row: Row) -> int:
    """Cells that are neither numbers nor dates."""
    return sum(1 for cell in row if cell and not NUMBER.match(cell) and not DATE.match(cell))


def is_group(row: Row, shape: Shape) -> bool:
    """Whether a row of a report names the group of the rows below it: one name, and maybe subtotals."""
    first = next((cell for cell in row if cell), "")
    if words(row) != 1 or words([first]) != 1 or TOTAL.match(first):
        return False
    if shape.texts < 2:  # a name and sums is what every row looks like
        return filled(row) == 1
    return filled(row) < shape.filled if shape.texts >= 3 else filled(row) <= shape.filled / 2


def _header_row(rows: Sequence[Row]) -> int | None:
    """The first row that fills about as many columns as the rows of the table do, with words in all of them."""
    used = [index for index, row in enumerate(rows) if any(row)]
    if not used:
        return None
    usual = _usual([rows[index] for index in used])
    likely = [index for index in used if filled(rows[index]) >= max(2, 0.6 * usual)]
    header = next((index for index in likely if words(rows[index]) == filled(rows[index])), None)
    if likely and likely[0] == used[0] and (header is None or not _is_header_over(rows, header)):
        return used[0]
    if header is None:
        return used[0] if filled(rows[used[0]]) > 1 else None
    return header + 1 if _is_header_over(rows, header) else header


def _usual(rows: Sequence[Row]) -> int:
    """Cells of a full row: three rows of four have no more. Titles and groups have few."""
    counts = sorted(map(filled, rows))
    return counts[len(counts) * 3 // 4] if counts else 0


def _is_header_over(rows: Sequence[Row], index: int) -> bool:
    """Whether the next row is a header too, and a fuller one: words in all of it, above rows with numbers."""
    upper, lower, body = rows[index], rows[index + 1 : index + 2], [row for row in rows[index + 2 :] if any(row)]
    if not lower or not body or not filled(upper) < filled(lower[0]) == words(lower[0]):
        return False
    return sum(1 for row in body if words(row) < filled(row)) > len(body) / 2


def _rows_above(rows: Sequence[Row], header: int, merged: Merged) -> int:
    """How many rows right above the header belong to it: those that name several of its columns at once."""
    above = 0
    while above < LEVELS - 1 and header - above > 0:
        row = rows[header - above - 1]
        is_title = filled(row) == 1 and not any(row[left] for left, _ in _wide(merged, header - above - 1))
        if not any(row[1:]) or is_title or words(row) < filled(row) or any(cell.endswith(":") for cell in row):
            break
        above += 1
    return above


def _goes_on(rows: Sequence[Row], header: int, merged: Merged) -> bool:
    """Whether the row below the header is its second level: it fills only what merged cells leave open."""
    open_columns = {column for left, right in _wide(merged, header) for column in range(left, right + 1)}
    if header + 2 >= len(rows) or not open_columns:
        return False
    lower = rows[header + 1]
    inside = [column for column, cell in enumerate(lower) if cell]
    return bool(inside) and set(inside) <= open_columns and words(lower) == len(inside)


def _wide(merged: Merged, row: int) -> list[tuple[int, int]]:
    """First and last columns of the cells of this row that are merged across columns."""
    return [(left, right) for (top, left), (bottom, right) in merged if top <= row <= bottom and right > left]


def _join_levels(levels: Sequence[Row], top: int, merged: Merged) -> tuple[list[str], list[str]]:
    """A name for each column, of the cells above one another, and what stands over the name of the first column:
    a report writes the names of its groups there."""
    parts: list[list[str]] = [[] for _ in levels[-1]]
    groups: list[str] = []
    for number, row in enumerate(levels[:-1]):
        wide = dict(_wide(merged, top + number))
        for column, cell in enumerate(row):
            if cell and column == 0 and 0 not in wide and levels[-1][0]:
                groups.append(cell)
            elif cell:
                right = wide.get(column, column) if merged else _until_next(row, column)
                for covered in parts[column : right + 1]:
                    covered.append(cell)
    for column, cell in enumerate(levels[-1]):
        parts[column] += [cell] if cell else []
    return [JOINT.join(dict.fromkeys(part)) for part in parts], groups


def _until_next(row: Row, column: int) -> int:
    """Where nothing says how far a cell reaches, it reaches up to the next one."""
    following = (index for index in range(column + 1, len(row)) if row[index])
    return next(following, len(row)) - 1
