"""Third step of a cards import: part by part, one transaction each, from the buffer. Cards, who holds which address,
golden records, consents.

A part holds all rows of the file that belong to its customers, so that a new customer's golden record is made once,
from the buffer alone.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import polars as pl
from django.db import connection, transaction

from segments.identity.golden import add_golden, refresh_golden
from segments.importing import images
from segments.importing.aside import ANSWERS
from segments.importing.copying import by_index, copy_in, fetch, new_ids, stage
from segments.importing.loading_consents import record_answers
from segments.importing.mapping import wanted
from segments.importing.reading import in_order
from segments.importing.work import Work
from segments.models.imports import Mapping
from segments.models.people import CardHeaders

PART_CARDS = 40_000  # with their addresses some 100,000 rows
EXISTING = "SELECT c.id FROM load_customers AS n JOIN segments_customer AS c ON c.id = n.customer_id"
FIELDS = (
    "last_name", "first_name", "middle_name", "company", "sex", "birth_date", "city_id", "centre_id", "created_on",
    "raw", "notes", "content_hash",
)  # fmt: skip
# `load_owners`: line, card_id, is_new_card, customer_id, is_new, cards (of the customer in this part), why.
NEW_CARDS = f"""
INSERT INTO segments_card (id, source_id, code, customer_id, why, first_batch_id, last_batch_id, headers_id,
                           {", ".join(FIELDS)})
SELECT o.card_id, %(source)s, n.code, o.customer_id, o.why, %(batch)s, %(batch)s, %(headers)s,
       {", ".join(f"n.{f}" for f in FIELDS)}
FROM load_owners AS o JOIN staging.cards AS n USING (line) WHERE o.is_new_card
"""
CHANGED = "(SELECT card_id AS id FROM load_owners WHERE NOT is_new_card)"
UPDATE_CARDS = f"""
UPDATE segments_card AS c
SET customer_id = o.customer_id, why = CASE WHEN o.why = 'known' THEN c.why ELSE o.why END,
    last_batch_id = %(batch)s, headers_id = %(headers)s, {", ".join(f"{f} = n.{f}" for f in FIELDS)}
FROM load_owners AS o JOIN staging.cards AS n USING (line) WHERE c.id = o.card_id AND NOT o.is_new_card
"""
FORGET_CONTACTS = """
DELETE FROM segments_cardcontact AS cc USING load_owners AS o WHERE cc.card_id = o.card_id AND NOT o.is_new_card
"""
# New customers have nothing but the new cards of their part, which lie together.
GOLDEN = """
SELECT o.customer_id, c.code, c.last_name, c.first_name, c.middle_name, c.company, c.sex, c.birth_date, c.city_id,
       c.created_on, c.first_batch_id
