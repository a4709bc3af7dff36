"""Golden records after the priority of a source has changed: chosen anew for the people whose cards may disagree.

`Source.priority_applied` says by which priority they were chosen, so that any way of changing it (the page, a file, a
script) is found by the sweep, and work that was killed comes again.
"""

from django.db import connection, models

from segments.bells import ring
from segments.facts import refresh_facts
from segments.identity.golden import refresh_golden
from segments.identity.merging import Refused, exclusive
from segments.models import Source
from segments.refreshing import ask

QUEUE, JOB, JOB_ID = "segments", "segments.identity.priorities.settle", "settle-priorities"
LONGEST = 3600  # seconds
PART = 20_000  # customers a statement
# Whoever has cards of one source only is told the same by it, whatever its priority.
DISPUTED = """
SELECT customer_id FROM segments_card GROUP BY customer_id
HAVING bool_or(source_id = ANY(%s)) AND min(source_id) <> max(source_id) ORDER BY customer_id
"""


def changed() -> models.QuerySet[Source]:
    """Sources whose priority is not yet that of the golden records."""
    return Source.objects.exclude(priority=models.F("priority_applied"))


def sweep() -> dict[str, int]:
    """Ring for `settle` when a priority has changed."""
    return {"priorities": ring(QUEUE, JOB, {JOB_ID: ()} if changed().exists() else {}, longest=LONGEST)}


def settle() -> dict[str, int]:
    """Choose anew: {"customers": how many became another record}. Beside an import it does nothing: the next tick
    rings again. Idempotent."""
    try:
        with exclusive():
            customers = _settle()
    except Refused:
        return {"customers": 0}
    if customers:
        ask()
    return {"customers": customers}


def _settle() -> int:
    """A priority that is changed meanwhile differs from the one kept here, and comes again."""
    applied = list(changed())
    with connection.cursor() as cursor:
        cursor.execute(DISPUTED, ([source.pk for source in applied],))
        disputed = [customer for (customer,) in cursor.fetchall()]
    customers = 0
    for start in range(0, len(disputed), PART):
        part = disputed[start : start + PART]
        if renewed := refresh_golden(part):
            refresh_facts(part)
            customers += renewed
    for source in applied:
        source.priority_applied = source.priority
    Source.objects.bulk_update(applied, ["priority_applied"])
    return customers
