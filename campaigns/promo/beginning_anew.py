"""Discounts that grow begin anew after a purchase: what a person did not use of such pools is withdrawn.

A scenario that wins people back offers more with each letter, of a pool for each. Whoever has bought leaves it; without this the
higher codes would stay good, and she would buy with them next time. The next time that she enters she gets the first code again.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection

from segments.shares import PAID

WITHDRAW = """
UPDATE campaigns_promocode AS k SET is_withdrawn = true
FROM campaigns_promopool AS p, segments_customer AS c
WHERE p.id = k.pool_id AND p.ends_with_purchase AND p.kind = 'personal' AND c.id = k.customer_id AND k.issued_at IS NOT NULL
  AND NOT k.is_withdrawn AND (k.valid_until IS NULL OR k.valid_until >= CURRENT_DATE) {whose}
  AND NOT EXISTS (SELECT FROM campaigns_promoredemption AS u WHERE u.code_id = k.id AND u.cancelled_at IS NULL)
  AND (EXISTS (
    SELECT FROM segments_interaction AS i
    WHERE i.customer_id = COALESCE(c.merged_into_id, c.id) AND i.kind = ANY(%(paid)s) AND i.amount > 0
      AND i.happened_at > k.issued_at
  ) OR EXISTS (
    SELECT FROM segments_customer AS same JOIN campaigns_promoredemption AS r ON r.customer_id = same.id
    JOIN campaigns_promocode AS t ON t.id = r.code_id
    WHERE COALESCE(same.merged_into_id, same.id) = COALESCE(c.merged_into_id, c.id) AND t.customer_id = same.id
      AND r.cancelled_at IS NULL AND r.happened_at > k.issued_at
  ))
"""


def withdraw(customer_ids: Collection[int] | None = None) -> int:
    """Of these customers, or of everybody; returns how many codes."""
    whose = "" if customer_ids is None else "AND c.id = ANY(%(people)s)"
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW.format(whose=whose), {"paid": list(PAID), "people": list(customer_ids or ())})
        return cursor.rowcount


def every_night() -> dict[str, Any]:
    """Purchases that came with documents."""
    return {"withdrawn": withdraw()}
