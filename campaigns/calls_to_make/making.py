"""Making calls for many people in one statement: whose each is, and who is not to be called at all.

The call belongs to the person's home centre, and there to the salesperson of her last deal, if he works there now; else
whoever of the centre takes it. Nobody gets a call who has no centre, no phone that may be called, or a call that waits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from campaigns.calls_to_make.phones import may_be_called_sql
from segments import places
from segments.models.people import Purpose

# `f` are the facts of the person, `asked` a row with the purpose and the brand of the call.
CALLABLE = f"f.home_centre_id IS NOT NULL AND {may_be_called_sql(person='f.customer_id', task='asked')}"
ASKED = "(SELECT %(purpose)s::text AS purpose, %(brand)s::bigint AS brand_id) AS asked"
MAKE = f"""
WITH comers (customer_id, enrolment_id) AS (SELECT * FROM unnest(%(people)s::bigint[], %(enrolments)s::bigint[])),
working (salesperson_id, centre_id) AS (SELECT * FROM unnest(%(salespeople)s::bigint[], %(centres)s::bigint[]))
INSERT INTO campaigns_calltask (customer_id, centre_id, salesperson_id, scenario_id, enrolment_id, step, purpose, brand_id,
    reason, script, made_at, deadline, due_at, state, outcome, note)
SELECT f.customer_id, f.home_centre_id, w.salesperson_id, %(scenario)s, m.enrolment_id, %(step)s, asked.purpose,
       asked.brand_id, %(reason)s, %(script)s, %(now)s, %(due)s, %(due)s, 'open', '', ''
FROM comers AS m JOIN segments_customerfacts AS f ON f.customer_id = m.customer_id CROSS JOIN {ASKED}
LEFT JOIN working AS w ON w.salesperson_id = f.last_salesperson_id AND w.centre_id = f.home_centre_id
WHERE {CALLABLE}
  AND NOT EXISTS (SELECT FROM campaigns_calltask AS t WHERE t.customer_id = f.customer_id AND t.state = 'open')
ORDER BY f.customer_id
ON CONFLICT (enrolment_id, step) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be said to whom, and until when."""

    reason: str
    script: str
    hours: int
    purpose: str = Purpose.ADVERTISING
    brand_id: int | None = None
    scenario_id: int | None = None
    step: str = ""


def for_enrolments(order: Order, people: str, enrolments: str, now: datetime) -> int:
    """Two arrays of one length, as literals: living customers and their enrolments. Returns how many calls were made; a
    second time none."""
    working = places.working()
    asked = {
        "people": people, "enrolments": enrolments,
        "salespeople": [salesperson for salesperson, _centre in working],
        "centres": [centre for _salesperson, centre in working],
        "purpose": order.purpose, "brand": order.brand_id, "scenario": order.scenario_id, "step": order.step,
        "reason": order.reason[:160], "script": order.script, "now": now, "due": now + timedelta(hours=order.hours),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(MAKE, asked)
        return cursor.rowcount
