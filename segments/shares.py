"""What part of the whole a segment has: of people, of money, of messages. Measured at night, set-wise, and kept.

Upper apps register measures of their own in `AppConfig.ready`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from segments.models import Interaction, Segment, SegmentShare

SPAN = timedelta(days=365)  # of money and messages

Measured = tuple[dict[int, Decimal], Decimal]


@dataclass(frozen=True)
class Measure:
    """`measure(segment ids, since)` answers ({id: value of its people}, value of everybody).

    `unit` stands behind a value ("₽"); `label` says of what the share is.
    """

    name: str
    label: Any
    unit: Any
    measure: Callable[[Sequence[int], datetime], Measured]


_measures: dict[str, Measure] = {}

REVENUE = """
SELECT customer_id, sum(amount) AS total FROM segments_interaction
WHERE kind = ANY(%(kinds)s) AND happened_at >= %(since)s AND customer_id IS NOT NULL AND amount IS NOT NULL
GROUP BY customer_id
"""
PAID = (Interaction.Kind.SALE, Interaction.Kind.SERVICE, Interaction.Kind.INSURANCE)
PEOPLE = "CREATE TEMPORARY TABLE of_people ON COMMIT DROP AS {query}"
OF_SEGMENTS = """
SELECT member.segment_id, sum(p.total) FROM of_people AS p JOIN segments_membership AS member USING (customer_id)
WHERE member.segment_id = ANY(%s) GROUP BY member.segment_id
"""
OF_ALL = "SELECT coalesce(sum(total), 0) FROM of_people"


def register(measure: Measure) -> None:
    """Adds a measure; a second one of the same name is a mistake and raises `ValueError`."""
    if _measures.setdefault(measure.name, measure) != measure:
        raise ValueError(f"shares of segments: two measures are called {measure.name!r}")


def measures() -> list[Measure]:
    return list(_measures.values())


def measure(segments: Iterable[Segment] | None = None) -> int:
    """Measure these segments, or all that are not archived; returns how many."""
    chosen = Segment.objects.filter(is_archived=False) if segments is None else segments
    ids = [segment.pk for segment in chosen]
    since = timezone.now() - SPAN
    for each in measures() if ids else ():
        values, total = each.measure(ids, since)
        _keep(each.name, {pk: values.get(pk, Decimal(0)) for pk in ids}, total)
    return len(ids)


def _keep(name: str, values: dict[int, Decimal], total: Decimal) -> None:
    now = timezone.now()
    SegmentShare.objects.bulk_create(
        [
            SegmentShare(segment_id=pk, measure=name, value=value, total=total, measured_at=now)
            for pk, value in values.items()
        ],
        update_conflicts=True,
        unique_fields=["segment", "measure"],
        update_fields=["value", "total", "measured_at"],
    )


@transaction.atomic
def added_up(query: str, parameters: dict[str, Any], segment_ids: Sequence[int]) -> Measured:
    """What a `Measure` answers, of a query for (customer_id, total), a row for each person who has something."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE.format(query=query), parameters)
        cursor.execute(OF_SEGMENTS, [list(segment_ids)])
        values = dict(cursor.fetchall())
        cursor.execute(OF_ALL)
        total = cursor.fetchone()[0]
        cursor.execute("DROP TABLE of_people")
    return values, Decimal(total)


def _revenue(segment_ids: Sequence[int], since: datetime) -> Measured:
    """Paid in the span for cars, service and insurance; refunds are negative sums."""
    return added_up(REVENUE, {"kinds": list(PAID), "since": since}, segment_ids)


register(Measure("revenue", _("money of a year"), "₽", _revenue))
