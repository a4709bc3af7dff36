"""Second step of a cards import: whose card is it. New cards meet each other and the cards of the base."""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from django.db import connection

from segments.identity.matching import Links, components, match
from segments.identity.names import RULES
from segments.importing.copying import fetch, new_ids, stage
from segments.importing.staging import Staged

# Cards of the base that share an address, or a full name with a birthday, with a changed row.
RELATED = """
WITH related AS (
    SELECT cc.card_id FROM match_keys AS k
    JOIN segments_contactpoint AS cp ON cp.kind = k.kind AND cp.value = k.value AND NOT cp.is_shared
    JOIN segments_cardcontact AS cc ON cc.contact_point_id = cp.id
    UNION
    SELECT c.id FROM match_people AS p
    JOIN segments_card AS c ON c.birth_date = p.birth_date AND replace(lower(c.last_name), 'ё', 'е') = p.last
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
        cards, keys = _with_related(cursor, staged)
        shared = fetch(cursor, SHARED, KEY_SCHEMA)
        links = match(cards, keys.join(shared, on=["kind", "value"], how="anti"))
        label, survivors = _survivors(cards, links)
        nobody = survivors.filter(pl.col("owner_id").is_null())
        fresh = nobody.with_columns(new_ids(cursor, "segments_customer", len(nobody)).alias("owner_id"))
    owners = pl.concat([survivors.drop_nulls("owner_id"), fresh])
    cards = cards.with_columns(label).join(owners, on="label", how="left", maintain_order="left")
    cards = cards.join(_reasons(links), on="node", how="left", maintain_order="left")
    return Identified(_owners(cards), _merged(cards), links.hubs)


def _with_related(cursor: Any, staged: Staged) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Staged cards and, below them, the related ones of the base, numbered by `node`; and the keys of both."""
    cards = staged.cards().with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    keys = staged.keys().join(cards.select("node", "line"), on="line").select("node", "kind", "value")
    cursor.execute(IS_EMPTY)
    if cursor.fetchone()[0]:
        return cards, keys
    stage(cursor, "match_keys", keys.select("kind", "value").unique().sort("kind", "value"))
    stage(cursor, "match_rows", cards.select("card_id").drop_nulls())
    named = cards.filter(pl.col("birth_date").is_not_null() & (pl.col("middle_name") != ""))
    last = pl.col("last_name").str.to_lowercase().str.replace_all("ё", "е", literal=True).alias("last")
    stage(cursor, "match_people", named.select("birth_date", last).unique())
    related = fetch(cursor, RELATED, RELATED_SCHEMA).with_row_index("node", len(cards))
    related = related.with_columns(pl.col("node").cast(pl.Int64))
    related_keys = fetch(cursor, RELATED_KEYS, {"card_id": pl.Int64, **KEY_SCHEMA})
    related_keys = related_keys.join(related.select("node", "card_id"), on="card_id").select("node", "kind", "value")
    return pl.concat([cards, related], how="diagonal"), pl.concat([keys, related_keys])


def _survivors(cards: pl.DataFrame, links: Links) -> tuple[pl.Series, pl.DataFrame]:
    """The label of each card's person, and by label the oldest customer among them (null: a new person)."""
    known = cards.drop_nulls("customer_id")
    customers = known.select("customer_id").unique().sort("customer_id").with_row_index("at", len(cards))
    ties = known.select("node", "customer_id").join(customers, on="customer_id")
    edges = np.concatenate([
        links.pairs.select("node_a", "node_b").to_numpy().astype(np.int64).reshape(-1, 2),
        ties.select("node", "at").to_numpy().astype(np.int64).reshape(-1, 2),
    ])  # fmt: skip
    labels = components(len(cards) + len(customers), edges)[: len(cards)]
    label = pl.Series("label", labels, dtype=pl.Int64)
    survivors = cards.select("customer_id", label).group_by("label").agg(pl.col("customer_id").min().alias("owner_id"))
    return label, survivors.sort("label")


def _reasons(links: Links) -> pl.DataFrame:
    """The strongest link of each card in a word: «phone:same»."""
    both = pl.concat([
        links.pairs.select(pl.col(side).alias("node").cast(pl.Int64), "kind", "rule") for side in ("node_a", "node_b")
    ])  # fmt: skip
    best = both.sort("rule", "kind", descending=[False, True]).unique("node", keep="first", maintain_order=True)
    word = pl.col("rule").cast(pl.Int64).replace_strict(dict(enumerate(RULES)), return_dtype=pl.String)
    return best.select("node", (pl.col("kind") + ":" + word).alias("reason"))


def _owners(cards: pl.DataFrame) -> pl.DataFrame:
    why = pl.coalesce("reason", pl.when(pl.col("customer_id").is_not_null()).then(pl.lit("known")), pl.lit("alone"))
    return cards.drop_nulls("line").select("line", "owner_id", why.alias("why"))


def _merged(cards: pl.DataFrame) -> list[tuple[int, int, str]]:
    losers = cards.filter(pl.col("customer_id").is_not_null() & (pl.col("customer_id") != pl.col("owner_id")))
    losers = losers.sort("customer_id", "reason", nulls_last=True).unique(
        "customer_id", keep="first", maintain_order=True
    )
    return list(losers.select("customer_id", "owner_id", pl.col("reason").fill_null("known")).iter_rows())
