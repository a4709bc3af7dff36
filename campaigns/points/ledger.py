"""Giving, taking and counting points. What takes points holds the lock of the person, so that no balance sinks below zero.

The points that end first are spent first. Entries stay with whom they were written for: a balance is that of the living
customer with all who were merged into her.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from campaigns.models import PointsEntry
from campaigns.refusals import Refused
from segments.models import Customer

Kind = PointsEntry.Kind

# Of a person; and of the ledger, shared by those who take and alone for the night, which asks about nobody by name.
LOCK = (
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('points', 0)), pg_advisory_xact_lock(hashtextextended(%s, 0))"
)
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('points', 0))"
# Of each person: what was given and has ended, less all that was spent, and less what has expired before. The rest is gone.
EXPIRE = """
INSERT INTO campaigns_pointsentry (customer_id, kind, points, why, key)
SELECT person, 'expired', -gone, '', 'expired:' || person || ':' || %(day)s FROM (
    SELECT coalesce(c.merged_into_id, c.id) AS person,
           sum(e.points) FILTER (WHERE e.kind <> 'accrued' OR e.expires_on <= %(day)s) AS gone
    FROM campaigns_pointsentry AS e JOIN segments_customer AS c ON c.id = e.customer_id
    WHERE {whose} GROUP BY 1
) AS of_people WHERE gone > 0
ON CONFLICT (key) DO NOTHING
"""
# Everybody of whom something ends since the last look: a week back, should a night have been missed.
ENDING = """
coalesce(c.merged_into_id, c.id) IN (
    SELECT coalesce(d.merged_into_id, d.id) FROM campaigns_pointsentry AS due JOIN segments_customer AS d ON d.id = due.customer_id
    WHERE due.kind = 'accrued' AND due.expires_on <= %(day)s
)
"""


def balance_sql(person: str) -> str:
    """SQL for the points of a living customer, by our own reference to her id; NULL where nothing was ever written."""
    return f"""(
        SELECT sum(entry.points) FROM campaigns_pointsentry AS entry WHERE entry.customer_id IN (
            SELECT {person} UNION ALL SELECT merged.id FROM segments_customer AS merged WHERE merged.merged_into_id = {person})
    )"""


class Gift(NamedTuple):
    """Points for a person. `days`: how long they live; None: for good."""

    customer_id: int
    points: int
    key: str
    why: str = ""
    days: int | None = None


def living(customer_id: int) -> int:
    found = Customer.objects.filter(pk=customer_id).values_list("merged_into", flat=True).first()
    return found or customer_id


def balance(customer_id: int) -> int:
    """What she has today."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {balance_sql('%(person)s::bigint')}", {"person": living(customer_id)})
        return int(cursor.fetchone()[0] or 0)


def accrue(gifts: Iterable[Gift], author: Any = None) -> int:
    """Give points; a gift whose key was given before is the same gift. Returns how many were new, one or none a key."""
    today = timezone.localdate()
    entries = [
        PointsEntry(customer_id=gift.customer_id, kind=Kind.ACCRUED, points=gift.points, key=gift.key, why=gift.why[:160],
                    expires_on=today + timedelta(days=gift.days) if gift.days else None, author=author)
        for gift in gifts
    ]  # fmt: skip
    before = PointsEntry.objects.filter(key__in=[entry.key for entry in entries]).count()
    PointsEntry.objects.bulk_create(entries, ignore_conflicts=True)
    return len(entries) - before


@transaction.atomic
def spend(customer_id: int, points: int, key: str, *, why: str = "", author: Any = None) -> bool:
    """Take points for a purchase. False: this key was spent before. Raises `Refused` when there are not enough."""
    return _take(Kind.SPENT, customer_id, points, PointsEntry(key=key, why=why[:160], author=author))


@transaction.atomic
def take_back(customer_id: int, points: int, key: str) -> bool:
    """Take away what was given by mistake. Raises `Refused` when it is spent already."""
    return _take(Kind.RETURNED, customer_id, points, PointsEntry(key=key))


def _take(kind: str, customer_id: int, points: int, entry: PointsEntry) -> bool:
    person = living(customer_id)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"points {person}"])
    if PointsEntry.objects.filter(key=entry.key).exists():
        return False
    _expire(timezone.localdate(), person)
    has = balance(person)
    if points <= 0 or points > has:
        raise Refused(_("There are not enough points: %s.") % number_format(has, force_grouping=True))
    entry.customer_id, entry.kind, entry.points = person, kind, -points
    entry.save(force_insert=True)
    return True


@transaction.atomic
def expire(day: date | None = None) -> int:
    """Points whose time is over are gone; returns of how many people. Twice on one day is once."""
    with connection.cursor() as cursor:
        cursor.execute(ALONE)
    return _expire(day or timezone.localdate(), None)


def _expire(day: date, person: int | None) -> int:
    whose = ENDING if person is None else "coalesce(c.merged_into_id, c.id) = %(person)s"
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE.format(whose=whose), {"day": day, "person": person})
        return cursor.rowcount
