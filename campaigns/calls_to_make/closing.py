"""Calls that close without anybody saying so, found by the sweep in statements over all open ones."""

from datetime import timedelta

from django.db import connection, transaction

from campaigns.calls_to_make import waking
from campaigns.calls_to_make.phones import may_be_called_sql

KEPT = timedelta(days=14)  # overdue so long, a call is never made any more

OPEN = """campaigns_calltask AS t LEFT JOIN segments_customer AS c ON c.id = t.customer_id"""
PERSON = "COALESCE(c.merged_into_id, c.id)"
# A call, whoever of the two made it, in which people talked: a missed one is none. What came of it is left to be told.
HEARD = f"""
SELECT t.id, 'tracked', heard.happened_at FROM {OPEN} CROSS JOIN LATERAL (
    SELECT min(i.happened_at) AS happened_at FROM segments_interaction AS i
    WHERE i.customer_id = {PERSON} AND i.kind = 'call' AND i.happened_at > t.made_at AND i.happened_at <= clock_timestamp()
      AND COALESCE(i.details ->> 'talk_seconds', '') <> '0'
) AS heard WHERE t.state = 'open' AND heard.happened_at IS NOT NULL
"""
# Whoever reached the goal of the scenario, was taken out with it, or was erased.
NO_LONGER = f"""
SELECT t.id, 'no_longer', NULL::timestamptz FROM {OPEN} LEFT JOIN campaigns_enrolment AS e ON e.id = t.enrolment_id
WHERE t.state = 'open' AND (e.state IN ('goal', 'stopped') OR c.id IS NULL)
"""
NO_PHONE = f"""
SELECT t.id, 'no_phone', NULL::timestamptz FROM {OPEN}
WHERE t.state = 'open' AND NOT {may_be_called_sql(person=PERSON, task="t")}
"""
EXPIRED = "SELECT t.id, 'expired', NULL::timestamptz FROM campaigns_calltask AS t WHERE t.state = 'open' AND t.due_at < clock_timestamp() - %(kept)s"
CLOSE = """
WITH found (id, verb, happened_at) AS MATERIALIZED ({found}), closed AS (
    UPDATE campaigns_calltask AS t SET state = %(state)s, outcome = %(outcome)s, called_at = COALESCE(t.called_at, f.happened_at)
    FROM found AS f WHERE t.id = f.id AND t.state = 'open' RETURNING t.id, f.verb, t.enrolment_id
), told AS (
    INSERT INTO campaigns_callevent (task_id, verb, note, happened_at) SELECT id, verb, '', clock_timestamp() FROM closed
)
SELECT enrolment_id FROM closed
"""
# In this order: a call that was made is made, though she has bought since.
STEPS = (
    ("calls_heard", HEARD, "done", "called"),
    ("calls_cancelled", NO_LONGER, "cancelled", ""),
    ("calls_without_phone", NO_PHONE, "cancelled", ""),
    ("calls_expired", EXPIRED, "expired", ""),
)


def sweep() -> dict[str, int]:
    """Close what needs nobody any more; whoever waits for it in a scenario is looked at now."""
    return {name: _close(found, state, outcome) for name, found, state, outcome in STEPS}


@transaction.atomic
def _close(found: str, state: str, outcome: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(CLOSE.format(found=found), {"state": state, "outcome": outcome, "kept": KEPT})
        closed = [enrolment for (enrolment,) in cursor.fetchall()]
    waking.wake([enrolment for enrolment in closed if enrolment])
    return len(closed)
