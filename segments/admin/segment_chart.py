"""The sizes of a segment over a year as a chart drawn by the server: no script, it prints, it has a table beside it.

Coordinates are texts of a box of 100 × 100 that the page stretches; labels stand beside it as text.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from segments.models import Segment, SegmentSize
from segments.rules.compile import business_day

DAYS = 365
TABLE = 30  # days in the table below the chart
WIDTH = 100.0
ROOM = 92.0  # of the height: the line touches neither edge


@dataclass(frozen=True)
class Bar:
    """How many came (up) or went (down) in a day; `x`, `width`, `height` in the box."""

    x: str
    width: str
    up: str
    down: str


@dataclass(frozen=True)
class Chart:
    """`line` and `area` are points of polygons, `days` the table, newest first; `low` and `high` label the line."""

    line: str
    area: str
    bars: list[Bar]
    days: list[dict[str, Any]]
    first: date
    last: date
    low: int
    high: int
    most_moved: int


def chart(segment: Segment) -> Chart | None:
    """None while there are not yet two days to compare."""
    since = business_day() - timedelta(days=DAYS)
    rows = list(
        SegmentSize.objects.filter(segment=segment, day__gte=since)
        .order_by("day")
        .values_list("day", "size", "entered", "gone")
    )
    if len(rows) < 2:
        return None
    sizes = [size for _day, size, *_moved in rows]
    points = _points([(day, size) for day, size, *_moved in rows])
    most_moved = max(max(entered, gone) for *_head, entered, gone in rows[1:])
    return Chart(
        line=" ".join(points),
        area=" ".join([f"{points[0].split(',')[0]},100", *points, f"{points[-1].split(',')[0]},100"]),
        bars=_bars(rows, most_moved),
        days=[_day(row) for row in reversed(rows[-TABLE:])],
        first=rows[0][0],
        last=rows[-1][0],
        low=min(sizes),
        high=max(sizes),
        most_moved=most_moved,
    )


def _day(row: tuple[date, int, int, int]) -> dict[str, Any]:
    day, size, entered, gone = row
    return {"day": day, "size": size, "entered": entered, "gone": gone}


def _at(day: date, first: date, last: date) -> float:
    return WIDTH * (day - first).days / (last - first).days


def _points(sizes: list[tuple[date, int]]) -> list[str]:
    """A step would say more than is known between two refreshes: the line goes straight."""
    first, last = sizes[0][0], sizes[-1][0]
    low, high = min(size for _day, size in sizes), max(size for _day, size in sizes)
    spread = (high - low) or 1
    return [
        f"{_at(day, first, last):.2f},{(100 + ROOM) / 2 - ROOM * (size - low) / spread:.2f}"
        if high > low
        else f"{_at(day, first, last):.2f},50.00"
        for day, size in sizes
    ]


def _bars(rows: list[tuple[date, int, int, int]], most: int) -> list[Bar]:
    """One for each day that moved anybody; the first day is left out: the fill would hide all the others."""
    first, last = rows[0][0], rows[-1][0]
    width = max(WIDTH / ((last - first).days + 1) * 0.7, 0.4)
    return [
        Bar(f"{max(_at(day, first, last) - width, 0):.2f}", f"{width:.2f}", _height(entered, most), _height(gone, most))
        for day, _size, entered, gone in rows[1:]
        if entered or gone
    ]


def _height(moved: int, most: int) -> str:
    """Of half the box; a single person is still seen."""
    return f"{max(48 * moved / most, 2) if moved else 0:.2f}"
