"""Which phone of a customer may be called: valid, her own, not found dead, and with a consent to calls in force.

Sources ask for one consent to "calls and SMS" and mostly write it down for SMS: so where nothing was said of calls, what was
said of SMS holds.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection

from campaigns.models import CallTask
from segments.consents import said_sql

_SAID = [
    said_sql("p.id", channel=f"'{channel}'", purpose="{task}.purpose", brand="{task}.brand_id")
    for channel in ("call", "sms")
]
_PHONES = f"""
FROM segments_cardcontact AS h JOIN segments_contactpoint AS p ON p.id = h.contact_point_id
WHERE h.customer_id = {{person}} AND p.kind = 'phone' AND p.validity = 'valid' AND NOT p.is_shared
  AND p.reachability <> 'unreachable' AND COALESCE({", ".join(_SAID)}, false)
"""
OF_TASKS = f"""
SELECT t.id, phone.id, phone.value FROM campaigns_calltask AS t JOIN segments_customer AS c ON c.id = t.customer_id
CROSS JOIN LATERAL (
    SELECT p.id, p.value {_PHONES.format(task="t", person="COALESCE(c.merged_into_id, c.id)")} ORDER BY h.position, p.id LIMIT 1
) AS phone WHERE t.id = ANY(%s)
"""


class Phone(NamedTuple):
    point: int
    value: str


def may_be_called_sql(*, person: str, task: str) -> str:
    """SQL predicate: some phone of the customer in the column `person` may be called for `task`, our own alias of rows
    that have a `purpose` and a `brand_id`."""
    return f"EXISTS (SELECT {_PHONES.format(person=person, task=task)})"


def of(tasks: Iterable[CallTask]) -> dict[int, Phone]:
    """{task: the phone to call}; a task whose customer may not be called is not in it."""
    with connection.cursor() as cursor:
        cursor.execute(OF_TASKS, [[task.pk for task in tasks]])
        return {task: Phone(point, value) for task, point, value in cursor.fetchall()}
