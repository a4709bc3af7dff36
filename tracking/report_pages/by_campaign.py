"""The sums of every campaign in some months: what reports by channel, brand and campaign are added up from.

A few statements for all campaigns, over the nightly sums and over rows that campaigns brought; none goes over messages.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign
from tracking.attribution import reading
from tracking.money.months import later
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Sums

SENT = """
SELECT campaign_id, sum(people), sum(sent), sum(delivered), sum(opened), sum(clicked), sum(opted_out), sum(called),
       sum(visited), sum(bought)
FROM tracking_runfigures WHERE month >= %(since)s AND month < %(until)s GROUP BY 1
"""
SENT_SUMS = ("people", "sent", "delivered", "opened", "clicked", "opted_out", "called", "visited", "bought")
# What is paid for all campaigns is shared by messages sent in its month; of a month without any it is nobody's.
COST = """
WITH month AS (
    SELECT each::date AS month FROM generate_series(%(since)s::date, %(until)s::date - 1, interval '1 month') AS each
), run AS (
    SELECT campaign_id, month, sum(sent) AS sent, sum(cost) AS cost FROM tracking_runfigures JOIN month USING (month) GROUP BY 1, 2
), whole AS (
    SELECT month, sum(sent) AS sent FROM run GROUP BY 1 HAVING sum(sent) > 0
), told AS (
    SELECT c.campaign_id, month.month, c.amount / c.months AS amount
    FROM tracking_cost AS c JOIN month ON month.month >= c.month AND month.month < c.month + c.months * interval '1 month'
    WHERE c.kind = ANY(%(kinds)s::text[])
)
SELECT campaign_id, sum(amount) FROM (
    SELECT campaign_id, cost AS amount FROM run
    UNION ALL SELECT campaign_id, amount FROM told WHERE campaign_id IS NOT NULL
    UNION ALL SELECT run.campaign_id, told.amount * run.sent / whole.sent
    FROM told JOIN run USING (month) JOIN whole USING (month) WHERE told.campaign_id IS NULL
    UNION ALL SELECT NULL, told.amount FROM told LEFT JOIN whole USING (month)
    WHERE told.campaign_id IS NULL AND whole.month IS NULL
) AS paid GROUP BY 1
"""
CALLED = """
SELECT campaign_id, count(*) FILTER (WHERE kind = 'call'), count(*) FILTER (WHERE kind = 'visit'), count(*)
FROM tracking_response
WHERE campaign_id IS NOT NULL AND kind = ANY('{call,visit,site,answer}') AND at >= %(begins)s AND at < %(ends)s GROUP BY 1
"""
STRANGERS = """
SELECT campaign_id, count(*) FROM tracking_call
WHERE campaign_id IS NOT NULL AND customer_id IS NULL AND direction = 'in' AND started_at >= %(begins)s AND started_at < %(ends)s
GROUP BY 1
"""
COST_KINDS = {
    "total": ["production", "wages", "platform", "gifts", "other"],
    "direct": ["production", "gifts", "other"],
    "messages": [],
}


def sums(asked: Asked) -> dict[Campaign | None, Sums]:
    """{campaign: sums} of the channel and the brand that are asked for; None is what no campaign can be charged with, where
    all are asked for."""
    found: dict[int | None, Sums] = defaultdict(dict)
    for campaign, *numbers in rows(SENT, asked):
        found[campaign] |= dict(zip(SENT_SUMS, numbers, strict=True))
    for campaign, cost in rows(COST, asked):
        found[campaign]["cost"] = cost
    for campaign, calls, visits, responded in rows(CALLED, asked):
        found[campaign] |= {"calls": calls, "visits": visits, "responded": responded}
    for campaign, strangers in rows(STRANGERS, asked):
        found[campaign]["calls"] = found[campaign].get("calls", 0) + strangers
    for campaign, each in attributed(asked, "campaign").items():
        found[campaign] |= each
    known = {name for each in found.values() for name in each} | {*SENT_SUMS, "cost", "calls", "visits", "responded"}
    known |= {"deals", "revenue", "margin", "income"}
    return {campaign: dict.fromkeys(known, 0) | each for campaign, each in _chosen(asked, found)}


def _chosen(asked: Asked, found: dict[int | None, Sums]) -> Iterator[tuple[Campaign | None, Sums]]:
    campaigns = Campaign.objects.filter(pk__in=[pk for pk in found if pk is not None])
    if asked.channel:
        campaigns = campaigns.filter(channel=asked.channel)
    if asked.brand is not None:
        campaigns = campaigns.filter(brand=asked.brand)
    yield from ((campaign, found[campaign.pk]) for campaign in campaigns.only("name", "channel", "brand_id"))
    if None in found and not asked.channel and asked.brand is None:
        yield None, found[None]


def attributed(asked: Asked, by: str) -> dict[Any, Sums]:
    """{key: deals, revenue, margin, income} by the model that is asked for; `by` is a name of `reading.BY`."""
    period = reading.Period(_begins(asked.since), _begins(asked.until))
    return {
        each.key[0]: {
            "deals": each.deals, "revenue": each.revenue, "margin": each.margin,
            "income": each.revenue if asked.base == "revenue" else each.margin,
        }
        for each in reading.attributed(asked.model, period=period, by=(by,), people=False)
    }  # fmt: skip


def rows(statement: str, asked: Asked) -> list[tuple[Any, ...]]:
    """What it finds; months are those of the holding's clock."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values(asked))
        return cursor.fetchall()


def values(asked: Asked) -> dict[str, Any]:
    """What statements of reports may name."""
    return {
        "since": asked.since, "until": asked.until, "begins": _begins(asked.since), "ends": _begins(asked.until),
        "kinds": COST_KINDS[asked.cost], "model": asked.model, "channel": asked.channel, "brand": asked.brand,
        "campaign": asked.campaign, "kind": asked.kind, "line": asked.line, "idle": asked.idle,
        "zone": settings.TIME_ZONE, "before": later(asked.since, -asked.months), "months": asked.months,
        "centre": asked.centre, "first": asked.first, "of": asked.of, "scenario": asked.scenario, "within": asked.within,
    }  # fmt: skip


def bounds(asked: Asked) -> tuple[datetime, datetime]:
    """The first moment of its months, and the first after them."""
    return _begins(asked.since), _begins(asked.until)


def _begins(month: date) -> datetime:
    return timezone.make_aware(datetime.combine(month, time()), timezone.get_default_timezone())
