"""How LTV changed after a scenario: people who came into it beside its control group; by version, or by months of one scenario."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Scenario
from tracking.attribution import lift
from tracking.figure_models import ScenarioFigures
from tracking.money.figures import FIGURES
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Behind, Found, Report, Row, Sums
from tracking.summaries import scenarios

COUNT = """
SELECT f.version_id, f.months, f.is_control, f.people, coalesce(l.{money}, 0), coalesce(l.{money}_squared, 0), coalesce(l.{money}_before, 0)
FROM tracking_scenariofigures AS f
JOIN campaigns_scenarioversion AS v ON v.id = f.version_id
LEFT JOIN tracking_scenariofigures AS l
  ON l.version_id = f.version_id AND l.months = f.months AND l.is_control = f.is_control AND l.line = {line}
WHERE f.line = '{together}' AND CASE WHEN %(scenario)s::bigint IS NULL THEN f.months = %(within)s ELSE v.scenario_id = %(scenario)s END
"""
NAMES = """
SELECT v.id, v.scenario_id, s.name, v.number FROM campaigns_scenarioversion AS v JOIN campaigns_scenario AS s ON s.id = v.scenario_id
WHERE %(scenario)s::bigint IS NULL OR v.scenario_id = %(scenario)s
"""
# As of the night that counted them.
BEHIND = f"""
SELECT p.customer_id FROM ({scenarios.PEOPLE}) AS p
WHERE p.version_id = %(version)s AND p.is_control = %(is_control)s AND p.since + %(long)s * interval '1 month' <= (
    SELECT min(counted_at) FROM tracking_scenariofigures WHERE version_id = %(version)s)
"""
COUNTED = {"entered": False, "entered_control": True}
MOST_ROWS = 100


def rows(asked: Asked) -> list[Row]:
    """The newest version first; of one scenario month by month, of each of its versions."""
    line = "%(of)s" if asked.of else "f.line"
    statement = COUNT.format(money=asked.base, line=line, together=ScenarioFigures.ALL)
    arms: dict[tuple[int, int], dict[bool, tuple[Any, ...]]] = {}
    for version, months, is_control, *numbers in by_campaign.rows(statement, asked):
        arms.setdefault((version, months), {})[is_control] = tuple(numbers)
    name = _names(asked)
    found = []
    for (version, months), both in sorted(arms.items(), key=lambda each: (-each[0][0], each[0][1])):
        if False in both:
            title, link = name(version, months)
            found.append(Row(title, _sums(both), link, key=f"{version}.{months}"))
    return found[:MOST_ROWS]


def _sums(both: dict[bool, tuple[Any, ...]]) -> Sums:
    people, after, squared, before = both[False]
    sums: Sums = {"entered": people, "after_income": after, "before_income": before, "entered_control": 0}
    if True in both:
        control, its, its_squared, _before = both[True]
        mine = lift.Sums(people, float(after), squared), lift.Sums(control, float(its), its_squared)
        sums |= {"entered_control": control, "control_after": its}
        if between := lift.welch(*mine):
            sums |= {"ltv_low": round(between.low, 2), "ltv_high": round(between.high, 2)}
    return sums


def _names(asked: Asked) -> Callable[[int, int], tuple[str, str]]:
    known = {version: (pk, name, number) for version, pk, name, number in by_campaign.rows(NAMES, asked)}
    several = len(known) > 1

    def named(version: int, months: int) -> tuple[str, str]:
        pk, name, number = known[version]
        link = reverse("admin:campaigns_scenario_change", args=[pk])
        of_version = gettext("version %(number)d") % {"number": number}
        if asked.scenario is None:
            return f"{name} · {of_version}", link
        after = ngettext("%(n)d month", "%(n)d months", months) % {"n": months}
        return (f"{after} · {of_version}" if several else after), link

    return named


def behind(asked: Asked, key: str, figure: str) -> Behind | None:
    version, _dot, months = key.partition(".")
    if not (version.isascii() and version.isdecimal() and len(version) < 16) or months not in map(
        str, ScenarioFigures.STEPS
    ):
        return None
    names = Scenario.objects.filter(versions=int(version)).values_list("name", flat=True)
    values = {"version": int(version), "is_control": COUNTED[figure], "long": int(months)}
    return Behind(f"{''.join(names)} · {FIGURES[figure].label}", BEHIND, values=values)


def chart(found: Found) -> str:
    """Both groups of the newest version of a scenario, month by month; else what each version added."""
    if found.asked.scenario is None:
        return charts.bars_of("ltv_added")(found)
    newest = found.rows[0].key.partition(".")[0] if found.rows else ""
    of_newest = [row for row in found.rows if row.key.partition(".")[0] == newest]
    return charts.lines_of(("after_each", "control_each"))(replace(found, rows=of_newest))


def drawn(asked: Asked) -> Any:
    return FIGURES["ltv_added"].label if asked.scenario is None else _("What each person brought, month by month")


AFTER_SCENARIOS = Report(
    slug="ltv_scenarios", title=_("LTV after a scenario"),
    about=_("Whether people who came into a scenario bring more than those of its control group."), head=_("Scenario or months since coming in"),
    figures=("entered", "after_each", "entered_control", "control_each", "ltv_added", "ltv_low", "ltv_high", "before_each", "after_change"),
    rows=rows, filters=("scenario", "within", "base", "of"), chart=chart, drawn=drawn, total=False, behind=behind,
    counts=COUNTED.__contains__,
    note=_("Counted at night. Only the comparison with the control group proves anything, where its interval has no zero in it. What people brought before and after proves nothing: whoever enters after a purchase brings less afterwards, whoever enters because it is time for the next one brings more, with a scenario or without. A scenario without a control group can be judged by nothing else, and so it cannot be judged. Of each group those are counted who came in at least so many months ago, reached by a message or not. With a scenario chosen its months stand below each other."),
)  # fmt: skip
