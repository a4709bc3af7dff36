"""What cards, addresses, cars and the household of a person say: parts of the statement of `segments.facts`."""

from segments.facts.history import HAPPENED

# An address counts when it is valid and is hers, not a hub's. `sms`: its number is a mobile one.
# The newest car is the one whose life began last: on the day it was first sold as new, else on 1 January of its model
# year, else (so old at least) on the day of its first sale that is known.
PEOPLE = f"""
reached AS (
    SELECT cc.customer_id, bool_or(cp.kind = 'email') AS has_email, bool_or(cp.kind = 'phone') AS has_phone,
           bool_or(cp.kind = 'email' AND cp.reachability <> 'unreachable') AS email_reachable,
           bool_or(cp.kind = 'phone' AND cp.reachability <> 'unreachable') AS phone_reachable,
           bool_or(cp.kind = 'phone' AND cp.reachability <> 'unreachable' AND cp.is_mobile IS NOT FALSE) AS sms_reachable
    FROM segments_cardcontact AS cc JOIN segments_contactpoint AS cp ON cp.id = cc.contact_point_id
    WHERE cp.validity = 'valid' AND NOT cp.is_shared AND {{contacts_of_chosen}} GROUP BY cc.customer_id
), held AS NOT MATERIALIZED (
    SELECT * FROM segments_vehicle AS v WHERE v.customer_id IS NOT NULL AND {{vehicles_of_chosen}}
), sold AS (
    SELECT i.vehicle_id, (min(i.happened_at) AT TIME ZONE 'Europe/Moscow')::date AS day,
           (min(i.happened_at) FILTER (WHERE i.condition = 'new') AT TIME ZONE 'Europe/Moscow')::date AS as_new
    FROM segments_interaction AS i
    WHERE i.kind = 'sale' AND {HAPPENED} AND i.vehicle_id IN (SELECT id FROM held) GROUP BY i.vehicle_id
), aged AS (
    SELECT h.*, coalesce(s.as_new, make_date(h.year, 1, 1), s.day) AS since, s.as_new IS NULL AS is_estimated
    FROM held AS h LEFT JOIN sold AS s ON s.vehicle_id = h.id
), owned AS (
    SELECT DISTINCT ON (customer_id) customer_id, count(*) OVER (PARTITION BY customer_id) AS cars, brand_id, model_id,
           since, since IS NOT NULL AND is_estimated AS since_estimated, owned_since
    FROM aged ORDER BY customer_id, since DESC NULLS LAST, owned_since DESC NULLS LAST, id DESC
), carded AS (
    SELECT DISTINCT ON (customer_id) customer_id, centre_id
    FROM (SELECT customer_id, centre_id, count(*) AS cards FROM segments_card AS c
          WHERE centre_id IS NOT NULL AND {{cards_of_chosen}} GROUP BY customer_id, centre_id) AS of_centre
    ORDER BY customer_id, cards DESC, centre_id
)"""
# column of CustomerFacts: its expression over `w` (who), `r` (reached), `o` (owned), `c` (carded), `h` (household).
FACTS = {
    "home_centre_id": "coalesce(n.centre_id, c.centre_id)",
    "city_id": "w.city_id",
    "birth_date": "w.birth_date",
    "sex": "w.sex",
    "is_company": "w.is_company",
    "household_size": "coalesce(h.size, 1)",
    "has_email": "coalesce(r.has_email, false)",
    "has_phone": "coalesce(r.has_phone, false)",
    "email_reachable": "coalesce(r.email_reachable, false)",
    "phone_reachable": "coalesce(r.phone_reachable, false)",
    "sms_reachable": "coalesce(r.sms_reachable, false)",
    "cars": "coalesce(o.cars, 0)",
    "car_brand_id": "o.brand_id",
    "car_model_id": "o.model_id",
    "car_since": "o.since",
    "car_since_estimated": "coalesce(o.since_estimated, false)",
    "owned_since": "o.owned_since",
}
