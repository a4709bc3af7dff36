"""What the page of RFM draws: the tabs of lines, the grid, the named segments by priority, the flows of the month."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext

from segments import onward
from segments.admin.segment_page import share_of
from segments.models import RfmLine, RfmSegment
from segments.rfm import cutting, reading
from segments.rfm.cutoffs import in_force
from segments.rfm.naming import names

NBSP = "\u00a0"
PRIORITIES = {
    RfmSegment.Priority.HIGH: gettext_lazy("High priority"),
    RfmSegment.Priority.MIDDLE: gettext_lazy("Middle priority"),
    RfmSegment.Priority.LOW: gettext_lazy("Low priority"),
}


@dataclass(frozen=True)
class Group:
    """The named segments of one priority, and all their people and money together."""

    priority: str
    label: str
    figures: reading.Figures
    named: list[reading.Named]


def page(request: HttpRequest, line: RfmLine, lines: list[RfmLine]) -> dict[str, Any]:
    """The context of `segments/rfm/page.html`: six queries, whatever the base."""
    table = names()
    codes = reading.by_code(line.line)
    moved = reading.flows(line, table)
    scored, base = reading.total(codes.values()), reading.living()
    rows = reading.grid(codes)
    cut_offs = in_force(line)
    return {
        "line": line,
        "lines": lines,
        "scored": scored,
        "base": base,
        "without": base - scored.people,
        "share": share_of(scored.people, base),
        "rows": [(row, days_between(row.recency, cut_offs.recency)) for row in rows],
        "columns": [(score, figures, times(score, cut_offs.frequency)) for score, figures in reading.columns(rows)],
        "money_bounds": money_bounds(cut_offs.money),
        "groups": _groups(reading.named(codes, table, moved)),
        "flows": matrix(moved, table.segments),
        "moved": moved,
        "is_waiting": line.applied_at is not None and line.changed_at > line.applied_at,
        "ways": onward.ways(request.user),
        "none": cutting.NONE,
        "any": cutting.ANY,
        "risk": cutting.RISK,
    }


def _groups(named: list[reading.Named]) -> list[Group]:
    groups = []
    for priority in RfmSegment.Priority:
        own = [each for each in named if each.segment.priority == priority]
        figures = reading.total(each.figures for each in own)
        groups.append(Group(priority.value, str(PRIORITIES[priority]), figures, own))
    return [group for group in groups if group.named]


def matrix(moved: reading.Flows, segments: list[RfmSegment]) -> dict[str, Any] | None:
    """Rows are where people came from, columns where they went; None when nobody moved. Those that nobody left or
    entered are no rows and no columns."""
    if not moved.people:
        return None
    every: list[RfmSegment | None] = [*segments, None]
    sources = [each for each in every if moved.left(each)]
    targets = [each for each in every if moved.came(each)]
    most = max(moved.people.values())
    return {
        "targets": [_name(each) for each in targets],
        "rows": [
            (_name(source), [_flow(moved.people.get((source, each), 0), most) for each in targets], moved.left(source))
            for source in sources
        ],
        "came": [moved.came(each) for each in targets],
        "people": sum(moved.people.values()),
    }


def _name(segment: RfmSegment | None) -> str:
    return segment.name if segment else _("No purchases")


def _flow(people: int, most: int) -> tuple[int, int]:
    """(people, heat)"""
    return people, max(1, round(reading.HEATS * (people / most) ** 0.5)) if people else 0


def days_between(score: str, bounds: tuple[int, ...]) -> str:
    """The days of a score of recency, of bounds best first: "up to 30 days", "31–60 days", "over 90 days"."""
    place = 4 - int(score)
    if place == 0:
        return ngettext("up to %(n)s day", "up to %(n)s days", bounds[0]) % {"n": _grouped(bounds[0])}
    if place == 3:
        return ngettext("over %(n)s day", "over %(n)s days", bounds[2]) % {"n": _grouped(bounds[2])}
    return _span(bounds[place - 1] + 1, bounds[place]) + NBSP + npgettext("span", "day", "days", bounds[place])


def times(score: str, bounds: tuple[int, ...]) -> str:
    """How many purchases a score of frequency is: "1", "2–4", "10 and more"; "—" when nobody can have it."""
    least = 1 if score == "1" else bounds[4 - int(score)]
    if score == "4":
        return _("%(n)s and more") % {"n": _grouped(least)}
    return _span(least, bounds[3 - int(score)] - 1)


def _span(least: int, most: int) -> str:
    if least > most:
        return "—"
    return _grouped(least) if least == most else f"{_grouped(least)}–{_grouped(most)}"


def money_bounds(bounds: tuple[Decimal, ...]) -> list[tuple[int, str]]:
    """(score, from which sum on) of the scores of money; a quarter of the base ends at a kopeck, which nobody reads."""
    return [(4 - place, f"{_grouped(round(bound))}{NBSP}₽") for place, bound in enumerate(bounds)]


def _grouped(number: int) -> str:
    return formats.number_format(number, force_grouping=True).replace(" ", NBSP)
