"""What a campaign brought: the object of `campaign_report`, and the same set-wise for the list of reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from campaigns import variant_results
from campaigns.models import Campaign, Run
from campaigns.outbox import counts
from tracking.money import costs
from tracking.money.costs import Paid
from tracking.responses import Arm, Responses, responses

DELIVERY = """
SELECT r.campaign_id,
       count(*) FILTER (WHERE COALESCE(d.delivered_at, d.opened_at, d.clicked_at, d.replied_at) IS NOT NULL),
       count(d.failed_at), count(d.complained_at),
       count(*) FILTER (WHERE COALESCE(d.opened_at, d.clicked_at) IS NOT NULL),
       count(d.clicked_at), count(d.replied_at), count(d.unsubscribed_at)
FROM campaigns_deliverystate AS d JOIN campaigns_run AS r ON r.id = d.run_id
WHERE d.run_id = ANY(%(runs)s::bigint[]) GROUP BY 1
"""
KOPECK = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Delivery:
    """People by what the world reported. A step implies those before it: a click was also opened and delivered."""

    delivered: int = 0
    bounced: int = 0
    complained: int = 0
    opened: int = 0
    clicked: int = 0
    replied: int = 0
    opt_outs: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the list of reports."""

    paid: Paid
    delivery: Delivery
    responses: Responses
    counted_at: datetime | None = None  # of kept figures (`tracking.keeping`); None: just now

    @property
    def sent(self) -> int:
        return self.paid.sent

    @property
    def cost(self) -> Decimal:
        """All that was paid for the campaign itself; shares of what is paid for all campaigns are not in it."""
        return self.paid.total


def runs_of(campaign_ids: Sequence[int]) -> dict[int, list[int]]:
    runs: dict[int, list[int]] = {campaign_id: [] for campaign_id in campaign_ids}
    for campaign_id, run_id in (
        Run.objects.filter(campaign__in=campaign_ids).order_by("id").values_list("campaign", "id")
    ):
        runs[campaign_id].append(run_id)
    return runs


def summaries(campaign_ids: Sequence[int]) -> dict[int, Summary]:
    """The figures of many campaigns; a fixed number of queries."""
    runs = runs_of(campaign_ids)
    delivery, paid, answered = _delivery(runs), costs.of_campaigns(runs), responses(runs)
    return {
        campaign_id: Summary(paid[campaign_id], delivery.get(campaign_id, Delivery()), answered[campaign_id])
        for campaign_id in campaign_ids
    }


def report(campaign: Campaign) -> dict[str, Any]:
    """The object that `campaign_report --json` prints. Money is decimal strings, roubles."""
    summary = summaries([campaign.pk])[campaign.pk]
    run_ids = runs_of([campaign.pk])[campaign.pk]
    people = counts(run_ids)
    reasons = people.pop("by_reason")
    delivery, answered = summary.delivery, summary.responses
    return {
        "format": 1,
        "campaign": campaign.pk,
        "runs": run_ids,
        "state": campaign.state,
        **people,
        "suppressed_by_reason": reasons,
        "delivery": {
            "delivered": delivery.delivered,
            "bounced": delivery.bounced,
            "complained": delivery.complained,
            "opened": delivery.opened,
            "clicked_human": delivery.clicked,
            "replied": delivery.replied,
        },
        "opt_outs": delivery.opt_outs,
        **_came(answered.written),
        "calls": answered.calls,
        "cost": _money(summary.cost),
        "control": {"size": answered.control.size, **_came(answered.control)},
        **({"variants": variants} if (variants := variant_results.counted(run_ids)) else {}),
    }


def _came(arm: Arm) -> dict[str, Any]:
    return {
        "calls": arm.calls,
        "visits": arm.visits,
        "deals": arm.deals,
        "revenue": _money(arm.revenue),
        "margin": _money(arm.margin),
    }


def _money(amount: Decimal) -> str:
    return str(amount.quantize(KOPECK))


def _delivery(runs: dict[int, list[int]]) -> dict[int, Delivery]:
    return {campaign: Delivery(*numbers) for campaign, *numbers in _rows(DELIVERY, runs)}


def _rows(statement: str, runs: dict[int, list[int]]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"runs": [run for ids in runs.values() for run in ids]})
        return cursor.fetchall()
