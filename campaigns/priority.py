"""Which campaign goes first to a person whom several want to write to.

The rule, of advertising alone. A campaign yields a person to another of higher priority that plans to write to her while
it goes itself:

- one that was launched (it runs, or is paused) and has not ended: its message to her waits, without an outcome;
- one that is scheduled, and starts before this one must end: she is in its segments, has an address that it may write to,
  and is in no control group. (Limits of its own channel are not asked.)

Each such message counts as if it had taken a day already: the present one of a launched campaign, the day of the start of
a scheduled one. So who yields waits for the first day that is free of them and on which her limits have room for all of
them and for this message. Where that is not before the end of the run the reason is `OUTRANKED`; where her limits alone
leave no room it is "written to often enough", as ever. Of equal priorities the first to come goes first. Corrections
stand outside: they yield to none, and none yields to them.

It is decided twice: as the audience is planned, for whoever could never be written to (`OUTRANKED_PEOPLE`); and as a chunk
is leased (`yielding`), before its messages take their days, so that a day is never held from who goes first.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from campaigns.contact_slots import ASKED, CAP, DAYS, SAME, Wanted, arrays, limits
from campaigns.contacts import CONTACTS
from campaigns.experiments import draw_sql
from campaigns.models import Campaign, Message
from campaigns.models.policy import Policy
from channels.devices import takes_sql
from segments.consents import may_write_sql
from segments.models.people import Purpose

OUTRANKED = Message.LeftOut.OUTRANKED.value

AHEAD = """
SELECT g.id, g.channel, r.id FROM campaigns_campaign AS g
LEFT JOIN campaigns_run AS r
    ON r.campaign_id = g.id AND r.finished_at IS NULL AND r.send_until > %(now)s AND g.state <> 'scheduled'
WHERE g.priority > %(priority)s AND g.state IN ('scheduled', 'running', 'paused') AND g.purpose = 'advertising'
  AND g.kind <> 'audience'
  AND NOT EXISTS (SELECT FROM campaigns_followup AS f WHERE f.campaign_id = g.id AND f.kind = 'correction')
  AND CASE WHEN g.state = 'scheduled' THEN g.starts_at IS NULL OR g.starts_at < %(until)s ELSE r.id IS NOT NULL END
ORDER BY g.id, r.id
"""
_OF_ITS_OWN = {"channel": "g.channel", "purpose": "g.purpose", "brand": "g.brand_id"}
# (customer_id, channel, day), one row for each message that goes first; `of_messages` narrows whose they may be.
_OF_RUNS = """
SELECT COALESCE(c.merged_into_id, c.id) AS customer_id, m.channel, %(today)s::date AS day
FROM campaigns_message AS m JOIN segments_customer AS c ON c.id = m.customer_id
WHERE m.run_id = ANY(%(runs_ahead)s) AND m.left_out = '' {of_messages}
  AND NOT EXISTS (SELECT FROM campaigns_outcome AS o WHERE o.run_id = m.run_id AND o.message_id = m.id)
"""
# Members of the segments of the campaigns, living, with whether the segment lets them in.
_MEMBERS = """
SELECT s.campaign_id, COALESCE(c.merged_into_id, c.id) AS customer_id, s.is_in
FROM (
    SELECT campaign_id, segment_id, true AS is_in FROM campaigns_campaign_segments_in
    WHERE campaign_id = ANY(%(scheduled_ahead)s)
    UNION ALL SELECT campaign_id, segment_id, false FROM campaigns_campaign_segments_out
    WHERE campaign_id = ANY(%(scheduled_ahead)s)
) AS s JOIN segments_membership AS m ON m.segment_id = s.segment_id
JOIN segments_customer AS c ON c.id = m.customer_id
WHERE true {of_messages}
"""
# The address `a` that `h` holds is one to which the campaign `g` may write, with `k` its kind.
_MAY_WRITE = f"""
    a.kind = k.kind AND a.validity = 'valid' AND NOT a.is_shared AND a.reachability <> 'unreachable'
    AND {may_write_sql("a.id") % _OF_ITS_OWN} AND (k.kind <> 'device' OR {takes_sql("a.value", "g.account_id")})
