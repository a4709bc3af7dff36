"""By what people bought first and when: what they brought in the months after it, of every line of business."""

from django.conf import settings

from segments.facts_registry import writing
from segments.lines import HAPPENED, IS_PURCHASE, IS_REFUND, LINE_OF_PURCHASE
from tracking.figure_models import CohortFigures, PersonCohort
from tracking.money.margins import EARNED_IN_LINE, PERCENT

NAME = "cohort_figures"
DEALS = f"{IS_PURCHASE.format(row='i')} AND i.customer_id IS NOT NULL AND {HAPPENED.format(row='i')}"
LINE = f"coalesce({LINE_OF_PURCHASE.format(row='i')}, '')"
STEPS = " ".join(
    f"WHEN d.happened_at < began.at + interval '{step} months' THEN {step}" for step in CohortFigures.STEPS
)
BEGAN = f"""
CREATE TEMPORARY TABLE began ON COMMIT DROP AS
SELECT DISTINCT ON (i.customer_id) i.customer_id, i.happened_at AS at, {LINE} AS line, i.brand_id, i.centre_id
FROM segments_interaction AS i WHERE {DEALS} AND NOT {IS_REFUND.format(row="i")}
ORDER BY i.customer_id, i.happened_at, i.id
"""
PEOPLE = """
INSERT INTO tracking_personcohort (customer_id, quarter, line, brand_id, centre_id)
SELECT customer_id, date_trunc('quarter', at AT TIME ZONE %(zone)s)::date, line, brand_id, centre_id FROM began
"""
# A refund takes its sum back on its own day, and is itself no first deal.
COUNT = f"""
INSERT INTO tracking_cohortfigures (quarter, first_line, brand_id, centre_id, line, step, revenue, margin)
SELECT quarter, first_line, brand_id, centre_id, line, step, coalesce(sum(amount), 0), coalesce(sum(earned), 0)
FROM (
    SELECT p.quarter, p.line AS first_line, p.brand_id, p.centre_id, d.line, d.amount, {EARNED_IN_LINE.format(row="d")} AS earned,
           CASE {STEPS} ELSE %(later)s END AS step
    FROM (SELECT i.customer_id, i.happened_at, i.amount, i.margin, {LINE} AS line FROM segments_interaction AS i WHERE {DEALS}) AS d
    JOIN began USING (customer_id) JOIN tracking_personcohort AS p USING (customer_id)
    {PERCENT.format(row="d")}
) AS brought
GROUP BY 1, 2, 3, 4, 5, 6
"""


def refresh() -> int:
    """How many rows of sums there are."""
    asked = {"zone": settings.TIME_ZONE, "later": CohortFigures.LATER}
    with writing(NAME, many=True) as cursor:
        PersonCohort.objects.all().delete()
        CohortFigures.objects.all().delete()
        cursor.execute(BEGAN)
        cursor.execute("ANALYZE began")
        cursor.execute(PEOPLE, asked)
        cursor.execute("ANALYZE tracking_personcohort")
        cursor.execute(COUNT, asked)
        rows = int(cursor.rowcount)
        cursor.execute("DROP TABLE began; ANALYZE tracking_cohortfigures")
        return rows
