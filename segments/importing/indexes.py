"""Indexes of tables that a first load fills: dropped while the table is empty, built when it is full.

An index costs half as much when it is built at once as when each row finds its place in it. Dropping
those of an empty table takes a lock for a moment; building takes one that readers do not notice (but for a primary key,
a third of a second for a million rows). Tables that others write to meanwhile keep what they look rows up by: an opt-out
goes to the state of its address. It goes to the log of consents too, but where these tables are empty nobody was ever
written to, and building waits half a second for a million rows. Unique indexes stay, but for those of KEPT_BY_THE_LOAD.

What was dropped is written down in the same transaction, so that an import that is killed owes the indexes and its next
run pays, or any other import; where none is to come, `sweep` rings for `pay`.
"""

from collections.abc import Sequence

from django.db import connection, transaction

from segments.bells import ring
from segments.identity.merging import LOCK
from segments.importing.ahead import each_by_itself
from segments.models.imports import ImportBatch

QUEUE, JOB, JOB_ID = "imports", "segments.importing.indexes.pay", "build-indexes"
COMING = (ImportBatch.State.MAPPED, ImportBatch.State.LOADING)  # an import that will pay as it begins or ends
# Only imports add cards, one import at a time; no file names a card twice, and no card an address. Ids are of sequences;
# that of cards stays, since the load itself finds its cards by it.
KEPT_BY_THE_LOAD = (
    "card_once", "card_contact_once", "segments_cardcontact_pkey", "segments_contactpoint_pkey",
    "segments_consent_pkey", "segments_consentstate_pkey",
)  # fmt: skip
# A first load has no rows for them: each row is asked, which is less than to read the table again.
HELD_BY_NONE = ("card_pinned", "customer_household", "customer_merged")
POSTPONE = """
WITH put_off AS (
    INSERT INTO staging.postponed_index (name, definition)
    SELECT c.relname, coalesce('ALTER TABLE public.' || t.relname || ' ADD CONSTRAINT ' || k.conname || ' '
                               || pg_get_constraintdef(k.oid), pg_get_indexdef(i.indexrelid))
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid
    LEFT JOIN pg_constraint AS k ON k.conindid = c.oid AND k.conrelid = t.oid
    WHERE t.oid = %s::regclass AND (c.relname = ANY(%s) OR NOT i.indisunique AND k.oid IS NULL)
      AND c.relname <> ALL(%s)
    ON CONFLICT DO NOTHING RETURNING name, definition
)
SELECT string_agg(CASE WHEN definition LIKE 'ALTER %%' THEN split_part(definition, ' ADD ', 1) || ' DROP CONSTRAINT '
                       ELSE 'DROP INDEX ' END || quote_ident(name), '; ') FROM put_off
"""
OWED = """
SELECT name, definition FROM staging.postponed_index
WHERE NOT EXISTS (SELECT FROM unnest(%s::text[]) AS t (name) WHERE strpos(definition, ' public.' || t.name || ' ') > 0)
ORDER BY strpos(definition, ' USING gin ') = 0, name  -- the longest first
"""
PAID = "DELETE FROM staging.postponed_index WHERE name = %s"
IS_THERE = "SELECT to_regclass(quote_ident(%s)) IS NOT NULL"


def postpone(tables: Sequence[str]) -> None:
    """Drop the indexes of those of the tables that are empty. Not inside a longer transaction: it would keep
    readers out until its end."""
    for table in tables:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {table})")
            if not cursor.fetchone()[0]:
                continue
            cursor.execute(POSTPONE, (table, list(KEPT_BY_THE_LOAD), list(HELD_BY_NONE)))
            drops = cursor.fetchone()[0]
            if drops:
                cursor.execute(drops)


def owed(*, but: Sequence[str] = ()) -> list[tuple[str, str]]:
    """(name, definition) of the indexes that were dropped and not built again; those of the tables `but` left out."""
    with connection.cursor() as cursor:
        cursor.execute(OWED, (list(but),))
        return cursor.fetchall()


def build(*, but: Sequence[str] = ()) -> int:
    """Build whatever is owed, two at a time, but for the indexes of the tables `but`; returns how many."""
    return sum(1 for _ in each_by_itself(_build, owed(but=but)))


def _build(index: tuple[str, str]) -> None:
    name, definition = index
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute("SET LOCAL max_parallel_maintenance_workers = 0")  # another one is built beside it
        cursor.execute(IS_THERE, (name,))
        if not cursor.fetchone()[0]:
            cursor.execute(definition)
        cursor.execute(PAID, (name,))


def sweep() -> dict[str, int]:
    """Ring for `pay` when an import that no one runs again (its file is gone, the database is a copy of one that was in
    mid-load) has left something owing."""
    is_left = bool(owed()) and not ImportBatch.objects.filter(state__in=COMING).exists()
    return {"indexes": ring(QUEUE, JOB, {JOB_ID: ()} if is_left else {})}


def pay() -> int:
    """Build what is owed; returns how many. Beside an import or an undo it does nothing: the next tick rings again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,))
        if not cursor.fetchone()[0]:
            return 0
        try:
            return build()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))
