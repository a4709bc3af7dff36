"""Codes that were taken for messages which never went are given back to their pool, every night.

A code goes back only where nobody can have read it: its message was rejected, suppressed or cancelled for good, nothing was bought with
it, and no other message of the person that prints codes of the pool has gone, may have gone or waits. The pool's lock keeps whoever
issues codes out meanwhile; a message that took its code before is there already, and keeps it.
"""

from typing import Any

from django.db import connection, transaction

from campaigns.models import PromoPool
from campaigns.promo.issuing import LOCK

LOOKED_BACK = "35 days"  # after its run's month and three days nothing of a message can change

# What became of a message: its last word is that it was not taken over.
NEVER_WENT = """EXISTS (
    SELECT FROM campaigns_outcome AS o
    LEFT JOIN campaigns_resolution AS s ON s.run_id = o.run_id AND s.message_id = o.message_id
    WHERE o.run_id = {message}.run_id AND o.message_id = {message}.id
      AND COALESCE(s.kind, o.kind) IN ('rejected', 'suppressed', 'cancelled')
)"""
RETURN = f"""
UPDATE campaigns_promocode AS c
SET customer_id = NULL, message_id = NULL, campaign_id = NULL, issued_at = NULL, valid_until = NULL
FROM campaigns_message AS m
WHERE c.pool_id = %(pool)s AND c.issued_at > clock_timestamp() - interval '{LOOKED_BACK}' AND m.id = c.message_id
  AND {NEVER_WENT.format(message="m")}
  AND NOT EXISTS (SELECT FROM campaigns_promoredemption AS r WHERE r.code_id = c.id)
  AND NOT EXISTS (SELECT FROM campaigns_promotrouble AS t WHERE t.code_id = c.id)
  AND NOT EXISTS (
    SELECT FROM segments_customer AS h JOIN segments_customer AS a
        ON COALESCE(a.merged_into_id, a.id) = COALESCE(h.merged_into_id, h.id)
    JOIN campaigns_message AS x ON x.customer_id = a.id AND x.id <> m.id AND x.left_out = ''
    JOIN campaigns_run AS n ON n.id = x.run_id
    JOIN campaigns_campaignpromo AS u ON u.campaign_id = n.campaign_id AND u.pool_id = c.pool_id
    WHERE h.id = c.customer_id AND NOT {NEVER_WENT.format(message="x")}
  )
"""


def give_back() -> dict[str, Any]:
    """Of all personal pools; each is a transaction of its own."""
    personal = PromoPool.objects.filter(kind=PromoPool.Kind.PERSONAL).order_by("pk")
    return {"returned": sum(_of_pool(pool) for pool in personal.values_list("pk", flat=True))}


@transaction.atomic
def _of_pool(pool: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"promo pool {pool}"])
        cursor.execute(RETURN, {"pool": pool})
        return cursor.rowcount