FROM load_owners AS o JOIN segments_card AS c ON c.id = o.card_id AND c.id BETWEEN %(first)s AND %(last)s
WHERE o.is_new AND {which}
"""
TIE_ORPHANS = """
UPDATE segments_interaction AS i SET customer_id = o.customer_id, card_id = o.card_id
FROM load_owners AS o JOIN staging.cards AS n USING (line)
WHERE i.source_id = %(source)s AND i.card_code = n.code AND n.code <> '' AND i.customer_id IS NULL
RETURNING i.vehicle_id
"""
MARK_HUBS = """
UPDATE segments_contactpoint AS cp SET is_shared = true, why = 'hub'
FROM unnest(%s::text[], %s::text[]) AS h (kind, value) WHERE cp.kind = h.kind AND cp.value = h.value AND NOT is_shared
"""


class Part(NamedTuple):
    """`owners` as `load_owners` has them, but for the ids of new cards, and `staging.ANSWERS`; `contacts` of theirs:
    line, contact_point_id, is_untold (nothing was ever said of the address, and no other part will), kind, position."""

    owners: pl.DataFrame
    contacts: pl.DataFrame


def parts(owners: pl.DataFrame, contacts: pl.DataFrame) -> Iterator[Part]:
    """The rows of `owners` (line, owner_id, why, card_id, ANSWERS), cut where a customer ends, with their `contacts`."""
    owners = owners.rename({"owner_id": "customer_id"}).sort("customer_id", "line").with_row_index("row")
    owners = owners.with_columns(
        pl.col("card_id").is_null().alias("is_new_card"),
        (~pl.col("customer_id").is_in(_existing(owners).implode())).alias("is_new"),
        pl.len().over("customer_id").cast(pl.Int32).alias("cards"),
        (pl.col("row").first().over("customer_id") // PART_CARDS).alias("part"),
    ).drop("row")
    contacts = contacts.join(owners.select("line", "part"), on="line")
    alone = pl.col("part").min().over("contact_point_id") == pl.col("part").max().over("contact_point_id")
    contacts = contacts.with_columns((pl.col("is_new") & alone).alias("is_untold")).drop("is_new")
    contacts = contacts.sort("part")
    lengths = owners.group_by("part", maintain_order=True).len()
    lengths = lengths.join(contacts.group_by("part").len("held"), on="part", how="left", maintain_order="left")
    owners, contacts = owners.drop("part"), contacts.drop("part")
    cards_before = held_before = 0
    for cards, held in lengths.select("len", pl.col("held").fill_null(0)).rows():
        yield Part(owners.slice(cards_before, cards), contacts.slice(held_before, held))
        cards_before, held_before = cards_before + cards, held_before + held


def load_part(work: Work, headers_id: int, part: Part) -> None:
    """Write one of `parts`; `headers_id` is that of `headers_of`."""
    parameters = {"source": work.source.pk, "batch": work.batch.pk, "headers": headers_id}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")  # the last commit of the import waits for them all
        cursor.execute("SET LOCAL work_mem = '64MB'")
        by_index(cursor)
        owners = _with_ids(cursor, part.owners)
        stage(cursor, "load_owners", owners.drop(ANSWERS))
        cursor.execute(NEW_CARDS, parameters)
        if not owners["is_new_card"].all():
            images.keep(cursor, work.batch.pk, images.CARD, CHANGED)
            cursor.execute(UPDATE_CARDS, parameters)
            cursor.execute(FORGET_CONTACTS)
        contacts = part.contacts.join(owners.select("line", "card_id", "customer_id"), on="line")
        contacts = contacts.with_columns(pl.col("kind").cast(pl.String))
        contacts = contacts.sort("card_id", "contact_point_id")
        copy_in(cursor, "segments_cardcontact", contacts.drop("line", "kind", "is_untold"))
        alone, several = GOLDEN.format(which="o.cards = 1"), GOLDEN.format(which="o.cards > 1")
        added = owners.filter("is_new_card")["card_id"]
        ends = {"first": added.min(), "last": added.max()}
        add_golden(cursor, alone=alone, several=several, parameters=parameters | ends)
        refresh_golden(owners.filter(~pl.col("is_new"))["customer_id"].unique().to_list())
        if Mapping.Kind.DOCUMENTS not in work.fresh:  # documents that came before their card get it and its owner
            tied = fetch(cursor, TIE_ORPHANS, {"id": pl.Int64}, parameters)
            work.vehicles.add(tied["id"])
        if not work.batch.dry_run:  # an opt-out must not wait for the end of a dry run
            record_answers(cursor, work, owners, contacts)
    work.touched.add(owners["customer_id"])


def headers_of(work: Work) -> int:
    """The id of the row that has the mapped headers of the file."""
    table, columns = work.tables[Mapping.Kind.CARDS]
    names = in_order(table, wanted(columns))
    known = CardHeaders.objects.filter(names=names).first()
    return (known or CardHeaders.objects.create(names=names)).pk


def mark_hubs(work: Work, hubs: pl.DataFrame) -> None:
    kinds, values = hubs["kind"].to_list(), hubs["value"].to_list()
    with transaction.atomic(), connection.cursor() as cursor:
        images.keep_contacts(cursor, work.batch.pk, kinds, values)
        cursor.execute(MARK_HUBS, (kinds, values))


def _existing(owners: pl.DataFrame) -> pl.Series:
    """The customers that have a row already."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM segments_customer)")
        if not cursor.fetchone()[0]:
            return pl.Series(dtype=pl.Int64)
        stage(cursor, "load_customers", owners.select("customer_id").unique())
        return fetch(cursor, EXISTING, {"id": pl.Int64})["id"]


def _with_ids(cursor: Any, owners: pl.DataFrame) -> pl.DataFrame:
    """`card_id` of the new cards, in the order of their customers."""
    new, old = owners.filter("is_new_card"), owners.filter(~pl.col("is_new_card"))
    ids = new_ids(cursor, "segments_card", len(new))
    return pl.concat([new.with_columns(ids.alias("card_id")), old]).sort("line")
