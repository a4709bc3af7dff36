"""How much an account may send: the warm-up of a new address, and what fits into a span of time.

A sender that nobody knows is taken for a spammer when it begins at full speed. Its days grow by the same factor each,
from `warmup_first` on the day `warmup_from` to `per_day` after `warmup_days`: what the schedules that mail services
publish come to.
"""

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from channels.models import Account


def day_limit(account: Account, day: date) -> int | None:
    """How many messages may go on this day (by the account's clock); None: as many as there are."""
    if not account.per_day or not is_warming(account, day):
        return account.per_day
    grown = max(0, (day - account.warmup_from).days) / account.warmup_days
    return round(account.warmup_first * (account.per_day / account.warmup_first) ** grown)


def is_warming(account: Account, day: date) -> bool:
    """Whether this day is before the one of the full volume. Days before the first count as the first."""
    return full_from(account) is not None and day < full_from(account)


def full_from(account: Account) -> date | None:
    """The day from which on all of `per_day` may go; None without a warm-up."""
    if account.warmup_from is None or not account.warmup_first or not account.warmup_days:
        return None
    return account.warmup_from + timedelta(days=account.warmup_days)


def room(account: Account, begin: datetime, end: datetime) -> int:
    """The most messages that its limits let go between two moments: a second's, a minute's, a day's. What others send over
    it meanwhile, and domains' limits, are not known here."""
    rate = min(account.per_second, (account.per_minute or math.inf) / 60)
    return sum(
        min(math.ceil(seconds * rate), math.inf if (limit := day_limit(account, day)) is None else limit)
        for day, seconds in _open_days(account, begin, end)
    )


def _open_days(account: Account, begin: datetime, end: datetime) -> Iterator[tuple[date, float]]:
    """The account's days with the seconds of each that lie within the span and outside the quiet hours."""
    zone = ZoneInfo(account.time_zone)
    day = begin.astimezone(zone).date()
    while (midnight := datetime.combine(day, datetime.min.time(), zone)) < end:
        following = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
        since, until = max(begin, midnight), min(end, following)
        yield day, max(0.0, (until - since).total_seconds() - _quiet_seconds(account, day, (since, until)))
        day += timedelta(days=1)


def _quiet_seconds(account: Account, day: date, span: tuple[datetime, datetime]) -> float:
    if account.quiet_from is None or account.quiet_to is None or account.quiet_from == account.quiet_to:
        return 0
    zone = ZoneInfo(account.time_zone)
    quiet = 0.0
    for first in (day - timedelta(days=1), day):  # a night may have begun the day before
        last = first if account.quiet_from < account.quiet_to else first + timedelta(days=1)
        begins = max(span[0], datetime.combine(first, account.quiet_from, zone))
        ends = min(span[1], datetime.combine(last, account.quiet_to, zone))
        quiet += max(0.0, (ends - begins).total_seconds())
    return quiet
