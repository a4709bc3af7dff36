"""What a deal brings on the average, and how that changed."""

from collections.abc import Callable
from typing import Any

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from segments.models import Brand, Centre, Interaction
from tracking.money.figures import FIGURES
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import RECEIPT_CUTS, Asked, cut
from tracking.report_pages.frame import Report, Row

# A month is compared with the month as far before it as the report is long.
COUNT = """
SELECT {key}, sum(deals) FILTER (WHERE month >= %(since)s), sum(revenue) FILTER (WHERE month >= %(since)s),
       sum(deals) FILTER (WHERE month < %(since)s), sum(revenue) FILTER (WHERE month < %(since)s)
FROM tracking_monthfigures
WHERE month >= %(before)s AND month < %(until)s AND (%(brand)s::bigint IS NULL OR brand_id = %(brand)s)
GROUP BY 1
"""
KEYS = {
    "line": "line",
    "brand": "brand_id",
    "centre": "centre_id",
    "month": "CASE WHEN month < %(since)s THEN (month + %(months)s * interval '1 month')::date ELSE month END",
}
SUMS = ("deals", "revenue", "deals_before", "revenue_before")


def rows(asked: Asked) -> list[Row]:
    by = cut(asked, RECEIPT_CUTS)
    named = _names(by)
    found = [
        (key, {name: number or 0 for name, number in zip(SUMS, numbers, strict=True)})
        for key, *numbers in by_campaign.rows(COUNT.format(key=KEYS[by]), asked)
    ]
    sold = [(key, sums) for key, sums in found if sums["deals"] or sums["deals_before"]]
    order = (lambda each: each[0]) if by == "month" else (lambda each: -each[1]["revenue"])
    return [Row(named(key), sums) for key, sums in sorted(sold, key=order)]


def _names(by: str) -> Callable[[Any], str]:
    match by:
        case "brand":
            brands = dict(Brand.objects.values_list("pk", "name"))
            return lambda key: brands.get(key) or gettext("brand is not named")
        case "centre":
            centres = dict(Centre.objects.values_list("pk", "name"))
            return lambda key: centres.get(key) or gettext("centre is not named")
        case "month":
            return lambda key: capfirst(date_format(key, "F Y"))
    lines = dict(Interaction.Line.choices)
    return lambda key: capfirst(str(lines.get(key) or gettext("line not named")))


RECEIPTS = Report(
    slug="receipts", title=_("Average receipt"), about=_("What a deal brings on the average, and how that changed."),
    head="", figures=("deals", "revenue", "receipt", "receipt_before", "receipt_change"), rows=rows,
    filters=("months", "receipts_by", "brand"), chart=charts.bars_of("receipt_change"), drawn=FIGURES["receipt_change"].label,
    note=_("All deals of the holding, whatever brought them. What is before is as many months just before those chosen; refunds take their sums back."),
)  # fmt: skip
