"""What came of the messages, by the living customer: touches of the outbox, and facts counted from them, set-wise.

A touch is made when the provider accepts a message and changes with what the world reports of it; nothing that did
not change is written. An audience export makes none: nobody is written to. Whose it is follows merges: `refresh` of the people concerned, in the transaction that merged
them. Numbers of a row of facts are of all time; what happened lately is counted over touches when it is asked.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from campaigns import rule_fields
from segments.facts_registry import FactsTable, columns_for_writing, writing

NAME = "engagement"
TOUCHES = """
WITH told AS (
    SELECT m.id AS message_id, coalesce(c.merged_into_id, c.id) AS customer_id, r.campaign_id, m.channel,
           o.happened_at AS sent_at,
           least(d.delivered_at, d.opened_at, d.clicked_at, d.replied_at) AS delivered_at,
           least(d.opened_at, d.clicked_at) AS opened_at, d.clicked_at, d.replied_at, d.failed_at,
           least(d.unsubscribed_at, d.complained_at) AS opted_out_at
    FROM campaigns_message AS m
    JOIN campaigns_run AS r ON r.id = m.run_id
    JOIN segments_customer AS c ON c.id = m.customer_id
    JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id
    LEFT JOIN campaigns_resolution AS s ON s.run_id = m.run_id AND s.message_id = m.id
    LEFT JOIN campaigns_deliverystate AS d ON d.run_id = m.run_id AND d.message_id = m.id
    WHERE coalesce(s.kind, o.kind) = 'accepted' AND m.channel <> 'ads' AND {chosen}
)
INSERT INTO campaigns_touch AS old ({columns})
SELECT {told} FROM told LEFT JOIN campaigns_touch AS was USING (message_id)
WHERE ({told}) IS DISTINCT FROM ({was})
ORDER BY message_id
ON CONFLICT (message_id) DO UPDATE SET ({columns}) = ({excluded})
RETURNING customer_id
"""
TOUCH = (
    "message_id", "customer_id", "campaign_id", "channel", "sent_at", "delivered_at", "opened_at", "clicked_at",
    "replied_at", "failed_at", "opted_out_at",
)  # fmt: skip
OF_PEOPLE = "m.customer_id = ANY(%(people)s)"
WITH_NEWS = """(m.run_id, m.id) IN (
    SELECT o.run_id, o.message_id FROM campaigns_outcome AS o JOIN campaigns_run AS r ON r.id = o.run_id
    WHERE (r.finished_at IS NULL OR r.finished_at >= %(since)s) AND o.happened_at >= %(since)s AND o.kind = 'accepted'
    UNION ALL SELECT run_id, message_id FROM campaigns_resolution WHERE resolved_at >= %(since)s
    UNION ALL SELECT run_id, message_id FROM campaigns_deliverystate WHERE changed_at >= %(since)s)"""

FACTS = """
WITH touch AS (
    SELECT customer_id, message_id, channel, failed_at, sent_at, opened_at,
           {days}
    FROM campaigns_touch WHERE {chosen}
), looked AS (
    SELECT customer_id, max(opened_at) AS at FROM touch
    WHERE channel = 'email' AND opened_at IS NOT NULL GROUP BY customer_id
), counted AS (
    SELECT t.customer_id, count(*) AS sent, count(delivered) AS delivered, count(opened) AS opened,
        count(clicked) AS clicked, count(replied) AS replied, count(failed) AS failed,
        min(sent) AS first_sent, max(sent) AS last_sent,
        min(delivered) AS first_delivered, max(delivered) AS last_delivered,
        min(opened) AS first_opened, max(opened) AS last_opened,
        min(clicked) AS first_clicked, max(clicked) AS last_clicked,
        max(replied) AS last_replied, max(failed) AS last_failed, max(opted_out) AS opted_out,
        max(message_id) AS last_message,
        count(*) FILTER (WHERE channel = 'email') AS email_sent,
        count(opened) FILTER (WHERE channel = 'email') AS email_opened,
        count(clicked) FILTER (WHERE channel = 'email') AS email_clicked,
        count(*) FILTER (WHERE channel = 'email' AND opened IS NULL AND failed IS NULL
                         AND sent_at > coalesce(looked.at, '-infinity')) AS email_unopened,
        max(sent) FILTER (WHERE channel = 'email') AS last_email_sent,
        max(opened) FILTER (WHERE channel = 'email') AS last_email_opened,
        count(*) FILTER (WHERE channel = 'sms') AS sms_sent,
        count(clicked) FILTER (WHERE channel = 'sms') AS sms_clicked,
        max(sent) FILTER (WHERE channel = 'sms') AS last_sms_sent
    FROM touch AS t LEFT JOIN looked USING (customer_id) GROUP BY t.customer_id
), news AS (
    SELECT counted.*, last.campaign_id AS last_campaign_id
    FROM counted JOIN campaigns_touch AS last ON last.message_id = counted.last_message
)
INSERT INTO campaigns_engagementfacts AS old ({columns}, computed_at)
SELECT {news}, now() FROM news LEFT JOIN campaigns_engagementfacts AS was USING (customer_id)
WHERE ({news}) IS DISTINCT FROM ({was})
ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET ({columns}, computed_at) = ({excluded}, excluded.computed_at)
"""
MOMENTS = ("sent", "delivered", "opened", "clicked", "replied", "failed", "opted_out")
COUNTED = (
    "customer_id", "sent", "delivered", "opened", "clicked", "replied", "failed", "first_sent", "last_sent",
    "first_delivered", "last_delivered", "first_opened", "last_opened", "first_clicked", "last_clicked",
    "last_replied", "last_failed", "opted_out", "last_campaign_id", "email_sent", "email_opened", "email_clicked",
    "email_unopened", "last_email_sent", "last_email_opened", "sms_sent", "sms_clicked", "last_sms_sent",
)  # fmt: skip
# Erased, merged into another, or their merge taken back.
FORGET = """
DELETE FROM campaigns_engagementfacts AS f
WHERE {chosen} AND NOT EXISTS (SELECT FROM campaigns_touch AS t WHERE t.customer_id = f.customer_id)
"""


def refresh(customer_ids: Sequence[int] | None = None) -> int:
    """Touches and facts of these customers, those merged into them among them, or of everybody. Returns how many rows
    of facts changed."""
    with writing(NAME, many=customer_ids is None) as cursor:
        cursor.execute(_touches("true" if customer_ids is None else OF_PEOPLE), {"people": customer_ids})
        return _count(cursor, customer_ids)


def catch_up(since: dt.datetime) -> int:
    """What was sent or reported from this moment on. Returns how many rows of facts changed."""
    with writing(NAME, many=False) as cursor:
        cursor.execute(_touches(WITH_NEWS), {"since": since})
        people = sorted({row[0] for row in cursor.fetchall()})
        return _count(cursor, people) if people else 0


def _touches(chosen: str) -> str:
    return TOUCHES.format(chosen=chosen, **columns_for_writing(TOUCH, "told"))


def _count(cursor: Any, people: Sequence[int] | None) -> int:
    """Count the facts of these people, or of all, and drop the rows of those who were sent nothing."""
    parameters = {"people": people, "zone": settings.TIME_ZONE}
    statement = FACTS.format(
        chosen="true" if people is None else "customer_id = ANY(%(people)s)",
        days=", ".join(f"({moment}_at AT TIME ZONE %(zone)s)::date AS {moment}" for moment in MOMENTS),
        **columns_for_writing(COUNTED, "news"),
    )
    cursor.execute(statement, parameters)
    changed = cursor.rowcount
    cursor.execute(FORGET.format(chosen="true" if people is None else "f.customer_id = ANY(%(people)s)"), parameters)
    return changed + cursor.rowcount


TABLE = FactsTable(name=NAME, refresh=refresh, catch_up=catch_up, read_by=rule_fields.NAMES)
