"""Third step of a cards import: one part, one transaction. Cards, contact points, golden records, consents."""

from typing import Any

import polars as pl
from django.db import connection, transaction

from segments.consents import Decision, record_for_holders
from segments.identity.golden import refresh_golden
from segments.importing import images
from segments.importing.copying import copy_in, fetch, new_ids, stage
from segments.importing.dictionaries import Dictionaries
from segments.importing.work import Work
from segments.models.imports import Mapping
from segments.models.people import ContactKind, Origin, Purpose

NEW_POINTS = """
INSERT INTO segments_contactpoint (kind, value, first_batch_id)
SELECT kind, value, %s FROM load_points ORDER BY kind, value
ON CONFLICT (kind, value) DO NOTHING
"""
POINT_IDS = """
SELECT p.kind, p.value, cp.id FROM load_points AS p
JOIN segments_contactpoint AS cp ON cp.kind = p.kind AND cp.value = p.value
"""
CARD_COLUMNS = (
    "id", "customer_id", "last_name", "first_name", "middle_name", "company", "sex", "birth_date", "city_id",
    "centre_id", "created_on", "why", "raw", "content_hash", "last_batch_id",
)  # fmt: skip
UPDATE_CARDS = """
UPDATE segments_card AS c
SET customer_id = n.customer_id, last_name = n.last_name, first_name = n.first_name, middle_name = n.middle_name,
    company = n.company, sex = n.sex, birth_date = n.birth_date, city_id = n.city_id, centre_id = n.centre_id,
    created_on = n.created_on, why = CASE WHEN n.why = 'known' THEN c.why ELSE n.why END, raw = n.raw::jsonb,
    content_hash = n.content_hash::bytea, last_batch_id = n.last_batch_id
FROM load_cards AS n WHERE n.id = c.id
"""
FORGET_CONTACTS = "DELETE FROM segments_cardcontact AS cc USING load_cards AS n WHERE cc.card_id = n.id"
TIE_ORPHANS = """
UPDATE segments_interaction AS i SET customer_id = c.customer_id, card_id = c.id
FROM load_codes AS k JOIN segments_card AS c ON c.source_id = %s AND c.code = k.code
WHERE i.source_id = c.source_id AND i.card_code = c.code AND i.customer_id IS NULL
RETURNING i.vehicle_id
"""
MARK_HUBS = """
UPDATE segments_contactpoint AS cp SET is_shared = true, why = 'hub'
FROM unnest(%s::text[], %s::text[]) AS h (kind, value) WHERE cp.kind = h.kind AND cp.value = h.value AND NOT is_shared
"""
# «Да» in an export covers advertising by e-mail and SMS; an unqualified «Нет» withdraws the same.
CONSENT_COVERS = {ContactKind.EMAIL: ["email"], ContactKind.PHONE: ["sms"]}


def load_part(work: Work, cards: pl.DataFrame, contacts: pl.DataFrame) -> None:
    """Write one part. `cards` carry `owner_id` and `why`; those with a `card_id` are in the base already."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")  # the last commit of the import waits for them all
        cursor.execute("SET LOCAL work_mem = '64MB'")
        dictionaries = Dictionaries(cursor)
        cards = dictionaries.named("centre", dictionaries.spelled("city", cards))
        remember_unrecognised(work, dictionaries)
        cards = _write_cards(cursor, work, cards)
        held = _write_contacts(cursor, work, cards, contacts)
        owners = cards["customer_id"].unique().sort()
        refresh_golden(owners.to_list())
        if Mapping.Kind.DOCUMENTS not in work.fresh:
            _tie_orphans(cursor, work, cards)
        if not work.batch.dry_run:  # an opt-out must not wait for the end of a dry run
            _write_consents(work, cards, held)
    work.touched.append(owners)


def mark_hubs(work: Work, hubs: pl.DataFrame) -> None:
    kinds, values = hubs["kind"].to_list(), hubs["value"].to_list()
    with transaction.atomic(), connection.cursor() as cursor:
        images.keep_contacts(cursor, work.batch.pk, kinds, values)
        cursor.execute(MARK_HUBS, (kinds, values))


def remember_unrecognised(work: Work, dictionaries: Dictionaries) -> None:
    for kind, words in dictionaries.unrecognised.items():
        total = work.unrecognised.setdefault(kind, {})
        for word, count in words.items():
            total[word] = total.get(word, 0) + count


def _write_cards(cursor: Any, work: Work, cards: pl.DataFrame) -> pl.DataFrame:
    """New cards by COPY, in code order; changed ones by UPDATE. Returns them with `id` and `customer_id`."""
    cards = cards.sort("code").with_columns(
        pl.col("owner_id").alias("customer_id"),
        ("\\x" + pl.col("content_hash")).alias("content_hash"),
        pl.lit(work.batch.pk, pl.Int64).alias("last_batch_id"),
    )
    new, old = cards.filter(pl.col("card_id").is_null()), cards.filter(pl.col("card_id").is_not_null())
    new = new.with_columns(new_ids(cursor, "segments_card", len(new)).alias("id"))
    old = old.with_columns(pl.col("card_id").alias("id"))
    extra = (pl.lit(work.source.pk, pl.Int64).alias("source_id"), pl.col("last_batch_id").alias("first_batch_id"))
    copy_in(cursor, "segments_card", new.select(*CARD_COLUMNS, "code", *extra))
    if len(old):
        stage(cursor, "load_cards", old.select(CARD_COLUMNS))
        images.keep(cursor, work.batch.pk, images.CARD, "load_cards")
        cursor.execute(UPDATE_CARDS)
        cursor.execute(FORGET_CONTACTS)
    return pl.concat([new, old])


def _write_contacts(cursor: Any, work: Work, cards: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Contact points (those that are new) and who holds them. Returns card_id, customer_id, contact_point_id, kind."""
    stage(cursor, "load_points", contacts.select("kind", "value").unique().sort("kind", "value"))
    cursor.execute(NEW_POINTS, (work.batch.pk,))
    ids = fetch(cursor, POINT_IDS, {"kind": pl.String, "value": pl.String, "contact_point_id": pl.Int64})
    held = contacts.join(ids, on=["kind", "value"]).join(
        cards.select("line", pl.col("id").alias("card_id"), "customer_id", "consent"), on="line"
    )
    columns = ("card_id", "contact_point_id", "customer_id", "position")
    copy_in(cursor, "segments_cardcontact", held.sort("card_id", "contact_point_id").select(columns))
    return held


def _tie_orphans(cursor: Any, work: Work, cards: pl.DataFrame) -> None:
    """Documents that came before their card get it and its owner."""
    stage(cursor, "load_codes", cards.select("code"))
    tied = fetch(cursor, TIE_ORPHANS, {"id": pl.Int64}, (work.source.pk,))
    work.vehicles.append(tied["id"].drop_nulls())


def _write_consents(work: Work, cards: pl.DataFrame, held: pl.DataFrame) -> None:
    """What the cards say, "yes" first, so that a "no" of any card of the same address wins."""
    for given in (True, False):
        decision = Decision(
            Purpose.ADVERTISING, given, Origin.IMPORT, evidence=f"import {work.batch.pk}", batch_id=work.batch.pk
        )
        for kind, channels in CONSENT_COVERS.items():
            said = held.filter((pl.col("consent") == given) & (pl.col("kind") == kind))
            record_for_holders(decision, list(said.select("contact_point_id", "customer_id").iter_rows()), channels)
