"""The people behind a number of a waterfall or of a campaign's page, a page at a time, by key.

Of a campaign that went they are read from its frozen messages and what became of them; of one that did not the plan is made
anew (`campaigns.planning`), as the number itself was.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from campaigns import planning
from campaigns.models import Campaign
from campaigns.models.outbox import Message, OutcomeKind
from campaigns.outbox import HELD_OUT
from campaigns.whom import PENDING

PAGE = 50
LEFT_OUT = tuple(Message.LeftOut.values)
# Sums of several reasons.
ALL_LEFT_OUT, ALL_HELD_OUT = "left_out", "held_out"
ENDINGS = (
    OutcomeKind.ACCEPTED.value,
    OutcomeKind.REJECTED.value,
    OutcomeKind.UNKNOWN.value,
    OutcomeKind.CANCELLED.value,
)

# Each part reads no more than a page, in the order of its key.
OF_RUNS = """
WITH found AS (
    (SELECT run_id, id, left_out AS fate FROM campaigns_message
     WHERE run_id = ANY(%(runs)s) AND left_out = ANY(%(left_out)s) AND id > %(after)s ORDER BY id LIMIT %(limit)s)
    UNION ALL
    (SELECT o.run_id, o.message_id, CASE WHEN r.kind IS NULL THEN o.reason ELSE '' END FROM campaigns_outcome AS o
     LEFT JOIN campaigns_resolution AS r ON r.run_id = o.run_id AND r.message_id = o.message_id
     WHERE o.run_id = ANY(%(runs)s) AND COALESCE(r.kind, o.kind) = %(kind)s
       AND (%(reason)s = '' OR o.reason = %(reason)s) AND o.message_id > %(after)s ORDER BY 2 LIMIT %(limit)s)
    UNION ALL
    (SELECT m.run_id, m.id, '' FROM campaigns_message AS m
     WHERE %(pending)s AND m.run_id = ANY(%(runs)s) AND m.left_out = '' AND m.id > %(after)s AND NOT EXISTS (
         SELECT FROM campaigns_outcome AS o WHERE o.run_id = m.run_id AND o.message_id = m.id
     ) ORDER BY m.id LIMIT %(limit)s)
)
SELECT m.id, COALESCE(c.merged_into_id, m.customer_id), m.contact_point_id, found.fate
FROM found JOIN campaigns_message AS m ON m.run_id = found.run_id AND m.id = found.id
LEFT JOIN segments_customer AS c ON c.id = m.customer_id
ORDER BY m.id LIMIT %(limit)s
"""


class Person(NamedTuple):
    """`key` is where the next page begins. `fate`: her own reason, where the number is a sum of several."""

    key: int
    customer_id: int
    contact_point_id: int | None
    fate: str


def of_runs(run_ids: Sequence[int], why: str, after: int = 0) -> list[Person]:
    """One more than a page, if there are so many. `why`: a reason of leaving out or of suppressing, one of `ENDINGS`,
    `PENDING`, or a sum."""
    asked = {"left_out": [why] if why in LEFT_OUT else [], "kind": OutcomeKind.SUPPRESSED.value, "reason": why}
    if why == ALL_LEFT_OUT:
        asked |= {"left_out": [reason for reason in LEFT_OUT if reason not in HELD_OUT], "reason": ""}
    elif why == ALL_HELD_OUT:
        asked |= {"left_out": list(HELD_OUT), "kind": ""}
    elif why in ENDINGS:
        asked |= {"kind": why, "reason": ""}
    elif why == PENDING:
        asked |= {"kind": ""}
    asked |= {"runs": list(run_ids), "pending": why == PENDING, "after": after, "limit": PAGE + 1}
    with connection.cursor() as cursor:
        cursor.execute(OF_RUNS, asked)
        is_sum = why in (ALL_LEFT_OUT, ALL_HELD_OUT)
        return [
            Person(key, customer, point, fate if is_sum else "") for key, customer, point, fate in cursor.fetchall()
        ]


def of_plan(campaign: Campaign, step: str, after: int = 0) -> list[Person]:
    """As `of_runs`, were it launched now. `step` is the key of a `planning.Step`."""
    rows = planning.people(campaign, step, after=after, limit=PAGE + 1)
    return [Person(customer, customer, point, "") for customer, point in rows]