"""
_KINDS = """unnest(%(scheduled_ahead)s::bigint[], %(kinds_ahead)s::text[]) AS k (campaign_id, kind)
    JOIN campaigns_campaign AS g ON g.id = k.campaign_id"""
_PLANNED = f"""
SELECT p.customer_id, g.channel, greatest(%(today)s::date, (g.starts_at AT TIME ZONE %(zone)s)::date) AS day
FROM ({{people}}) AS p JOIN campaigns_campaign AS g ON g.id = p.campaign_id
WHERE {draw_sql("%(global_salt)s", "p.customer_id")} >= %(global_share)s
  AND {draw_sql("COALESCE(NULLIF(g.salt, ''), 'campaign-' || g.id)", "p.customer_id")} >= g.control_percent / 100::float8
"""
# Of a few people: each is looked up.
_OF_SCHEDULED = _PLANNED.format(
    people=f"""
    SELECT them.campaign_id, them.customer_id FROM (
        SELECT campaign_id, customer_id FROM ({_MEMBERS}) AS members GROUP BY 1, 2 HAVING bool_and(is_in)
    ) AS them WHERE EXISTS (
        SELECT FROM {_KINDS} JOIN segments_cardcontact AS h ON h.customer_id = them.customer_id
        JOIN segments_contactpoint AS a ON a.id = h.contact_point_id
        WHERE k.campaign_id = them.campaign_id AND {_MAY_WRITE}
    )
"""
)
# Of everybody: gathered and grouped, since the planner cannot know how many there will be, and would look up each. Who has
# said "yes" to something is a coarse sieve before the question itself.
_OF_ALL_SCHEDULED = _PLANNED.format(
    people=f"""
    SELECT campaign_id, customer_id FROM (
        SELECT campaign_id, customer_id, is_in, false AS is_reached FROM ({_MEMBERS}) AS members
        UNION ALL
        SELECT k.campaign_id, h.customer_id, NULL, true
        FROM {_KINDS} JOIN segments_consentstate AS said
            ON said.channel = g.channel AND said.purpose = g.purpose AND said.given
            AND (said.brand_id IS NULL OR said.brand_id = g.brand_id)
        JOIN segments_contactpoint AS a ON a.id = said.contact_point_id
        JOIN segments_cardcontact AS h ON h.contact_point_id = a.id
        WHERE {_MAY_WRITE}
    ) AS each GROUP BY 1, 2 HAVING bool_and(is_in) AND bool_or(is_reached)
