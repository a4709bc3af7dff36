"""Who came back after months without anything: visits, sales, service and insurance, each with what was before it."""

from django.db import connection, transaction

from segments.lines import HAPPENED, IS_REFUND
from tracking.figure_models import PersonReturn

MONTHS = 14
LEAST = 3  # months without anything, from which on it is counted
COUNT = f"""
INSERT INTO tracking_personreturn (interaction_id, customer_id, at, last_at)
SELECT id, customer_id, happened_at, last_at FROM (
    SELECT i.id, i.customer_id, i.happened_at,
           lag(i.happened_at) OVER (PARTITION BY i.customer_id ORDER BY i.happened_at, i.id) AS last_at
    FROM segments_interaction AS i
    WHERE i.kind IN ('visit', 'sale', 'service', 'insurance') AND i.customer_id IS NOT NULL AND {HAPPENED.format(row="i")}
      AND NOT {IS_REFUND.format(row="i")}
) AS did
WHERE happened_at >= now() - %(months)s * interval '1 month' AND last_at <= happened_at - %(least)s * interval '1 month'
"""


def refresh() -> int:
    """How many returns there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        PersonReturn.objects.all().delete()
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(COUNT, {"months": MONTHS, "least": LEAST})
        return int(cursor.rowcount)
