"""How many people a rule holds, who some of them are, and what share of the base that is."""

import time
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max

from segments.models import CustomerFacts
from segments.rules.bounded import bounded
from segments.rules.compile import matching

SAMPLE = 10
ESTIMATED_FROM = 100_000
ESTIMATE = "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass('segments_customerfacts')"


@dataclass(frozen=True)
class Counted:
    """`seconds` is the time of the count alone; `sample` are ids of some of the people."""

    count: int
    seconds: float
    sample: list[int]


def count_people(rule: dict, *, limit: float = 5, sample: int = 0) -> Counted:
    """Raises `RuleError` for a rule that cannot be used and `TooSlow` past `limit` seconds."""
    found = matching(rule)
    with bounded(limit):
        started = time.perf_counter()
        count = found.count()
        seconds = time.perf_counter() - started
        chosen = list(found.values_list("pk", flat=True)[:sample]) if sample and count else []
    return Counted(count, seconds, chosen)


def population() -> int:
    """Living customers; in a large base the estimate of the planner's statistics."""
    with connection.cursor() as cursor:
        cursor.execute(ESTIMATE)
        estimate = cursor.fetchone()[0]
    return estimate if estimate >= ESTIMATED_FROM else CustomerFacts.objects.count()


def facts_at() -> datetime | None:
    """When the newest facts were computed."""
    return CustomerFacts.objects.aggregate(at=Max("computed_at"))["at"]
