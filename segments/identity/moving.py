"""How cards go from one customer to another, set-wise, with all that belongs to them.

- Follow their card, both ways: interactions, card contacts, and cars (the owner of a car is worked out anew from its
  documents; a car without any goes back to whom it was merged from). Interactions without a card (a call) go with
  their customer at a merge and come back at an un-merge.
- Stay as they were said: messages and the log of consents. Consents in force belong to addresses, not to people.
- Preferences: at a merge the survivor gets what the loser had said, and the loser's own rows rest on its shell. At an
  un-merge the survivor gives back what she has only from there; what was said after the merge stays with her, but
  "fewer messages" holds for both: nobody is to be written to more often than was asked for.
- Lists (segments that are never refreshed): the survivor takes the loser's place; at an un-merge each has her own.
- Facts, other memberships: computed anew. The golden record too.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl
from django.db import connection

from segments.identity.golden import refresh_golden
from segments.importing.copying import stage
from segments.importing.vehicles import SETTLE

# `moved`: loser_id, survivor_id, reason
RECORDS = """
WITH vehicles AS (
    SELECT customer_id, jsonb_agg(id ORDER BY id) AS ids FROM segments_vehicle
    WHERE customer_id IN (SELECT loser_id FROM moved) GROUP BY customer_id
), interactions AS (
    SELECT customer_id, jsonb_agg(id ORDER BY id) AS ids FROM segments_interaction
    WHERE customer_id IN (SELECT loser_id FROM moved) AND card_id IS NULL GROUP BY customer_id
), cards AS (
    SELECT customer_id, jsonb_agg(id ORDER BY id) AS ids FROM segments_card
    WHERE customer_id IN (SELECT loser_id FROM moved) GROUP BY customer_id
)
INSERT INTO segments_mergerecord (survivor_id, loser_id, reason, detail, card_ids, batch_id, author_id, merged_at)
SELECT survivor_id, loser_id, reason,
       jsonb_strip_nulls(jsonb_build_object('vehicles', v.ids, 'interactions', i.ids)),
       coalesce(c.ids, '[]'), %(batch)s::bigint, %(author)s::bigint, clock_timestamp()
FROM moved AS m LEFT JOIN vehicles AS v ON v.customer_id = m.loser_id
LEFT JOIN interactions AS i ON i.customer_id = m.loser_id LEFT JOIN cards AS c ON c.customer_id = m.loser_id
"""
MOVE = """
UPDATE {table} AS t SET customer_id = m.survivor_id FROM moved AS m WHERE t.customer_id = m.loser_id
"""
MOVE_CARDS = """
UPDATE segments_card AS c
SET customer_id = m.survivor_id, why = CASE WHEN c.why IN ('', 'alone', 'known') THEN m.reason ELSE c.why END
FROM moved AS m WHERE c.customer_id = m.loser_id
"""
FOLLOW = ("segments_cardcontact", "segments_interaction", "segments_vehicle")
SHARE_PREFERENCES = """
WITH added AS (
    INSERT INTO segments_preference (customer_id, kind, value, set_at)
    SELECT DISTINCT ON (m.survivor_id, p.kind, p.value) m.survivor_id, p.kind, p.value, p.set_at
    FROM segments_preference AS p JOIN moved AS m ON m.loser_id = p.customer_id
    ORDER BY m.survivor_id, p.kind, p.value, p.set_at DESC
    ON CONFLICT DO NOTHING RETURNING customer_id, kind, value
), given AS (
    SELECT m.loser_id, jsonb_agg(jsonb_build_array(a.kind, a.value) ORDER BY a.kind, a.value) AS preferences
    FROM moved AS m JOIN segments_preference AS p ON p.customer_id = m.loser_id
    JOIN added AS a ON a.customer_id = m.survivor_id AND a.kind = p.kind AND a.value = p.value GROUP BY m.loser_id
)
UPDATE segments_mergerecord AS r SET detail = r.detail || jsonb_build_object('preferences', g.preferences)
FROM given AS g WHERE r.loser_id = g.loser_id AND r.undone_at IS NULL
"""
# `lists` of a record: [segment, whether the survivor is on it only for the loser's sake].
SHARE_LISTS = """
WITH held AS (
    SELECT b.segment_id, b.entered_at, m.loser_id, m.survivor_id
    FROM segments_membership AS b JOIN moved AS m ON m.loser_id = b.customer_id
    JOIN segments_segment AS s ON s.id = b.segment_id WHERE s.policy = 'frozen'
), added AS (
    INSERT INTO segments_membership (segment_id, customer_id, entered_at)
    SELECT segment_id, survivor_id, min(entered_at) FROM held GROUP BY segment_id, survivor_id
    ON CONFLICT DO NOTHING RETURNING segment_id, customer_id
), counted AS (
    UPDATE segments_segment AS s SET changed_at = clock_timestamp(),
        size = s.size - h.loses + (SELECT count(*) FROM added AS a WHERE a.segment_id = s.id)
    FROM (SELECT segment_id, count(*) AS loses FROM held GROUP BY segment_id) AS h WHERE s.id = h.segment_id
), shared AS (
    SELECT h.loser_id, jsonb_agg(jsonb_build_array(h.segment_id, a.segment_id IS NOT NULL OR EXISTS (
        SELECT FROM segments_mergerecord AS earlier WHERE earlier.survivor_id = h.survivor_id
        AND earlier.undone_at IS NULL AND earlier.detail -> 'lists' @> jsonb_build_array(jsonb_build_array(h.segment_id, true))
    )) ORDER BY h.segment_id) AS lists
    FROM held AS h LEFT JOIN added AS a ON a.segment_id = h.segment_id AND a.customer_id = h.survivor_id
    GROUP BY h.loser_id
)
UPDATE segments_mergerecord AS r SET detail = r.detail || jsonb_build_object('lists', s.lists)
FROM shared AS s WHERE r.loser_id = s.loser_id AND r.undone_at IS NULL
"""
FORGET = "DELETE FROM {table} WHERE customer_id IN (SELECT loser_id FROM moved)"
RECOMPUTED = ("segments_membership", "segments_customerfacts")
POINT = """
UPDATE segments_customer AS c SET merged_into_id = m.survivor_id, updated_at = now()
FROM moved AS m WHERE c.id = m.loser_id OR c.merged_into_id = m.loser_id
"""

# A card is given back to whom it was taken from first, if nobody has moved it on since.
GIVEN_BACK = """
SELECT DISTINCT ON (c.id) c.id AS card_id, r.loser_id AS owner_id, l.merged_into_id AS holder_id
FROM segments_mergerecord AS r JOIN segments_customer AS l ON l.id = r.loser_id
CROSS JOIN LATERAL jsonb_array_elements_text(r.card_ids) AS taken (id)
JOIN segments_card AS c ON c.id = taken.id::bigint AND c.customer_id = l.merged_into_id
WHERE {which} ORDER BY c.id, r.id
"""
RETURNED = f"""
CREATE TEMPORARY TABLE returned ON COMMIT DROP AS {GIVEN_BACK.format(which="r.id = ANY(%(records)s)")};
ANALYZE returned
"""
LEAVING = """
CREATE TEMPORARY TABLE returned ON COMMIT DROP AS
SELECT id AS card_id, %(owner)s::bigint AS owner_id, customer_id AS holder_id
FROM segments_card WHERE id = ANY(%(cards)s)
"""
RETURN_CARDS = """
UPDATE segments_card AS c SET customer_id = t.owner_id,
    why = CASE WHEN EXISTS (SELECT FROM segments_mergerecord AS r WHERE r.id = ANY(%(records)s) AND r.reason = c.why)
               THEN 'alone' ELSE c.why END
