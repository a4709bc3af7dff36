"""People to try a letter on, edge cases first: they are picked from the segments of the campaign."""

from collections.abc import Collection

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segments.models import Customer

LOOKED_AT = 5000  # members; a preview need not search 500,000

# {order} is one of the constants below.
_PICK = """
SELECT customer.id FROM (
    SELECT customer_id FROM segments_membership WHERE segment_id = ANY(%s) ORDER BY customer_id LIMIT %s
) AS member
JOIN segments_customer AS customer ON customer.id = member.customer_id
WHERE customer.merged_into_id IS NULL
ORDER BY {order}, customer.id LIMIT 1
"""

KINDS: dict[str, tuple[str | Promise, str]] = {
    "first": (_("the first with a name"), "customer.first_name = ''"),
    "no_name": (_("without a name"), "customer.first_name <> ''"),
    "longest": (_("with the longest name"), "-length(customer.first_name || customer.middle_name)"),
    "no_city": (_("without a city"), "customer.city_id IS NOT NULL"),
    "company": (_("a company"), "customer.company = ''"),
}


def pick(kind: str, segment_ids: Collection[int]) -> Customer | None:
    """The person of these segments who fits best; None when the segments are empty. Raises KeyError."""
    with connection.cursor() as cursor:
        cursor.execute(_PICK.format(order=KINDS[kind][1]), [list(segment_ids), LOOKED_AT])
        found = cursor.fetchone()
    return Customer.objects.get(pk=found[0]) if found else None
