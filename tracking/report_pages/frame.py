"""A report as data: figures by rows. The next report is one of these and a question that counts its sums."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst

from tracking.money.figures import FIGURES, Figure
from tracking.report_pages.asking import CUTS, Asked, cut

Text = str | Promise
Sums = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """`sums` by names of `money.figures`; `link` leads to what stands behind the row, `people` to whom it is about. `key` names
    the row to `Report.behind`; '' where nobody stands behind its numbers."""

    title: Text
    sums: Sums
    link: str = ""
    people: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Behind:
    """The people of one number: a statement finds them (`customer_id`). `rule`: who they are as a segment, where it can be said."""

    title: str
    sql: str
    rule: dict[str, Any] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """`head` is the title of the rows, '' where the reader chooses what they are by. `rows` asks its question once. `chart` draws the rows that were found, as an SVG;
    `total` says whether sums of rows may be added up. `behind`: who stands behind a figure of the row of a key, of figures that
    `counts` says yes to. `wholes`: sums of all people, which every row repeats for its share: no part of them is added."""

    slug: str
    title: Text
    about: Text
    head: Text
    figures: tuple[str, ...]
    rows: Callable[[Asked], list[Row]]
    filters: tuple[str, ...]
    chart: Callable[["Found"], str] | None = None
    drawn: Text | Callable[[Asked], Text] = ""  # what the chart shows
    total: bool | Callable[[Asked], bool] = True
    note: Text = ""
    columns: Callable[[Asked], list[Figure]] | None = None  # instead of `figures`, where they are data
    permission: str = ""  # that its reader needs beside that of all reports
    behind: Callable[[Asked, str, str], Behind | None] | None = None
    counts: Callable[[str], bool] = lambda figure: False
    wholes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A report that was asked for. `cells` of a row stand as the columns do."""

    report: Report
    asked: Asked
    rows: list[Row] = field(default_factory=list)
    columns: list[Figure] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The title of the rows."""
        for name in self.report.filters:
            if known := CUTS.get(name):
                return capfirst(str(known[cut(self.asked, known)]))
        return str(self.report.head)

    @property
    def adds_up(self) -> bool:
        """Whether its rows may be added: people are in several segments."""
        total = self.report.total
        return total(self.asked) if callable(total) else total

    @property
    def drawn(self) -> Text:
        """What its chart shows, in words."""
        said = self.report.drawn
        return (said(self.asked) if callable(said) else said) or self.report.title

    def cells(self, sums: Mapping[str, Any]) -> list[Decimal | None]:
        return [figure.of(sums) for figure in self.columns]

    def total(self) -> Sums:
        """Sums of all rows; figures are computed of them anew, and never added."""
        repeated = {name: self.rows[0].sums[name] for name in self.report.wholes} if self.rows else {}
        return added(row.sums for row in self.rows) | repeated


def find(report: Report, asked: Asked) -> Found:
    columns = report.columns(asked) if report.columns else [FIGURES[name] for name in report.figures]
    return Found(report, asked, report.rows(asked), columns)


def added(several: Iterable[Mapping[str, Any]]) -> Sums:
    """What is unknown in all of them stays unknown."""
    total: Sums = {}
    for sums in several:
        for name, value in sums.items():
            if value is not None:
                total[name] = value if total.get(name) is None else total[name] + value
            else:
                total.setdefault(name, None)
    return total
