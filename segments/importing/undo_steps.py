"""The acts of an undo, each set-wise over `undo_row` (`undo_plan`): take back, remove, tie anew, list what stays."""

from typing import Any

from django.db.models import Model

from segments.identity.golden import refresh_golden
from segments.identity.merging import unmerge_batch
from segments.importing import images, undo_plan
from segments.importing.vehicles import SETTLE
from segments.models.history import Interaction, Vehicle
from segments.models.people import Card
from segments.models.stock import CarInStock, CentreTraffic

# Whose card it is, is settled by taking merges back and by card codes, never by an image.
FIXED = {"id", "source_id", "code", "external_key", "customer_id", "card_id", "is_pinned", "first_batch_id"}
MODELS: dict[str, type[Model]] = {
    images.CARD: Card, images.DOCUMENT: Interaction, images.VEHICLE: Vehicle, images.STOCK: CarInStock,
    images.TRAFFIC: CentreTraffic,
}  # fmt: skip
OWN = {images.VEHICLE: FIXED | {"owned_since"}}
TOUCHED = """
DROP TABLE IF EXISTS pg_temp.undo_touched;
CREATE TEMPORARY TABLE undo_touched ON COMMIT DROP AS
SELECT h.customer_id AS id FROM undo_home AS h WHERE h.touched
UNION SELECT i.customer_id FROM undo_row AS r JOIN segments_interaction AS i ON i.id = r.id
      WHERE r.kind = 'document' AND r.fate <> 'keep' AND i.customer_id IS NOT NULL
UNION SELECT v.customer_id FROM undo_car JOIN segments_vehicle AS v USING (id) WHERE v.customer_id IS NOT NULL
"""
CARS = """
DROP TABLE IF EXISTS pg_temp.undo_car;
CREATE TEMPORARY TABLE undo_car ON COMMIT DROP AS
SELECT i.vehicle_id AS id FROM segments_interaction AS i JOIN undo_row AS r ON r.id = i.id
WHERE r.kind = 'document' AND r.fate <> 'keep' AND i.vehicle_id IS NOT NULL
UNION SELECT i.vehicle_id FROM segments_interaction AS i JOIN undo_row AS r ON r.id = i.card_id
      WHERE r.kind = 'card' AND r.fate = 'remove' AND i.vehicle_id IS NOT NULL
UNION SELECT (b.before ->> 'vehicle_id')::bigint FROM undo_row AS r JOIN segments_beforeimage AS b ON b.id = r.image_id
      WHERE r.kind = 'document' AND r.fate = 'restore' AND b.before ->> 'vehicle_id' IS NOT NULL
"""
RESTORE = """
UPDATE {table} AS t SET ({columns}) = ROW ({values})
FROM undo_row AS r JOIN segments_beforeimage AS b ON b.id = r.image_id JOIN {table} AS now ON now.id = r.id
CROSS JOIN LATERAL jsonb_populate_record(now, b.before) AS was
WHERE r.kind = %(kind)s AND r.fate = 'restore' AND t.id = r.id
"""
UNSHARE = """
UPDATE segments_contactpoint AS t SET is_shared = false, why = b.before ->> 'why'
FROM undo_row AS r JOIN segments_beforeimage AS b ON b.id = r.image_id
WHERE r.kind = 'contact' AND r.fate = 'restore' AND t.id = r.id AND t.is_shared AND t.why = 'hub'
"""
DROP_ADDRESSES = """
DELETE FROM segments_cardcontact AS cc USING undo_row AS r
WHERE r.kind = 'card' AND r.fate <> 'keep' AND cc.card_id = r.id
"""
RETURN_ADDRESSES = """
INSERT INTO segments_cardcontact (card_id, contact_point_id, position, customer_id)
SELECT c.id, (held.pair ->> 0)::bigint, (held.pair ->> 1)::smallint, c.customer_id
FROM undo_row AS r JOIN segments_beforeimage AS b ON b.id = r.image_id JOIN segments_card AS c ON c.id = r.id
CROSS JOIN LATERAL jsonb_array_elements(b.before -> 'contacts') AS held (pair)
WHERE r.kind = 'card' AND r.fate = 'restore' ORDER BY 1, 2
"""
REMOVE = "DELETE FROM {table} AS t USING undo_row AS r WHERE r.kind = %(kind)s AND r.fate = 'remove' AND t.id = r.id"
FORGET_PRICES = """
DELETE FROM segments_carprice AS p WHERE p.batch_id = %(batch)s
    OR EXISTS (SELECT FROM undo_row AS r WHERE r.kind = 'stock' AND r.fate = 'remove' AND r.id = p.car_id)
"""
# A second list of one day had overwritten that day's price.
RESET_PRICES = """
UPDATE segments_carprice AS p SET price = c.price FROM undo_row AS r JOIN segments_carinstock AS c ON c.id = r.id
WHERE r.kind = 'stock' AND r.fate = 'restore' AND p.car_id = c.id AND c.price IS NOT NULL AND p.price <> c.price
  AND NOT EXISTS (SELECT FROM segments_carprice AS newer WHERE newer.car_id = p.car_id AND newer.since > p.since)
"""
LEAVE_ORPHANS = """
UPDATE segments_interaction AS i SET customer_id = NULL, card_id = NULL
FROM undo_row AS r WHERE r.kind = 'card' AND r.fate = 'remove' AND i.card_id = r.id
"""
TIE = """
UPDATE segments_interaction AS i SET card_id = own.card_id, customer_id = own.customer_id
FROM (SELECT d.id, c.id AS card_id, c.customer_id FROM undo_row AS r JOIN segments_interaction AS d ON d.id = r.id
      LEFT JOIN segments_card AS c ON c.source_id = d.source_id AND c.code = d.card_code
      WHERE r.kind = 'document' AND r.fate = 'restore') AS own
WHERE own.id = i.id AND (i.card_id, i.customer_id) IS DISTINCT FROM (own.card_id, own.customer_id)
RETURNING i.customer_id
"""
NO_OWNER = """
UPDATE segments_vehicle AS v SET customer_id = NULL, owned_since = NULL
WHERE v.id = ANY(%(vehicles)s) AND v.customer_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM segments_interaction AS i WHERE i.vehicle_id = v.id AND i.customer_id IS NOT NULL
    AND i.kind IN ('sale', 'service', 'insurance', 'buyout'))
"""
FORGET_PAIRS = """
DELETE FROM segments_reviewpair AS p WHERE (p.batch_id = %(batch)s AND p.state = 'open')
    OR EXISTS (SELECT FROM undo_row AS r WHERE r.kind = 'card' AND r.fate = 'remove' AND r.id IN (p.card_a_id, p.card_b_id))
"""
FORGET_PEOPLE = """
DELETE FROM {table} AS t USING undo_row AS r WHERE r.kind = 'customer' AND r.fate = 'remove' AND t.{column} = r.id
"""
OF_PEOPLE = (
    ("segments_membership", "customer_id"),
    ("segments_customerfacts", "customer_id"),
    ("segments_customer", "id"),
)
# The undone import leaves the history of what stays; see `undo_plan`.
BEQUEATH = """
UPDATE {table} AS t SET first_batch_id = r.next_batch{last} FROM undo_row AS r
WHERE r.kind = %(kind)s AND r.fate = 'keep' AND r.image_id IS NULL AND r.next_batch IS NOT NULL AND t.id = r.id
"""
LAST = ", last_batch_id = CASE WHEN t.last_batch_id = t.first_batch_id THEN r.next_batch ELSE t.last_batch_id END"
FORGET_FIRST = """
DELETE FROM segments_beforeimage AS b USING undo_row AS r
WHERE r.fate = 'keep' AND r.image_id IS NULL AND b.id = r.next_image
"""
INHERIT = """
UPDATE segments_beforeimage AS n SET before = b.before FROM undo_row AS r JOIN segments_beforeimage AS b ON b.id = r.image_id
WHERE r.fate = 'keep' AND n.id = r.next_image
"""
FORGET_IMAGES = "DELETE FROM segments_beforeimage WHERE batch_id = %(batch)s AND kind NOT LIKE 'kept-%%'"
KEYS = {
    "card": "SELECT s.name || ' ' || t.code FROM segments_card AS t JOIN segments_source AS s ON s.id = t.source_id",
    "document": "SELECT t.kind || ' ' || t.external_key FROM segments_interaction AS t",
    "vehicle": "SELECT coalesce(nullif(t.vin, ''), t.plate) FROM segments_vehicle AS t",
    "contact": "SELECT t.value FROM segments_contactpoint AS t",
    "customer": "SELECT coalesce(nullif(concat_ws(' ', t.last_name, t.first_name, t.middle_name), ''), t.company)"
    " FROM segments_customer AS t",
    "stock": "SELECT coalesce(nullif(t.vin, ''), t.external_key) FROM segments_carinstock AS t",
    "traffic": "SELECT t.day::text FROM segments_centretraffic AS t",
}
_KEY = "CASE r.kind " + " ".join(f"WHEN '{kind}' THEN ({sql} WHERE t.id = r.id)" for kind, sql in KEYS.items()) + " END"
KEPT = f"SELECT r.kind, {_KEY} AS key, r.reason FROM undo_row AS r WHERE r.fate = 'keep' ORDER BY r.kind, key LIMIT %(most)s"
LIST_KEPT = f"""
INSERT INTO segments_beforeimage (batch_id, kind, row_id, before)
SELECT %(batch)s, 'kept-' || r.kind, r.id, jsonb_build_object('kind', r.kind, 'key', {_KEY}, 'reason', r.reason)
FROM undo_row AS r WHERE r.fate = 'keep' AND NOT EXISTS (
    SELECT FROM segments_beforeimage AS b WHERE b.batch_id = %(batch)s AND b.kind = 'kept-' || r.kind AND b.row_id = r.id)
"""

