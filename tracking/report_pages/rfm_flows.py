"""RFM flows: in which group people were when the months began, and in which when they ended."""

from collections import defaultdict
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from segments.models import RfmSegment
from segments.rfm.naming import Names, names
from tracking.money.figures import COUNT as A_NUMBER
from tracking.money.figures import FIGURES, Figure
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Behind, Report, Row

NONE = "none"  # no purchases
# A code at a moment is that before the first change after it, else the code of now. Whoever has not changed since is not looked up.
NUMBERED = (
    "m.id * 1000 + coalesce(nullif(m.before, '')::int, 0)"  # the least of these tells the code of the first change
)
TOLD = f"""
WITH moved AS (
    SELECT m.customer_id, min({NUMBERED}) %% 1000 AS was, min({NUMBERED}) FILTER (WHERE m.moved_at >= %(ends)s) %% 1000 AS became
    FROM segments_rfmmove AS m JOIN segments_customer AS c ON c.id = m.customer_id AND c.merged_into_id IS NULL
    WHERE m.line = %(line)s AND m.moved_at >= %(begins)s GROUP BY 1
), told AS (
    SELECT moved.customer_id, moved.was::text AS was, coalesce(moved.became::text, s.code, '') AS became, coalesce(s.code, '') AS code
    FROM moved LEFT JOIN segments_rfmscore AS s ON s.customer_id = moved.customer_id AND s.line = %(line)s
)"""
FLOWS = f"""{TOLD}
SELECT was, became, count(*) FROM told GROUP BY 1, 2
UNION ALL
SELECT now.code, now.code, now.people - coalesce(changed.people, 0)
FROM (SELECT code, count(*) AS people FROM segments_rfmscore WHERE line = %(line)s GROUP BY 1) AS now
LEFT JOIN (SELECT code, count(*) AS people FROM told GROUP BY 1) AS changed USING (code)
"""
# Of whoever has not moved both codes are that of now.
PEOPLE = f"""{TOLD}
SELECT customer_id FROM told
WHERE coalesce(%(from)s::text[] @> ARRAY[was], was <> ALL(%(known)s::text[]))
  AND (%(any)s OR coalesce(%(to)s::text[] @> ARRAY[became], became <> ALL(%(known)s::text[])))
UNION ALL
SELECT s.customer_id FROM segments_rfmscore AS s
WHERE s.line = %(line)s AND s.code = ANY(%(from)s::text[]) AND (%(any)s OR s.code = ANY(%(to)s::text[]))
  AND s.customer_id NOT IN (SELECT customer_id FROM moved)
"""


def columns(asked: Asked) -> list[Figure]:
    groups = [Figure(f"to_{each.slug}", each.name, A_NUMBER, "") for each in RfmSegment.objects.all()]
    nobody = Figure(f"to_{NONE}", capfirst(gettext("no purchases")), A_NUMBER, "")
    return [FIGURES["people_before"], *groups, nobody, FIGURES["stayed_share"]]


def rows(asked: Asked) -> list[Row]:
    table = names()
    titles = {each.slug: each.name for each in table.segments} | {NONE: capfirst(gettext("no purchases"))}
    flows: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(titles, 0))
    for was, became, people in by_campaign.rows(FLOWS, asked):
        flows[_slug(was, table.of)][_slug(became, table.of)] += people
    return [_row(slug, titles[slug], flows[slug], asked.line) for slug in titles if slug in flows]


def _row(slug: str, title: str, to: dict[str, int], line: str) -> Row:
    sums: dict[str, Any] = {f"to_{name}": people for name, people in to.items()}
    sums |= {"people_before": sum(to.values()), "stayed": to[slug]}
    people = f"{reverse('admin:segments_customer_changelist')}?rfm={line}.{slug}"
    return Row(title, sums, people=people, key=slug)


def behind(asked: Asked, key: str, figure: str) -> Behind | None:
    """`from` and `to` are codes; NULL of those whose code is in no group: they bought nothing."""
    table = names()
    to = key if figure == "stayed" else figure.removeprefix("to_")
    is_any = figure == "people_before"
    if not {key, *([] if is_any else [to])} <= {*table.by_slug, NONE}:
        return None
    title = " → ".join(_name(slug, table) for slug in ([key] if is_any else [key, to]))
    codes = {
        slug: list(table.codes(slug)) if slug != NONE else None for slug in (key, to) if slug in {*table.by_slug, NONE}
    }
    values = {"from": codes[key], "to": codes.get(to), "any": is_any, "known": list(table.of)}
    return Behind(f"{RFM_FLOWS.title} · {title}", PEOPLE, values=values)


def _name(slug: str, table: Names) -> str:
    return capfirst(gettext("no purchases")) if slug == NONE else table.by_slug[slug].name


def _slug(code: str, of: dict[str, RfmSegment]) -> str:
    return of[code].slug if code in of else NONE


RFM_FLOWS = Report(
    slug="rfm", title=_("RFM flows"), about=_("From which group to which people went."), head=_("From the group"),
    figures=(), columns=columns, rows=rows, filters=("months", "line"), behind=behind, counts=lambda figure: figure == "people_before" or figure.startswith("to_"), chart=charts.matrix, drawn=_("From the group (down) to the group (across)"),
    note=_("The first code of a person is no move: who bought for the first time in these months comes from the group she has. A change of the cut-offs moves people as well."),
)  # fmt: skip
