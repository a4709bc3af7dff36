"""Chunks of a run: its messages in the portions in which workers lease them, each with the time from which it may go."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from campaigns import local_clock, variants
from campaigns.models import Run
from campaigns.models.policy import Policy
from campaigns.quiet_hours import opens_at

SEND_FOR = timedelta(hours=72)  # what could not be sent by then has expired
CHUNK = 500
PORTION = timedelta(minutes=5)  # what is spread goes in portions so far apart, or nearer
DRAIN_SECONDS = 5  # a chunk is sized to drain within it, so that a stop acts as soon

# People of one time zone, one text and one hour go together: a chunk waits for its time as a whole, and is made of one content.
# The chunks of one time are spread evenly, those of each version.
CUT = """
INSERT INTO campaigns_chunk (run_id, account_id, channel, message_ids, send_until, due_at)
SELECT %(run)s, %(account)s, %(channel)s, ids, %(chunk_until)s,
       LEAST(opens_at + %(spread)s * part / (max(part) OVER (PARTITION BY opens_at, content_id) + 1), %(send_until)s)
FROM (
    SELECT opens_at, content_id, part, array_agg(id ORDER BY id) AS ids FROM (
        SELECT m.id, m.content_id, COALESCE(o.opens_at, %(otherwise)s) AS opens_at, (row_number() OVER (
            PARTITION BY COALESCE(o.opens_at, %(otherwise)s), m.content_id ORDER BY m.id
        ) - 1) / %(size)s AS part
        FROM campaigns_message AS m
        LEFT JOIN segments_customerzone AS z ON z.customer_id = m.customer_id
        LEFT JOIN unnest(%(zones)s::text[], %(openings)s::timestamptz[], %(letters)s::text[])
            AS o (time_zone, opens_at, variant) ON {is_hers}
        WHERE m.run_id = %(run)s AND m.id > %(after)s AND m.left_out = ''
    ) AS numbered GROUP BY opens_at, content_id, part
) AS parts ORDER BY opens_at, part, content_id
"""
IN_HER_ZONE = "o.time_zone = z.time_zone"
AT_HER_HOUR = "o.time_zone = COALESCE(z.time_zone, %(home)s) AND o.variant = m.variant"
ZONES = "SELECT DISTINCT time_zone FROM segments_customerzone"


def cut(run: Run, *, to_send: int, after: int = 0, send_until: datetime | None = None) -> None:
    """Make chunks of the messages of a run whose ids are greater than `after`; they are given up at `send_until`, or with
    the run."""
    given_up = send_until or run.send_until
    parameters = {"run": run.pk, "account": run.account_id, "channel": run.campaign.channel, "after": after}
    hours = {each.letter: each.hour for each in variants.every(run.campaign)}
    if not any(hour is not None for hour in hours.values()):
        hours = {}
    parameters |= _openings(run, given_up, hours) | _portions(run, to_send) | {"chunk_until": send_until}
    with connection.cursor() as cursor:
        cursor.execute(CUT.format(is_hers=AT_HER_HOUR if hours else IN_HER_ZONE), parameters)


def _portions(run: Run, to_send: int) -> dict[str, Any]:
    """How large a chunk is, and over which time those of one opening are spread."""
    size = min(CHUNK, run.account.per_second * DRAIN_SECONDS)
    spread = timedelta(hours=run.campaign.spread_hours or 0)
    if spread:
        size = min(size, round(to_send / (spread / PORTION)))
    return {"size": max(1, size), "spread": spread}


def _openings(run: Run, given_up: datetime, hours: Mapping[str, int | None]) -> dict[str, Any]:
    """When each time zone is written to, and those who live by none known; `hours` are those of all variants, none where no
    variant has one."""
    policy, campaign, home = Policy.now(), run.campaign, settings.TIME_ZONE
    zones: list[str] = []
    if hours or campaign.local_hour or campaign.channel in policy.quiet_channels:
        with connection.cursor() as cursor:
            cursor.execute(ZONES)
            zones = [row[0] for row in cursor.fetchall()]
    begins = run.started_at if campaign.local_hour else max(run.started_at, given_up - SEND_FOR)

    def goes_at(zone: str, letter: str) -> datetime:
        if (hour := hours.get(letter)) is not None:
            return opens_at(policy, campaign.channel, zone, _at_hour(begins, zone, hour))
        return local_clock.goes_at(campaign, policy, zone, begins)

    rows = [
        (zone, goes_at(zone, letter), letter)
        for zone in (dict.fromkeys([*zones, home]) if hours else zones)
        for letter in hours or [""]
    ]
    found: dict[str, Any] = {
        name: [row[place] for row in rows] for place, name in enumerate(("zones", "openings", "letters"))
    }
    return found | {"otherwise": goes_at(home, ""), "home": home, "send_until": given_up}


def _at_hour(moment: datetime, zone: str, hour: int) -> datetime:
    """The next time, from `moment` on, at which the clocks of the zone show this hour; within it, at once."""
    local = moment.astimezone(ZoneInfo(zone))
    if local.hour == hour:
        return moment
    begins = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return begins if begins > local else begins + timedelta(days=1)
