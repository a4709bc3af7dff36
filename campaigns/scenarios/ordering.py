"""A node that puts the messages after it in order: as they stand, or the best one for the person first.

By the person: the channel with the most roubles to expect of one more contact comes first, that is the chance of a reaction
times what a reaction of the channel brings, less the price of the message; of equal ones the cheaper. The chance is her own
of the past, drawn towards that of everybody the fewer messages she got (`PRIOR`); what a reaction brings is drawn towards
that of all channels likewise. Nobody having reacted yet, it is the price alone. Channels whose hours are over for her come last.
Whoever has no address or consent there comes back at once with the reason, and the next one is taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from campaigns import pricing, versions
from campaigns.cutting import ZONES
from campaigns.models import Campaign, ChannelWorth, ScenarioVersion
from campaigns.models.policy import Policy
from campaigns.quiet_hours import day_opens_at
from campaigns.scenarios.flow import Node
from campaigns.scenarios.moving import LIVING, PERSON, Batch

PRIOR = 10  # messages of everybody that her own past is weighed against
PRIOR_REACTIONS = 30  # of all channels, against those of one
ENOUGH = 100  # messages of a channel, below which its chance is that of all channels

# Which messages she has got, or was left out of, since she came: what happened elsewhere ends a round.
TRIED = """ARRAY(
    SELECT v.node FROM campaigns_enrolmentmove AS v WHERE v.enrolment_id = e.id AND v.node = ANY(%(members)s) AND v.id > COALESCE((
        SELECT max(o.id) FROM campaigns_enrolmentmove AS o
        WHERE o.enrolment_id = e.id AND o.node <> ALL(%(members)s) AND o.node <> %(node)s), 0))"""
# The best of those that are left, and how all of them stood.
CHOICE = """
LEFT JOIN segments_customerzone AS z ON z.customer_id = {person}
CROSS JOIN LATERAL (SELECT {tried} AS places OFFSET 0) AS had
CROSS JOIN LATERAL (
    SELECT (array_agg(w.place ORDER BY w.is_quiet, w.roubles DESC, w.price, w.place))[1] AS place,
           jsonb_agg(jsonb_build_object('place', w.place, 'roubles', round(w.roubles::numeric, 2), 'price', w.price,
               'share', round(w.share::numeric, 4), 'contacts', w.contacts, 'reactions', w.reactions, 'quiet', w.is_quiet)
               ORDER BY w.is_quiet, w.roubles DESC, w.price, w.place) AS told
    FROM (
        SELECT m.*, COALESCE(h.contacts, 0) AS contacts, COALESCE(h.reactions, 0) AS reactions, s.share,
               s.share * m.worth - m.price AS roubles,
               m.keeps_hours AND COALESCE(z.time_zone, %(zone)s) = ANY(%(closed)s) AS is_quiet
        FROM unnest(%(members)s::int[], %(channels)s::text[], %(prices)s::float8[], %(shares)s::float8[], %(worths)s::float8[],
                    %(keeping)s::bool[]) AS m (place, channel, price, usual, worth, keeps_hours)
        LEFT JOIN (
            SELECT t.channel, count(*) AS contacts, count(least(t.clicked_at, t.replied_at)) AS reactions
            FROM campaigns_touch AS t WHERE t.customer_id = {person} AND t.failed_at IS NULL AND %(is_by_person)s GROUP BY 1
        ) AS h USING (channel)
        CROSS JOIN LATERAL (
            SELECT (COALESCE(h.reactions, 0) + %(prior)s * m.usual) / (COALESCE(h.contacts, 0) + %(prior)s) AS share
        ) AS s
        WHERE m.place <> ALL(had.places)
    ) AS w
) AS chosen"""


class Who(NamedTuple):
    """Our own SQL: the living customer, and the places that she has had."""

    person: str
    tried: str


HERE = Who(LIVING, TRIED)


@dataclass(frozen=True, slots=True)
class Order:
    """SQL of the choice: `joins` make `chosen` (place, told); `verdict` and `told` tell of it."""

    joins: str
    parameters: Mapping[str, Any]
    verdict: str = "COALESCE('to' || chosen.place + 1, 'on')"
    told: str = "CASE WHEN %(is_by_person)s THEN chosen.told END"


def order(batch: Batch) -> None:
    """Each of the batch to the message that is best for her of those that she has not had."""
    campaigns = {step.key: step.campaign for step in batch.version.steps.select_related("campaign__account")}
    found = choice(batch.version, batch.node, campaigns, batch.now, HERE)
    telling = replace(batch, told=found.told)
    telling.move(found.verdict, batch.node.ways, joins=f"{PERSON} {found.joins}", **found.parameters)


def choice(version: ScenarioVersion, node: Node, campaigns: Mapping[str, Campaign], now: datetime, who: Who) -> Order:
    """The best message for each person of those that she has not had; `campaigns` by the keys of nodes."""
    steps = [campaigns.get(version.flow[place]["key"]) for place in node.members]
    channels = [campaign.channel if campaign else "" for campaign in steps]
    is_by_person, policy = node.by == "person", Policy.now()
    keeping = [is_by_person and channel in policy.quiet_channels for channel in channels]
    shares, worths = _worths(channels) if is_by_person else ([0.0] * len(steps), [0.0] * len(steps))
    return Order(CHOICE.format(person=who.person, tried=who.tried), {
        "members": list(node.members), "channels": channels, "shares": shares, "worths": worths,
        "prices": [_price(campaign) if is_by_person else 0.0 for campaign in steps],
        "keeping": keeping,
        "closed": _closed(policy, now) if any(keeping) else [],
        "zone": settings.TIME_ZONE, "is_by_person": is_by_person, "prior": PRIOR,
    })  # fmt: skip


def _price(campaign: Campaign | None) -> float:
    return float(pricing.of_one(versions.current(campaign))) if campaign else 0.0


def _closed(policy: Policy, now: datetime) -> list[str]:
    """Time zones whose hours are over now."""
    with connection.cursor() as cursor:
        cursor.execute(ZONES)
        zones = {settings.TIME_ZONE, *(row[0] for row in cursor.fetchall())}
    return [zone for zone in zones if day_opens_at(policy, zone, now) > now]


def _worths(channels: Sequence[str]) -> tuple[list[float], list[float]]:
    """Of each channel, the chance of a reaction to a message, and the roubles of a reaction."""
    known = {row.channel: row for row in ChannelWorth.objects.all()}
    contacts, reactions = (sum(getattr(row, name) for row in known.values()) for name in ("contacts", "reactions"))
    common = reactions / contacts if contacts else 0.0
    roubles = float(sum(row.roubles for row in known.values())) / reactions if reactions else 0.0
    shares, worths = [], []
    for channel in channels:
        row = known.get(channel) or ChannelWorth(contacts=0, reactions=0, roubles=0)
        shares.append(row.reactions / row.contacts if row.contacts >= ENOUGH else common)
        worths.append((float(row.roubles) + PRIOR_REACTIONS * roubles) / (row.reactions + PRIOR_REACTIONS))
    return shares, worths
