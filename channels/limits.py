"""Limits of an account, kept by all workers together: a second, a minute, a day, a recipient's domain, quiet hours.

What is used up stands in PostgreSQL (`Allowance`), not in Redis: an emptied Redis must never let more through. Workers
reserve a little at a time, a row lock each, so that ten of them together never pass what one may.
"""

import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from channels.capacity import day_limit
from channels.commits import WITHOUT_WAITING
from channels.models import Account, Allowance

BLOCK = 0.1  # seconds of slots that are reserved at once; a slot later than that is let go
SLACK = 0.02  # a slot may be taken so much early: a sleep each would cost more
# Slots are used from `SLACK` early to `BLOCK` late: they lie as much farther apart, so that no second holds too many.
MARGIN = 1 + BLOCK + SLACK
FARTHEST = 5.0  # seconds that are waited for; what must wait longer goes back
SHARE = 10  # of a domain's minute, and of a day, so much is reserved at once: a tenth, a hundredth
PACE, DAY = "pace", "day"

# Several a second of a fast account: the disk is not waited for. What a crash of the server makes it forget is half a second.
RESERVE = f"""
INSERT INTO channels_allowance AS a (account_id, scope, next_at)
SELECT %(account)s, %(scope)s, clock_timestamp() + %(span)s * interval '1 second' FROM {WITHOUT_WAITING}
ON CONFLICT (account_id, scope) DO UPDATE
SET next_at = GREATEST(a.next_at, clock_timestamp()) + %(span)s * interval '1 second'
WHERE a.next_at < clock_timestamp() + %(farthest)s * interval '1 second'
RETURNING EXTRACT(EPOCH FROM a.next_at - clock_timestamp())::float8 - %(span)s
"""
FREE_IN = """
SELECT EXTRACT(EPOCH FROM next_at - clock_timestamp())::float8 FROM channels_allowance
WHERE account_id = %(account)s AND scope = %(scope)s
"""


class Gate:
    """What one worker must pass before each message of an account. Not for threads. `now` tells the time of hours and
    days: a pump asks the database's clock, since its own may be wrong."""

    def __init__(self, account: Account, now: Callable[[], datetime] | None = None) -> None:
        rate = min(account.per_second, (account.per_minute or math.inf) / 60)
        self.account = account
        self._now = now or _by_our_clock
        self._step = MARGIN / rate
        self._most = max(1, int(BLOCK / self._step))
        self._block = 1
        self._domains = dict(account.domain_limits.values_list("domain", "per_minute")) if account.pk else {}
        self._closed_until = self._begin = self._next = 0.0  # by the monotonic clock
        self._slots = self._today = 0
        self._day: datetime | None = None
        self._of_domain: dict[str, tuple[datetime, int]] = {}
        self._queued: dict[str, tuple[float, int]] = {}

    def closed_for(self) -> int:
        """Whole seconds until anything may go over this account; 0: now."""
        if not self.is_closed():
            self._close_for(quiet_seconds(self.account, self._now()))
        return math.ceil(max(0.0, self._closed_until - time.monotonic()))

    def is_closed(self) -> bool:
        return self._closed_until > time.monotonic()

    def wait(self) -> bool:
        """Sleep until the next message may go. False: not within the seconds that are waited for (`closed_for`)."""
        if self.account.per_day and not self._take_of_day():
            return False
        while self._slots or self._reserve():
            now = time.monotonic()
            if now > self._begin + BLOCK and not self._reserve():
                break
            slot, self._slots = self._next, self._slots - 1
            self._next += self._step
            if slot - now <= SLACK:
                return True
            time.sleep(slot - now)
            if time.monotonic() - slot < BLOCK:
                return True  # else the machine was busy, and the slot has gone by
        self._today += bool(self.account.per_day)
        return False

    def more(self, count: int) -> list[float]:
        """Take slots beside those of messages, where a message goes as several (segments of an SMS); returns in how many
        seconds each begins."""
        begins = reserve(self.account.pk, PACE, span=count * self._step, farthest=math.inf)
        return [begins + number * self._step for number in range(count)]

    def later(self, address: str) -> float:
        """Seconds that a message to this address must wait for the limit of its domain; 0: it may go."""
        if not self._domains:
            return 0
        domain = address.rpartition("@")[2].lower()
        limit = self._domains.get(domain)
        if limit is None:
            return 0
        minute = self._now().replace(second=0, microsecond=0)
        since, left = self._of_domain.get(domain, (None, 0))
        if since != minute or not left:
            left = take(self.account.pk, "@" + domain, window=minute, count=_part(limit, SHARE), limit=limit)
        self._of_domain[domain] = (minute, max(0, left - 1))
        return 0 if left else self._behind(domain, limit)

    def close(self) -> None:
        """Give back what was reserved of the day and not used."""
        if self._day is not None and self._today:
            take(self.account.pk, DAY, window=self._day, count=-self._today, limit=0)
        self._today = 0

    def _reserve(self) -> bool:
        self._close_for(quiet_seconds(self.account, self._now()))
        if self.is_closed():
            return False
        self._block = self._fitting()
        begins = reserve(self.account.pk, PACE, span=self._block * self._step, farthest=FARTHEST)
        if begins > FARTHEST:
            self._close_for(begins)
            return False
        self._begin = self._next = time.monotonic() + begins
        self._slots = self._block
        return True

    def _fitting(self) -> int:
        """As many slots as can be used in their time: a slow worker that reserves more holds up the others."""
        if self._slots:
            return max(1, self._block - self._slots)
        if time.monotonic() - self._begin < BLOCK / 2:
            return min(self._most, 2 * self._block)
        return self._block

    def _take_of_day(self) -> bool:
        day = local_day(self.account, self._now())
        if day != self._day or not self._today:
            limit = day_limit(self.account, day.date()) or 0
            taken = take(self.account.pk, DAY, window=day, count=_part(limit, SHARE**2), limit=limit)
            self._day, self._today = day, taken
        if not self._today:
            self._close_for((day + timedelta(days=1) - self._now()).total_seconds())
            return False
        self._today -= 1
        return True

    def _behind(self, domain: str, limit: int) -> float:
        """Those that wait for a domain form a queue at its pace, so that they do not all come back at once."""
        until, left = self._queued.get(domain, (0.0, 0))
        if not left:
            left = _part(limit, SHARE)
            span = left * 60 / limit
            until = time.monotonic() + reserve(self.account.pk, f"@{domain} later", span=span, farthest=math.inf)
        self._queued[domain] = (until, left - 1)
        return max(60 - self._now().timestamp() % 60, until - time.monotonic())

    def _close_for(self, seconds: float) -> None:
        if seconds > 0:
            self._closed_until = time.monotonic() + seconds


