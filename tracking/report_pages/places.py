"""Centres: all that happened there, and which part of it followed our messages."""

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from segments.models import Centre
from tracking.money.figures import FIGURES
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Report, Row, Sums

# Counters see everybody who comes in; where one stands, documents say only whom a salesperson wrote down.
ALL = """
WITH told AS (
    SELECT centre_id, sum(visits) AS visits, sum(crm_visits) AS crm_visits, sum(deals) AS deals
    FROM tracking_monthfigures
    WHERE month >= %(since)s AND month < %(until)s GROUP BY 1
), counted AS (
    SELECT centre_id, sum(visitors) AS visitors FROM segments_centretraffic
    WHERE day >= %(since)s AND day < %(until)s GROUP BY 1
)
SELECT coalesce(told.centre_id, counted.centre_id), coalesce(counted.visitors, told.visits, 0), coalesce(told.crm_visits, 0),
       coalesce(told.deals, 0)
FROM told FULL JOIN counted ON counted.centre_id = told.centre_id
"""


def rows(asked: Asked) -> list[Row]:
    sums: dict[Any, Sums] = defaultdict(dict)
    for centre, visits, from_crm, deals in by_campaign.rows(ALL, asked):
        sums[centre] |= {"all_visits": visits, "visits": from_crm, "all_deals": deals}
    for centre, each in by_campaign.attributed(asked, "centre").items():
        sums[centre] |= each
    names = dict(Centre.objects.values_list("pk", "name"))
    usual = dict.fromkeys(("all_visits", "visits", "all_deals", "deals", "revenue", "margin", "income"), 0)
    found = [Row(names.get(centre) or gettext("centre is not named"), usual | each) for centre, each in sums.items()]
    return sorted(found, key=lambda row: (-row.sums["all_visits"], -row.sums["all_deals"], str(row.title)))


CENTRES = Report(
    slug="centres", title=_("Dealer centres"), about=_("Which part of visits and deals of each centre came through CRM."),
    head=_("Dealer centre"),
    figures=("all_visits", "visits", "share_of_visits", "all_deals", "deals", "share_of_deals", "revenue", "margin", "receipt"),
    rows=rows, filters=("months", "model", "base"), chart=charts.bars_of("share_of_visits"), drawn=FIGURES["share_of_visits"].label,
    note=_("All visits are those of the counter at the door where there is one, else those of documents. A visit from CRM follows a message within 90 days."),
)  # fmt: skip
