"""Facts that the upper apps keep of people, in tables of their own: a registry, filled in `AppConfig.ready`.

They follow the facts of the customer base: everybody's at night, those of changed people at once
(`segments.facts.refresh_facts` calls `follow`). What is told of people between (a letter went out, a link was
clicked) each table catches up with every few minutes. A table has a row only for people of whom there is
something to say.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from segments.bells import ring
from segments.models import NightWork, Segment
from segments.refreshing import ask
from segments.rules.tree import leaves

QUEUE = "segments"
JOB = "segments.facts_registry.catch_up"
LONGEST = 3600  # seconds
EVERY = dt.timedelta(minutes=2)
OVERLAP = dt.timedelta(minutes=5)  # a transaction may commit that long after the time it wrote
LOCK = "SELECT pg_try_advisory_lock(hashtext('segments.facts_registry'), hashtext(%s))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('segments.facts_registry'), hashtext(%s))"
WRITING = "SELECT pg_advisory_xact_lock(hashtext('segments.facts_registry.writing'), hashtext(%s))"
# Over the whole base tables are hashed, partitions month by month; a handful of people is looked up one by one.
MANY = "SET LOCAL enable_partitionwise_join = on; SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'"
USUAL = "; ".join(
    f"SET LOCAL {name} TO DEFAULT" for name in ("enable_partitionwise_join", "enable_nestloop", "work_mem")
)
# All who are one person with any of these now.
KIN = """
WITH living AS (SELECT coalesce(merged_into_id, id) AS id FROM segments_customer WHERE id = ANY(%(ids)s))
SELECT id FROM living UNION SELECT c.id FROM segments_customer AS c JOIN living ON c.merged_into_id = living.id
"""
# What has changed is written, the rows of whom nothing is said any more go; both are counted.
REPLACE = """, gone AS (
    DELETE FROM {table} WHERE {chosen} AND customer_id NOT IN (SELECT customer_id FROM news) RETURNING customer_id
), kept AS (
    INSERT INTO {table} AS old ({columns}, computed_at)
    SELECT {news}, now() FROM news LEFT JOIN {table} AS was USING (customer_id)
    WHERE ({news}) IS DISTINCT FROM ({was}) ORDER BY customer_id
    ON CONFLICT (customer_id) DO UPDATE SET ({columns}, computed_at) = ({excluded}, excluded.computed_at)
    RETURNING customer_id
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM kept)
"""


@dataclass(frozen=True, kw_only=True)
class FactsTable:
    """`refresh(ids)` computes the rows of these customers, or of everybody (None). Beside the living it is given all
    who were merged into them, and have no row (`with_kin`); some may be gone. `catch_up(since)` computes the rows of those of whom anything
    was told from that moment on. Both return how many rows changed, and write no other; both may be repeated.
    `read_by`: names of the fields and events of rules that read it."""

    name: str
    read_by: frozenset[str] = frozenset()
    refresh: Callable[[Sequence[int] | None], int]
    catch_up: Callable[[dt.datetime], int]


_tables: dict[str, FactsTable] = {}


def register(table: FactsTable) -> None:
    """Adds a table; a second one of the same name is a mistake and raises `ValueError`. Those that read another
    table are registered after it."""
    if _tables.setdefault(table.name, table) != table:
        raise ValueError(f"facts: two tables are called {table.name!r}")


def tables() -> list[FactsTable]:
    """In the order in which they are refreshed."""
    return list(_tables.values())


def follow(customer_ids: Sequence[int] | None = None) -> dict[str, int]:
    """Compute anew what every table says of these customers, or of all: {table: rows changed}."""
    people = None if customer_ids is None else with_kin(customer_ids)
    return {table.name: table.refresh(people) for table in tables()}


def with_kin(customer_ids: Collection[int]) -> list[int]:
    """These customers, whom they were merged into, and everybody else who was; sorted."""
    with connection.cursor() as cursor:
        cursor.execute(KIN, {"ids": list(customer_ids)})
        return sorted({*customer_ids, *(row[0] for row in cursor.fetchall())})


def columns_for_writing(columns: Sequence[str], source: str) -> dict[str, str]:
    """For a statement that writes no row which did not change: {columns}, and the same of the {source} of new values,
    of {was}, the row there is, and of {excluded}, each by the name of its alias."""
    aliases = {alias: ", ".join(f"{alias}.{column}" for column in columns) for alias in (source, "was", "excluded")}
    return {"columns": ", ".join(columns), **aliases}


def replacing(table: str, columns: Sequence[str], chosen: str) -> str:
    """The end of a statement whose last CTE, `news`, has the right rows of the customers whom `chosen` says."""
    return REPLACE.format(table=table, chosen=chosen, **columns_for_writing(columns, "news"))


@contextmanager
def writing(name: str, *, many: bool) -> Iterator[Any]:
    """A cursor in a transaction that writes this table alone: nobody writes what he counted before another wrote.
    `many`: the whole base is gone over."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WRITING, (name,))
        cursor.execute(MANY if many else USUAL)
        yield cursor
        cursor.execute(USUAL)


def count_news(name: str, news: str, since: dt.datetime, count: Callable[[Any, Sequence[int]], int]) -> int:
    """A `catch_up`: whom the statement `news` finds, from `since` on, is counted anew, kin and all."""
    with writing(name, many=False) as cursor:
        cursor.execute(news, {"since": since})
        people = [row[0] for row in cursor.fetchall()]
        return count(cursor, with_kin(people)) if people else 0


def sweep() -> dict[str, int]:
    """Ring when it is time to look what was told: {"facts_tables": rung}."""
    fresh = NightWork.objects.filter(done_at__gt=timezone.now() - EVERY).values_list("name", flat=True)
    due = [table.name for table in tables() if table.name not in set(fresh)]
    calls = {f"facts-{name}": (name,) for name in due}
    return {"facts_tables": ring(QUEUE, JOB, calls, longest=LONGEST)}


def catch_up(name: str) -> int | None:
    """The job: what was told since the last time, everything the first time. None: another does it now."""
    table = _tables[name]
    with connection.cursor() as cursor:
        cursor.execute(LOCK, (name,))
        if not cursor.fetchone()[0]:
            return None
        try:
            return _catch_up(table)
        finally:
            cursor.execute(UNLOCK, (name,))


def _catch_up(table: FactsTable) -> int:
    now = timezone.now()
    seen = NightWork.objects.filter(name=table.name, done_at__isnull=False).first()
    changed = table.catch_up(seen.done_at - OVERLAP) if seen and seen.done_at else table.refresh(None)
    if changed and (readers := _readers(table)):
        ask(readers, cause=Segment.Cause.BASE)
    NightWork.objects.update_or_create(name=table.name, defaults={"done_at": now, "result": {"changed": changed}})
    return changed


def _readers(table: FactsTable) -> list[Segment]:
    """Segments that follow every change of the base, and whose rule asks about this table."""
    following = Segment.objects.filter(is_archived=False, policy=Segment.Policy.ON_CHANGE)
    return [each for each in following if each.rule and table.read_by & _asked(each.rule["rule"])]


def _asked(node: dict[str, Any]) -> set[str]:
    return {str(leaf.get("field") or leaf.get("event")) for _path, leaf in leaves(node)}
