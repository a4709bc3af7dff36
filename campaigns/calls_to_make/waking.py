"""A call that was closed is news to the scenario that made it: whoever waits for it there is looked at now."""

from collections.abc import Collection

from django.db import connection

WAKE = """
UPDATE campaigns_enrolment SET due_at = clock_timestamp()
WHERE id = ANY(%s::bigint[]) AND state = 'live' AND since IS NOT NULL AND due_at > clock_timestamp()
"""


def wake(enrolments: Collection[int]) -> None:
    if enrolments:
        with connection.cursor() as cursor:
            cursor.execute(WAKE, [list(enrolments)])
