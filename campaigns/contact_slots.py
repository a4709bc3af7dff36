"""The days that advertising messages take of people and addresses (`ContactSlot`): taken as a chunk is leased, given back
by what does not go, counted by the limits.

Slots are taken in one order, so that two leases cannot deadlock, and counted after they are taken, so that two leases
never pass a limit together: at worst both wait.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from campaigns.literals import bigints
from campaigns.models.policy import Policy
from segments.models.people import Preference

DAYS = 30
KEPT = 60  # days of slots
KEPT_DISCOUNTS = 370  # of those of messages with a discount, which have a period of their own
NO_LIMIT = 32_000  # of a channel without one of its own
NO_DISCOUNT = {"is_discount": False, "discounts": NO_LIMIT, "discount_days": DAYS}

# The day is a column: were it a constant, the planner, whose statistics know nothing of today yet, would look for the
# slots of these people through all of the day's.
ASKED = """
asked AS MATERIALIZED (
    SELECT t.*, %(day)s::date AS day
    FROM unnest(%(messages)s::bigint[], %(people)s::bigint[], %(points)s::bigint[])
        AS t (message_id, person_id, point_id)
)
"""
# People with those who were merged into them.
SAME = """
same AS (
    SELECT message_id, person_id, person_id AS holder FROM asked
    UNION ALL
    SELECT a.message_id, a.person_id, c.id FROM asked AS a JOIN segments_customer AS c ON c.merged_into_id = a.person_id
)
"""
# Hers in 30 days, by her preference `p` for fewer messages.
CAP = "(CASE WHEN p.id IS NULL THEN %(per_month)s ELSE %(per_month_fewer)s END)"
# What an earlier lease of the same messages took on another day, before its worker died.
RECALL = f"""
WITH {ASKED}
DELETE FROM campaigns_contactslot AS s USING asked AS a
WHERE s.holder IN (a.person_id, -a.point_id) AND s.message_id = a.message_id AND s.day <> %(day)s
"""
TAKE = f"""
WITH {ASKED}
INSERT INTO campaigns_contactslot (holder, day, channel, message_id, is_discount)
SELECT h.holder, %(day)s, %(channel)s, a.message_id, %(is_discount)s
FROM asked AS a CROSS JOIN LATERAL (VALUES (a.person_id), (-a.point_id)) AS h (holder)
ORDER BY h.holder
ON CONFLICT (holder, day) DO NOTHING
"""
# Which messages do not hold both their slots, or from what day on the limits of their people leave room: when the oldest of
# the last `cap` messages is 30 days away, this one itself not counted. An element beyond the end of an array is NULL. Messages
# with a discount have a limit and a period of their own; others are not asked about it.
JUDGE = f"""
WITH {ASKED}, {SAME}, past AS (
    SELECT same.message_id, array_agg(s.day ORDER BY s.day DESC) FILTER (WHERE n.is_near) AS days,
           array_agg(s.day ORDER BY s.day DESC) FILTER (WHERE n.is_near AND s.channel = %(channel)s) AS of_channel,
           array_agg(s.day ORDER BY s.day DESC) FILTER (
               WHERE s.is_discount AND s.day > %(day)s::date - %(discount_days)s) AS discounts
    FROM same JOIN campaigns_contactslot AS s ON s.holder = same.holder AND s.message_id <> same.message_id
        AND s.day > %(day)s::date - CASE WHEN %(is_discount)s THEN greatest(%(days_back)s, %(discount_days)s) ELSE %(days_back)s END
    CROSS JOIN LATERAL (SELECT s.day > %(day)s::date - %(days_back)s) AS n (is_near)
    GROUP BY same.message_id
), capped AS (
    SELECT a.*, {CAP} AS cap
    FROM asked AS a LEFT JOIN segments_preference AS p ON p.customer_id = a.person_id AND p.kind = %(fewer)s
)
SELECT a.message_id, a.cap = 0 AS is_never, greatest(full_until.day, dear_until.day) AS room_on,
       a.cap > 0 AND dear_until.day > COALESCE(full_until.day, '-infinity') AS is_by_discount
FROM capped AS a LEFT JOIN past ON past.message_id = a.message_id
CROSS JOIN LATERAL (
    SELECT greatest(past.days[a.cap], past.of_channel[%(on_channel)s]) + %(days_back)s
) AS full_until (day)
CROSS JOIN LATERAL (SELECT past.discounts[%(discounts)s] + %(discount_days)s) AS dear_until (day)
LEFT JOIN campaigns_contactslot AS hers
    ON hers.holder = a.person_id AND hers.day = a.day AND hers.message_id = a.message_id
LEFT JOIN campaigns_contactslot AS its
    ON its.holder = -a.point_id AND its.day = a.day AND its.message_id = a.message_id
