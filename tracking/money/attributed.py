"""What campaigns brought by each model of attribution, of all time."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

EARNED = """
SELECT a.campaign_id, a.model, sum(a.share), sum(a.share * a.amount),
       sum(a.share * coalesce(a.margin, a.amount * each.percent / 100, 0))
FROM tracking_attribution AS a LEFT JOIN tracking_linemargin AS each ON each.line = a.line
WHERE a.campaign_id = ANY(%(campaigns)s::bigint[]) GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Earned:
    deals: Decimal = Decimal(0)
    revenue: Decimal = Decimal(0)
    margin: Decimal = Decimal(0)


ByModel = dict[str, Earned]


def of_campaigns(campaigns: Collection[int]) -> dict[int, ByModel]:
    """{campaign: {model: …}}; a model that gives a campaign nothing is absent. One query."""
    found: dict[int, ByModel] = {campaign: {} for campaign in campaigns}
    with connection.cursor() as cursor:
        cursor.execute(EARNED, {"campaigns": list(campaigns)})
        for campaign, model, *sums in cursor.fetchall():
            found[campaign][model] = Earned(*sums)
    return found
