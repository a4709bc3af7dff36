"""One row of facts per living customer, recomputed set-wise; days are Moscow's, sums roubles."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction

from segments.rfm.scoring import refresh_rfm
from segments.time_zones import refresh_zones

POLICY_MONTHS = 12  # a policy without an end date is taken to run a year

REFRESH = """
WITH who AS (
    SELECT id, city_id, birth_date, sex, company <> '' AND last_name = '' AS is_company
    FROM segments_customer WHERE merged_into_id IS NULL AND {chosen}
), happened AS (
    SELECT i.customer_id, i.kind, i.amount, i.brand_id, i.model_id, i.condition, i.centre_id, i.reason, i.happened_at,
           i.external_key, (i.happened_at AT TIME ZONE 'Europe/Moscow')::date AS day
    FROM segments_interaction AS i WHERE i.customer_id IS NOT NULL AND {of_chosen}
), counted AS (
    SELECT customer_id,
        count(*) FILTER (WHERE kind = 'sale') AS purchases,
        coalesce(sum(amount) FILTER (WHERE kind = 'sale'), 0) AS purchases_sum,
        min(day) FILTER (WHERE kind = 'sale') AS first_purchase,
        max(day) FILTER (WHERE kind = 'sale') AS last_purchase,
        count(*) FILTER (WHERE kind = 'service') AS services,
        coalesce(sum(amount) FILTER (WHERE kind = 'service'), 0) AS services_sum,
        max(day) FILTER (WHERE kind = 'service') AS last_service,
        count(*) FILTER (WHERE kind = 'visit') AS visits,
        max(day) FILTER (WHERE kind = 'visit') AS last_visit,
        (max(day) FILTER (WHERE kind = 'insurance') + make_interval(months => %(policy)s))::date AS insurance_end,
        mode() WITHIN GROUP (ORDER BY centre_id) AS centre_id
    FROM happened GROUP BY customer_id
), bought AS (
    SELECT DISTINCT ON (customer_id) customer_id, brand_id, model_id, condition
    FROM happened WHERE kind = 'sale' ORDER BY customer_id, happened_at DESC, external_key DESC
), visited AS (
    SELECT DISTINCT ON (customer_id) customer_id, reason
    FROM happened WHERE kind = 'visit' ORDER BY customer_id, happened_at DESC, external_key DESC
), reached AS (
    SELECT cc.customer_id, bool_or(cp.kind = 'email') AS has_email, bool_or(cp.kind = 'phone') AS has_phone
    FROM segments_cardcontact AS cc JOIN segments_contactpoint AS cp ON cp.id = cc.contact_point_id
    WHERE cp.validity = 'valid' AND NOT cp.is_shared AND {contacts_of_chosen} GROUP BY cc.customer_id
), owned AS (
    SELECT customer_id, count(*) AS cars FROM segments_vehicle
    WHERE customer_id IS NOT NULL AND {vehicles_of_chosen} GROUP BY customer_id
), carded AS (
    SELECT customer_id, mode() WITHIN GROUP (ORDER BY centre_id) AS centre_id
    FROM segments_card AS c WHERE {cards_of_chosen} GROUP BY customer_id
)
INSERT INTO segments_customerfacts AS old ({columns}, computed_at)
SELECT w.id, coalesce(n.purchases, 0), coalesce(n.purchases_sum, 0), n.first_purchase, n.last_purchase,
    b.brand_id, b.model_id, coalesce(b.condition, ''),
    coalesce(n.services, 0), coalesce(n.services_sum, 0), n.last_service, coalesce(n.visits, 0), n.last_visit,
    CASE WHEN n.last_visit > coalesce(n.last_purchase, '-infinity') THEN n.last_visit END,
    CASE WHEN n.last_visit > coalesce(n.last_purchase, '-infinity') THEN v.reason ELSE '' END,
    n.insurance_end, n.insurance_end IS NOT NULL,
    coalesce(n.centre_id, c.centre_id), w.city_id, w.birth_date, w.sex, w.is_company,
    coalesce(r.has_email, false), coalesce(r.has_phone, false), coalesce(o.cars, 0), now()
