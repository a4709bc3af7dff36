"""How soon people react, channel by channel: how long a step has to wait for whoever will react at all.

Counted every night over half a year of messages: the hours between a message and the first link followed or answer. An opened
letter is no reaction. The wait that is advised ends when nine of ten of those who react have reacted.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import ReactionCurve
from channels.models import Channel

HOURS = (1, 2, 3, 6, 12, 24, 36, 48, 72, 96, 120, 168, 240, 336, 504, 720)
ENOUGH = 100  # reactions, below which a curve says nothing
MOST = 0.9
SINCE = timedelta(days=180)

COUNT = """
WITH reacted AS (
    SELECT channel, extract(epoch FROM least(clicked_at, replied_at) - sent_at) / 3600 AS hours FROM campaigns_touch
    WHERE sent_at >= %(since)s AND least(clicked_at, replied_at) >= sent_at
), placed AS (
    SELECT channel, width_bucket(hours, %(hours)s::numeric[]) AS place, count(*) AS people
    FROM reacted WHERE hours < %(longest)s GROUP BY 1, 2
)
INSERT INTO campaigns_reactioncurve (channel, people, reacted, counted_at)
SELECT p.channel, sum(p.people), ARRAY(
    SELECT COALESCE((SELECT sum(q.people) FROM placed AS q WHERE q.channel = p.channel AND q.place <= n), 0)::int
    FROM generate_series(0, cardinality(%(hours)s::numeric[]) - 1) AS n ORDER BY n
), %(now)s
FROM placed AS p GROUP BY p.channel
"""


@dataclass(frozen=True, slots=True)
class Curve:
    """`shares`: of all reactions, those that came within each of `HOURS`. `advised`: the hours of nine in ten."""

    channel: str
    people: int
    shares: list[float]
    advised: int

    @property
    def label(self) -> str:
        return str(Channel(self.channel).label)


def count() -> dict[str, Any]:
    """Nightly; returns {reactions}."""
    now = timezone.now()
    asked = {"since": now - SINCE, "hours": list(HOURS), "longest": HOURS[-1], "now": now}
    with transaction.atomic(), connection.cursor() as cursor:
        ReactionCurve.objects.all().delete()
        cursor.execute(COUNT, asked)
        cursor.execute("SELECT COALESCE(sum(people), 0) FROM campaigns_reactioncurve")
        return {"reactions": int(cursor.fetchone()[0])}


def every() -> Mapping[str, Curve]:
    """By channel; a channel of too few reactions has none."""
    rows = ReactionCurve.objects.filter(people__gte=ENOUGH).order_by("channel")
    return {row.channel: _curve(row) for row in rows}


def _curve(row: ReactionCurve) -> Curve:
    shares = [number / row.people for number in row.reacted]
    return Curve(row.channel, row.people, shares, HOURS[min(bisect_left(shares, MOST), len(HOURS) - 1)])
