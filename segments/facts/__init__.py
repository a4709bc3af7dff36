"""One row of facts per living customer, recomputed set-wise; days are Moscow's, sums roubles.

What each fact is: `segments.models.facts.CustomerFacts`; what counts as a document: `segments.facts.history`. No fact
depends on today (ages and "months owned" are worked out when a rule asks), so that a night in which nothing was
brought in rewrites nothing.
"""

import time
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction

from segments.facts import history, people
from segments.facts_registry import follow
from segments.models import CustomerFacts
from segments.rfm.scoring import refresh_rfm
from segments.time_zones import refresh_zones
from segments.whom import Whom

FEW = 5_000  # people whose rows are looked up one by one
FACTS = history.FACTS | people.FACTS
COLUMNS = ("customer_id", *FACTS)
REFRESH = """
WITH who AS (
    SELECT id, city_id, household_id, birth_date, sex, company <> '' AND last_name = '' AS is_company
    FROM segments_customer WHERE merged_into_id IS NULL AND {chosen}
), {history}, {people}, fresh AS (
    SELECT {facts}
    FROM who AS w
    LEFT JOIN counted AS n ON n.customer_id = w.id {left_again}
    LEFT JOIN reached AS r ON r.customer_id = w.id
    LEFT JOIN owned AS o ON o.customer_id = w.id
    LEFT JOIN carded AS c ON c.customer_id = w.id
    LEFT JOIN segments_household AS h ON h.id = w.household_id
)
MERGE INTO segments_customerfacts AS old USING (SELECT * FROM fresh ORDER BY customer_id) AS fresh
ON old.customer_id = fresh.customer_id
WHEN MATCHED AND ({old}) IS DISTINCT FROM ({fresh}) THEN UPDATE SET ({columns}, computed_at) = ({fresh}, now())
WHEN NOT MATCHED THEN INSERT ({columns}, computed_at) VALUES ({fresh}, now())
"""
LEFT_AGAIN = "LEFT JOIN left_again AS v ON v.customer_id = w.id"
FORGET_MERGED = """
DELETE FROM segments_customerfacts AS f USING segments_customer AS c
WHERE c.id = f.customer_id AND c.merged_into_id IS NOT NULL AND {chosen}
"""
COUNT = "SELECT count(*) FROM segments_customer WHERE merged_into_id IS NULL"


def refresh_facts(customer_ids: Sequence[int] | None = None, *, share: tuple[int, int] | None = None) -> dict[str, Any]:
    """Recompute the facts of these customers, or of all; those of merged ones go. A `share` (n, of) of all is every
    of-th customer, from the n-th: shares can be computed side by side, over a connection each. What is worked out of
    the facts (RFM, facts of the upper apps) is the caller's then.

    What rows of other people tell (the first sale of a car to somebody else, who else is in the household) is read for
    those asked about; whoever else it concerns is right after the next night.

    Returns `{customers, changed, seconds}`.
    """
    started = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        ids = None if customer_ids is None else sorted(set(customer_ids))
        whom = Whom(ids, share)
        try:
            with transaction.atomic():
                changed = _write(cursor, whom)
        except IntegrityError:  # somebody has just written the facts of one of the new customers: now they are there
            changed = _write(cursor, whom)
        if share is None:
            refresh_rfm(ids)
            follow(ids)
        customers = len(ids) if ids is not None else _count(cursor)
    return {"customers": customers, "changed": changed, "seconds": round(time.monotonic() - started, 3)}


def _write(cursor: Any, whom: Whom) -> int:
    """Facts, and the time zones that follow from them; returns how many facts changed."""
    # Nothing is known of the sizes of the parts, and of tables loaded a moment ago: one loop in another of
    # thousands of people would take minutes.
    is_short = whom.ids is not None and len(whom.ids) <= FEW
    cursor.execute("SET LOCAL enable_nestloop = %s", ("on" if is_short else "off",))
    cursor.execute(history.ANYTHING)
    for statement in _statements(whom, has_history=cursor.fetchone()[0]):
        cursor.execute(statement, whom.parameters)
    changed = int(cursor.rowcount)
    cursor.execute("SET LOCAL enable_nestloop = on")
    refresh_zones(whom)
    return changed


def _statements(whom: Whom, *, has_history: bool) -> tuple[str, str]:
    """Those that forget and refresh, to be run with the parameters of `whom`."""
    facts = FACTS if has_history else FACTS | {column: _nothing(column) for column in history.FACTS}
    refresh = REFRESH.format(
        chosen=whom.among("id"),
        history=history.HISTORY.format(of_chosen=whom.among("i.customer_id")) if has_history else history.NO_HISTORY,
        left_again=LEFT_AGAIN if has_history else "",
        people=people.PEOPLE.format(
            contacts_of_chosen=whom.among("cc.customer_id"),
            vehicles_of_chosen=whom.among("v.customer_id"),
            cards_of_chosen=whom.among("c.customer_id"),
        ),
        facts=", ".join(("w.id AS customer_id", *(f"{how} AS {column}" for column, how in facts.items()))),
        columns=", ".join(COLUMNS),
        fresh=", ".join(f"fresh.{column}" for column in COLUMNS),
        old=", ".join(f"old.{column}" for column in COLUMNS),
    )
    return FORGET_MERGED.format(chosen=whom.among("f.customer_id")), refresh


def _nothing(column: str) -> str:
    """What a column of the history holds of who has none."""
    field = CustomerFacts._meta.get_field(column)
    value = "NULL" if field.null else "''" if field.empty_strings_allowed else f"'{field.default}'"
    return f"{value}::{field.db_type(connection)}"


def _count(cursor: Any) -> int:
    cursor.execute(COUNT)
    return cursor.fetchone()[0]
