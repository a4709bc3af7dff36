"""Charts as SVG that stands by itself: in a page, in a PDF, as a file. No script; the table beside it says the same.

Colours are classes with a colour of their own, so that the page's theme may change them and a file needs no style sheet.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from tracking.money.figures import FIGURES
from tracking.report_pages.spelling import shown

if TYPE_CHECKING:
    from tracking.report_pages.frame import Found

WIDTH = 720
LINE = 30  # height of a bar with its label
LABEL, NUMBER = 210, 110  # widths beside a bar
LONGEST = 26  # characters of a label: of wide Cyrillic letters so many have room
MOST_BARS = 12
COLOURS = ("one", "two")
LETTER = 7.6  # width of one, at the most
Draw = Callable[["Found"], str]


def bars_of(name: str, most: int = MOST_BARS) -> Draw:
    """Rows by this figure, the largest first; what is below nothing goes to the left."""

    def draw(found: "Found") -> str:
        figure = FIGURES[name]
        known = [(row, value) for row in found.rows if (value := figure.of(row.sums)) is not None]
        known = sorted(known, key=lambda each: -each[1])[:most]
        if not known or not any(value for _row, value in known):
            return ""
        low, high = min(0, *(value for _row, value in known)), max(0, *(value for _row, value in known))
        room = WIDTH - LABEL - NUMBER
        zero = LABEL + float(-low / (high - low)) * room
        bars = []
        for place, (row, value) in enumerate(known):
            length = float(abs(value) / (high - low)) * room
            bars.append({
                "label": _short(str(row.title)), "number": shown(figure, value), "y": place * LINE,
                "x": _place(zero if value >= 0 else zero - length), "width": _place(max(length, 1)), "is_bad": value < 0,
            })  # fmt: skip
        return _svg("bars", title=str(figure.label), bars=bars, height=len(bars) * LINE + 8)

    return draw


def funnel_of(steps: tuple[str, ...]) -> Draw:
    """All rows together, step by step, each with its share of the first and of the step before it."""

    def draw(found: "Found") -> str:
        total = found.total()
        counted = [(FIGURES[step], Decimal(total.get(step) or 0)) for step in steps]
        first = counted[0][1] if counted else Decimal(0)
        if not first:
            return ""
        most = max(value for _figure, value in counted)
        bars = []
        for place, (figure, value) in enumerate(counted):
            share = f"{shown(figure, value)} · {shown(FIGURES['open_rate'], value / first)}"
            width = float(value / most) * (WIDTH - LABEL - 150)
            bars.append({
                "label": str(figure.label), "number": share, "y": place * LINE, "x": LABEL, "width": _place(max(width, 1)),
                "is_bad": False,
            })  # fmt: skip
        return _svg("bars", title=_("Funnel"), bars=bars, height=len(bars) * LINE + 8, wide=150)

    return draw


def totals_of(names: tuple[str, ...]) -> Draw:
    """A bar for each column, of all rows together, the longest first."""

    def draw(found: "Found") -> str:
        total = found.total() if found.adds_up else {}
        counted = [(figure, Decimal(total.get(figure.name) or 0)) for figure in found.columns if figure.name in names]
        most = max((value for _figure, value in counted), default=Decimal(0))
        if not most:
            return ""
        everything = sum(value for _figure, value in counted)
        bars = []
        for place, (figure, value) in enumerate(sorted(counted, key=lambda each: -each[1])):
            share = f"{shown(figure, value)} · {shown(FIGURES['open_rate'], value / everything)}"
            width = _place(max(float(value / most) * (WIDTH - LABEL - 150), 1) if value else 0)
            bars.append(
                {
                    "label": _short(capfirst(str(figure.label))),
                    "number": share,
                    "y": place * LINE,
                    "x": LABEL,
                    "width": width,
                    "is_bad": False,
                }
            )
        return _svg("bars", title=str(found.report.title), bars=bars, height=len(bars) * LINE + 8, wide=150)

    return draw


def matrix(found: "Found") -> str:
    """Rows down, columns of people across; the darker, the larger the part of the row. Whoever stayed stands where both meet."""
    across = [figure for figure in found.columns if figure.name.startswith("to_")]
    if not found.rows or not across:
        return ""
    side, left, top = (WIDTH - 170) / len(across), 168, 64
    cells = []
    for down, row in enumerate(found.rows):
        whole = sum(row.sums[figure.name] for figure in across) or 1
        for place, figure in enumerate(across):
            value = row.sums[figure.name]
            share = shown(FIGURES["open_rate"], Decimal(value) / whole)
            cells.append({
                "x": _place(left + place * side), "y": top + down * 34, "strength": f"{0.05 + 0.75 * value / whole:.2f}",
                "middle": _place(left + (place + 0.5) * side), "share": share if value else "",
                "said": f"{row.title} → {figure.label}: {shown(figure, Decimal(value))} ({share})",
            })  # fmt: skip
    heads = [(_place(left + (place + 0.5) * side), _wrapped(str(figure.label))) for place, figure in enumerate(across)]
    sides = [(top + 21 + down * 34, _short(str(row.title))) for down, row in enumerate(found.rows)]
    height = top + len(found.rows) * 34 + 6
    return _svg(
        "matrix",
        title=str(found.report.title),
        cells=cells,
        heads=heads,
        sides=sides,
        side=_place(side - 2),
        height=height,
    )


def _wrapped(text: str) -> list[tuple[int, str]]:
    """Words below each other, at most three lines, a short word beside the one before it: (y, line)."""
    lines: list[str] = []
    for word in text.split():
        if lines and (len(word) < 3 or len(lines) == 3):
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [(54 - 13 * (len(lines) - 1 - place), word[:11]) for place, word in enumerate(lines)]


def lines_of(names: tuple[str, ...]) -> Draw:
    """Shares over the rows, one line each, the height from nothing up to the highest."""

    def draw(found: "Found") -> str:
        series = [(FIGURES[name], [FIGURES[name].of(row.sums) for row in found.rows]) for name in names]
        known = [value for _figure, values in series for value in values if value is not None]
        if len(found.rows) < 2 or not known or not max(known):
            return ""
        top = max(known)
        grid = [(_place(210 - 180 * part), shown(series[0][0], top * Decimal(part))) for part in (0, 0.5, 1)]
        left = max(60, 12 + LETTER * max(len(said) for _y, said in grid))
        step = (WIDTH - left - max(30, LETTER * len(str(found.rows[-1].title)) / 2)) / (len(found.rows) - 1)

        def point(place: int, value: Decimal) -> tuple[str, str]:
            return _place(left + place * step), _place(210 - 180 * float(value / top))

        lines: list[dict[str, Any]] = []
        beside = left
        for number, (figure, values) in enumerate(series):
            dots = [
                (*point(i, v), shown(figure, v), found.rows[i].title) for i, v in enumerate(values) if v is not None
            ]
            lines.append({
                "colour": COLOURS[number % len(COLOURS)], "label": str(figure.label), "x": _place(beside), "text": _place(beside + 22),
                "dots": dots, "points": " ".join(f"{x},{y}" for x, y, *_said in dots),
            })  # fmt: skip
            beside += 46 + LETTER * len(str(figure.label))
        each = max(1, -(-len(found.rows) // 7))  # labels that fit
        labels = [(_place(left + i * step), str(row.title)) for i, row in enumerate(found.rows) if i % each == 0]
        return _svg(
            "lines",
            title=str(found.report.title),
            lines=lines,
            labels=labels,
            grid=grid,
            left=_place(left),
            edge=_place(left - 8),
            height=270,
        )

    return draw


def heat(found: "Found") -> str:
    """Days below each other, hours beside; the darker the more."""
    numbers = [[int(row.sums[name]) for name in found.report.figures] for row in found.rows]
    most = max((number for line in numbers for number in line), default=0)
    if not most:
        return ""
    side, left = (WIDTH - 110) / 24, 104
    cells = [
        {
            "x": _place(left + hour * side), "y": 24 + day * 30, "strength": f"{0.06 + 0.94 * number / most:.2f}",
            "said": _("%(day)s, %(hour)d:00 — %(number)s") % {"day": row.title, "hour": hour, "number": number},
        }
        for day, (row, line) in enumerate(zip(found.rows, numbers, strict=True))
        for hour, number in enumerate(line)
    ]  # fmt: skip
    days = [(42 + day * 30, str(row.title)) for day, row in enumerate(found.rows)]
    hours = [(_place(left + (hour + 0.5) * side), hour) for hour in range(0, 24, 2)]
    return _svg(
        "heat", title=str(found.report.title), cells=cells, days=days, hours=hours, side=_place(side - 2), height=240
    )


def _svg(kind: str, **context: Any) -> str:
    """Whatever stands in it was escaped by its template."""
    drawn = render_to_string(f"tracking/charts/{kind}.svg", {"width": WIDTH, "label_width": LABEL - 12, **context})
    return mark_safe(drawn.strip())


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _place(number: float) -> str:
    """With a point whatever the language."""
    return f"{number:.1f}"
