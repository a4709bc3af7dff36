"""How many advertising messages a person will have had: the heat line of the calendar.

For each day: messages of that day and the 29 after it, over all campaigns and channels, for one person who can be written
to. What has gone out is counted by the days that it took (`ContactSlot`), what is in the queue by its chunks, what is only
planned is estimated from sizes that are known already: no audience is worked out for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import connection
from django.utils import timezone
from pyroaring import BitMap64

from campaigns.calendar import MOVABLE
from campaigns.contact_slots import DAYS, KEPT
from campaigns.models import Campaign
from campaigns.models.policy import Policy
from segments.models import Segment
from segments.models.people import Purpose
from segments.overlaps import bitmaps

LEARNT_FROM = 90  # days of runs that say what part of an audience a channel reaches
PARTS = (0.25, 0.5, 0.75, 1.0)  # of the limit of 30 days: where one level of heat ends and the next begins

REACHABLE = "SELECT count(*) FROM segments_customerfacts WHERE email_reachable OR sms_reachable"
GONE = """
SELECT day, count(*) FROM campaigns_contactslot WHERE day BETWEEN %(first)s AND %(last)s AND holder > 0 GROUP BY day
"""
QUEUED = """
SELECT (GREATEST(k.due_at, now()) AT TIME ZONE %(zone)s)::date AS day, sum(cardinality(k.message_ids))::bigint
FROM campaigns_chunk AS k JOIN campaigns_run AS r ON r.id = k.run_id JOIN campaigns_campaign AS c ON c.id = r.campaign_id
WHERE k.state = 0 AND c.purpose = %(advertising)s GROUP BY 1
"""
REACHED = """
SELECT c.channel, 1 - sum(o.people)::float / sum(r.audience)
FROM campaigns_run AS r JOIN campaigns_campaign AS c ON c.id = r.campaign_id
CROSS JOIN LATERAL (SELECT COALESCE(sum(value::integer), 0) AS people FROM jsonb_each_text(r.left_out)) AS o
WHERE r.started_at >= %(since)s AND r.audience > 0 AND c.purpose = %(advertising)s
GROUP BY c.channel
"""


@dataclass(frozen=True)
class Load:
    """Of the 30 days from `day` on: messages in all, and for one of `people`; `level` 0 (cool) to 4 (over the limit)."""

    day: date
    messages: int
    people: int
    limit: int

    @property
    def per_person(self) -> float:
        return self.messages / self.people if self.people else 0.0

    @property
    def level(self) -> int:
        return sum(self.per_person > part * self.limit for part in PARTS)


def loads(days: Sequence[date]) -> dict[date, Load]:
    """The load of each of these days in a row. Days whose messages are forgotten already have none; nor has any day while
    nobody can be written to."""
    known = [day for day in days if day > timezone.localdate() - timedelta(days=KEPT)]
    people = _reachable()
    if not known or not people:
        return {}
    limit = Policy.now().per_month
    per_day = messages(known[0], known[-1] + timedelta(days=DAYS - 1))
    found = {}
    for day in known:
        window = (per_day.get(day + timedelta(days=ahead), 0) for ahead in range(DAYS))
        found[day] = Load(day, round(sum(window)), people, limit)
    return found


def messages(first: date, last: date) -> dict[date, float]:
    """{day: advertising messages}: gone out, queued and planned."""
    asked = {"first": first, "last": last, "zone": settings.TIME_ZONE, "advertising": Purpose.ADVERTISING.value}
    total: dict[date, float] = defaultdict(float)
    with connection.cursor() as cursor:
        for statement in (GONE, QUEUED):
            cursor.execute(statement, asked)
            for day, number in cursor.fetchall():
                total[day] += number
    for day, number in _planned(last):
        total[day] += number
    return dict(total)


def _planned(last: date) -> list[tuple[date, float]]:
    """(day, people who will be written to) of each campaign that waits for its start; what is late counts as of today. A
    draft whose day is past is not counted: nobody sends it."""
    today = timezone.localdate()
    waiting = Campaign.objects.filter(purpose=Purpose.ADVERTISING, state__in=MOVABLE, runs=None)
    waiting = waiting.exclude(kind=Campaign.Kind.AUDIENCE)
    waiting = waiting.filter(starts_at__isnull=False, starts_at__date__lte=last)
    campaigns = list(waiting.exclude(state=Campaign.State.DRAFT, starts_at__date__lt=today))
    reached, people = _reached(), _audiences([campaign.pk for campaign in campaigns])
    return [
        (
            max(timezone.localdate(campaign.starts_at), today),
            people.get(campaign.pk, 0) * reached.get(campaign.channel, 1 - campaign.control_percent / 100),
        )
        for campaign in campaigns
    ]


def _audiences(campaign_ids: Iterable[int]) -> dict[int, int]:
    """{campaign: people of its segments, each once}. One segment has its size; several are put together as bitmaps."""
    included = _segments(Campaign.segments_in.through, campaign_ids)
    excluded = _segments(Campaign.segments_out.through, campaign_ids)
    chosen = {pk for pairs in (included, excluded) for segments in pairs.values() for pk in segments}
    sizes: dict[int, int | None] = dict(Segment.objects.filter(pk__in=chosen).values_list("pk", "size"))
    found = {pk: sizes[one[0]] or 0 for pk, one in included.items() if len(one) == 1 and pk not in excluded}
    several = included.keys() - found.keys()
    needed = {pk for each in several for pk in (*included[each], *excluded.get(each, ()))}
    people = bitmaps(Segment.objects.filter(pk__in=needed)) if needed else {}
    return found | {
        pk: len(_together(included[pk], people) - _together(excluded.get(pk, ()), people)) for pk in several
    }


def _together(segments: Iterable[int], people: Mapping[int, BitMap64]) -> BitMap64:
    return reduce(or_, (people[pk] for pk in segments), BitMap64())


def _segments(through: type, campaign_ids: Iterable[int]) -> dict[int, list[int]]:
    pairs = through.objects.filter(campaign__in=campaign_ids).values_list("campaign_id", "segment_id")  # type: ignore[attr-defined]
    found: dict[int, list[int]] = defaultdict(list)
    for campaign, segment in pairs:
        found[campaign].append(segment)
    return dict(found)


def _reached() -> dict[str, float]:
    """{channel: what part of their audiences the campaigns of the last months have written to}."""
    since = timezone.now() - timedelta(days=LEARNT_FROM)
    with connection.cursor() as cursor:
        cursor.execute(REACHED, {"since": since, "advertising": Purpose.ADVERTISING.value})
        return dict(cursor.fetchall())


def _reachable() -> int:
    """People with an e-mail or a mobile number that has not failed."""
    with connection.cursor() as cursor:
        cursor.execute(REACHABLE)
        return cursor.fetchone()[0]
