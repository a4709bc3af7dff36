"""What campaigns cost: messages as they were sent, at the price of that day, and what people wrote down by hand."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from campaigns import pricing
from campaigns.models import Content
from channels.models import Channel
from channels.prices import PRICES
from tracking.models import Cost

# Accepted messages at the price of the moment; of an audience export what was told to be spent.
SENT = f"""
WITH price AS MATERIALIZED ({PRICES}),
part AS (SELECT * FROM unnest(%(contents)s::bigint[], %(parts)s::int[]) AS part (content_id, parts))
SELECT r.campaign_id, o.run_id, count(*), coalesce(sum(price.cost * {{parts}}), max(x.spent), 0)
FROM campaigns_outcome AS o
JOIN campaigns_run AS r ON r.id = o.run_id
LEFT JOIN price ON price.account_id = r.account_id AND o.happened_at >= price.since AND o.happened_at < price.until
LEFT JOIN campaigns_adaudience AS x ON x.campaign_id = r.campaign_id
LEFT JOIN campaigns_resolution AS s ON s.run_id = o.run_id AND s.message_id = o.message_id
{{messages}}
WHERE o.run_id = ANY(%(runs)s::bigint[]) AND COALESCE(s.kind, o.kind) = 'accepted' GROUP BY 1, 2
"""
# A text of several segments is paid for several times: only where there is one are messages looked at.
BY_PARTS = """JOIN campaigns_message AS m ON m.run_id = o.run_id AND m.id = o.message_id
LEFT JOIN part ON part.content_id = coalesce(m.content_id, r.content_id)"""
CHARGED_BY_PARTS = (Channel.SMS,)


@dataclass(slots=True)
class Paid:
    """Roubles by what they were paid for. `sent`: accepted messages."""

    sent: int = 0
    messages: Decimal = Decimal(0)
    production: Decimal = Decimal(0)
    wages: Decimal = Decimal(0)
    platform: Decimal = Decimal(0)
    gifts: Decimal = Decimal(0)
    other: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return sum((getattr(self, name) for name in KINDS), Decimal(0))

    @property
    def direct(self) -> Decimal:
        """Without what is paid whether the campaign goes or not."""
        return self.total - self.wages - self.platform


KINDS = tuple(each.name for each in fields(Paid) if each.name != "sent")


def of_campaigns(runs: dict[int, Collection[int]]) -> dict[int, Paid]:
    """`runs` = {campaign: its runs}; three queries for all of them."""
    paid = {campaign: Paid() for campaign in runs}
    for campaign, _run, sent, messages in _sent([run for ids in runs.values() for run in ids], runs):
        paid[campaign].sent += sent
        paid[campaign].messages += messages
    add_told(paid)
    return paid


def add_told(paid: dict[int, Paid]) -> None:
    """What people wrote down for these campaigns, into what was counted of their messages; one query."""
    told = Cost.objects.filter(campaign__in=paid).values_list("campaign", "kind").annotate(Sum("amount"))
    for campaign, kind, amount in told.order_by():
        setattr(paid[campaign], kind, amount)


def of_runs(run_ids: list[int], campaigns: Collection[int]) -> dict[int, tuple[int, Decimal]]:
    """{run: (accepted messages, what they cost)}; `campaigns` are those of the runs."""
    return {run: (sent, messages) for _campaign, run, sent, messages in _sent(run_ids, campaigns)}


def _sent(run_ids: list[int], campaigns: Collection[int]) -> list[tuple[Any, ...]]:
    parts = parts_of(campaigns)
    by_parts = any(number > 1 for number in parts.values())
    statement = SENT.format(parts="coalesce(part.parts, 1)" if by_parts else "1", messages=BY_PARTS if by_parts else "")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"runs": run_ids, "contents": list(parts), "parts": list(parts.values())})
        return cursor.fetchall()


def parts_of(campaigns: Iterable[int]) -> dict[int, int]:
    """{content: segments that its text is charged for}, of the channels that charge so."""
    contents = Content.objects.filter(campaign__in=campaigns, campaign__channel__in=CHARGED_BY_PARTS)
    return {content.pk: pricing.parts(content) for content in contents.select_related("campaign__account")}
