"""All numbers over time: who holds each and when, when it rests, and which leases end soon."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Upper
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from campaigns.models import Campaign
from tracking.models import Call, NumberLease, SubstituteNumber
from tracking.numbers import QUARANTINE

MOST = 200  # numbers of one page
BEFORE, AFTER = timedelta(days=183), timedelta(days=183)
SOON = timedelta(days=7)  # before its end a lease is spoken of
STILL_CALLED = timedelta(days=30)
OVER = (Campaign.State.FINISHED, Campaign.State.STOPPED)


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a number's line, in per cent of the window. `lease` None: it rests after one."""

    left: float
    width: float
    lease: NumberLease | None = None
    calls: int = 0


@dataclass
class Line:
    number: SubstituteNumber
    bars: list[Bar] = field(default_factory=list)
    now: NumberLease | None = None
    rests_till: datetime | None = None
    short: str = ""  # as the page calls it
    said: str = ""  # the whole line in words

    @property
    def ends_soon(self) -> bool:
        return bool(self.now and self.now.period.upper and self.now.period.upper < timezone.now() + SOON)


@dataclass(frozen=True, slots=True)
class NumberMap:
    since: datetime
    until: datetime
    lines: list[Line]
    months: list[tuple[float, datetime]]  # where each begins, in per cent
    today: float  # in per cent; outside of 0–100 it is not on the map


def number_map(middle: datetime | None = None) -> NumberMap:
    """A year around `middle` (now)."""
    now = timezone.now()
    middle = middle or now
    since, until = middle - BEFORE, middle + AFTER
    numbers = SubstituteNumber.objects.order_by("-is_active", "number")[:MOST]
    lines = {number.pk: Line(number) for number in numbers}
    window = TimestamptzRange(since - QUARANTINE, until, "[)")
    held: dict[int, list[NumberLease]] = defaultdict(list)
    leases = NumberLease.objects.filter(number__in=lines, period__overlap=window).order_by("period")
    for lease in leases.select_related("campaign", "brand", "centre"):
        held[lease.number_id].append(lease)
    calls = dict(
        Call.objects.filter(lease__in=leases.order_by()).values_list("lease").annotate(n=Count("pk")).order_by()
    )
    for number_id, line in lines.items():
        line.bars = list(_bars(held[number_id], calls, since, until))
        line.now = next((lease for lease in held[number_id] if _holds(lease, now)), None)
        ends = [lease.period.upper for lease in held[number_id] if lease.period.upper and lease.period.upper <= now]
        if not line.now and ends and max(ends) + QUARANTINE > now:
            line.rests_till = max(ends) + QUARANTINE
    return NumberMap(since, until, list(lines.values()), list(_months(since, until)), _percent(now, since, until))


def ending_soon() -> QuerySet[NumberLease]:
    """Leases that end within `SOON` though people still call the number or its campaign is not over: the first to end first.

    A number that somebody holds right afterwards is meant to change hands.
    """
    now = timezone.now()
    called = Call.objects.filter(lease__isnull=False, started_at__gt=now - STILL_CALLED).values("lease")
    follows = NumberLease.objects.filter(period__startswith__gt=now, period__startswith__lte=now + SOON)
    return (
        NumberLease.objects.filter(
            period__endswith__gt=now, period__endswith__lte=now + SOON, period__startswith__lte=now
        )
        .filter(Q(pk__in=called) | ~Q(campaign__state__in=OVER) | Q(campaign=None))
        .exclude(number__in=follows.values("number"))
        .select_related("number", "campaign")
        .alias(till=Upper("period"))
        .order_by("till", "pk")
    )


def _bars(leases: list[NumberLease], calls: dict[int, int], since: datetime, until: datetime) -> Iterator[Bar]:
    for nth, lease in enumerate(leases):
        begin, end = lease.period.lower or since, lease.period.upper or until
        if end > since:
            yield _bar(begin, end, since, until, lease=lease, calls=calls.get(lease.pk, 0))
        follower = leases[nth + 1].period.lower if nth + 1 < len(leases) else None
        rests_till = min(end + QUARANTINE, follower or until)
        if lease.period.upper and rests_till > max(end, since) and end < until:
            yield _bar(end, rests_till, since, until)


def _bar(begin: datetime, end: datetime, *window: datetime, lease: NumberLease | None = None, calls: int = 0) -> Bar:
    left, right = (min(max(_percent(each, *window), 0.0), 100.0) for each in (begin, end))
    return Bar(left, round(right - left, 2), lease, calls)


def _percent(moment: datetime, since: datetime, until: datetime) -> float:
    return round(100 * (moment - since) / (until - since), 2)


def _months(since: datetime, until: datetime) -> Iterator[tuple[float, datetime]]:
    month = timezone.localtime(since).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while (month := (month + timedelta(days=32)).replace(day=1)) < until:
        yield _percent(month, since, until), month


def _holds(lease: NumberLease, now: datetime) -> bool:
    return (not lease.period.lower or lease.period.lower <= now) and (
        not lease.period.upper or now < lease.period.upper
    )
