"""LTV by cohort: what people of one year or quarter of the first deal have brought, month after month of their life with us."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tracking.figure_models import CohortFigures
from tracking.money.figures import FIGURES
from tracking.money.months import later
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import COHORT_CUTS, Asked, cut
from tracking.report_pages.frame import Behind, Found, Report, Row, Sums

STEPS = CohortFigures.STEPS
ENOUGH = 30  # people of a cohort that is drawn
LONG = {"year": 12, "quarter": 3}  # months
OF_FIRST = """
    (%(brand)s::bigint IS NULL OR brand_id = %(brand)s) AND (%(centre)s::bigint IS NULL OR centre_id = %(centre)s)
    AND (%(first)s = '' OR {line} = %(first)s)"""
PEOPLE = f"""
SELECT date_trunc('{{by}}', quarter)::date, count(*) FROM tracking_personcohort
WHERE {OF_FIRST.format(line="line")} GROUP BY 1
"""
BROUGHT = f"""
SELECT date_trunc('{{by}}', quarter)::date, step, sum({{money}}) FROM tracking_cohortfigures
WHERE {OF_FIRST.format(line="first_line")} AND (%(of)s = '' OR line = %(of)s) GROUP BY 1, 2
"""
BEHIND = f"""
SELECT customer_id FROM tracking_personcohort
WHERE quarter >= %(starts)s::date AND quarter < %(stops)s::date AND {OF_FIRST.format(line="line")}
"""


def rows(asked: Asked) -> list[Row]:
    by = cut(asked, COHORT_CUTS)
    brought: dict[date, dict[int, Any]] = defaultdict(dict)
    for cohort, step, money in by_campaign.rows(BROUGHT.format(by=by, money=asked.base), asked):
        brought[cohort][step] = money
    people = sorted(by_campaign.rows(PEOPLE.format(by=by), asked))
    return [
        Row(_name(cohort, by), _sums(cohort, by, number, brought[cohort]), key=cohort.isoformat())
        for cohort, number in people
    ]


def _sums(cohort: date, by: str, people: int, brought: dict[int, Any]) -> Sums:
    """What a step has brought is told once everybody of the cohort has lived so long with us: else it would be too little."""
    sums: Sums = {"cohort": people, "cohort_income": sum(brought.values())}
    today = timezone.localdate()
    for step in STEPS:
        is_over = later(cohort, LONG[by] + step) <= today
        sums[f"seen_{step}"] = people if is_over else None
        sums[f"brought_{step}"] = sum(money for until, money in brought.items() if until <= step) if is_over else None
    return sums


def _name(cohort: date, by: str) -> str:
    if by == "year":
        return str(cohort.year)
    return gettext("Q%(number)d %(year)d") % {"number": (cohort.month + 2) // 3, "year": cohort.year}


def behind(asked: Asked, key: str, figure: str) -> Behind | None:
    by = cut(asked, COHORT_CUTS)
    try:
        cohort = date.fromisoformat(key)
    except ValueError:
        return None
    if cohort.day != 1 or (cohort.month - 1) % LONG[by] or not 1900 < cohort.year < 2100:
        return None
    values = {"starts": cohort, "stops": later(cohort, LONG[by])}
    return Behind(f"{LIFETIME.title} · {_name(cohort, by)} · {FIGURES[figure].label}", BEHIND, values=values)


def chart(found: Found) -> str:
    """A handful of people say nothing of a cohort."""
    of_many = [row for row in found.rows if row.sums["cohort"] >= ENOUGH]
    return charts.lines_of(("ltv_12", "ltv_36"))(replace(found, rows=of_many))


LIFETIME = Report(
    slug="ltv", title=_("LTV by cohort"), about=_("What people have brought since their first deal, by when that was."), head="",
    figures=("cohort", "cohort_income", "ltv_so_far", *(f"ltv_{step}" for step in STEPS)), rows=rows,
    filters=("cohorts_by", "base", "first", "of", "brand", "centre"), chart=chart,
    drawn=_("LTV in one year and in three, by cohorts of 30 people and more"), behind=behind, counts=lambda figure: figure == "cohort",
    note=_("Counted at night. Brand and centre are those of the first deal. Months run for each person from the moment of her first deal; a column is told once everybody of the cohort has been with us so long, and the total is of those cohorts alone. Cancelled documents count nowhere, refunds take their sums back."),
)  # fmt: skip
