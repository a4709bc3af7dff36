"""What rows were before an import changed them, kept set-wise right before the change, so that it can be undone.

Rows that an import adds need no image: `first_batch_id` tells them. The images of one row, in the order of their ids,
are its history: what an import made of it is the `before` of the next image, or the row as it stands. A row has one
image per import, however often the import was killed and run again.
"""

from typing import Any

CARD, DOCUMENT, VEHICLE, CONTACT, STOCK, TRAFFIC = "card", "document", "vehicle", "contact", "stock", "traffic"
TABLES = {
    CARD: "segments_card",
    DOCUMENT: "segments_interaction",
    VEHICLE: "segments_vehicle",
    CONTACT: "segments_contactpoint",
    STOCK: "segments_carinstock",
    TRAFFIC: "segments_centretraffic",
}
# A card comes with its addresses: [contact point, position].
CONTACTS = """ || jsonb_build_object('contacts', coalesce(
    (SELECT jsonb_agg(jsonb_build_array(cc.contact_point_id, cc.position) ORDER BY cc.contact_point_id)
     FROM segments_cardcontact AS cc WHERE cc.card_id = t.id), '[]'))"""
KEEP = """
INSERT INTO segments_beforeimage (batch_id, kind, row_id, before)
SELECT %(batch)s, %(kind)s, t.id, to_jsonb(t){more} FROM {table} AS t JOIN {staged} AS n ON n.id = t.id
WHERE t.last_batch_id IS DISTINCT FROM %(batch)s ORDER BY t.id
"""
# Of cars only those that the load will add something to; see `vehicles.WRITE`.
KEEP_VEHICLES = """
INSERT INTO segments_beforeimage (batch_id, kind, row_id, before)
SELECT %(batch)s, 'vehicle', t.id, to_jsonb(t) FROM segments_vehicle AS t
JOIN load_vehicles AS n ON {same}
WHERE ((t.plate = '' AND n.plate <> '') OR (t.brand_id IS NULL AND n.brand_id IS NOT NULL)
       OR (t.model_id IS NULL AND n.model_id IS NOT NULL) OR (t.year IS NULL AND n.year IS NOT NULL))
  AND t.first_batch_id IS DISTINCT FROM %(batch)s
  AND NOT EXISTS (SELECT FROM segments_beforeimage AS b
                  WHERE b.batch_id = %(batch)s AND b.kind = 'vehicle' AND b.row_id = t.id)
ORDER BY t.id
"""
SAME_CAR = ("n.vin <> '' AND t.vin = n.vin", "n.vin = '' AND t.vin = '' AND t.plate = n.plate")
OLDEST_CAR = "SELECT first_batch_id FROM segments_vehicle ORDER BY id LIMIT 1"
KEEP_CONTACTS = """
INSERT INTO segments_beforeimage (batch_id, kind, row_id, before)
SELECT %(batch)s, 'contact', t.id, to_jsonb(t) FROM segments_contactpoint AS t
JOIN unnest(%(kinds)s::text[], %(values)s::text[]) AS n (kind, value) ON n.kind = t.kind AND n.value = t.value
WHERE NOT t.is_shared AND NOT EXISTS (SELECT FROM segments_beforeimage AS b
                                      WHERE b.batch_id = %(batch)s AND b.kind = 'contact' AND b.row_id = t.id)
ORDER BY t.id
"""
FORGET = "DELETE FROM segments_beforeimage WHERE batch_id = ANY(%s)"


def keep(cursor: Any, batch_id: int, kind: str, staged: str) -> None:
    """Keep the rows whose ids are in the table `staged` (column `id`) as they are now; `kind` is one with a
    `last_batch_id`, which the change is about to set. Rows that this batch itself wrote are left alone."""
    more = CONTACTS if kind == CARD else ""
    cursor.execute(
        KEEP.format(table=TABLES[kind], staged=staged, more=more),
        {"batch": batch_id, "kind": kind},
    )


def keep_vehicles(cursor: Any, batch_id: int) -> None:
    """Keep the cars that the staged table `load_vehicles` (vin, plate, brand_id, model_id, year) will complete."""
    cursor.execute(OLDEST_CAR)
    oldest = cursor.fetchone()
    if oldest is None or oldest[0] == batch_id:  # all cars there are came with this very import
        return
    for same in SAME_CAR:
        cursor.execute(KEEP_VEHICLES.format(same=same), {"batch": batch_id})


def keep_contacts(cursor: Any, batch_id: int, kinds: list[str], values: list[str]) -> None:
    """Keep these contact points before they are marked as shared."""
    cursor.execute(KEEP_CONTACTS, {"batch": batch_id, "kinds": kinds, "values": values})
