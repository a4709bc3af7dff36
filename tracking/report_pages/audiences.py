"""What audience exports brought, beside advertising that CRM has no part in: the cost of an order here and there."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tracking.money import beyond
from tracking.money.figures import FIGURES
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Report, Row, added
from tracking.report_pages.sources import of_advertising

ALL_DEALS = """
SELECT coalesce(sum(deals), 0) FROM tracking_monthfigures
WHERE month >= %(since)s AND month < %(until)s AND (%(brand)s::bigint IS NULL OR brand_id = %(brand)s)
"""
OURS = """
SELECT coalesce(sum(a.share), 0) FROM tracking_attribution AS a JOIN segments_interaction AS i ON i.id = a.deal_id
WHERE a.model = %(model)s AND a.dealt_at >= %(begins)s AND a.dealt_at < %(ends)s
  AND (%(brand)s::bigint IS NULL OR i.brand_id = %(brand)s)
"""


def rows(asked: Asked) -> list[Row]:
    """Exports, the dearest first; then advertising: all of it with the orders that count for no campaign, and each source."""
    exports = {
        campaign: sums for campaign, sums in by_campaign.sums(asked).items() if campaign and campaign.is_audience
    }
    lifts = beyond.lifted([campaign.pk for campaign in exports])
    found = []
    for campaign, sums in sorted(exports.items(), key=lambda each: -each[1]["cost"]):
        more = {"beyond_deals": lifts[campaign.pk].deals.added} if campaign.pk in lifts else {}
        found.append(Row(campaign.name, sums | more, reverse("admin:campaigns_campaign_page", args=[campaign.pk])))
    if len(found) > 1:
        found.insert(0, Row(gettext("All audience exports"), added(row.sums for row in found)))
    return found + _cold(asked)


def _cold(asked: Asked) -> list[Row]:
    sources = of_advertising(asked)
    if not sources:
        return []
    [[every]], [[ours]] = by_campaign.rows(ALL_DEALS, asked), by_campaign.rows(OURS, asked)
    whole: dict[str, Any] = {"cost": sum(spent for _source, spent, _sums in sources), "deals": max(every - ours, 0)}
    return [Row(gettext("Advertising without CRM"), whole), *(Row(source, sums) for source, _spent, sums in sources)]


AUDIENCES = Report(
    slug="audiences", title=_("Audience exports"), about=_("What an order costs from audience exports and from cold advertising."),
    head=_("Source"), figures=("cost", "people", "visits", "deals", "cost_per_visit", "cost_per_deal", "beyond_deals", "cost_per_beyond"),
    rows=rows, filters=("months", "model", "cost", "brand"), chart=charts.bars_of("cost_per_deal"), drawn=FIGURES["cost_per_deal"].label,
    total=False,
    note=_("Orders of advertising without CRM are all deals of the holding less those that count for campaigns by the chosen attribution. Of one source alone only its visitors are known. What an export brought beyond its control group is of all time."),
)  # fmt: skip
