"""Whom advertising does not reach, and why: by person, by channel, of the base by brand of the newest car, and of every segment."""

from campaigns import barriers, reach
from campaigns.contacts import CONTACTS
from segments.facts_registry import writing
from tracking.figure_models import PersonBarriers, ReachFigures

NAME = "reach_figures"
LAST = barriers.NUMBERS[barriers.NO_CONTACT]
OF_CHANNELS = ", ".join(
    f"coalesce(min(flaw) FILTER (WHERE channel = '{channel}'), {LAST}) AS by_{channel}" for channel in CONTACTS
)
COLUMNS = ("by_any", *(f"by_{channel}" for channel in CONTACTS))
LISTED = ", ".join(COLUMNS)
PEOPLE = f"""
WITH told AS (SELECT customer_id, min(flaw) AS by_any, {OF_CHANNELS} FROM ({barriers.FLAWS}) AS each GROUP BY 1)
INSERT INTO tracking_personbarriers (customer_id, brand_id, {LISTED})
SELECT f.customer_id, f.car_brand_id, {", ".join(f"coalesce(told.{name}, {LAST})" for name in COLUMNS)}
FROM segments_customerfacts AS f LEFT JOIN told USING (customer_id) ORDER BY 1
"""
# People of the same flaws are counted together before their flaws are told apart: there are few hundreds of such groups.
COUNT = f"""
INSERT INTO tracking_reachfigures (segment_id, brand_id, channel, reason, people)
SELECT alike.segment_id, alike.brand_id, k.channel, (%(reasons)s::text[])[k.flaw + 1], sum(alike.people)
FROM (
    SELECT NULL::bigint AS segment_id, brand_id, {LISTED}, count(*) AS people
    FROM tracking_personbarriers GROUP BY brand_id, {LISTED}
    UNION ALL
    SELECT m.segment_id, NULL, {LISTED}, count(*)
    FROM segments_membership AS m JOIN tracking_personbarriers USING (customer_id)
    JOIN segments_segment AS s ON s.id = m.segment_id AND NOT s.is_archived
    GROUP BY m.segment_id, {LISTED}
) AS alike
CROSS JOIN LATERAL unnest(''::text || %(channels)s::text[], ARRAY[{LISTED}]) AS k (channel, flaw)
GROUP BY 1, 2, 3, 4
"""


def refresh() -> int:
    """How many rows of figures there are."""
    bound = {**reach.parameters(), "reasons": list(barriers.REASONS)}
    with writing(NAME, many=True) as cursor:
        ReachFigures.objects.all().delete()
        PersonBarriers.objects.all().delete()
        cursor.execute(PEOPLE, bound)
        cursor.execute("ANALYZE tracking_personbarriers")
        cursor.execute(COUNT, bound)
        return int(cursor.rowcount)
