"""Whose call it is: lease by number and time, then the caller's contact point, customer and message.

A number that nobody holds counts for whom it was last held by, while its quarantine lasts. The campaign's latest message to a holder of the caller's number comes first; a standing number (a lease
without a campaign) takes the latest message on its channel and brand. A caller whom nobody knows stays a
stranger; a number on too many cards names nobody unless a message does.
"""

from collections.abc import Collection

from django.db import connection

from tracking.numbers import QUARANTINE

TIE = """
WITH tied AS (
    SELECT c.id, l.id AS lease_id, COALESCE(l.campaign_id, who.campaign_id) AS campaign_id, cp.id AS contact_point_id,
           who.customer_id, who.run_id, who.message_id
    FROM tracking_call AS c
    LEFT JOIN tracking_substitutenumber AS n ON n.number = c.virtual_number
    LEFT JOIN LATERAL (
        SELECT * FROM tracking_numberlease AS held
        WHERE held.number_id = n.id AND held.period && tstzrange(c.started_at - %(quarantine)s, c.started_at, '[]')
        ORDER BY held.period DESC LIMIT 1
    ) AS l ON true
    LEFT JOIN segments_contactpoint AS cp ON cp.kind = 'phone' AND cp.value = c.caller
    LEFT JOIN LATERAL (
        SELECT holder.customer_id, sent.run_id, sent.message_id, sent.campaign_id
        FROM (SELECT DISTINCT customer_id FROM segments_cardcontact WHERE contact_point_id = cp.id) AS holder
        LEFT JOIN LATERAL (
            SELECT m.run_id, m.id AS message_id, r.campaign_id
            FROM campaigns_message AS m
            JOIN campaigns_run AS r ON r.id = m.run_id
            JOIN campaigns_campaign AS k ON k.id = r.campaign_id
            WHERE m.customer_id IN (SELECT holder.customer_id
                                    UNION ALL
                                    SELECT id FROM segments_customer WHERE merged_into_id = holder.customer_id)
              AND m.left_out = '' AND r.started_at <= c.started_at AND l.id IS NOT NULL
              AND (r.campaign_id = l.campaign_id
                   OR (l.campaign_id IS NULL AND m.channel = l.channel AND k.brand_id IS NOT DISTINCT FROM l.brand_id))
            ORDER BY m.run_id DESC, m.id DESC
            LIMIT 1
        ) AS sent ON true
        WHERE sent.message_id IS NOT NULL OR NOT cp.is_shared
        ORDER BY sent.run_id DESC NULLS LAST, sent.message_id DESC NULLS LAST, holder.customer_id
        LIMIT 1
    ) AS who ON true
    WHERE c.id = ANY(%(calls)s::bigint[])
)
UPDATE tracking_call AS c
SET lease_id = tied.lease_id, campaign_id = tied.campaign_id, contact_point_id = tied.contact_point_id,
    customer_id = tied.customer_id, run_id = tied.run_id, message_id = tied.message_id
FROM tied
WHERE tied.id = c.id
  AND (c.lease_id, c.campaign_id, c.contact_point_id, c.customer_id, c.run_id, c.message_id)
      IS DISTINCT FROM
      (tied.lease_id, tied.campaign_id, tied.contact_point_id, tied.customer_id, tied.run_id, tied.message_id)
RETURNING c.id
"""

# Calls that lack a person or a lease which the base has by now.
LATE = """
(SELECT c.id FROM tracking_call AS c
 JOIN segments_contactpoint AS cp ON cp.kind = 'phone' AND cp.value = c.caller AND NOT cp.is_shared
 WHERE c.customer_id IS NULL AND c.caller <> '' AND c.started_at > now() - %(days)s * interval '1 day'
   AND EXISTS (SELECT FROM segments_cardcontact AS h WHERE h.contact_point_id = cp.id)
 LIMIT %(limit)s)
UNION
(SELECT c.id FROM tracking_call AS c
 JOIN tracking_substitutenumber AS n ON n.number = c.virtual_number
 WHERE c.lease_id IS NULL AND EXISTS (
       SELECT FROM tracking_numberlease AS l
       WHERE l.number_id = n.id AND l.period && tstzrange(c.started_at - %(quarantine)s, c.started_at, '[]'))
   AND c.started_at > now() - %(days)s * interval '1 day'
 LIMIT %(limit)s)
"""


def tie(call_ids: Collection[int]) -> list[int]:
    """Tie these calls anew; returns the ids of those that changed."""
    if not call_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(TIE, {"calls": list(call_ids), "quarantine": QUARANTINE})
        return [call_id for (call_id,) in cursor.fetchall()]


def tied_too_early(*, days: int = 90, limit: int = 5000) -> list[int]:
    """Calls of the last days whose customer or lease came to the base after them; at most `limit` of each kind."""
    with connection.cursor() as cursor:
        cursor.execute(LATE, {"days": days, "limit": limit, "quarantine": QUARANTINE})
        return [call_id for (call_id,) in cursor.fetchall()]
