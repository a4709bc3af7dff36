"""Second step of a cards import: whose card is it. New cards meet each other and the cards of the base."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl
from django.db import connection

from segments.identity.clustering import Decisions, group, losers
from segments.identity.decisions import decisions
from segments.identity.matching import KIND, link, numbered, reasons
from segments.identity.names import signatures
from segments.importing.aside import Some, Staged
from segments.importing.copying import fetch, new_ids, stage

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
Rows = Sequence[tuple[Any, ...]]
KEY_SCHEMA: dict[str, Any] = {"kind": pl.String, "value": pl.String}


class Identified(NamedTuple):
    """`owners`: line, owner_id, why. `merged`: (loser, survivor, reason). `hubs`: kind, value."""

    owners: pl.DataFrame
    merged: list[tuple[int, int, str]]
    hubs: pl.DataFrame


class Related(NamedTuple):
    """Cards of the base: node, card_id, customer_id; their names (`signatures`) and keys (`numbered`)."""

    cards: pl.DataFrame
    names: pl.DataFrame
    keys: pl.DataFrame


def identify(staged: Staged) -> Identified:
    """Find the customer of every staged card; people that nobody has yet get fresh ids."""
    with connection.cursor() as cursor:
        cards = staged.cards().with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
        some, related, decided = _beside(cursor, staged, cards)
        shared = fetch(cursor, SHARED, KEY_SCHEMA).cast({"kind": KIND})
        links = link(  # nobody else holds the names and the keys, so that they go as soon as they are compared
            pl.concat([_at(cards, staged.names(some)), related.names]),
            pl.concat([_at(cards, staged.keys(some)), related.keys]).join(shared, on=["kind", "value"], how="anti"),
        )
        cards = pl.concat([cards, related.cards], how="diagonal")
        people = group(cards["customer_id"], links.pairs, decided)
        survivors = people.survivors
        nobody = survivors.filter(pl.col("owner_id").is_null())
        fresh = nobody.with_columns(new_ids(cursor, "segments_customer", len(nobody)).alias("owner_id"))
    owners = pl.concat([survivors.drop_nulls("owner_id"), fresh])
    cards = cards.with_columns(people.label).join(owners, on="label", how="left", maintain_order="left")
    cards = cards.join(reasons(links), on="node", how="left", maintain_order="left")
    return Identified(_owners(cards), losers(cards), links.hubs)


def _beside(cursor: Any, staged: Staged, cards: pl.DataFrame) -> tuple[Some | None, Related, Decisions]:
    """Which staged names and keys are compared, with what of the base, and what people decided. Where the base is empty,
    nothing that one card has alone can join it to another."""
    cursor.execute(IS_EMPTY)
    if cursor.fetchone()[0]:
        return staged.shared(), _related([], [], len(cards)), Decisions()
    keys, names = staged.keys(), staged.names()  # read again when they are compared: meanwhile the base speaks
    stage(cursor, "match_keys", keys.select("kind", "value").unique().cast({"kind": pl.String}).sort("kind", "value"))
    stage(cursor, "match_rows", cards.select("card_id").drop_nulls())
    named = names.filter(pl.col("birth_date").is_not_null() & (pl.col("first") != ""))
    initials = (pl.col(part).str.slice(0, 1) for part in ("last", "first"))
    stage(cursor, "match_people", named.select("birth_date", *initials).unique())
    cursor.execute(RELATED)
    rows = cursor.fetchall()
    cursor.execute(RELATED_KEYS)
    return None, _related(rows, cursor.fetchall(), len(cards)), decisions(cursor)


def _related(cards: Rows, keys: Rows, first: int) -> Related:
    """Of rows of RELATED and RELATED_KEYS; `first` is the node of the first."""
    related = pl.DataFrame(cards, schema=RELATED_SCHEMA, orient="row").with_row_index("node", first)
    related = related.with_columns(pl.col("node").cast(pl.Int64))
    held = pl.DataFrame(keys, schema={"card_id": pl.Int64, **KEY_SCHEMA}, orient="row")
    held = held.join(related.select("node", "card_id"), on="card_id").select("node", "kind", "value")
    return Related(related.select("node", "card_id", "customer_id"), signatures(related), numbered(held))


def _at(cards: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """With the node of their card in place of its line."""
    return rows.join(cards.select("node", "line"), on="line").select("node", pl.exclude("node", "line"))


def _owners(cards: pl.DataFrame) -> pl.DataFrame:
    why = pl.coalesce("reason", pl.when(pl.col("customer_id").is_not_null()).then(pl.lit("known")), pl.lit("alone"))
    return cards.drop_nulls("line").select("line", "owner_id", why.cast(pl.Categorical()).alias("why"))
