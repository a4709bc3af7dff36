"""The one arbiter of who may be written to now, over all campaigns and channels: hours, and limits without races.

Asked as a chunk is leased. Whoever may not be written to yet waits, with the moment from which she may; only who could
not be reached within the run's time is left out for good. A message holds a slot (`ContactSlot`) of its person and one of
its address for the day; slots are taken in one order, so that two leases cannot deadlock, and counted after they are
taken, so that two leases never pass a limit together: at worst both wait.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from django.db import connection

from campaigns.models import Campaign
from campaigns.models.policy import Policy
from campaigns.quiet_hours import local_day, opens_at
from segments.models.people import Preference, Purpose

DAYS = 30
KEPT = 60  # days of slots
TOO_OFTEN = "frequency_cap"

# What an earlier lease of the same messages took on another day goes back first.
TAKE = """
WITH asked AS (
    SELECT holder, day, message_id FROM unnest(%(holders)s::bigint[], %(days)s::date[], %(messages)s::bigint[])
        AS t (holder, day, message_id)
), stale AS (
    DELETE FROM campaigns_contactslot AS s USING asked AS a
    WHERE s.holder = a.holder AND s.message_id = a.message_id AND s.day <> a.day
)
INSERT INTO campaigns_contactslot (holder, day, channel, run_id, message_id)
SELECT holder, day, %(channel)s, %(run)s, message_id FROM asked ORDER BY holder, day
ON CONFLICT (holder, day) DO NOTHING
"""
# Which messages hold both their slots, and from what day on the limits of their people leave room: the day on which the
# oldest of the last `cap` messages is 30 days away, this one itself not counted.
JUDGE = """
WITH asked AS (
    SELECT * FROM unnest(%(messages)s::bigint[], %(people)s::bigint[], %(points)s::bigint[], %(days)s::date[])
        AS t (message_id, person_id, point_id, day)
), capped AS (
    SELECT a.*, CASE WHEN EXISTS (
        SELECT FROM segments_preference AS p WHERE p.customer_id = a.person_id AND p.kind = %(fewer)s
    ) THEN %(per_month_fewer)s ELSE %(per_month)s END AS cap FROM asked AS a
)
SELECT a.message_id,
    EXISTS (SELECT FROM campaigns_contactslot AS s
            WHERE s.holder = a.person_id AND s.day = a.day AND s.message_id = a.message_id)
    AND EXISTS (SELECT FROM campaigns_contactslot AS s
                WHERE s.holder = -a.point_id AND s.day = a.day AND s.message_id = a.message_id) AS is_held,
    a.cap = 0 AS is_never,
    greatest(
        (SELECT s.day FROM campaigns_contactslot AS s
         WHERE s.holder = ANY(same.ids) AND s.message_id <> a.message_id AND s.day > a.day - %(days_back)s
         ORDER BY s.day DESC OFFSET greatest(a.cap, 1) - 1 LIMIT 1),
        (SELECT s.day FROM campaigns_contactslot AS s
         WHERE s.holder = ANY(same.ids) AND s.message_id <> a.message_id AND s.day > a.day - %(days_back)s
             AND s.channel = %(channel)s
         ORDER BY s.day DESC OFFSET %(on_channel)s - 1 LIMIT 1)
    ) + %(days_back)s AS room_on
FROM capped AS a CROSS JOIN LATERAL (
    SELECT array_append(ARRAY(SELECT c.id FROM segments_customer AS c WHERE c.merged_into_id = a.person_id), a.person_id)
) AS same (ids)
"""
GIVE_BACK = """
DELETE FROM campaigns_contactslot AS s
USING unnest(%(holders)s::bigint[], %(days)s::date[], %(messages)s::bigint[]) AS t (holder, day, message_id)
WHERE s.holder = t.holder AND s.day = t.day AND s.message_id = t.message_id
"""
# Of messages that turned out not to have gone: those of ended runs, or these.
FREE = """
DELETE FROM campaigns_contactslot AS s
USING campaigns_message AS m
JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id
LEFT JOIN campaigns_resolution AS r ON r.run_id = o.run_id AND r.message_id = o.message_id
LEFT JOIN segments_customer AS c ON c.id = m.customer_id
WHERE (m.run_id = ANY(%(runs)s) OR m.id = ANY(%(messages)s)) AND COALESCE(r.kind, o.kind) NOT IN ('accepted', 'unknown')
  AND s.holder IN (COALESCE(c.merged_into_id, m.customer_id), -m.contact_point_id) AND s.message_id = m.id
"""
FORGET = "DELETE FROM campaigns_contactslot WHERE day < current_date - %s"
# People whose limits leave no room within the time of a run that would start now.
CAPPED = """
SELECT COALESCE(c.merged_into_id, c.id) AS customer_id FROM campaigns_contactslot AS s
JOIN segments_customer AS c ON c.id = s.holder
LEFT JOIN segments_preference AS p ON p.customer_id = COALESCE(c.merged_into_id, c.id) AND p.kind = %(fewer)s
WHERE s.holder > 0 AND s.day > %(capped_after)s::date
GROUP BY 1 HAVING count(*) >= CASE WHEN bool_or(p.id IS NOT NULL) THEN %(per_month_fewer)s ELSE %(per_month)s END
    OR count(*) FILTER (WHERE s.channel = %(channel)s) >= %(on_channel)s