def _by_our_clock() -> datetime:
    return timezone.now()


def quiet_seconds(account: Account, now: datetime) -> float:
    """Seconds that the account's quiet hours still last; 0 outside of them. They may pass midnight."""
    begin, end = account.quiet_from, account.quiet_to
    if begin is None or end is None or begin == end:
        return 0
    here = now.astimezone(ZoneInfo(account.time_zone))
    if not _is_within(here.time(), begin, end):
        return 0
    until = here.replace(hour=end.hour, minute=end.minute, second=end.second, microsecond=0)
    if until <= here:
        until += timedelta(days=1)
    return (until - here).total_seconds()


def local_day(account: Account, now: datetime) -> datetime:
    """The midnight that began the account's day."""
    return now.astimezone(ZoneInfo(account.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def reserve(account_id: int, scope: str, *, span: float, farthest: float) -> float:
    """Take the next `span` seconds of a queue that all workers share; returns in how many seconds they begin. Nothing is
    taken, and more than `farthest` returned, when that is farther away."""
    parameters: dict[str, Any] = {"account": account_id, "scope": scope, "span": span, "farthest": min(farthest, 10**9)}
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, parameters)
        found = cursor.fetchone()
        if found is None:
            cursor.execute(FREE_IN, parameters)
            return max(cursor.fetchone()[0], math.nextafter(farthest, math.inf))
    return max(0.0, found[0])


@transaction.atomic
def take(account_id: int, scope: str, *, window: datetime, count: int, limit: int) -> int:
    """Take up to `count` of what the window (its beginning) still holds of `limit`; returns how many. A negative count
    gives back. A host whose clock is behind counts in the window of the one that is ahead."""
    row, _made = Allowance.objects.select_for_update().get_or_create(
        account_id=account_id, scope=scope, defaults={"window": window, "taken": 0}
    )
    taken = row.taken if row.window >= window else 0
    granted = min(count, max(0, limit - taken)) if count > 0 else -min(-count, taken)
    if granted:
        fields = {"window": max(row.window, window), "taken": taken + granted}
        Allowance.objects.filter(pk=row.pk).update(**fields)
    return granted


def _is_within(now: clock, begin: clock, end: clock) -> bool:
    return begin <= now < end if begin < end else now >= begin or now < end


def _part(limit: int, share: int) -> int:
    return max(1, min(limit // share, 100))
