"""Monthly partitions (UTC) by time: of what providers tell us, and of upper apps' tables. A month is dropped whole when its
last day is old enough."""

import re
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

LOCK = "SELECT pg_advisory_xact_lock(hashtext('channels_partitions'))"
# Whoever waits for the whole table holds up everybody behind him: rather a later sweep.
PATIENCE = "SET LOCAL lock_timeout = '2s'"
CHILDREN = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"
# Made apart and then attached: ATTACH does not hold up those who read and write the other months.
CREATE = "CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
ATTACH = "ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{end}')"
DROP = "DROP TABLE {name}"
FORGET_STRAYS = "DELETE FROM channels_deliveryreport_rest WHERE received_at < %s"
MONTH = re.compile(r"_(\d{4})(\d\d)\Z")


def kept_days() -> dict[str, int]:
    """How long the rows of each partitioned table are kept."""
    return {"channels_webhookevent": settings.WEBHOOK_DAYS, "channels_deliveryreport": settings.REPORT_DAYS}


def ensure_near() -> int:
    """This month and the next one; returns how many were made."""
    return sum(ensure(table, month) for table in kept_days() for month in near())


def drop_old() -> int:
    """Months past their retention, and reports too old for any month; returns how many partitions went."""
    now = timezone.now()
    dropped = sum(drop_before(table, now - timedelta(days=days)) for table, days in kept_days().items())
    with connection.cursor() as cursor:
        cursor.execute(FORGET_STRAYS, [now - timedelta(days=settings.REPORT_DAYS)])
    return dropped


def near() -> tuple[datetime, datetime]:
    """The beginnings of this month and of the next one."""
    first = timezone.now().astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, _following(first)


def ensure(table: str, first: datetime, *, also: str = "") -> bool:
    """Make the month that begins then where it is missing; `also` is what each month has by itself, of its {name}."""
    name = f"{table}_{first:%Y%m}"
    if name in _children(table):
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        if name in _children(table):
            return False
        cursor.execute(CREATE.format(name=name, table=table))
        if also:
            cursor.execute(also.format(name=name))
        cursor.execute(ATTACH.format(name=name, table=table, first=first, end=_following(first)))
    return True


def drop_before(table: str, moment: datetime) -> int:
    """Drop the months that had ended by then; returns how many."""
    dropped = 0
    for name in _children(table):
        month = MONTH.search(name)
        if month and _following(_first(month)) < moment:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(PATIENCE)
                cursor.execute(DROP.format(name=name))
            dropped += 1
    return dropped


def _children(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(CHILDREN, [table])
        return {name for (name,) in cursor.fetchall()}


def _first(month: re.Match[str]) -> datetime:
    return datetime(int(month[1]), int(month[2]), 1, tzinfo=UTC)


def _following(first: datetime) -> datetime:
    return (first + timedelta(days=32)).replace(day=1)
