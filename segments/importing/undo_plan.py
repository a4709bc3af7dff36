"""What undoing an import does to each row it touched: a temporary table, made alike for the preview and for the act.

`undo_row` has for each row its fate: *remove* (the import added it), *restore* (it changed it, nobody has since) or
*keep*, with the reason. A row that a later import changed is kept, and the undone import is taken out of its history:
the later import becomes the one that added it, or inherits the older image, so that imports can be undone in any order.
"""

from dataclasses import dataclass
from typing import Any

from segments.consents import UNDOABLE
from segments.identity.moving import GIVEN_BACK
from segments.importing import images
from segments.importing.undo_keeps import why_kept
from segments.models.imports import ImportBatch

TABLE = """
DROP TABLE IF EXISTS pg_temp.undo_row;
CREATE TEMPORARY TABLE undo_row (kind text, id bigint, fate text, reason text DEFAULT '', next_batch bigint,
                                 image_id bigint, next_image bigint) ON COMMIT DROP
"""
INDEX = "CREATE INDEX ON undo_row (kind, id); ANALYZE undo_row"
# Its images, each with the next one of that row.
IMAGES = """
DROP TABLE IF EXISTS pg_temp.undo_image;
CREATE TEMPORARY TABLE undo_image ON COMMIT DROP AS
SELECT id, kind, row_id, next_id, next_batch FROM (
    SELECT id, batch_id, kind, row_id, lead(id) OVER history AS next_id, lead(batch_id) OVER history AS next_batch
    FROM segments_beforeimage
    WHERE kind NOT LIKE 'kept-%%' AND id >= (SELECT min(id) FROM segments_beforeimage WHERE batch_id = %(batch)s)
    WINDOW history AS (PARTITION BY kind, row_id ORDER BY id)
) AS image WHERE batch_id = %(batch)s;
ANALYZE undo_image
"""
CHANGED = """
INSERT INTO undo_row (kind, id, fate, reason, next_batch, image_id, next_image)
SELECT i.kind, t.id, CASE WHEN i.next_id IS NULL THEN 'restore' ELSE 'keep' END,
       CASE WHEN i.next_id IS NULL THEN '' ELSE 'changed' END, i.next_batch, i.id, i.next_id
FROM undo_image AS i JOIN {table} AS t ON t.id = i.row_id
WHERE i.kind = %(kind)s AND t.first_batch_id IS DISTINCT FROM %(batch)s
"""
# `others`: imports that may have written after this one began; by the index of their images.
ADDED = """
WITH mine AS MATERIALIZED (
    SELECT id, last_batch_id FROM {table} WHERE first_batch_id = %(batch)s
), later AS MATERIALIZED (
    SELECT DISTINCT ON (b.row_id) b.row_id, b.batch_id, b.id FROM segments_beforeimage AS b
    WHERE b.batch_id = ANY(%(others)s) AND b.kind = %(kind)s AND b.row_id IN (SELECT id FROM mine)
    ORDER BY b.row_id, b.id
)
INSERT INTO undo_row (kind, id, fate, reason, next_batch, next_image)
SELECT %(kind)s, m.id, CASE WHEN m.last_batch_id = %(batch)s THEN 'remove' ELSE 'keep' END,
       CASE WHEN m.last_batch_id = %(batch)s THEN '' ELSE 'changed' END, coalesce(later.batch_id, m.last_batch_id), later.id
FROM mine AS m LEFT JOIN later ON later.row_id = m.id
"""
PINNED = """
UPDATE undo_row AS r SET fate = 'keep', reason = 'pinned'
FROM segments_card AS c WHERE r.kind = 'card' AND r.fate = 'remove' AND c.id = r.id AND c.is_pinned
"""
HUNG_ON = """
UPDATE undo_row AS r SET fate = 'keep', reason = 'documents', next_batch = d.batch_id
FROM (SELECT i.card_id, min(i.last_batch_id) AS batch_id FROM segments_interaction AS i
      WHERE i.last_batch_id = ANY(%(later)s) AND i.card_id IS NOT NULL GROUP BY i.card_id) AS d
WHERE r.kind = 'card' AND r.fate = 'remove' AND r.id = d.card_id
"""
VEHICLES = """
WITH used AS MATERIALIZED (
    SELECT i.vehicle_id AS id, min(i.last_batch_id) AS batch_id FROM segments_interaction AS i
    JOIN segments_vehicle AS v ON v.id = i.vehicle_id AND v.first_batch_id = %(batch)s
    WHERE NOT EXISTS (SELECT FROM undo_row AS r WHERE r.kind = 'document' AND r.id = i.id AND r.fate <> 'keep')
    GROUP BY i.vehicle_id
)
INSERT INTO undo_row (kind, id, fate, reason, next_batch)
SELECT 'vehicle', v.id, CASE WHEN u.id IS NULL THEN 'remove' ELSE 'keep' END,
       CASE WHEN u.id IS NULL THEN '' ELSE 'used' END, u.batch_id
FROM segments_vehicle AS v LEFT JOIN used AS u ON u.id = v.id WHERE v.first_batch_id = %(batch)s
"""
# The merges that will be taken back.
MERGED = "r.batch_id = %(batch)s AND r.undone_at IS NULL"
# Whose a card will be then: all cards of whoever the import gave or changed a card, made or merged.
HOMES = f"""
DROP TABLE IF EXISTS pg_temp.undo_asked, pg_temp.undo_home;
CREATE TEMPORARY TABLE undo_asked ON COMMIT DROP AS
SELECT c.customer_id AS id FROM undo_row AS r JOIN segments_card AS c ON c.id = r.id WHERE r.kind = 'card'
UNION SELECT id FROM segments_customer WHERE first_batch_id = %(batch)s
UNION SELECT unnest(ARRAY[r.loser_id, r.survivor_id, l.merged_into_id])
      FROM segments_mergerecord AS r JOIN segments_customer AS l ON l.id = r.loser_id WHERE {MERGED};
ANALYZE undo_asked;
CREATE TEMPORARY TABLE undo_home ON COMMIT DROP AS
WITH returned AS MATERIALIZED ({GIVEN_BACK.format(which=MERGED)})
SELECT coalesce(h.owner_id, c.customer_id) AS customer_id,
       coalesce(u.fate = 'remove', false) AS goes, coalesce(u.fate <> 'keep', false) AS touched
FROM segments_card AS c JOIN undo_asked AS a ON a.id = c.customer_id LEFT JOIN returned AS h ON h.card_id = c.id
LEFT JOIN undo_row AS u ON u.kind = 'card' AND u.id = c.id;
CREATE INDEX ON undo_home (customer_id); ANALYZE undo_home
"""
CUSTOMERS = """
WITH asked AS (
    SELECT customer_id AS id FROM undo_home WHERE goes
    UNION SELECT id FROM segments_customer WHERE first_batch_id = %(batch)s
    UNION SELECT unnest(ARRAY[loser_id, survivor_id]) FROM segments_mergerecord
          WHERE batch_id = %(batch)s AND undone_at IS NULL
)
INSERT INTO undo_row (kind, id, fate, reason)
SELECT 'customer', c.id, CASE WHEN why IS NULL THEN 'remove' ELSE 'keep' END, coalesce(why, '')
FROM asked JOIN segments_customer AS c USING (id) CROSS JOIN LATERAL (SELECT {why} AS why) AS kept
WHERE NOT EXISTS (SELECT FROM undo_home AS h WHERE h.customer_id = c.id AND NOT h.goes)
  AND NOT EXISTS (SELECT FROM segments_mergerecord AS m
                  CROSS JOIN LATERAL jsonb_array_elements_text(m.card_ids) AS taken (id)
                  JOIN segments_card AS k ON k.id = taken.id::bigint
                  LEFT JOIN undo_row AS u ON u.kind = 'card' AND u.id = k.id
                  WHERE m.loser_id = c.id AND m.undone_at IS NULL AND m.batch_id IS DISTINCT FROM %(batch)s
                    AND u.fate IS DISTINCT FROM 'remove')
"""
# Who holds an address once the cards are as they were; run again after that, it says the same.
CONTACTS = """
WITH held AS MATERIALIZED (
    SELECT cc.contact_point_id AS id, min(coalesce(r.next_batch, greatest(c.first_batch_id, c.last_batch_id))) AS batch_id
    FROM segments_cardcontact AS cc JOIN segments_contactpoint AS cp ON cp.id = cc.contact_point_id
    JOIN segments_card AS c ON c.id = cc.card_id LEFT JOIN undo_row AS r ON r.kind = 'card' AND r.id = cc.card_id
    WHERE cp.first_batch_id = %(batch)s AND coalesce(r.fate, 'keep') = 'keep' GROUP BY cc.contact_point_id
    UNION ALL
    SELECT (taken.pair ->> 0)::bigint, NULL FROM undo_row AS r JOIN segments_beforeimage AS b ON b.id = r.image_id
    CROSS JOIN LATERAL jsonb_array_elements(b.before -> 'contacts') AS taken (pair)
    WHERE r.kind = 'card' AND r.fate = 'restore'
), judged AS (
    SELECT cp.id, coalesce(h.batch_id, (SELECT nullif(min(coalesce(s.batch_id, 0)), 0) {said})) AS batch_id,
           CASE WHEN h.id IS NOT NULL THEN 'held' WHEN EXISTS (SELECT {said}) THEN 'said' ELSE {why} END AS why
    FROM segments_contactpoint AS cp
    LEFT JOIN (SELECT id, min(batch_id) AS batch_id FROM held GROUP BY id) AS h ON h.id = cp.id
    WHERE cp.first_batch_id = %(batch)s
)
INSERT INTO undo_row (kind, id, fate, reason, next_batch)
SELECT 'contact', id, CASE WHEN why IS NULL THEN 'remove' ELSE 'keep' END, coalesce(why, ''),
       CASE WHEN why IN ('held', 'said') THEN batch_id END FROM judged
"""
# Decisions about an address that did not come with this import and are in force in the log.
SAID = """
    FROM segments_consent AS s WHERE s.contact_point_id = cp.id AND s.undoes_id IS NULL
    AND s.batch_id IS DISTINCT FROM %(batch)s
    AND NOT EXISTS (SELECT FROM segments_consent AS u WHERE u.contact_point_id = s.contact_point_id AND u.undoes_id = s.id)
"""
COUNTS = "SELECT kind, fate, count(*) FROM undo_row GROUP BY kind, fate"
MERGES = f"SELECT count(*) FROM segments_mergerecord AS r WHERE {MERGED}"
CONSENTS = f"SELECT count(*) FROM segments_consent AS c WHERE {UNDOABLE}"
DATED = (images.CARD, images.DOCUMENT, images.STOCK, images.TRAFFIC)  # kinds whose rows know their last import


