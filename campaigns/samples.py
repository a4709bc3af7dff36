"""People to try a letter on, edge cases first: they are picked from the segments of the campaign."""

from collections.abc import Collection

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns import versions, whom
from campaigns.models import Campaign, Content
from segments.models import Customer

LOOKED_AT = 5000  # members; a preview need not search 500,000

# {people} and {order} are constants of those below.
_PICK = """
WITH {choices}p AS ({people}), member AS (
    SELECT p.customer_id FROM p {joins} WHERE {chosen} ORDER BY p.customer_id LIMIT %(looked_at)s
)
SELECT customer.id FROM member
JOIN segments_customer AS customer ON customer.id = member.customer_id
WHERE customer.merged_into_id IS NULL
ORDER BY {order}, customer.id LIMIT 1
"""

_OF_SEGMENTS = "SELECT customer_id FROM segments_membership WHERE segment_id = ANY(%(segments)s)"
_OF_RUN = "SELECT customer_id FROM campaigns_message WHERE run_id = %(run)s AND step = 1"

KINDS: dict[str, tuple[str | Promise, str]] = {
    "first": (_("the first with a name"), "customer.first_name = ''"),
    "no_name": (_("without a name"), "customer.first_name <> ''"),
    "longest": (_("with the longest name"), "-length(customer.first_name || customer.middle_name)"),
    "no_city": (_("without a city"), "customer.city_id IS NOT NULL"),
    "company": (_("a company"), "customer.company = ''"),
}


def pick(kind: str, campaign: Campaign, segment_ids: Collection[int], *, of: Content | None = None) -> Customer | None:
    """The person of these segments, or of the run that the campaign follows, who fits best; only of those who get the
    version `of`, if it is given. None when there is nobody. Raises KeyError."""
    run_id = whom.run_of(campaign)
    choice = versions.choice(campaign) if of else versions.Choice("", {})
    parts = choice.parts | {
        "people": _OF_SEGMENTS if run_id is None else _OF_RUN,
        "chosen": f"{choice.content} = %(wanted)s" if of else "true",
        "order": KINDS[kind][1],
    }
    asked = {"segments": list(segment_ids), "run": run_id, "wanted": of.pk if of else None, "looked_at": LOOKED_AT}
    with connection.cursor() as cursor:
        cursor.execute(_PICK.format(**parts), choice.parameters | asked)
        found = cursor.fetchone()
    return Customer.objects.get(pk=found[0]) if found else None
