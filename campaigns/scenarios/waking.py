"""What somebody did by a link of her message is news to the scenario that sent it: if she waits there, she is looked at now."""

from django.db import connection

WAKE = """
UPDATE campaigns_enrolment SET due_at = clock_timestamp()
WHERE message_id = %s AND run_id = %s AND state = 'live' AND since IS NOT NULL AND due_at > clock_timestamp()
"""


def wake(message_id: int, run_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WAKE, [message_id, run_id])
