"""What people did in response, by the living customer: rows of `Response`, and facts counted from them, set-wise.

**Best channel**: the channel with the highest response per rouble. A message counts as responded to, once, when a
link in it was clicked, it was replied to, its survey was answered with anything but "stop", or its number was called
by her; an opening is none (mail programs open letters too), nor is a visit (whose message brought it is a matter of
attribution). Of each channel: messages responded to ÷ roubles that its messages to her cost, each at today's price
of the account of its campaign. Channels that cost nothing come before those that cost something. Of equals the
higher share of messages responded to wins, then the newer response, then the channel's name in the alphabet. Who
responded to no message has none.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from segments.facts_registry import FactsTable, columns_for_writing, count_news, replacing, writing
from segments.lines import HAPPENED
from tracking import rule_fields
from tracking.responses import WINDOW_DAYS

NAME = "responses"

RESPONSES = """
WITH who AS (
    SELECT id, coalesce(merged_into_id, id) AS customer_id FROM segments_customer WHERE {of_people}
), touch AS (
    SELECT * FROM campaigns_touch AS t WHERE {of_touched}
), fresh AS (
    SELECT 'call' AS kind, c.id AS key, who.customer_id, c.campaign_id, coalesce(l.channel, '') AS channel,
           c.message_id, c.started_at AS at
    FROM tracking_call AS c JOIN who ON who.id = c.customer_id
    LEFT JOIN tracking_numberlease AS l ON l.id = c.lease_id
    WHERE c.direction = 'in'
    UNION ALL
    SELECT 'answer', a.message_id, t.customer_id, a.campaign_id, t.channel, t.message_id, a.answered_at
    FROM touch AS t JOIN tracking_surveyanswer AS a ON a.message_id = t.message_id
    WHERE a.via = 'survey' AND NOT EXISTS (SELECT FROM tracking_surveyanswer AS later
                                           WHERE later.message_id = a.message_id AND later.id > a.id)
    UNION ALL
    SELECT 'site', min(h.id), t.customer_id, t.campaign_id, t.channel, t.message_id, min(h.at)
    FROM touch AS t JOIN tracking_hit AS h ON h.message_id = t.message_id
    WHERE h.kind = 'click' AND h.made_by = 'human'
    GROUP BY t.message_id, t.customer_id, t.campaign_id, t.channel, (h.at AT TIME ZONE %(zone)s)::date
    UNION ALL
    (SELECT DISTINCT ON (i.id) 'visit', i.id, t.customer_id, t.campaign_id, t.channel, t.message_id, i.happened_at
     FROM touch AS t JOIN segments_interaction AS i
       ON i.customer_id = t.customer_id AND i.kind = 'visit' AND i.happened_at >= t.sent_at
      AND i.happened_at < t.sent_at + %(days)s * interval '1 day'
     WHERE t.failed_at IS NULL AND {happened}
     ORDER BY i.id, t.sent_at DESC, t.message_id DESC)
), gone AS (
    DELETE FROM tracking_response AS r
    WHERE {of_responses} AND NOT EXISTS (SELECT FROM fresh WHERE fresh.kind = r.kind AND fresh.key = r.key)
)
INSERT INTO tracking_response AS old ({columns})
SELECT {fresh} FROM fresh LEFT JOIN tracking_response AS was ON was.kind = fresh.kind AND was.key = fresh.key
WHERE ({fresh}) IS DISTINCT FROM ({was}) ORDER BY fresh.kind, fresh.key
ON CONFLICT (kind, key) DO UPDATE SET ({columns}) = ({excluded})
"""
RESPONSE = ("kind", "key", "customer_id", "campaign_id", "channel", "message_id", "at")

# `told`: what was said to us in answer to a message.
FACTS = """
WITH counted AS (
    SELECT customer_id,
        count(*) FILTER (WHERE kind = 'call') AS calls, max(day) FILTER (WHERE kind = 'call') AS last_call,
        count(*) FILTER (WHERE kind = 'answer') AS answers, max(day) FILTER (WHERE kind = 'answer') AS last_answer,
        count(*) FILTER (WHERE kind = 'site') AS site_visits, max(day) FILTER (WHERE kind = 'site') AS last_site_visit,
        count(*) FILTER (WHERE kind = 'visit') AS visits, max(day) FILTER (WHERE kind = 'visit') AS last_visit,
        max(day) AS last_day
    FROM (SELECT *, (at AT TIME ZONE %(zone)s)::date AS day FROM tracking_response WHERE {chosen}) AS r
    GROUP BY customer_id
), touch AS (
    SELECT t.customer_id, t.message_id, t.channel, t.campaign_id, greatest(t.clicked_at, t.replied_at) AS at
    FROM campaigns_touch AS t WHERE {chosen}
), told AS (
    SELECT message_id, max(at) AS at FROM tracking_response AS r
    WHERE {chosen} AND kind IN ('call', 'answer') AND message_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM tracking_surveyanswer AS a
        WHERE r.kind = 'answer' AND a.message_id = r.key AND a.answered_at = r.at AND a.decision = 'stop')
    GROUP BY message_id
), by_channel AS (
    SELECT touch.customer_id, touch.channel, count(*) AS sent, sum(account.cost) AS cost,
           count(coalesce(touch.at, told.at)) AS responded, max(greatest(touch.at, told.at)) AS at
    FROM touch LEFT JOIN told USING (message_id)
    JOIN campaigns_campaign AS campaign ON campaign.id = touch.campaign_id
    JOIN channels_account AS account ON account.id = campaign.account_id
    GROUP BY touch.customer_id, touch.channel HAVING count(coalesce(touch.at, told.at)) > 0
), best AS (
    SELECT DISTINCT ON (customer_id) customer_id, channel, (at AT TIME ZONE %(zone)s)::date AS day FROM by_channel
    ORDER BY customer_id, cost = 0 DESC, responded / nullif(cost, 0) DESC, responded::numeric / sent DESC, at DESC, channel
), latest AS (
    SELECT customer_id, max((at AT TIME ZONE %(zone)s)::date) AS day FROM by_channel GROUP BY customer_id
), news AS (
    SELECT customer_id, coalesce(calls, 0) AS calls, last_call, coalesce(answers, 0) AS answers, last_answer,
           coalesce(site_visits, 0) AS site_visits, last_site_visit, coalesce(visits, 0) AS visits, last_visit,
           greatest(counted.last_day, latest.day) AS last_response, coalesce(best.channel, '') AS best_channel
    FROM counted FULL JOIN best USING (customer_id) LEFT JOIN latest USING (customer_id)
){replace}"""
COUNTED = (
    "customer_id", "calls", "last_call", "answers", "last_answer", "site_visits", "last_site_visit", "visits",
    "last_visit", "last_response", "best_channel",
)  # fmt: skip
# A click is classed some seconds after it came. Visits come with imports, and those call for the facts of whom they touched themselves.
NEWS = """
SELECT customer_id FROM tracking_call WHERE imported_at >= %(since)s AND customer_id IS NOT NULL
UNION SELECT customer_id FROM tracking_surveyanswer WHERE answered_at >= %(since)s
UNION SELECT t.customer_id FROM tracking_hit AS h JOIN campaigns_touch AS t USING (message_id) WHERE h.kind = 'click'
    AND h.at >= %(since)s - interval '10 minutes'