COUNT_KEPT = """
SELECT before ->> 'kind', count(*) FROM segments_beforeimage WHERE batch_id = %(batch)s AND kind LIKE 'kept-%%' GROUP BY 1
"""


def restore(cursor: Any) -> None:
    """Give the changed rows back what they were, cards their addresses too."""
    for kind, model in MODELS.items():
        fixed = OWN.get(kind, FIXED)
        names = [field.column for field in model._meta.concrete_fields if field.column not in fixed]
        sql = RESTORE.format(
            table=images.TABLES[kind],
            columns=", ".join(f'"{name}"' for name in names),
            values=", ".join(f'was."{name}"' for name in names),
        )
        cursor.execute(sql, {"kind": kind})
    cursor.execute(UNSHARE)
    cursor.execute(DROP_ADDRESSES)
    cursor.execute(RETURN_ADDRESSES)


def remove(cursor: Any, batch_id: int) -> None:
    """Delete what the import added: documents, cards, stock, counters; documents that stay become orphans again."""
    cursor.execute(FORGET_PRICES, {"batch": batch_id})
    cursor.execute(RESET_PRICES)
    for kind in (images.DOCUMENT, images.CARD, images.STOCK, images.TRAFFIC):
        cursor.execute(REMOVE.format(table=images.TABLES[kind]), {"kind": kind})
    cursor.execute(LEAVE_ORPHANS)
    cursor.execute(FORGET_PAIRS, {"batch": batch_id})


