"""What a salesperson should know before he dials: the last that happened between the customer and the holding."""

from collections.abc import Mapping

from django.db import connection

from segments.models import Interaction

SHOWN = 3
LAST = """
SELECT w.id, last.id FROM unnest(%s::bigint[]) AS w (id) CROSS JOIN LATERAL (
    SELECT i.id FROM segments_interaction AS i WHERE i.customer_id = w.id ORDER BY i.happened_at DESC, i.id DESC LIMIT %s
) AS last
"""


def of(customers: Mapping[int, int]) -> dict[int, list[Interaction]]:
    """{task: the last interactions, newest first} of {task: living customer}: two queries, however many there are."""
    with connection.cursor() as cursor:
        cursor.execute(LAST, [sorted(set(customers.values())), SHOWN])
        found = cursor.fetchall()
    rows = Interaction.objects.select_related("brand", "model", "centre").in_bulk([pk for _customer, pk in found])
    hers: dict[int, list[Interaction]] = {}
    for customer, pk in found:
        hers.setdefault(customer, []).append(rows[pk])
    return {task: hers.get(customer, []) for task, customer in customers.items()}
