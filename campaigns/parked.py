"""Reports that came before our own commit, or over an account that others use too: kept, and looked at again.

The first look is at the next sweep; each later one when the report is half as old again, so that a stranger's report
costs a few dozen looks in the week that it is kept.
"""

from collections.abc import Callable, Iterable

from django.db import connection, transaction

from campaigns.models import ParkedReport
from campaigns.report_keys import Named

KEPT_DAYS = 7
AT_ONCE = 1000

PARK = """
INSERT INTO campaigns_parkedreport (account_id, provider_key, fact, happened_at, failure, message_id)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::bigint[]) AS t
    (account_id, provider_key, fact, happened_at, failure, message_id)
ORDER BY account_id, provider_key, fact, happened_at
ON CONFLICT DO NOTHING
"""
FORGET = f"DELETE FROM campaigns_parkedreport WHERE parked_at < clock_timestamp() - interval '{KEPT_DAYS} days'"
DUE = f"""
SELECT id, account_id, provider_key, fact, happened_at, failure, message_id FROM campaigns_parkedreport
WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT {AT_ONCE} FOR UPDATE SKIP LOCKED
"""
LATER = """
UPDATE campaigns_parkedreport
SET due_at = clock_timestamp() + GREATEST(interval '5 seconds', (clock_timestamp() - parked_at) / 2)
WHERE id = ANY(%s)
"""


def park(told: Iterable[Named]) -> int:
    """Keep reports whose message we do not know. Those without an account name it by a Message-ID, which is ours from
    the beginning or never: they are let go. Returns how many were kept."""
    rows = [(n.account_id, n.key, n.fact, n.at, n.failure[:40], n.message_id) for n in told if n.account_id]
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(PARK, [list(column) for column in zip(*rows, strict=True)])
        return cursor.rowcount


def look_again(apply: Callable[[list[Named]], list[Named]]) -> dict[str, int]:
    """Once more to those that are due: `apply` returns those that are still unknown. {"unparked", "parked_dropped"}."""
    unparked = 0
    with connection.cursor() as cursor:
        cursor.execute(FORGET)
        dropped = cursor.rowcount
    while batch := _look(apply):
        unparked += batch[0]
        if batch[1] < AT_ONCE:
            break
    return {"unparked": unparked, "parked_dropped": dropped}


@transaction.atomic
def _look(apply: Callable[[list[Named]], list[Named]]) -> tuple[int, int] | None:
    """(Those applied, those looked at) of one batch; None when nothing is due."""
    with connection.cursor() as cursor:
        cursor.execute(DUE)
        due = {Named(*row[1:]): row[0] for row in cursor.fetchall()}
        if not due:
            return None
        left = {due[named] for named in apply(list(due))}
        gone = set(due.values()) - left
        ParkedReport.objects.filter(pk__in=gone).delete()
        cursor.execute(LATER, [sorted(left)])
    return len(gone), len(due)
