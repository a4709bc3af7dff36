"""How others ask what people did on the sites, set-wise. Events without a person are nobody's business.

An event stays with whom its device was tied to; whoever reads follows `merged_into`: here `person` is the living customer.
Events come late (`telling.LATE`), so that "what is new" goes by `received_at`, and "what was done" by `happened_at`.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from tracking.models import WebsiteEvent

# People whose last event of `kinds` was in [since, until) and has not been followed by one of `kinds` or `after` since:
# (person, event, site, happened_at, amount). To be joined, or read by a cursor: as many rows as people.
LAST = """
WITH done AS (
    SELECT coalesce(c.merged_into_id, c.id) AS person, e.id, e.site_id, e.kind, e.happened_at, e.amount, e.details
    FROM tracking_websiteevent AS e JOIN segments_customer AS c ON c.id = e.customer_id
    WHERE e.kind = ANY(%(kinds)s) AND e.happened_at >= %(since)s AND e.happened_at < %(until)s
      AND e.received_at >= %(since)s::timestamptz - interval '10 minutes'
), latest AS (
    SELECT DISTINCT ON (person) * FROM done ORDER BY person, happened_at DESC, id DESC
)
SELECT l.person, l.id, l.site_id, l.happened_at, l.amount FROM latest AS l
WHERE NOT EXISTS (
    SELECT FROM segments_customer AS c JOIN tracking_websiteevent AS e ON e.customer_id = c.id
    WHERE (c.id = l.person OR c.merged_into_id = l.person) AND e.id <> l.id
      AND (e.kind = ANY(%(after)s) AND e.happened_at >= l.happened_at OR e.kind = ANY(%(kinds)s) AND e.happened_at > l.happened_at)
      AND e.received_at >= %(since)s::timestamptz - interval '10 minutes'
)
"""
# A cart that was emptied is none.
UNFOLLOWED = f"{LAST} AND NOT (l.kind = 'cart' AND l.details -> 'cart' = '[]')"


def of_people() -> QuerySet[WebsiteEvent]:
    """Events of people, each with its living `person`."""
    known = WebsiteEvent.objects.filter(customer__isnull=False)
    return known.annotate(person=Coalesce(F("customer__merged_into"), F("customer")))


def came(kinds: Iterable[str], since: datetime, until: datetime) -> QuerySet[WebsiteEvent]:
    """Events of people that we got in [since, until). One that was nobody's as it came is hers from the tie on, under its old
    time of receipt: look back as far as such news may matter."""
    return of_people().filter(kind__in=list(kinds), received_at__gte=since, received_at__lt=until)
