"""Open and click rates over months."""

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Report, Row

COUNT = """
SELECT f.month, sum(f.sent), sum(f.delivered), sum(f.opened), sum(f.clicked), sum(f.opted_out)
FROM tracking_runfigures AS f JOIN campaigns_campaign AS c ON c.id = f.campaign_id
WHERE f.month >= %(since)s AND f.month < %(until)s
  AND (%(channel)s = '' OR f.channel = %(channel)s) AND (%(brand)s::bigint IS NULL OR c.brand_id = %(brand)s)
GROUP BY 1 ORDER BY 1
"""
NAMES = ("sent", "delivered", "opened", "clicked", "opted_out")


def rows(asked: Asked) -> list[Row]:
    return [
        Row(capfirst(date_format(month, "F Y")), dict(zip(NAMES, numbers, strict=True)))
        for month, *numbers in by_campaign.rows(COUNT, asked)
    ]


RATES = Report(
    slug="rates", title=_("Openings by month"), about=_("Whether people read us more or less."), head=_("Month"),
    figures=(*NAMES, "delivery_rate", "open_rate", "click_rate", "opt_out_rate"), rows=rows,
    filters=("months", "channel", "brand"), chart=charts.lines_of(("open_rate", "click_rate")),
    note=_("A message belongs to the month in which its campaign was launched."),
)  # fmt: skip
