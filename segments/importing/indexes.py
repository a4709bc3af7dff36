"""Secondary indexes of tables that a first load fills: dropped while the table is empty, built when it is full.

An index costs half as much when it is built at once as when each row finds its place in it. Dropping
those of an empty table takes a lock for a moment; building takes one that readers do not notice. Tables that others
write to meanwhile keep their indexes: an opt-out goes to states of consent. It goes to addresses and to the log of
consents too, but where these are empty nobody was ever written to, and building waits half a second for a million rows.
Unique indexes stay as well, but for those of KEPT_BY_THE_LOAD.

What was dropped is written down in the same transaction, so that an import that is killed owes the indexes and the
next one, or the end of this one, pays.
"""

from collections.abc import Sequence

from django.db import connection, transaction

from segments.importing.ahead import each_by_itself

# Only imports add cards, one import at a time; no file names a card twice, and no card an address.
KEPT_BY_THE_LOAD = ("card_once", "card_contact_once")
POSTPONE = """
WITH put_off AS (
    INSERT INTO staging.postponed_index (name, definition)
    SELECT c.relname, pg_get_indexdef(i.indexrelid)
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = %s::regclass AND (NOT i.indisunique OR c.relname = ANY(%s))
      AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)
    ON CONFLICT DO NOTHING RETURNING name
)
SELECT string_agg(quote_ident(name), ', ') FROM put_off
"""
OWED = """
SELECT name, definition FROM staging.postponed_index
WHERE NOT EXISTS (SELECT FROM unnest(%s::text[]) AS t (name) WHERE strpos(definition, ' ON public.' || t.name || ' ') > 0)
ORDER BY name
"""
PAID = "DELETE FROM staging.postponed_index WHERE name = %s"
IS_THERE = "SELECT to_regclass(quote_ident(%s)) IS NOT NULL"


def postpone(tables: Sequence[str]) -> None:
    """Drop the secondary indexes of those of the tables that are empty. Not inside a longer transaction: it would keep
    readers out until its end."""
    for table in tables:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {table})")
            if not cursor.fetchone()[0]:
                continue
            cursor.execute(POSTPONE, (table, list(KEPT_BY_THE_LOAD)))
            names = cursor.fetchone()[0]
            if names:
                cursor.execute(f"DROP INDEX {names}")


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
