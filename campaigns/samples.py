"""People to try a letter on, edge cases first: they are picked from the segments of the campaign."""

from collections.abc import Collection

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segments.models import Customer

LOOKED_AT = 5000  # members; a preview need not search 500,000

# {people} and {order} are constants of those below.
_PICK = """
SELECT customer.id FROM ({people}) AS member
JOIN segments_customer AS customer ON customer.id = member.customer_id
WHERE customer.merged_into_id IS NULL
ORDER BY {order}, customer.id LIMIT 1
"""

_OF_SEGMENTS = "SELECT customer_id FROM segments_membership WHERE segment_id = ANY(%s) ORDER BY customer_id LIMIT %s"
_OF_RUN = "SELECT customer_id FROM campaigns_message WHERE run_id = %s AND step = 1 ORDER BY customer_id LIMIT %s"

KINDS: dict[str, tuple[str | Promise, str]] = {
    "first": (_("the first with a name"), "customer.first_name = ''"),
    "no_name": (_("without a name"), "customer.first_name <> ''"),
    "longest": (_("with the longest name"), "-length(customer.first_name || customer.middle_name)"),
    "no_city": (_("without a city"), "customer.city_id IS NOT NULL"),
    "company": (_("a company"), "customer.company = ''"),
}


def pick(kind: str, segment_ids: Collection[int], *, run_id: int | None = None) -> Customer | None:
    """The person of these segments, or of the run that is followed, who fits best; None when they are empty. Raises
    KeyError."""
    people, of = (_OF_SEGMENTS, list(segment_ids)) if run_id is None else (_OF_RUN, run_id)
    with connection.cursor() as cursor:
        cursor.execute(_PICK.format(people=people, order=KINDS[kind][1]), [of, LOOKED_AT])
        found = cursor.fetchone()
    return Customer.objects.get(pk=found[0]) if found else None
