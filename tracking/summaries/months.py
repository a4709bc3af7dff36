"""What the holding did in each month, whatever brought it: visits and deals by centre, brand and line of business."""

from django.conf import settings
from django.db import connection, transaction

from segments.lines import HAPPENED, IS_PURCHASE, IS_REFUND, LINE_OF_PURCHASE
from tracking.models import MonthFigures
from tracking.money.margins import EARNED

MONTHS = 26  # a year, and the same before it
# A refund takes its sum back and is no deal.
COUNT = f"""
INSERT INTO tracking_monthfigures (month, centre_id, brand_id, line, visits, crm_visits, deals, revenue, margin)
SELECT date_trunc('month', i.happened_at AT TIME ZONE %(zone)s)::date, i.centre_id, i.brand_id,
       coalesce({LINE_OF_PURCHASE.format(row="i")}, i.line), count(*) FILTER (WHERE i.kind = 'visit'), count(r.key),
       count(*) FILTER (WHERE {IS_PURCHASE.format(row="i")} AND NOT {IS_REFUND.format(row="i")}),
       coalesce(sum(i.amount) FILTER (WHERE {IS_PURCHASE.format(row="i")}), 0),
       coalesce(sum({EARNED.format(row="i")}) FILTER (WHERE {IS_PURCHASE.format(row="i")}), 0)
FROM segments_interaction AS i
LEFT JOIN tracking_response AS r ON r.kind = 'visit' AND r.key = i.id AND i.kind = 'visit'
WHERE i.kind IN ('visit', 'sale', 'service', 'insurance') AND {HAPPENED.format(row="i")}
  AND i.happened_at >= (date_trunc('month', now() AT TIME ZONE %(zone)s) - %(months)s * interval '1 month') AT TIME ZONE %(zone)s
GROUP BY 1, 2, 3, 4
"""


def refresh() -> int:
    """How many rows there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        MonthFigures.objects.all().delete()
        cursor.execute(COUNT, {"zone": settings.TIME_ZONE, "months": MONTHS})
        return int(cursor.rowcount)
