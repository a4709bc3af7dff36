"""One hash over what the base says: business keys and values, no ids, no times of writing.

Each part is the sum of its rows' hashes (so that order does not matter) and their number. A customer is named by
the smallest (source, code) among her cards. The log of consents and the shells of merged customers are not in it.
"""

import hashlib

from django.db import connection

NAMES = """
CREATE TEMPORARY TABLE hash_customer ON COMMIT DROP AS
SELECT c.customer_id AS id, min(s.name || ' ' || c.code) AS key
FROM segments_card AS c JOIN segments_source AS s ON s.id = c.source_id GROUP BY c.customer_id;
ANALYZE hash_customer
"""
PARTS = {
    "cards": """
        SELECT s.name, c.code, k.key, c.last_name, c.first_name, c.middle_name, c.company, c.sex, c.birth_date,
               city.name, centre.name, c.created_on, encode(c.content_hash, 'hex')
        FROM segments_card AS c JOIN segments_source AS s ON s.id = c.source_id
        JOIN hash_customer AS k ON k.id = c.customer_id
        LEFT JOIN segments_city AS city ON city.id = c.city_id
        LEFT JOIN segments_centre AS centre ON centre.id = c.centre_id""",
    "contacts": """
        SELECT cp.kind, cp.value, cp.validity, cp.is_shared, s.name, c.code, cc.position, k.key
        FROM segments_contactpoint AS cp LEFT JOIN segments_cardcontact AS cc ON cc.contact_point_id = cp.id
        LEFT JOIN segments_card AS c ON c.id = cc.card_id LEFT JOIN segments_source AS s ON s.id = c.source_id
        LEFT JOIN hash_customer AS k ON k.id = cc.customer_id""",
    "consents": """
        SELECT cp.kind, cp.value, st.channel, st.purpose, b.name, st.given, st.origin, st.decided_at AT TIME ZONE 'UTC'
        FROM segments_consentstate AS st JOIN segments_contactpoint AS cp ON cp.id = st.contact_point_id
        LEFT JOIN segments_brand AS b ON b.id = st.brand_id""",
    "vehicles": """
        SELECT v.vin, v.plate, b.name, m.name, v.year, k.key, v.owned_since
        FROM segments_vehicle AS v LEFT JOIN segments_brand AS b ON b.id = v.brand_id
        LEFT JOIN segments_carmodel AS m ON m.id = v.model_id LEFT JOIN hash_customer AS k ON k.id = v.customer_id""",
    "interactions": """
        SELECT s.name, i.kind, i.external_key, k.key, i.card_code, i.number, i.status, i.happened_at AT TIME ZONE 'UTC',
               i.line, i.condition, centre.name, p.name, b.name, m.name, v.vin, v.plate, i.amount, i.margin, i.reason,
               i.details, encode(i.content_hash, 'hex')
        FROM segments_interaction AS i JOIN segments_source AS s ON s.id = i.source_id
        LEFT JOIN hash_customer AS k ON k.id = i.customer_id LEFT JOIN segments_centre AS centre ON centre.id = i.centre_id
        LEFT JOIN segments_salesperson AS p ON p.id = i.salesperson_id LEFT JOIN segments_brand AS b ON b.id = i.brand_id
        LEFT JOIN segments_carmodel AS m ON m.id = i.model_id LEFT JOIN segments_vehicle AS v ON v.id = i.vehicle_id""",
    "customers": """
        SELECT k.key, c.last_name, c.first_name, c.middle_name, c.company, c.name_key, c.sex, c.birth_date, city.name
        FROM segments_customer AS c JOIN hash_customer AS k ON k.id = c.id
        LEFT JOIN segments_city AS city ON city.id = c.city_id WHERE c.merged_into_id IS NULL""",
    "memberships": """
        SELECT s.slug, k.key FROM segments_membership AS m JOIN segments_segment AS s ON s.id = m.segment_id
        LEFT JOIN hash_customer AS k ON k.id = m.customer_id""",
}
SUM = "SELECT count(*), coalesce(sum(('x' || left(md5(r::text), 15))::bit(60)::bigint::numeric), 0) FROM ({rows}) AS r"


def base_hash() -> tuple[str, dict[str, int]]:
    """(SHA-256 in hex, rows by part). Call it inside a transaction."""
    digest, counts = hashlib.sha256(), {}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.hash_customer")
        cursor.execute(NAMES)
        for part, rows in PARTS.items():
            cursor.execute(SUM.format(rows=rows))
            counts[part], total = cursor.fetchone()
            digest.update(f"{part} {counts[part]} {total}\n".encode())
    return digest.hexdigest(), counts