FROM returned AS t WHERE c.id = t.card_id
"""
RETURN = """
UPDATE {table} AS x SET customer_id = t.owner_id FROM returned AS t
WHERE x.card_id = t.card_id AND x.customer_id = t.holder_id
"""
RETURN_LISTED = """
UPDATE {table} AS x SET customer_id = r.loser_id
FROM segments_mergerecord AS r JOIN segments_customer AS l ON l.id = r.loser_id
CROSS JOIN LATERAL jsonb_array_elements_text(r.detail -> '{listed}') AS taken (id)
WHERE r.id = ANY(%(records)s) AND x.id = taken.id::bigint AND x.customer_id = l.merged_into_id
"""
FEWER = """
INSERT INTO segments_preference (customer_id, kind, value, set_at)
SELECT DISTINCT ON (r.loser_id, p.value) r.loser_id, p.kind, p.value, p.set_at
FROM segments_mergerecord AS r JOIN segments_customer AS l ON l.id = r.loser_id
JOIN segments_preference AS p ON p.customer_id = l.merged_into_id AND p.kind = 'fewer' AND p.set_at > r.merged_at
WHERE r.id = ANY(%(records)s) ON CONFLICT DO NOTHING
"""
RETURN_PREFERENCES = """
DELETE FROM segments_preference AS p
USING segments_mergerecord AS r, segments_customer AS l, jsonb_array_elements(r.detail -> 'preferences') AS given (pair)
WHERE r.id = ANY(%(records)s) AND l.id = r.loser_id AND p.customer_id = l.merged_into_id
  AND p.kind = given.pair ->> 0 AND p.value = given.pair ->> 1 AND p.set_at <= r.merged_at
"""
RETURN_LISTS = """
WITH listed AS (
    SELECT (list.pair ->> 0)::bigint AS segment_id, (list.pair ->> 1)::bool AS is_added, r.loser_id,
           l.merged_into_id AS survivor_id
    FROM segments_mergerecord AS r JOIN segments_customer AS l ON l.id = r.loser_id
    CROSS JOIN LATERAL jsonb_array_elements(r.detail -> 'lists') AS list (pair)
    JOIN segments_segment AS s ON s.id = (list.pair ->> 0)::bigint AND s.policy = 'frozen'
    WHERE r.id = ANY(%(records)s)
), back AS (
    INSERT INTO segments_membership (segment_id, customer_id) SELECT segment_id, loser_id FROM listed
    ON CONFLICT DO NOTHING RETURNING segment_id
), gone AS (
    DELETE FROM segments_membership AS b USING listed AS n
    WHERE n.is_added AND b.segment_id = n.segment_id AND b.customer_id = n.survivor_id
      AND NOT EXISTS (SELECT FROM segments_mergerecord AS other
                      CROSS JOIN LATERAL jsonb_array_elements(other.detail -> 'lists') AS list (pair)
                      WHERE other.survivor_id = n.survivor_id AND other.undone_at IS NULL
                        AND NOT other.id = ANY(%(records)s) AND (list.pair ->> 0)::bigint = n.segment_id)
    RETURNING b.segment_id
)
UPDATE segments_segment AS s SET changed_at = clock_timestamp(),
    size = s.size + (SELECT count(*) FROM back WHERE back.segment_id = s.id)
                  - (SELECT count(*) FROM gone WHERE gone.segment_id = s.id)
