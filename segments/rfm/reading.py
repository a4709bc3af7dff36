"""What the page of RFM shows of one line: the grid, the named segments, and who moved between them this month."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from segments.models import Customer, RfmLine, RfmMove, RfmSegment
from segments.rfm.codes import CODES, SCORES, matching
from segments.rfm.naming import Names

HEATS = 8  # steps of colour
# Of each person the first and the last code of the time: who came back is no move.
MOVES = """
SELECT before, after, count(*) FROM (
    SELECT (array_agg(m.before ORDER BY m.id))[1] AS before, (array_agg(m.after ORDER BY m.id DESC))[1] AS after
    FROM segments_rfmmove AS m JOIN segments_customer AS c ON c.id = m.customer_id AND c.merged_into_id IS NULL
    WHERE m.line = %(line)s AND m.cause = %(cause)s AND m.moved_at > %(since)s GROUP BY m.customer_id
) AS moved GROUP BY before, after
"""
COUNTED = "SELECT code, count(*), sum(money) FROM segments_rfmscore WHERE line = %s GROUP BY code"


@dataclass(frozen=True)
class Figures:
    """People and their money, roubles net of refunds."""

    people: int = 0
    money: Decimal = Decimal(0)

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(self.people + other.people, self.money + other.money)

    @property
    def mean(self) -> Decimal | None:
        return round(self.money / self.people) if self.people else None


@dataclass(frozen=True)
class Cell:
    """One recency and frequency, whatever the money; `heat` from 0 (no money) to HEATS (the dearest cell)."""

    pattern: str
    figures: Figures
    heat: int


@dataclass(frozen=True)
class Row:
    """One recency: its cells by rising frequency, and all of them together."""

    recency: str
    pattern: str
    cells: list[Cell]
    figures: Figures


@dataclass(frozen=True)
class Named:
    """A named segment of the line. `came` and `left` are the moves of the month, `risk` those with the VIP mark."""

    segment: RfmSegment
    figures: Figures
    risk: int
    came: int
    left: int


@dataclass(frozen=True)
class Flows:
    """People by (from, to); None is "no purchases". Since the month began, or since other cut-offs were applied."""

    since: datetime
    is_since_cut_offs: bool
    people: dict[tuple[RfmSegment | None, RfmSegment | None], int]

    def came(self, segment: RfmSegment | None) -> int:
        return sum(people for (_, after), people in self.people.items() if after == segment)

    def left(self, segment: RfmSegment | None) -> int:
        return sum(people for (before, _), people in self.people.items() if before == segment)


def by_code(line: str) -> dict[str, Figures]:
    """All 64 codes."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [line])
        found = {code: Figures(people, money) for code, people, money in cursor.fetchall()}
    return {code: found.get(code, Figures()) for code in CODES}


def total(figures: Iterable[Figures]) -> Figures:
    return sum(figures, Figures())


def living() -> int:
    """All customers: those with a code of a line and those without add up to them."""
    return Customer.objects.filter(merged_into=None).count()


def grid(codes: dict[str, Figures]) -> list[Row]:
    """The best recency first. The codes of a row, of a column and of all add up."""
    cells = {r + f: total(codes[code] for code in matching(f"{r}{f}X")) for r in SCORES for f in SCORES}
    dearest = max(each.money for each in cells.values())
    return [
        Row(
            recency=r,
            pattern=f"{r}XX",
            cells=[Cell(f"{r}{f}X", cells[r + f], _heat(cells[r + f].money, dearest)) for f in reversed(SCORES)],
            figures=total(cells[r + f] for f in SCORES),
        )
        for r in SCORES
    ]


def columns(rows: list[Row]) -> list[tuple[str, Figures]]:
    """(frequency, its people and money) for the line under the grid."""
    return [
        (frequency, total(row.cells[place].figures for row in rows)) for place, frequency in enumerate(reversed(SCORES))
    ]


def _heat(money: Decimal, dearest: Decimal) -> int:
    """By the root: one rich cell would else leave all others pale."""
    if money <= 0 or dearest <= 0:
        return 0
    return max(1, round(HEATS * float(money / dearest) ** 0.5))


def named(codes: dict[str, Figures], table: Names, moved: Flows) -> list[Named]:
    """All seven, in the order of the table."""
    return [
        Named(
            segment=each,
            figures=total(codes[code] for code in table.codes(each.slug)),
            risk=sum(codes[code].people for code in table.codes(each.slug) if table.is_vip_risk(code)),
            came=moved.came(each),
            left=moved.left(each),
        )
        for each in table.segments
    ]


def flows(line: RfmLine, table: Names, now: datetime | None = None) -> Flows:
    """Moves between named segments this month, by the clock of the holding."""
    local = timezone.localtime(now, timezone.get_default_timezone())
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    cut_offs = line.applied_at if line.applied_at and line.applied_at > month else None
    since = cut_offs or month
    parameters: dict[str, Any] = {"line": line.line, "cause": RfmMove.Cause.BASE, "since": since}
    people: Counter[tuple[RfmSegment | None, RfmSegment | None]] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(MOVES, parameters)
        for before, after, count in cursor.fetchall():
            way = table.of.get(before), table.of.get(after)
            if way[0] != way[1]:
                people[way] += count
    return Flows(since, cut_offs is not None, dict(people))
