"""What people of scenarios and of their control groups brought in the months after they came in, and in as many before.

Everybody drawn counts in the group that she was drawn into (intention to treat), once for a version, from her first occasion on.
"""

from campaigns.scenarios.effect import MERGED
from segments.facts_registry import writing
from segments.lines import HAPPENED, IS_PURCHASE, LINE_OF_PURCHASE
from tracking.figure_models import ScenarioFigures
from tracking.money.margins import EARNED_IN_LINE, PERCENT

NAME = "scenario_figures"
PEOPLE = f"""
    SELECT e.version_id, coalesce(c.merged_into_id, e.customer_id) AS customer_id, bool_or(e.state = 'control') AS is_control,
           min(e.happened_at) AS since
    FROM campaigns_enrolment AS e {MERGED} ON c.id = e.customer_id GROUP BY 1, 2
"""
COUNT = f"""
INSERT INTO tracking_scenariofigures (version_id, is_control, months, line, people, revenue, revenue_squared, margin, margin_squared,
                                      revenue_before, margin_before, counted_at)
WITH followed AS MATERIALIZED (
    SELECT p.*, m.months, m.months * interval '1 month' AS long FROM ({PEOPLE}) AS p CROSS JOIN unnest(%(steps)s::int[]) AS m (months)
    JOIN campaigns_scenarioversion AS v ON v.id = p.version_id
    WHERE p.since + m.months * interval '1 month' <= now()
), deal AS (
    SELECT i.customer_id, i.happened_at, coalesce(i.amount, 0) AS amount, i.margin, coalesce({LINE_OF_PURCHASE.format(row="i")}, '') AS line
    FROM segments_interaction AS i
    WHERE i.customer_id IS NOT NULL AND {IS_PURCHASE.format(row="i")} AND {HAPPENED.format(row="i")}
), brought AS (
    SELECT p.version_id, p.is_control, p.months, CASE WHEN grouping(d.line) = 1 THEN %(all)s ELSE d.line END AS line,
           coalesce(sum(d.amount) FILTER (WHERE d.happened_at > p.since), 0) AS revenue,
           coalesce(sum({EARNED_IN_LINE.format(row="d")}) FILTER (WHERE d.happened_at > p.since), 0) AS margin,
           coalesce(sum(d.amount) FILTER (WHERE d.happened_at <= p.since), 0) AS revenue_before,
           coalesce(sum({EARNED_IN_LINE.format(row="d")}) FILTER (WHERE d.happened_at <= p.since), 0) AS margin_before
    FROM followed AS p
    JOIN deal AS d ON d.customer_id = p.customer_id AND d.happened_at > p.since - p.long AND d.happened_at <= p.since + p.long
    {PERCENT.format(row="d")}
    GROUP BY GROUPING SETS ((p.version_id, p.is_control, p.months, p.customer_id, d.line),
                            (p.version_id, p.is_control, p.months, p.customer_id))
), size AS (
    SELECT version_id, is_control, months, count(*) AS people FROM followed GROUP BY 1, 2, 3
)
SELECT s.version_id, s.is_control, s.months, coalesce(b.line, %(all)s), s.people, coalesce(sum(b.revenue), 0),
       coalesce(sum(b.revenue::float ^ 2), 0), coalesce(sum(b.margin), 0), coalesce(sum(b.margin::float ^ 2), 0),
       coalesce(sum(b.revenue_before), 0), coalesce(sum(b.margin_before), 0), now()
FROM size AS s LEFT JOIN brought AS b USING (version_id, is_control, months) GROUP BY 1, 2, 3, 4, 5
"""


def refresh() -> int:
    """How many rows there are."""
    with writing(NAME, many=True) as cursor:
        ScenarioFigures.objects.all().delete()
        cursor.execute(COUNT, {"steps": list(ScenarioFigures.STEPS), "all": ScenarioFigures.ALL})
        return int(cursor.rowcount)
