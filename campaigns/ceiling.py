"""The ceiling of a run: so many messages, or so many roubles, and no more.

Who is within it is drawn: people stand in line by the hash of the campaign's salt, so that they are a fair sample of those who
would have been written to, and the same people whenever it is counted. The control groups are drawn before. Whoever is beyond
the ceiling has that for her reason, and "send to those it missed" goes on along the line.
"""

from typing import Any

from campaigns import pricing, versions, whom
from campaigns.experiments import draw_sql, salt_of
from campaigns.models import Campaign, Message

OVER = Message.LeftOut.OVER_CEILING.value
SALT = "ceiling:"  # of a draw of its own: the line must not begin with those who all but were in the control group

# Over the relation `judged` of `campaigns.planning`; {also} hands on the variant, as there. A ceiling that is not set is NULL,
# and nothing is over it.
WITHIN = f"""
SELECT customer_id, contact_point_id, content_id, CASE
    WHEN left_out = '' AND (
        row_number() OVER line > %(ceiling)s::bigint OR sum(price) OVER line > %(ceiling_roubles)s::numeric
    ) THEN '{OVER}' ELSE left_out END AS left_out{{also}}
FROM (
    SELECT j.*, COALESCE(p.price, 0) AS price,
           CASE WHEN j.left_out = '' THEN {draw_sql("%(ceiling_salt)s", "j.customer_id")} END AS turn
    FROM judged AS j
    LEFT JOIN unnest(%(priced)s::bigint[], %(prices)s::numeric[]) AS p (content_id, price) ON p.content_id = j.content_id
) AS priced WINDOW line AS (PARTITION BY left_out ORDER BY turn, customer_id ROWS UNBOUNDED PRECEDING)"""
NO_CEILING = "SELECT * FROM judged"


def of(campaign: Campaign, *, also: str) -> tuple[str, dict[str, Any]]:
    """The SQL of `planned`, and its parameters; `also`: columns that it hands on. A correction has no ceiling, all who got the fault get it; nor has a step of a
    scenario, whose people come a few at a time."""
    is_free = campaign.is_step or whom.is_correction(campaign)
    if is_free or (campaign.ceiling is None and campaign.ceiling_roubles is None):
        return NO_CEILING, {}
    contents = versions.every(campaign)
    return WITHIN.format(also=also), {
        "ceiling": campaign.ceiling,
        "ceiling_roubles": campaign.ceiling_roubles,
        "ceiling_salt": SALT + salt_of(campaign),
        "priced": [content.pk for content in contents],
        "prices": [pricing.of_one(content) for content in contents],
    }
