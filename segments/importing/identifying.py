"""Second step of a cards import: whose card is it. New cards meet each other and the cards of the base."""

from typing import Any, NamedTuple

import polars as pl
from django.db import connection

from segments.identity.clustering import Decisions, group, losers
from segments.identity.decisions import decisions
from segments.identity.matching import match, reasons
from segments.importing.copying import fetch, new_ids, stage
from segments.importing.staging import Staged

# Cards of the base that share an address, or a birthday and initials (`matching`), with a changed row.
RELATED = """
WITH related AS (
    SELECT cc.card_id FROM match_keys AS k
    JOIN segments_contactpoint AS cp ON cp.kind = k.kind AND cp.value = k.value AND NOT cp.is_shared
    JOIN segments_cardcontact AS cc ON cc.contact_point_id = cp.id
    UNION
    SELECT c.id FROM match_people AS p
    JOIN segments_card AS c ON c.birth_date = p.birth_date
     AND replace(lower(left(c.last_name, 1)), 'ё', 'е') = p.last AND replace(lower(left(c.first_name, 1)), 'ё', 'е') = p.first
)
SELECT c.id, c.customer_id, c.last_name, c.first_name, c.middle_name, c.company, c.birth_date
FROM segments_card AS c JOIN related ON related.card_id = c.id
WHERE NOT EXISTS (SELECT FROM match_rows AS r WHERE r.card_id = c.id)
"""
RELATED_SCHEMA: dict[str, Any] = {
    "card_id": pl.Int64, "customer_id": pl.Int64, "last_name": pl.String, "first_name": pl.String,
    "middle_name": pl.String, "company": pl.String, "birth_date": pl.Date,
}  # fmt: skip
RELATED_KEYS = """
SELECT cc.card_id, k.kind, k.value FROM match_keys AS k
JOIN segments_contactpoint AS cp ON cp.kind = k.kind AND cp.value = k.value AND NOT cp.is_shared
JOIN segments_cardcontact AS cc ON cc.contact_point_id = cp.id
WHERE NOT EXISTS (SELECT FROM match_rows AS r WHERE r.card_id = cc.card_id)
"""
SHARED = "SELECT kind, value FROM segments_contactpoint WHERE is_shared"
IS_EMPTY = "SELECT NOT EXISTS (SELECT FROM segments_card)"
KEY_SCHEMA: dict[str, Any] = {"kind": pl.String, "value": pl.String}


class Identified(NamedTuple):
    """`owners`: line, owner_id, why. `merged`: (loser, survivor, reason). `hubs`: kind, value."""

    owners: pl.DataFrame
    merged: list[tuple[int, int, str]]
    hubs: pl.DataFrame


def identify(staged: Staged) -> Identified:
    """Find the customer of every staged card; people that nobody has yet get fresh ids."""
    with connection.cursor() as cursor:
        cards, keys, decided = _with_related(cursor, staged)
        shared = fetch(cursor, SHARED, KEY_SCHEMA)
        links = match(cards, keys.join(shared, on=["kind", "value"], how="anti"))
        people = group(cards["customer_id"], links.pairs, decided)
        survivors = people.survivors
        nobody = survivors.filter(pl.col("owner_id").is_null())
        fresh = nobody.with_columns(new_ids(cursor, "segments_customer", len(nobody)).alias("owner_id"))
    owners = pl.concat([survivors.drop_nulls("owner_id"), fresh])
    cards = cards.with_columns(people.label).join(owners, on="label", how="left", maintain_order="left")
    cards = cards.join(reasons(links), on="node", how="left", maintain_order="left")
    return Identified(_owners(cards), losers(cards), links.hubs)


def _with_related(cursor: Any, staged: Staged) -> tuple[pl.DataFrame, pl.DataFrame, Decisions]:
    """Staged cards and, below them, the related ones of the base, numbered by `node`; the keys of both; and what
    people decided of them."""
    cards = staged.cards().with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    keys = staged.keys().join(cards.select("node", "line"), on="line").select("node", "kind", "value")
    cursor.execute(IS_EMPTY)
    if cursor.fetchone()[0]:
        return cards, keys, Decisions()
    stage(cursor, "match_keys", keys.select("kind", "value").unique().sort("kind", "value"))
    stage(cursor, "match_rows", cards.select("card_id").drop_nulls())
    named = cards.filter(pl.col("birth_date").is_not_null() & (pl.col("first_name") != ""))
    stage(cursor, "match_people", named.select("birth_date", _initial("last"), _initial("first")).unique())
    related = fetch(cursor, RELATED, RELATED_SCHEMA).with_row_index("node", len(cards))
    related = related.with_columns(pl.col("node").cast(pl.Int64))
    related_keys = fetch(cursor, RELATED_KEYS, {"card_id": pl.Int64, **KEY_SCHEMA})
    related_keys = related_keys.join(related.select("node", "card_id"), on="card_id").select("node", "kind", "value")
    return pl.concat([cards, related], how="diagonal"), pl.concat([keys, related_keys]), decisions(cursor)


def _initial(part: str) -> pl.Expr:
    letter = pl.col(f"{part}_name").str.slice(0, 1).str.to_lowercase()
    return letter.str.replace("ё", "е", literal=True).alias(part)


def _owners(cards: pl.DataFrame) -> pl.DataFrame:
    why = pl.coalesce("reason", pl.when(pl.col("customer_id").is_not_null()).then(pl.lit("known")), pl.lit("alone"))
    return cards.drop_nulls("line").select("line", "owner_id", why.alias("why"))
