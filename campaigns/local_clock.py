"""The start by each recipient's own clock: "at 11" is 04:00 of Moscow in Vladivostok and 12:00 in Kaliningrad.

The day and the hour of `Campaign.starts_at` are read off the wall of the holding and hung on the wall of each zone. Of whom
no zone is known lives by the clock of the holding. Whose hour is past as the campaign starts (it was approved late) gets it
at once, while the campaign may be late (`lateness_hours`) and it is day there by the hours of the policy, whatever the
channel; else at the same hour of the next day.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.models.policy import Policy
from campaigns.quiet_hours import day_opens_at, local_day, opens_at

AHEAD = timedelta(minutes=5)  # a launch takes its time: it begins so long before the first hour comes
ON_TIME = timedelta(hours=1)  # a start that is late by less did not miss anybody's hour

# The first moment at which it is the hour of campaign `g` somewhere in the base.
BEGINS = """LEAST(g.starts_at, CASE WHEN g.on_local_clock AND g.starts_at < clock_timestamp() + interval '1 day' THEN (
    SELECT min((g.starts_at AT TIME ZONE %(zone)s) AT TIME ZONE z.time_zone) - %(ahead)s
    FROM (SELECT DISTINCT time_zone FROM segments_customerzone) AS z
) END)"""

# Of a run that went: how many people of each zone were to be written to, and of how many it is decided by now.
OF_RUN = """
SELECT COALESCE(z.time_zone, %(otherwise)s), count(*), count(o.message_id) FROM campaigns_message AS m
LEFT JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id
LEFT JOIN segments_customerzone AS z ON z.customer_id = m.customer_id
WHERE m.run_id = %(run)s AND m.left_out = '' GROUP BY 1
"""


class Departure(NamedTuple):
    """`at`: when people of these zones (IANA names, most people first) are written to; `is_past`: their hour of the planned day will have gone by. `done`:
    of how many it is decided what became of them, once it was launched."""

    at: datetime
    zones: list[str]
    people: int
    is_past: bool
    done: int | None = None


def parameters() -> dict[str, object]:
    """Of `BEGINS`."""
    return {"zone": settings.TIME_ZONE, "ahead": AHEAD}


def goes_at(campaign: Campaign, policy: Policy, time_zone: str, now: datetime) -> datetime:
    """The moment from `now` on (UTC) at which people of a zone are written to by a campaign that starts now."""
    hour = campaign.local_hour
    if hour is None:
        return opens_at(policy, campaign.channel, time_zone, now)
    wanted = _hung(timezone.localdate(campaign.starts_at), hour, time_zone)
    late = now - wanted
    is_at_once = late <= timedelta(hours=campaign.lateness_hours) and day_opens_at(policy, time_zone, now) <= now
    if late > ON_TIME and not is_at_once:
        today = local_day(time_zone, now)
        wanted = _hung(today, hour, time_zone)
        if wanted < now:
            wanted = _hung(today + timedelta(days=1), hour, time_zone)
    return opens_at(policy, campaign.channel, time_zone, max(now, wanted))


def departures(campaign: Campaign, people: Mapping[str | None, int], now: datetime) -> list[Departure]:
    """Were it started in time, or now if that is past: who is written to when, the earliest first. `people` by their
    zones. Empty where the clock of the holding counts."""
    if campaign.local_hour is None or campaign.starts_at is None:
        return []
    policy, day = Policy.now(), timezone.localdate(campaign.starts_at)
    at: dict[tuple[datetime, bool], Counter[str]] = {}
    for zone, number in people.items():
        name = zone or settings.TIME_ZONE
        is_past = now - _hung(day, campaign.local_hour, name) > ON_TIME
        at.setdefault((goes_at(campaign, policy, name, now), is_past), Counter())[name] += number
    return [
        Departure(moment, [name for name, _number in zones.most_common()], zones.total(), is_past)
        for (moment, is_past), zones in sorted(at.items())
    ]


def of_last_run(campaign: Campaign) -> list[Departure]:
    """As `departures`, of the run that was launched last, with how far each is."""
    run = campaign.runs.order_by("id").last()
    if run is None or campaign.local_hour is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(OF_RUN, {"run": run.pk, "otherwise": settings.TIME_ZONE})
        of_zone = {zone: (people, done) for zone, people, done in cursor.fetchall()}
    planned = departures(campaign, {zone: people for zone, (people, _done) in of_zone.items()}, run.started_at)
    return [each._replace(done=sum(of_zone[zone][1] for zone in each.zones)) for each in planned]


def _hung(day: date, hour: time, time_zone: str) -> datetime:
    """An hour that the clock leaps over is the one after it."""
    return datetime.combine(day, hour, ZoneInfo(time_zone)).astimezone(UTC)