WHERE s.id IN (SELECT segment_id FROM listed)
"""
# Shells merged into somebody who is alive again point to her once more: no chains, whatever the order of undoing.
REVIVE = """
UPDATE segments_mergerecord SET undone_at = clock_timestamp(),
       detail = detail || jsonb_build_object('undone_by', %(author)s::bigint)
WHERE id = ANY(%(records)s);
WITH RECURSIVE under AS (
    SELECT r.loser_id AS id, r.loser_id AS head FROM segments_mergerecord AS r WHERE r.id = ANY(%(records)s)
    UNION
    SELECT r.loser_id, u.head FROM under AS u
    JOIN segments_mergerecord AS r ON r.survivor_id = u.id AND r.undone_at IS NULL AND NOT r.id = ANY(%(records)s)
)
UPDATE segments_customer AS c SET merged_into_id = nullif(u.head, c.id), updated_at = now()
FROM (SELECT DISTINCT ON (id) id, head FROM under ORDER BY id, (id = head) DESC) AS u WHERE c.id = u.id
"""
CARS = """
SELECT DISTINCT i.vehicle_id FROM segments_interaction AS i JOIN returned AS t ON t.card_id = i.card_id
WHERE i.vehicle_id IS NOT NULL
"""
TOUCHED = """
SELECT owner_id FROM returned UNION SELECT holder_id FROM returned
UNION SELECT loser_id FROM segments_mergerecord WHERE id = ANY(%(records)s)
"""


def join(losers: Sequence[tuple[int, int, str]], *, batch_id: int | None = None, author_id: int | None = None) -> int:
    """Merge each (loser, survivor, reason) inside the caller's transaction; survivors must not themselves be losers.
    Returns how many merged. Facts are the caller's."""
    if not losers:
        return 0
    frame = pl.DataFrame(
        list(losers), schema={"loser_id": pl.Int64, "survivor_id": pl.Int64, "reason": pl.String}, orient="row"
    )
    with connection.cursor() as cursor:
        stage(cursor, "moved", frame)
        cursor.execute(RECORDS, {"batch": batch_id, "author": author_id})
        cursor.execute(MOVE_CARDS)
        for table in FOLLOW:
            cursor.execute(MOVE.format(table=table))
        for statement in (SHARE_PREFERENCES, SHARE_LISTS):
            cursor.execute(statement)
        for table in RECOMPUTED:
            cursor.execute(FORGET.format(table=table))
        cursor.execute(POINT)
    refresh_golden(frame["survivor_id"].unique().sort().to_list())
    return len(frame)


def take_back(record_ids: Sequence[int], *, author_id: int | None = None) -> list[int]:
    """Undo these merges in the caller's transaction, as if they had never been, whatever happened in between.
    Returns the customers whose facts must be computed anew."""
    parameters: dict[str, Any] = {"records": list(record_ids), "author": author_id}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.returned")
        cursor.execute(RETURNED, parameters)
        for statement in (FEWER, RETURN_PREFERENCES, RETURN_LISTS):
            cursor.execute(statement, parameters)
        for table, listed in (("segments_interaction", "interactions"), ("segments_vehicle", "vehicles")):
            cursor.execute(RETURN_LISTED.format(table=table, listed=listed), parameters)
        touched = _return(cursor, parameters)
        cursor.execute(REVIVE, parameters)
    refresh_golden(touched)
    return touched


def take_out(card_ids: Sequence[int], owner_id: int) -> list[int]:
    """Give these cards to the customer `owner_id`, who may not exist yet; returns the touched as `take_back` does."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.returned")
        cursor.execute(LEAVING, {"cards": list(card_ids), "owner": owner_id})
        touched = _return(cursor, {"records": []})
    refresh_golden(touched)
    return touched


def _return(cursor: Any, parameters: dict[str, Any]) -> list[int]:
    """Move the cards of `returned` with what follows them."""
    cursor.execute(RETURN_CARDS, parameters)
    for table in ("segments_cardcontact", "segments_interaction"):
        cursor.execute(RETURN.format(table=table))
    cursor.execute(CARS)
    vehicles = [row[0] for row in cursor.fetchall()]
    cursor.execute(SETTLE, {"vehicles": vehicles, "everything": False})
    cursor.execute(TOUCHED, parameters)
    return sorted(row[0] for row in cursor.fetchall())