@dataclass(frozen=True)
class Counts:
    """Rows by kind: `removed` (also customers and consents), `restored` (also merges taken back), `kept`."""

    removed: dict[str, int]
    restored: dict[str, int]
    kept: dict[str, int]


def classify(cursor: Any, batch: ImportBatch) -> None:
    """Fill `undo_row` for everything that the import touched. Changes nothing else.

    What it added is found by reading tables whole: loads would pay for an index on `first_batch_id`, undos are rare.
    """
    others = ImportBatch.objects.exclude(pk=batch.pk)
    parameters = {
        "batch": batch.pk,
        # One that was killed has not finished.
        "later": list(others.exclude(finished_at__lte=batch.finished_at).values_list("pk", flat=True)),
        "others": list(others.exclude(finished_at__lt=batch.created_at).values_list("pk", flat=True)),
    }
    cursor.execute(TABLE)
    cursor.execute(IMAGES, parameters)
    for kind, table in images.TABLES.items():
        cursor.execute(CHANGED.format(table=table), parameters | {"kind": kind})
    # These read whole tables; a planner that knows nothing of tables loaded a moment ago would loop one in another.
    cursor.execute("SET LOCAL enable_nestloop = off")
    for kind in DATED:
        cursor.execute(ADDED.format(table=images.TABLES[kind]), parameters | {"kind": kind})
    cursor.execute(INDEX)
    cursor.execute(PINNED)
    if parameters["later"]:
        cursor.execute(HUNG_ON, parameters)
    cursor.execute(VEHICLES, parameters)
    cursor.execute("SET LOCAL enable_nestloop = on")
    cursor.execute(HOMES, parameters)
    cursor.execute(CUSTOMERS.format(why=why_kept("c.id", "customers")), parameters)


def classify_contacts(cursor: Any, batch_id: int) -> None:
    """Add the contact points to `undo_row`."""
    cursor.execute(CONTACTS.format(said=SAID, why=why_kept("cp.id", "contacts")), {"batch": batch_id})


def counts(cursor: Any, batch_id: int) -> Counts:
    """What `undo_row` and the logs say in numbers."""
    found: dict[str, dict[str, int]] = {"remove": {}, "restore": {}, "keep": {}}
    cursor.execute(COUNTS)
    for kind, fate, rows in cursor.fetchall():
        found[fate][kind] = rows
    for sql, fate, kind in ((MERGES, "restore", "merge"), (CONSENTS, "remove", "consent")):
        cursor.execute(sql, {"batch": batch_id})
        rows = cursor.fetchone()[0]
        if rows:
            found[fate][kind] = rows
    return Counts(found["remove"], found["restore"], found["keep"])