UNION SELECT customer_id FROM segments_preference WHERE kind = %(fewer)s AND %(per_month_fewer)s = 0
"""
NO_LIMIT = 32_000  # of a channel without one of its own


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
    """Of the messages of one leased chunk. `taken` are the slots that they hold, by message."""

    campaign: Campaign
    run_id: int
    send_until: datetime
    policy: Policy
    taken: dict[int, tuple[int, int, date]] = field(default_factory=dict)

    def judge(self, rows: Sequence[Row], now: datetime) -> dict[int, Wait]:
        """{message id: why not now}; whoever is not in it may be written to, and holds her slots."""
        opening = {
            zone: opens_at(self.policy, self.campaign.channel, zone, now) for zone in {r.time_zone for r in rows}
        }
        free = [row for row in rows if opening[row.time_zone] <= now]
        waiting = {
            r.message_id: self._later(opening[r.time_zone], "expired") for r in rows if opening[r.time_zone] > now
        }
        if free and self.campaign.purpose == Purpose.ADVERTISING:
            waiting |= self._without_room(free, now)
        return waiting

    def keep(self, message_ids: Iterable[int]) -> None:
        """These have gone: their slots stay."""
        for message_id in message_ids:
            self.taken.pop(message_id, None)

    def give_back(self, message_ids: Iterable[int]) -> None:
        """These were not sent."""
        freed = [(pk, self.taken.pop(pk)) for pk in list(message_ids) if pk in self.taken]
        if freed:
            with connection.cursor() as cursor:
                cursor.execute(GIVE_BACK, _slots(freed))

    def _without_room(self, rows: Sequence[Row], now: datetime) -> dict[int, Wait]:
        zones = {row.time_zone: local_day(row.time_zone, now) for row in rows}
        wanted = {r.message_id: (r.person_id, r.contact_point_id or 0, zones[r.time_zone]) for r in rows}
        by_id = {row.message_id: row for row in rows}
        taking = _slots(wanted.items()) | {"channel": self.campaign.channel, "run": self.run_id}
        with connection.cursor() as cursor:
            cursor.execute(TAKE, taking)
            cursor.execute(JUDGE, self._asked(wanted))
            verdicts = cursor.fetchall()
        waiting: dict[int, Wait] = {}
        self.taken |= wanted
        for message_id, is_held, is_never, room_on in verdicts:
            day, zone = wanted[message_id][2], by_id[message_id].time_zone
            if is_never:
                waiting[message_id] = Wait(None, TOO_OFTEN)
            elif room_on is not None and room_on > day:
                waiting[message_id] = self._on(room_on, zone)
            elif not is_held:
                waiting[message_id] = self._on(day + timedelta(days=1), zone)
        self.give_back(waiting)
        return waiting

    def _asked(self, wanted: Mapping[int, tuple[int, int, date]]) -> dict[str, Any]:
        people, points, days = zip(*wanted.values(), strict=True)
        asked = {"messages": list(wanted), "people": list(people), "points": list(points), "days": list(days)}
        return asked | {"days_back": DAYS} | limits(self.policy, self.campaign.channel)

    def _on(self, day: date, time_zone: str) -> Wait:
        """At the first hour of that day, of hers, or as soon after as the channel's hours let."""
        return self._later(
            opens_at(self.policy, self.campaign.channel, time_zone, _midnight(day, time_zone)), TOO_OFTEN
        )

    def _later(self, moment: datetime, reason: str) -> Wait:
        return Wait(moment) if moment < self.send_until else Wait(None, reason)


def _slots(messages: Iterable[tuple[int, tuple[int, int, date]]]) -> dict[str, Any]:
    """Of each message the slot of its person and that of its address."""
    rows = [(holder, day, message_id) for message_id, (person, point, day) in messages for holder in (person, -point)]
    holders, days, ids = zip(*rows, strict=True)
    return {"holders": list(holders), "days": list(days), "messages": list(ids)}


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(time_zone)).astimezone(UTC)


def limits(policy: Policy, channel: str) -> dict[str, Any]:
    """What the statements take of a policy."""
    return {
        "fewer": Preference.Kind.FEWER.value,
        "per_month": policy.per_month,
        "per_month_fewer": policy.per_month_fewer,
        "on_channel": policy.limits().get(channel, NO_LIMIT),
        "channel": channel,
    }


def free(*, run_ids: Collection[int] = (), message_ids: Collection[int] = ()) -> int:
    """Give back the slots of messages that were settled without their lease: by the journal of a dead worker, by a report
    of an unknown one. Of whole runs, or of these messages."""
    with connection.cursor() as cursor:
        cursor.execute(FREE, {"runs": list(run_ids), "messages": list(message_ids)})
        return cursor.rowcount


def forget() -> int:
    """Slots that no limit counts any more."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [KEPT])
        return cursor.rowcount