WHERE a.cap = 0 OR full_until.day IS NOT NULL OR dear_until.day IS NOT NULL OR hers.holder IS NULL OR its.holder IS NULL
"""
GIVE_BACK = f"""
WITH {ASKED}
DELETE FROM campaigns_contactslot AS s USING asked AS a
WHERE s.holder IN (a.person_id, -a.point_id) AND s.day = a.day AND s.message_id = a.message_id
"""
# Of messages that turned out not to have gone: those of ended runs, or these.
FREE = """
DELETE FROM campaigns_contactslot AS s
USING campaigns_message AS m
JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id
LEFT JOIN campaigns_resolution AS r ON r.run_id = o.run_id AND r.message_id = o.message_id
LEFT JOIN segments_customer AS c ON c.id = m.customer_id
WHERE {which} AND COALESCE(r.kind, o.kind) NOT IN ('accepted', 'unknown')
  AND s.holder IN (COALESCE(c.merged_into_id, m.customer_id), -m.contact_point_id) AND s.message_id = m.id
"""
FORGET = "DELETE FROM campaigns_contactslot WHERE day < %s AND (NOT is_discount OR day < %s)"
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

# The same for a message with a discount: who has had so many of these in the days that count.
DISCOUNTED = """
SELECT COALESCE(c.merged_into_id, c.id) AS customer_id FROM campaigns_contactslot AS s
JOIN segments_customer AS c ON c.id = s.holder
WHERE %(is_discount)s AND s.is_discount AND s.holder > 0 AND s.day > %(discounted_after)s::date
GROUP BY 1 HAVING count(*) >= %(discounts)s
"""


class Later(NamedTuple):
    """The first day on which a message may go; None: never. `is_by_discount`: since its person has had discounts enough."""

    day: date | None
    is_by_discount: bool = False


class Wanted(NamedTuple):
    """A message, the living customer it is for and her address."""

    message_id: int
    person_id: int
    point_id: int


def take(
    wanted: Collection[Wanted], day: date, *, channel: str, policy: Policy, discounts: Mapping[str, Any] = NO_DISCOUNT
) -> dict[int, Later]:
    """Take the day for as many of these as may be. {message id: when it may go} of the others. Their slots, if they took one, are
    theirs to give back (`give_back`). `discounts`: `campaigns.promo.discounts.limits`."""
    if not wanted:
        return {}
    asked = arrays(wanted) | {"day": day, "channel": channel, **discounts}
    with connection.cursor() as cursor:
        cursor.execute(TAKE, asked)
        cursor.execute(JUDGE, asked | limits(policy, channel) | {"days_back": DAYS})
        verdicts = cursor.fetchall()
    return {
        pk: Later(None if is_never else room_on or day + timedelta(days=1), is_by_discount is True)
        for pk, is_never, room_on, is_by_discount in verdicts
    }


def recall(wanted: Collection[Wanted], day: date) -> None:
    """Give back what these messages hold of other days."""
    with connection.cursor() as cursor:
        cursor.execute(RECALL, arrays(wanted) | {"day": day})


def give_back(slots: Iterable[Wanted], day: date) -> None:
    """These did not go."""
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, arrays(slots) | {"day": day})


def free_of_runs(run_ids: Collection[int]) -> int:
    """Give back the slots of messages of these runs that were settled without their lease: by the journal of a dead
    worker, by a report of an unknown one. Returns how many slots."""
    return _free("m.run_id = ANY(%s)", run_ids)


def free_of_messages(message_ids: Collection[int]) -> int:
    """As `free_of_runs`, of these messages."""
    return _free("m.id = ANY(%s)", message_ids)


def _free(which: str, ids: Collection[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(FREE.format(which=which), [list(ids)])
        return cursor.rowcount


def forget() -> int:
    """Slots that no limit counts any more."""
    with connection.cursor() as cursor:
        today = timezone.localdate()
        cursor.execute(FORGET, [today - timedelta(days=KEPT), today - timedelta(days=KEPT_DISCOUNTS)])
        return cursor.rowcount


def limits(policy: Policy, channel: str) -> dict[str, Any]:
    """What the statements take of a policy."""
    return {
        "fewer": Preference.Kind.FEWER.value,
        "per_month": policy.per_month,
        "per_month_fewer": policy.per_month_fewer,
        "on_channel": policy.per_channel.get(channel, NO_LIMIT),
        "channel": channel,
    }


def arrays(wanted: Iterable[Wanted]) -> dict[str, Any]:
    """Parameters of `ASKED`."""
    names = ("messages", "people", "points")
    return {name: bigints(numbers) for name, numbers in zip(names, zip(*wanted, strict=True), strict=True)}
