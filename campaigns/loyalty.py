"""Promo codes, bonus points and friends brought by the living customer: facts that rules read, counted set-wise.

Codes, purchases and entries stay with whom they were written for; the facts follow merges. What ends by itself (a code,
points) is counted anew every night, and so is a code that was withdrawn; all else within minutes.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from campaigns import loyalty_rule_fields
from segments.facts_registry import FactsTable, count_news, replacing, writing

NAME = "loyalty"
COUNTED = (
    "customer_id", "codes", "last_code", "used", "last_used", "unused", "unused_until", "points", "points_until",
    "friends", "last_friend", "came_by_friend",
)  # fmt: skip
# Points that end first are spent first: of what ends by a day is left what all that was taken does not cover.
FACTS = """
WITH who AS NOT MATERIALIZED (
    SELECT id, coalesce(merged_into_id, id) AS customer_id FROM segments_customer WHERE {chosen_id}
), bought AS (
    SELECT who.customer_id, count(*) AS used, max((r.happened_at AT TIME ZONE %(zone)s)::date) AS last_used
    FROM campaigns_promoredemption AS r JOIN who ON who.id = r.customer_id
    WHERE r.cancelled_at IS NULL GROUP BY 1
), code AS (
    SELECT who.customer_id, count(*) AS codes, max((c.issued_at AT TIME ZONE %(zone)s)::date) AS last_code,
           count(*) FILTER (WHERE good.yes) AS unused, min(c.valid_until) FILTER (WHERE good.yes) AS unused_until
    FROM campaigns_promocode AS c JOIN who ON who.id = c.customer_id
    CROSS JOIN LATERAL (
        SELECT NOT c.is_withdrawn AND coalesce(c.valid_until >= %(today)s, true) AND NOT EXISTS (
            SELECT FROM campaigns_promoredemption AS r WHERE r.code_id = c.id AND r.cancelled_at IS NULL) AS yes
    ) AS good
    WHERE c.issued_at IS NOT NULL GROUP BY 1
), entry AS (
    SELECT who.customer_id, e.kind, e.points, e.expires_on
    FROM campaigns_pointsentry AS e JOIN who ON who.id = e.customer_id
), balance AS (
    SELECT customer_id, sum(points) AS points, -coalesce(sum(points) FILTER (WHERE kind <> 'accrued'), 0) AS taken
    FROM entry GROUP BY 1
), ending AS (
    SELECT customer_id, expires_on, sum(sum(points)) OVER (PARTITION BY customer_id ORDER BY expires_on) AS given
    FROM entry WHERE kind = 'accrued' AND expires_on IS NOT NULL GROUP BY 1, 2
), nearest AS (
    SELECT e.customer_id, min(e.expires_on) - 1 AS points_until
    FROM ending AS e JOIN balance AS b USING (customer_id)
    WHERE e.expires_on > %(today)s AND e.given > b.taken GROUP BY 1
), brought AS (
    SELECT who.customer_id, count(*) AS friends, max((r.asked_at AT TIME ZONE %(zone)s)::date) AS last_friend
    FROM campaigns_referral AS r JOIN who ON who.id = r.referrer_id WHERE r.state = 'newcomer' GROUP BY 1
), came AS (
    SELECT who.customer_id, min((r.asked_at AT TIME ZONE %(zone)s)::date) AS came_by_friend
    FROM campaigns_referral AS r JOIN who ON who.id = r.customer_id WHERE r.state = 'newcomer' GROUP BY 1
), news AS (
    SELECT customer_id, coalesce(codes, 0) AS codes, last_code, coalesce(used, 0) AS used, last_used,
           coalesce(unused, 0) AS unused, unused_until, coalesce(points, 0) AS points, points_until,
           coalesce(friends, 0) AS friends, last_friend, came_by_friend
    FROM code FULL JOIN bought USING (customer_id) FULL JOIN balance USING (customer_id)
    FULL JOIN brought USING (customer_id) FULL JOIN came USING (customer_id)
    LEFT JOIN nearest USING (customer_id)
){replace}"""
# Codes are asked pool by pool: that is how they lie in their index.
NEWS = """
SELECT c.customer_id FROM campaigns_promopool AS p CROSS JOIN LATERAL (
    SELECT customer_id FROM campaigns_promocode WHERE pool_id = p.id AND issued_at >= %(since)s
) AS c WHERE c.customer_id IS NOT NULL
UNION SELECT customer_id FROM campaigns_promoredemption WHERE recorded_at >= %(since)s AND customer_id IS NOT NULL
UNION SELECT customer_id FROM campaigns_promoredemption WHERE cancelled_at >= %(since)s AND customer_id IS NOT NULL
UNION SELECT customer_id FROM campaigns_pointsentry WHERE happened_at >= %(since)s AND customer_id IS NOT NULL
UNION SELECT t.customer_id FROM campaigns_referral AS r CROSS JOIN LATERAL (VALUES (r.referrer_id), (r.customer_id)) AS t (customer_id)
WHERE r.judged_at >= %(since)s AND t.customer_id IS NOT NULL
"""


def refresh(customer_ids: Sequence[int] | None = None) -> int:
    """The facts of these customers, those merged into them among them, or of everybody. Returns how many rows changed."""
    with writing(NAME, many=customer_ids is None) as cursor:
        return _count(cursor, customer_ids)


def catch_up(since: dt.datetime) -> int:
    """Codes, purchases and points that were written from this moment on. Returns as `refresh` does."""
    return count_news(NAME, NEWS, since, _count)


def _count(cursor: Any, people: Sequence[int] | None) -> int:
    listed = "true" if people is None else "{column} = ANY(%(people)s)"
    replace = replacing("campaigns_loyaltyfacts", COUNTED, listed.format(column="customer_id"))
    statement = FACTS.format(chosen_id=listed.format(column="id"), replace=replace)
    cursor.execute(statement, {"people": people, "zone": settings.TIME_ZONE, "today": timezone.localdate()})
    return cursor.fetchone()[0]


TABLE = FactsTable(name=NAME, refresh=refresh, catch_up=catch_up, read_by=loyalty_rule_fields.NAMES)
