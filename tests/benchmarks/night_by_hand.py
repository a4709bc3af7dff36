"""The night's work on segments as one writes it by hand: facts, RFM and memberships, a statement each.

They do less than ours: no refunds or cancelled documents, no cycles of purchases, no sellers, no history of codes, no
log of who came and went.
"""

from typing import Any

from django.db import connection

from tests.benchmarks import by_hand

LINES = {
    "new_cars": ("new", "i.kind = 'sale' AND i.condition = 'new'"),
    "used_cars": ("used", "i.kind = 'sale' AND i.condition = 'used'"),
    "services": ("service", "i.kind = 'service'"),
    "policies": ("insurance", "i.kind = 'insurance'"),
    "accessories": ("accessories", "i.line = 'accessories'"),
}
TABLES = """
DROP TABLE IF EXISTS night_facts, night_scores;
CREATE TABLE night_facts (LIKE segments_customerfacts INCLUDING ALL);
CREATE TABLE night_scores (LIKE segments_rfmscore INCLUDING ALL)
"""


def _of_lines(each: str) -> str:
    return ", ".join(each.format(many=many, one=one, where=where) for many, (one, where) in LINES.items())


FACTS = f"""
INSERT INTO night_facts (customer_id, birth_date, sex, is_company, city_id, purchases, purchases_sum, first_purchase,
    last_purchase, {_of_lines("{many}, {many}_sum, first_{one}, last_{one}")}, visits, last_visit, buyouts, last_buyout,
    last_seen, last_brand_id, last_model_id, last_price, last_car_condition, service_due, insurance_end,
    insurance_end_estimated, left_without_purchase, left_reason, left_condition, bought_since_leaving, has_email,
    has_phone, email_reachable, phone_reachable, sms_reachable, cars, car_brand_id, car_model_id, computed_at)
SELECT c.id, c.birth_date, c.sex, c.company <> '' AND c.last_name = '', c.city_id, coalesce(n.purchases, 0),
    coalesce(n.purchases_sum, 0), n.first_purchase, n.last_purchase,
    {_of_lines("coalesce(n.{many}, 0), coalesce(n.{many}_sum, 0), n.first_{one}, n.last_{one}")},
    coalesce(n.visits, 0), n.last_visit, coalesce(n.buyouts, 0), n.last_buyout, n.last_seen,
    s.brand_id, s.model_id, s.amount, coalesce(s.condition, ''), n.last_service + 365, n.last_insurance + 365,
    n.last_insurance IS NOT NULL, v.day, coalesce(v.reason, ''), coalesce(v.condition, ''),
    coalesce(n.last_purchase > v.day, false), coalesce(r.has_email, false), coalesce(r.has_phone, false),
    coalesce(r.email_reachable, false), coalesce(r.phone_reachable, false), coalesce(r.sms_reachable, false),
    coalesce(o.cars, 0), o.brand_id, o.model_id, now()
FROM segments_customer AS c
LEFT JOIN (
    SELECT i.customer_id, count(*) FILTER (WHERE i.kind = 'sale') AS purchases,
        sum(i.amount) FILTER (WHERE i.kind = 'sale') AS purchases_sum,
        min(i.day) FILTER (WHERE i.kind = 'sale') AS first_purchase,
        max(i.day) FILTER (WHERE i.kind = 'sale') AS last_purchase,
        {_of_lines("count(*) FILTER (WHERE {where}) AS {many}, sum(i.amount) FILTER (WHERE {where}) AS {many}_sum, min(i.day) FILTER (WHERE {where}) AS first_{one}, max(i.day) FILTER (WHERE {where}) AS last_{one}")},
        count(*) FILTER (WHERE i.kind = 'visit') AS visits, max(i.day) FILTER (WHERE i.kind = 'visit') AS last_visit,
        count(*) FILTER (WHERE i.kind = 'buyout') AS buyouts, max(i.day) FILTER (WHERE i.kind = 'buyout') AS last_buyout,
        max(i.day) AS last_seen
    FROM (SELECT *, (happened_at AT TIME ZONE 'Europe/Moscow')::date AS day FROM segments_interaction) AS i
    WHERE i.customer_id IS NOT NULL GROUP BY i.customer_id
) AS n ON n.customer_id = c.id
LEFT JOIN (
    SELECT DISTINCT ON (customer_id) customer_id, brand_id, model_id, amount, condition
    FROM segments_interaction WHERE kind = 'sale' AND customer_id IS NOT NULL ORDER BY customer_id, happened_at DESC
) AS s ON s.customer_id = c.id
LEFT JOIN (
    SELECT DISTINCT ON (v.customer_id) v.customer_id, (v.happened_at AT TIME ZONE 'Europe/Moscow')::date AS day, v.reason,
        v.condition
    FROM segments_interaction AS v
    WHERE v.kind = 'visit' AND v.customer_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM segments_interaction AS b WHERE b.kind = 'sale' AND b.customer_id = v.customer_id
        AND (b.happened_at AT TIME ZONE 'Europe/Moscow')::date - (v.happened_at AT TIME ZONE 'Europe/Moscow')::date BETWEEN 0 AND 3)
    ORDER BY v.customer_id, v.happened_at DESC
) AS v ON v.customer_id = c.id
LEFT JOIN (
    SELECT cc.customer_id, bool_or(cp.kind = 'email') AS has_email, bool_or(cp.kind = 'phone') AS has_phone,
        bool_or(cp.kind = 'email' AND cp.reachability <> 'unreachable') AS email_reachable,
        bool_or(cp.kind = 'phone' AND cp.reachability <> 'unreachable') AS phone_reachable,
        bool_or(cp.kind = 'phone' AND cp.reachability <> 'unreachable' AND cp.is_mobile IS NOT FALSE) AS sms_reachable
    FROM segments_cardcontact AS cc JOIN segments_contactpoint AS cp ON cp.id = cc.contact_point_id
    WHERE cp.validity = 'valid' AND NOT cp.is_shared GROUP BY cc.customer_id
) AS r ON r.customer_id = c.id
LEFT JOIN (
    SELECT DISTINCT ON (customer_id) customer_id, count(*) OVER (PARTITION BY customer_id) AS cars, brand_id, model_id
    FROM segments_vehicle WHERE customer_id IS NOT NULL ORDER BY customer_id, year DESC NULLS LAST, id DESC
) AS o ON o.customer_id = c.id
WHERE c.merged_into_id IS NULL ORDER BY c.id
"""
SCORES = """
INSERT INTO night_scores (line, customer_id, code, last_day, purchases, money, since)
WITH bought AS (
    SELECT i.customer_id, CASE WHEN GROUPING(i.line) = 1 THEN 'all' ELSE i.line END AS line,
        (max(i.happened_at) AT TIME ZONE 'Europe/Moscow')::date AS last_day, count(*) AS purchases, sum(i.amount) AS money
    FROM segments_interaction AS i JOIN segments_customer AS c ON c.id = i.customer_id AND c.merged_into_id IS NULL
    WHERE i.kind IN ('sale', 'service', 'insurance') GROUP BY i.customer_id, ROLLUP (i.line)
), quarters AS (
    SELECT line, percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY last_day) AS r,
        percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY purchases) AS f,
        percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY money) AS m
    FROM bought GROUP BY line
)
SELECT b.line, b.customer_id,
    (1 + width_bucket(b.last_day, q.r))::text || (1 + width_bucket(b.purchases, q.f))::text || (1 + width_bucket(b.money, q.m))::text,
    b.last_day, b.purchases, b.money, current_date
FROM bought AS b JOIN quarters AS q USING (line) ORDER BY b.customer_id, b.line
"""
# Into the very table, which is logged and grows.
MEMBERS = """
INSERT INTO segments_membership (segment_id, customer_id, entered_at)
SELECT %(segment)s, f.customer_id, now() FROM segments_customerfacts AS f WHERE {where} ORDER BY f.customer_id
"""
# Columns that both ways must fill with the same.
SAME = """
SELECT count(*), sum(purchases), sum(purchases_sum), max(last_purchase), sum(new_cars), sum(services_sum), count(last_used),
    sum(visits), count(left_without_purchase), sum(buyouts), count(*) FILTER (WHERE has_phone), sum(cars)
FROM {table}
"""


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)


def facts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(FACTS)


def scores() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(SCORES)


def members(segment_id: int, cut: Any, values: dict[str, Any]) -> int:
    """How many the cut has."""
    with connection.cursor() as cursor:
        sql = MEMBERS.format(where=by_hand.BY_HAND[cut.key])
        cursor.execute(sql, by_hand.params(cut, values) | {"segment": segment_id})
        return cursor.rowcount


def totals(table: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(SAME.format(table=table))
        return cursor.fetchone()
