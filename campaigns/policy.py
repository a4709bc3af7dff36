"""The one arbiter of who may be written to now, over all campaigns and channels: hours, limits without races, priorities.

Asked as a chunk is leased. Whoever may not be written to yet waits, with the moment from which she may; only who could
not be reached within the run's time is left out for good. Of two campaigns that want the same day of a person the one of
higher priority gets it (`campaigns.priority` has the rule).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from campaigns import contact_slots, priority
from campaigns.contact_slots import Wanted
from campaigns.models import Campaign
from campaigns.models.policy import Policy
from campaigns.priority import OUTRANKED, Ahead
from campaigns.promo import discounts
from campaigns.quiet_hours import local_day, opens_at
from segments.models.people import Purpose

TOO_OFTEN, TOO_DEAR = "frequency_cap", "discount_cap"


class Row(Protocol):
    """A message that is about to go: `person_id` is the living customer, `time_zone` hers."""

    @property
    def message_id(self) -> int: ...
    @property
    def person_id(self) -> int: ...
    @property
    def contact_point_id(self) -> int | None: ...
    @property
    def time_zone(self) -> str: ...


class Wait(NamedTuple):
    """Not now. `reason` is '' while it waits until `until`; else it never goes, for this reason."""

    until: datetime | None
    reason: str = ""


@dataclass(slots=True)
class Arbiter:
    """Of the messages of one leased chunk, which was leased before if `is_again`. `taken`: the day and the slots that each
    holds. A correction takes no days and waits for none: whoever got the faulty message is owed the right one."""

    campaign: Campaign
    send_until: datetime
    policy: Policy
    is_again: bool = False
    is_correction: bool = False
    taken: dict[int, tuple[date, Wanted]] = field(default_factory=dict)
    _discounts: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._discounts = discounts.limits(self.policy, is_discount=discounts.is_offered(self.campaign))

    def judge(self, rows: Sequence[Row], now: datetime) -> dict[int, Wait]:
        """{message id: why not now}; whoever is not in it may be written to, and holds her slots."""
        zones = {row.time_zone for row in rows}
        opening = {zone: opens_at(self.policy, self.campaign.channel, zone, now) for zone in zones}
        closed = {row.message_id: row.time_zone for row in rows if opening[row.time_zone] > now}
        waiting = {message_id: self._later(opening[zone], "expired") for message_id, zone in closed.items()}
        if self.campaign.purpose == Purpose.ADVERTISING and not self.is_correction:
            waiting |= self._without_room([row for row in rows if row.message_id not in closed], now)
        return waiting

    def keep(self, message_ids: Iterable[int]) -> None:
        """These have gone: their slots stay."""
        for message_id in message_ids:
            self.taken.pop(message_id, None)

    def give_back(self, message_ids: Iterable[int]) -> None:
        """These were not sent."""
        freed = [self.taken.pop(pk) for pk in list(message_ids) if pk in self.taken]
        for day, of_day in groupby(sorted(freed, key=itemgetter(0)), key=itemgetter(0)):
            contact_slots.give_back([wanted for _, wanted in of_day], day)

    def _without_room(self, rows: Sequence[Row], now: datetime) -> dict[int, Wait]:
        """Takes the day of each; who has had enough, or gets another message on it, waits."""
        zones = {row.message_id: row.time_zone for row in rows}
        today = {zone: local_day(zone, now) for zone in set(zones.values())}
        ahead = priority.ahead_of(self.campaign, now=now, until=self.send_until)
        waiting: dict[int, Wait] = {}
        for day in set(today.values()):
            wanted = [
                Wanted(row.message_id, row.person_id, row.contact_point_id or 0)
                for row in rows
                if today[row.time_zone] == day
            ]
            self.taken |= {each.message_id: (day, each) for each in wanted}
            if self.is_again:
                contact_slots.recall(wanted, day)
            waiting |= self._outranked(ahead, wanted, day, zones)
            free = [each for each in wanted if each.message_id not in waiting]
            later = contact_slots.take(
                free, day, channel=self.campaign.channel, policy=self.policy, discounts=self._discounts
            )
            waiting |= {
                message_id: self._on(first.day, zones[message_id], TOO_DEAR if first.is_by_discount else TOO_OFTEN)
                for message_id, first in later.items()
            }
        self.give_back(waiting)
        return waiting

    def _outranked(
        self, ahead: Ahead, wanted: Sequence[Wanted], day: date, zones: Mapping[int, str]
    ) -> dict[int, Wait]:
        """Who leaves this day to a campaign that goes first. Her own limits are named where they alone leave no room."""
        found = priority.yielding(ahead, wanted, day, channel=self.campaign.channel, policy=self.policy)
        waiting = {}
        for message_id, (room_on, until) in found.items():
            by_limits = self._on(room_on, zones[message_id]) if room_on else None
            is_never = by_limits and by_limits.reason
            waiting[message_id] = by_limits if is_never else self._on(until, zones[message_id], OUTRANKED)
        return waiting

    def _on(self, day: date | None, time_zone: str, reason: str = TOO_OFTEN) -> Wait:
        """From the first hour of that day, of hers, on, or from the campaign's where it goes by her clock; as soon after as
        the channel's hours let."""
        if day is None:
            return Wait(None, reason)
        first = datetime.combine(day, self.campaign.local_hour or time.min, ZoneInfo(time_zone)).astimezone(UTC)
        return self._later(opens_at(self.policy, self.campaign.channel, time_zone, first), reason)

    def _later(self, moment: datetime, reason: str) -> Wait:
        return Wait(moment) if moment < self.send_until else Wait(None, reason)