"""
)
_UNION = " UNION ALL "
_OF_NEAR = """AND (
    %(ahead)s >= least(%(per_month)s, %(on_channel)s) OR COALESCE(c.merged_into_id, c.id) IN (SELECT customer_id FROM near)
)"""
# Of a chunk: from what day on her limits alone leave room, and from what day on they do after those who go first.
YIELDING = f"""
WITH {ASKED}, {SAME}, waiting AS (
    SELECT a.message_id, w.channel, w.day
    FROM ({{waited}}) AS w
    JOIN asked AS a ON a.person_id = w.customer_id
), taken AS (
    SELECT message_id, channel, day, true AS is_ahead FROM waiting
    UNION ALL SELECT same.message_id, s.channel, s.day, false
    FROM same JOIN campaigns_contactslot AS s
        ON s.holder = same.holder AND s.day > %(today)s::date - %(days_back)s AND s.message_id <> same.message_id
    WHERE same.message_id IN (SELECT message_id FROM waiting)
), counted AS (
    SELECT message_id, bool_or(is_ahead AND day = %(today)s) AS is_today,
           array_agg(day ORDER BY day DESC) AS days,
           array_agg(day ORDER BY day DESC) FILTER (WHERE channel = %(channel)s) AS of_channel,
           array_agg(day ORDER BY day DESC) FILTER (WHERE NOT is_ahead) AS past,
           array_agg(day ORDER BY day DESC) FILTER (WHERE NOT is_ahead AND channel = %(channel)s) AS past_of_channel
    FROM taken GROUP BY message_id
), judged AS (
    SELECT a.message_id, greatest(t.past[{CAP}], t.past_of_channel[%(on_channel)s]) + %(days_back)s AS room_on,
           greatest(CASE WHEN t.is_today THEN %(today)s::date + 1 END,
                    greatest(t.days[{CAP}], t.of_channel[%(on_channel)s]) + %(days_back)s) AS yields_until
    FROM asked AS a JOIN counted AS t ON t.message_id = a.message_id
    LEFT JOIN segments_preference AS p ON p.customer_id = a.person_id AND p.kind = %(fewer)s
    WHERE {CAP} > 0
)
SELECT * FROM judged WHERE yields_until IS NOT NULL
"""
# Of everybody: whose limits leave no room, within the time of a run that would start now, for those who go first and one more.
# Only those are looked at whom so many messages as there are campaigns ahead could fill up.
OUTRANKED_PEOPLE = f"""
WITH near AS (
    SELECT COALESCE(c.merged_into_id, c.id) AS customer_id
    FROM campaigns_contactslot AS s JOIN segments_customer AS c ON c.id = s.holder
    WHERE s.holder > 0 AND s.day > %(capped_after)s::date
    GROUP BY 1 HAVING count(*) + %(ahead)s >= %(per_month)s
        OR count(*) FILTER (WHERE s.channel = %(channel)s) + %(ahead)s >= %(on_channel)s
    UNION SELECT customer_id FROM segments_preference WHERE kind = %(fewer)s
), waited AS ({_UNION.join((_OF_RUNS, _OF_ALL_SCHEDULED)).format(of_messages=_OF_NEAR)})
SELECT t.customer_id FROM (
    SELECT customer_id, channel FROM waited
    UNION ALL SELECT COALESCE(c.merged_into_id, c.id), s.channel
    FROM campaigns_contactslot AS s JOIN segments_customer AS c ON c.id = s.holder
    WHERE s.holder > 0 AND s.day > %(capped_after)s::date
      AND COALESCE(c.merged_into_id, c.id) IN (SELECT customer_id FROM waited)
) AS t
LEFT JOIN segments_preference AS p ON p.customer_id = t.customer_id AND p.kind = %(fewer)s
GROUP BY t.customer_id, p.id
HAVING count(*) >= {CAP} OR count(*) FILTER (WHERE t.channel = %(channel)s) >= %(on_channel)s
"""


class Ahead(NamedTuple):
    """What goes before a campaign: runs, and scheduled campaigns with the kind of address that each writes to."""

    runs: list[int]
    scheduled: list[int]
    kinds: list[str]

    def __bool__(self) -> bool:
        return bool(self.runs or self.scheduled)

    def parameters(self, today: date) -> dict[str, Any]:
        return {
            "runs_ahead": self.runs,
            "scheduled_ahead": self.scheduled,
            "kinds_ahead": self.kinds,
            "ahead": len(self.runs) + len(self.scheduled),
            "today": today,
            "zone": settings.TIME_ZONE,
            "global_salt": settings.GLOBAL_CONTROL_SALT,
            "global_share": settings.GLOBAL_CONTROL_PERCENT / 100,
        }


NOTHING = Ahead([], [], [])


class Yield(NamedTuple):
    """From what day on a person's limits alone leave room (None: now), and from what day on those who go first do too."""

    room_on: date | None
    until: date


def ahead_of(campaign: Campaign, *, now: datetime, until: datetime) -> Ahead:
    """What goes before this campaign of all that is launched, or starts before `until`. Nothing goes before a service
    message."""
    if campaign.purpose != Purpose.ADVERTISING:
        return NOTHING
    with connection.cursor() as cursor:
        cursor.execute(AHEAD, {"priority": campaign.priority, "now": now, "until": until})
        found = cursor.fetchall()
    runs = [run_id for _, _, run_id in found if run_id]
    scheduled = {campaign_id: CONTACTS[channel].value for campaign_id, channel, run_id in found if not run_id}
    return Ahead(runs, list(scheduled), list(scheduled.values()))


def yielding(ahead: Ahead, wanted: Collection[Wanted], day: date, *, channel: str, policy: Policy) -> dict[int, Yield]:
    """{message id: for how long} of these messages that must not take this day, or none at all."""
    if not (ahead and wanted):
        return {}
    asked = arrays(wanted) | limits(policy, channel) | ahead.parameters(day) | {"day": day, "days_back": DAYS}
    of_chunk = "AND m.customer_id IN (SELECT holder FROM same)"
    parts = [part for part, are_there in ((_OF_RUNS, ahead.runs), (_OF_SCHEDULED, ahead.scheduled)) if are_there]
    with connection.cursor() as cursor:
        cursor.execute(YIELDING.format(waited=_UNION.join(parts).format(of_messages=of_chunk)), asked)
        return {message_id: Yield(room_on, until) for message_id, room_on, until in cursor.fetchall()}