UNION SELECT customer_id FROM campaigns_engagementfacts WHERE computed_at >= %(since)s
"""


def refresh(customer_ids: Sequence[int] | None = None) -> int:
    """Responses and facts of these customers, those merged into them among them, or of everybody; touches must be
    right. Returns how many rows of facts changed."""
    with writing(NAME, many=customer_ids is None) as cursor:
        return _count(cursor, customer_ids)


def catch_up(since: dt.datetime) -> int:
    """Calls, answers, clicks and messages that were told of from this moment on. Returns as `refresh` does."""
    return count_news(NAME, NEWS, since, _count)


def _count(cursor: Any, people: Sequence[int] | None) -> int:
    listed = "true" if people is None else "{column} = ANY(%(people)s)"
    parameters = {"people": people, "zone": settings.TIME_ZONE, "days": WINDOW_DAYS}
    responses = RESPONSES.format(
        of_people=listed.format(column="id"),
        of_touched=listed.format(column="t.customer_id"),
        of_responses=listed.format(column="r.customer_id"),
        happened=HAPPENED.format(row="i"),
        **columns_for_writing(RESPONSE, "fresh"),
    )
    cursor.execute(responses, parameters)
    chosen = listed.format(column="customer_id")
    facts = FACTS.format(chosen=chosen, replace=replacing("tracking_responsefacts", COUNTED, chosen))
    cursor.execute(facts, parameters)
    return cursor.fetchone()[0]


TABLE = FactsTable(name=NAME, refresh=refresh, catch_up=catch_up, read_by=rule_fields.NAMES)
