"""CRM beside advertising: what a visitor costs here and there."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tracking.money.figures import FIGURES
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Report, Row, added

SPENT = """
SELECT source, sum(amount), sum(visitors), sum(amount) FILTER (WHERE visitors IS NOT NULL)
FROM tracking_adspend
WHERE month >= %(since)s AND month < %(until)s AND (%(brand)s::bigint IS NULL OR brand_id = %(brand)s)
GROUP BY 1 ORDER BY 2 DESC
"""
ALL = """
SELECT coalesce((SELECT sum(visitors) FROM segments_centretraffic WHERE day >= %(since)s AND day < %(until)s
                 AND %(brand)s::bigint IS NULL),
                (SELECT sum(visits) FROM tracking_monthfigures
                 WHERE month >= %(since)s AND month < %(until)s AND (%(brand)s::bigint IS NULL OR brand_id = %(brand)s)), 0)
"""


def rows(asked: Asked) -> list[Row]:
    """CRM first."""
    [[every]] = by_campaign.rows(ALL, asked)
    crm = added(by_campaign.sums(asked).values())
    own = {"visits": crm.get("visits") or 0, "cost": crm.get("cost") or 0, "all_visits": every}
    found = [Row(gettext("CRM: our campaigns"), own)]
    return found + [Row(source, sums | {"all_visits": every}) for source, _spent, sums in of_advertising(asked)]


def of_advertising(asked: Asked) -> list[tuple[str, Any, dict[str, Any]]]:
    """(source, all that it took, its cost and visits). Where only some of its months have visitors, the cost is that of these: a
    visitor is never charged with the money of others."""
    return [
        (source, spent, {"visits": visitors, "cost": counted if visitors else spent})
        for source, spent, visitors, counted in by_campaign.rows(SPENT, asked)
    ]


SOURCES = Report(
    slug="sources", title=_("CRM and advertising"), about=_("What a visitor costs from CRM and from each source of advertising."),
    head=_("Source"), figures=("cost", "visits", "cost_per_visit", "share_of_visits"), rows=rows,
    filters=("months", "cost", "brand"), chart=charts.bars_of("cost_per_visit"), drawn=FIGURES["cost_per_visit"].label, total=False,
    note=_("Advertising is what was entered on the page “Advertising”. A visit may be claimed by CRM and by advertising at once: rows are not added up."),
)  # fmt: skip