FROM who AS w
LEFT JOIN counted AS n ON n.customer_id = w.id
LEFT JOIN bought AS b ON b.customer_id = w.id
LEFT JOIN visited AS v ON v.customer_id = w.id
LEFT JOIN reached AS r ON r.customer_id = w.id
LEFT JOIN owned AS o ON o.customer_id = w.id
LEFT JOIN carded AS c ON c.customer_id = w.id
ORDER BY w.id
ON CONFLICT (customer_id) DO UPDATE SET ({columns}, computed_at) = ({excluded}, excluded.computed_at)
WHERE ({old}) IS DISTINCT FROM ({excluded})
"""
COLUMNS = (
    "customer_id", "purchases", "purchases_sum", "first_purchase", "last_purchase", "last_brand_id", "last_model_id",
    "last_car_condition", "services", "services_sum", "last_service", "visits", "last_visit", "left_without_purchase",
    "left_reason", "insurance_end", "insurance_end_estimated", "home_centre_id", "city_id", "birth_date", "sex",
    "is_company", "has_email", "has_phone", "cars",
)  # fmt: skip
FORGET_MERGED = """
DELETE FROM segments_customerfacts AS f USING segments_customer AS c
WHERE c.id = f.customer_id AND c.merged_into_id IS NOT NULL AND {chosen}
"""
COUNT = "SELECT count(*) FROM segments_customer WHERE merged_into_id IS NULL"


def refresh_facts(customer_ids: Sequence[int] | None = None, *, share: tuple[int, int] | None = None) -> dict[str, Any]:
    """Recompute the facts of these customers, or of all; those of merged ones go. A `share` (n, of) of all is every
    of-th customer, from the n-th: shares can be computed side by side, over a connection each.

    Returns `{customers, changed, seconds}`.
    """
    started = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        ids = None if customer_ids is None else sorted(set(customer_ids))
        chosen = _listed if ids is not None else _share if share is not None else _everybody
        n, of = share or (0, 1)
        # Nothing is known of the sizes of the parts, and of tables loaded a moment ago: one loop in another of
        # thousands of people would take minutes.
        cursor.execute("SET LOCAL enable_nestloop = %s", ("on" if ids is not None else "off",))
        for statement in _statements(chosen):
            cursor.execute(statement, {"ids": ids, "share": n, "of": of, "policy": POLICY_MONTHS})
        changed = cursor.rowcount
        cursor.execute("SET LOCAL enable_nestloop = on")
        refresh_zones(ids, share=share)
        if share is None:
            refresh_rfm(ids)
        customers = len(ids) if ids is not None else _count(cursor)
    return {"customers": customers, "changed": changed, "seconds": round(time.monotonic() - started, 3)}


def _everybody(column: str) -> str:
    return "true"


def _share(column: str) -> str:
    return f"{column} %% %(of)s = %(share)s"


def _listed(column: str) -> str:
    return f"{column} = ANY(%(ids)s)"


def _statements(chosen: Callable[[str], str]) -> tuple[str, str]:
    """For whom `chosen` says. Of an array `%(ids)s`, every part reads by its index."""
    refresh = REFRESH.format(
        chosen=chosen("id"),
        of_chosen=chosen("i.customer_id"),
        contacts_of_chosen=chosen("cc.customer_id"),
        vehicles_of_chosen=chosen("customer_id"),
        cards_of_chosen=chosen("c.customer_id"),
        columns=", ".join(COLUMNS),
        excluded=", ".join(f"excluded.{column}" for column in COLUMNS),
        old=", ".join(f"old.{column}" for column in COLUMNS),
    )
    return FORGET_MERGED.format(chosen=chosen("f.customer_id")), refresh


def _count(cursor: Any) -> int:
    cursor.execute(COUNT)
    return cursor.fetchone()[0]