def remember_touched(cursor: Any) -> None:
    """Who and which cars will need settling; before anything is changed."""
    cursor.execute(CARS)
    cursor.execute(TOUCHED)


def settle(cursor: Any, batch_id: int) -> list[int]:
    """Merges back, documents to their cards, cars to their owners, empty people away. Returns whose facts changed."""
    touched = set(unmerge_batch(batch_id))
    cursor.execute(TIE)
    touched.update(row[0] for row in cursor.fetchall() if row[0])
    cursor.execute(REMOVE.format(table="segments_vehicle"), {"kind": "vehicle"})
    cursor.execute("SELECT id FROM undo_car")
    vehicles = [row[0] for row in cursor.fetchall()]
    cursor.execute(NO_OWNER, {"vehicles": vehicles})
    cursor.execute(SETTLE, {"vehicles": vehicles, "everything": False})
    touched.update(row[0] for row in cursor.fetchall() if row[0])
    for table, column in OF_PEOPLE:
        cursor.execute(FORGET_PEOPLE.format(table=table, column=column))
    cursor.execute(
        "SELECT id FROM undo_touched UNION SELECT customer_id FROM segments_vehicle WHERE id = ANY(%s)", (vehicles,)
    )
    touched.update(row[0] for row in cursor.fetchall() if row[0])
    refresh_golden(sorted(touched))
    return sorted(touched)


def leave_history(cursor: Any, batch_id: int) -> None:
    """List what stays and take the import out of its history; its images have served."""
    cursor.execute(LIST_KEPT, {"batch": batch_id})
    for kind, table in images.TABLES.items():
        cursor.execute(BEQUEATH.format(table=table, last=LAST if kind in undo_plan.DATED else ""), {"kind": kind})
    cursor.execute(FORGET_FIRST)
    cursor.execute(INHERIT)
    cursor.execute(FORGET_IMAGES, {"batch": batch_id})


def kept(cursor: Any, most: int) -> list[dict[str, str]]:
    """The first `most` rows of `undo_row` that stay: kind, key, reason."""
    cursor.execute(KEPT, {"most": most})
    return [dict(zip(("kind", "key", "reason"), row, strict=True)) for row in cursor.fetchall()]


def removable_contacts(cursor: Any) -> list[int]:
    """Ids of the contact points that may go."""
    cursor.execute("SELECT id FROM undo_row WHERE kind = 'contact' AND fate = 'remove' ORDER BY id")
    return [row[0] for row in cursor.fetchall()]
