"""Monthly partitions of the outbox. A run's id is yyyymm · 10⁶ + n, so that a month is a range of ids."""

from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

RUNS_A_MONTH = 1_000_000
TABLES = ("campaigns_message", "campaigns_outcome", "campaigns_resolution", "campaigns_deliverystate")

LOCK = "SELECT pg_advisory_xact_lock(hashtext('campaigns_partitions'))"
EXISTS = "SELECT to_regclass(%s) IS NOT NULL"
# Made apart and then attached: ATTACH does not hold up those who read and write the other months.
CREATE = "CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
ATTACH = "ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({end})"


def month_of(day: date) -> int:
    """yyyymm."""
    return day.year * 100 + day.month


def of_run(table: str, run_id: int) -> str:
    """The partition that holds a run's rows of one of `TABLES`."""
    return f"{table}_{run_id // RUNS_A_MONTH:d}"


def ensure(month: int) -> bool:
    """Make the partitions of a month (yyyymm) where they are missing; tells whether any was made."""
    if _is_ready(month):
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        if _is_ready(month):
            return False
        for table in TABLES:
            names = {
                "table": table,
                "name": f"{table}_{month:d}",
                "first": month * RUNS_A_MONTH,
                "end": (month + 1) * RUNS_A_MONTH,
            }
            cursor.execute(CREATE.format(**names))
            cursor.execute(ATTACH.format(**names))
    return True


def ensure_near() -> int:
    """This month and the next one; returns how many were made."""
    today = timezone.localdate()
    following = today.replace(day=1) + timedelta(days=32)
    return sum(ensure(month_of(day)) for day in (today, following))


def _is_ready(month: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(EXISTS, [f"{TABLES[-1]}_{month:d}"])
        return cursor.fetchone()[0]
