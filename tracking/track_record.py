"""What our finished campaigns of a channel brought, summed up every night: what a forecast is made from.

Of the last year. Openings and answers are counted once they had a week to come, deals once their whole window is over,
so that a fresh campaign does not look like a poor one.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from campaigns.forecast import History
from campaigns.models import Campaign
from tracking.models import ChannelRecord
from tracking.reports import Summary, summaries
from tracking.responses import WINDOW_DAYS

YEAR = timedelta(days=365)
SETTLED_AFTER = timedelta(days=7)
DEALS_AFTER = timedelta(days=WINDOW_DAYS)
AT_ONCE = 10  # campaigns asked for in one go
STEPS = {
    "delivered": "delivered",
    "opened": "opened",
    "clicked": "clicked",
    "replied": "replied",
    "opted_out": "opt_outs",
}
State = Campaign.State


def count() -> dict[str, Any]:
    """Sum up anew: {"channels": rows}."""
    now = timezone.now()
    sums: dict[tuple[str, str], Counter[str]] = {}
    money: Counter[tuple[str, str]] = Counter()
    for campaigns in _by_tens(_settled(now)):
        told = summaries([campaign.pk for campaign in campaigns])
        for campaign in campaigns:
            key, summary = (campaign.channel, campaign.purpose), told[campaign.pk]
            is_over = campaign.started_at is not None and campaign.started_at <= now - DEALS_AFTER
            sums.setdefault(key, Counter()).update(_numbers(summary, is_over))
            money[key] += summary.responses.written.earned if is_over else Decimal(0)  # type: ignore[assignment]
    rows = [
        ChannelRecord(channel=channel, purpose=purpose, margin=money[channel, purpose], counted_at=now, **numbers)
        for (channel, purpose), numbers in sums.items()
    ]
    with transaction.atomic():
        ChannelRecord.objects.all().delete()
        ChannelRecord.objects.bulk_create(rows)
    return {"channels": len(rows)}


def of_campaign(campaign: Campaign) -> History:
    """Of its channel and purpose, as of the last night."""
    row = ChannelRecord.objects.filter(channel=campaign.channel, purpose=campaign.purpose).first()
    if row is None:
        return History()
    return History(
        campaigns=row.campaigns,
        sent=row.sent,
        reached={step: getattr(row, step) for step in STEPS},
        people=row.people,
        deals=row.deals,
        margin=row.margin,
        control=row.control,
        control_deals=row.control_deals,
    )


def _settled(now: Any) -> QuerySet[Campaign]:
    """Those that went to segments: a correction is no offer."""
    ended = Campaign.objects.filter(state__in=(State.FINISHED, State.STOPPED), follow_up=None)
    timed = ended.annotate(last_run=Max("runs__finished_at")).filter(last_run__lt=now - SETTLED_AFTER)
    return timed.filter(started_at__gte=now - YEAR).order_by("pk")


def _by_tens(campaigns: QuerySet[Campaign]) -> Iterable[list[Campaign]]:
    found = list(campaigns)
    return (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE))


def _numbers(summary: Summary, is_over: bool) -> dict[str, int]:
    told = {step: getattr(summary.delivery, name) for step, name in STEPS.items()}
    told |= {"campaigns": 1, "sent": summary.sent}
    written, control = summary.responses.written, summary.responses.control
    arms = {"people": written.size, "deals": written.deals, "control": control.size, "control_deals": control.deals}
    return told | {name: number * is_over for name, number in arms.items()}
