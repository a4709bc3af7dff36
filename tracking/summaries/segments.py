"""Segments side by side: what their people were sent, what it cost, what they bought, what they ever brought."""

from django.db import connection, transaction

from segments.lines import HAPPENED, IS_PURCHASE, IS_REFUND
from tracking.models import SegmentFigures
from tracking.money.margins import EARNED, EARNED_IN_LINE, PERCENT

DAYS = 365
# A message costs what its campaign cost, messages and sums by hand, by messages sent.
PEOPLE = f"""
CREATE TEMPORARY TABLE person_figures ON COMMIT DROP AS
WITH price AS (
    SELECT f.campaign_id, (sum(f.cost) + coalesce((SELECT sum(c.amount) FROM tracking_cost AS c WHERE c.campaign_id = f.campaign_id), 0))
                          / nullif(sum(f.sent), 0) AS each
    FROM tracking_runfigures AS f GROUP BY 1
), written AS (
    SELECT t.customer_id, count(*) AS sent, sum(price.each) AS cost
    FROM campaigns_touch AS t LEFT JOIN price USING (campaign_id)
    WHERE t.sent_at >= now() - {DAYS} * interval '1 day' GROUP BY 1
), bought AS (
    SELECT i.customer_id, count(*) FILTER (WHERE i.is_late AND NOT i.is_refund) AS deals,
           sum(i.amount) FILTER (WHERE i.is_late) AS revenue, sum(i.earned) FILTER (WHERE i.is_late) AS margin,
           sum(i.earned) AS lifetime
    FROM (SELECT i.customer_id, i.amount, {EARNED.format(row="i")} AS earned, {IS_REFUND.format(row="i")} AS is_refund,
                 i.happened_at >= now() - {DAYS} * interval '1 day' AS is_late
          FROM segments_interaction AS i
          WHERE i.customer_id IS NOT NULL AND {IS_PURCHASE.format(row="i")} AND {HAPPENED.format(row="i")}) AS i
    GROUP BY 1
)
SELECT customer_id, coalesce(sent, 0) AS sent, coalesce(cost, 0) AS cost, coalesce(deals, 0) AS deals,
       coalesce(revenue, 0) AS revenue, coalesce(margin, 0) AS margin, coalesce(lifetime, 0) AS lifetime
FROM written FULL JOIN bought USING (customer_id)
"""
SEGMENTS = """
INSERT INTO tracking_segmentfigures (segment_id, people, written, sent, cost, buyers, written_buyers, deals, revenue, margin,
                                     lifetime, attributed, counted_at)
SELECT m.segment_id, count(*), count(*) FILTER (WHERE p.sent > 0), coalesce(sum(p.sent), 0), coalesce(sum(p.cost), 0),
       count(*) FILTER (WHERE p.deals > 0), count(*) FILTER (WHERE p.deals > 0 AND p.sent > 0), coalesce(sum(p.deals), 0),
       coalesce(sum(p.revenue), 0), coalesce(sum(p.margin), 0), coalesce(sum(p.lifetime), 0), '{}', now()
FROM segments_membership AS m LEFT JOIN person_figures AS p USING (customer_id)
JOIN segments_segment AS s ON s.id = m.segment_id AND NOT s.is_archived
GROUP BY 1
"""
ATTRIBUTED = f"""
UPDATE tracking_segmentfigures AS f SET attributed = by_model.told FROM (
    SELECT segment_id, jsonb_object_agg(model, told) AS told FROM (
        SELECT m.segment_id, a.model,
               jsonb_build_array(sum(a.share), round(sum(a.share * a.amount), 2),
                                 round(sum(a.share * {EARNED_IN_LINE.format(row="a")}), 2)) AS told
        FROM tracking_attribution AS a {PERCENT.format(row="a")} JOIN segments_membership AS m USING (customer_id)
        WHERE a.dealt_at >= now() - {DAYS} * interval '1 day' GROUP BY 1, 2) AS each
    GROUP BY 1) AS by_model
WHERE by_model.segment_id = f.segment_id
"""


def refresh() -> int:
    """Runs must be counted (`summaries.runs`); how many segments there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        SegmentFigures.objects.all().delete()
        cursor.execute(f"SET LOCAL work_mem = '64MB'; {PEOPLE}; ANALYZE person_figures")
        cursor.execute(SEGMENTS)
        segments = int(cursor.rowcount)
        cursor.execute(ATTRIBUTED)
        cursor.execute("DROP TABLE person_figures")
        return segments
