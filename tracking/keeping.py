"""Figures of campaigns for pages: those of small ones as they are now, those of large ones as a job counted them last, with the costs
that people write down as they are now.

A large campaign is gone over by a job: every few minutes while it is new, rarely once little can change. A page waits for the
count only where there is none yet. Whoever needs the figures of this moment asks `tracking.reports.summaries`.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign
from segments import bells
from tracking.money import costs
from tracking.money.costs import Paid
from tracking.reports import Delivery, Summary, summaries
from tracking.responses import WINDOW_DAYS, Arm, NumberCalls, Responses
from tracking.summary_models import CampaignSummary

LARGE = 20_000  # people of all runs
QUEUE = "tracking"
JOB = "tracking.jobs.count_large_campaigns"
LONGEST = 1800  # seconds
AT_ONCE = 5  # campaigns of one count
# Of those large: how old the count may be, by how long ago the last run began. Deals come with imports, once a day.
DUE = """
SELECT of.campaign_id FROM (
    SELECT campaign_id, max(started_at) AS begun, bool_or(finished_at IS NULL) AS is_going
    FROM campaigns_run GROUP BY 1 HAVING sum(audience) >= %(large)s
) AS of LEFT JOIN tracking_campaignsummary AS s ON s.campaign_id = of.campaign_id
WHERE s.counted_at IS NULL OR s.counted_at < %(now)s - CASE
    WHEN of.is_going OR of.begun > %(now)s - interval '3 days' THEN interval '5 minutes'
    WHEN of.begun > %(now)s - %(days)s * interval '1 day' THEN interval '3 hours'
    ELSE interval '7 days' END
ORDER BY s.counted_at NULLS FIRST, of.campaign_id
"""
SIZES = "SELECT campaign_id FROM campaigns_run WHERE campaign_id = ANY(%s) GROUP BY 1 HAVING sum(audience) >= %s"


def kept(campaign_ids: Sequence[int]) -> dict[int, Summary]:
    """The figures of these campaigns; `Summary.counted_at` says since when they are so, where they are not of now."""
    large = _large(campaign_ids)
    stored = CampaignSummary.objects.in_bulk(large)
    found = {pk: replace(_read(row.figures), counted_at=row.counted_at) for pk, row in stored.items()}
    costs.add_told({pk: summary.paid for pk, summary in found.items()})
    small = [pk for pk in campaign_ids if pk not in large]
    missing = [pk for pk in large if pk not in found]
    return found | (summaries(small) if small else {}) | (count(missing) if missing else {})


def summary_of(campaign: Campaign) -> Summary:
    """Asked once for a campaign object, that is once for all panels of its page."""
    if not hasattr(campaign, "summed_up"):
        campaign.summed_up = kept([campaign.pk])[campaign.pk]
    return campaign.summed_up


def count(campaign_ids: Iterable[int]) -> dict[int, Summary]:
    """Count these anew, and keep it."""
    now = timezone.now()
    told = summaries(list(campaign_ids))
    CampaignSummary.objects.bulk_create(
        [CampaignSummary(campaign_id=pk, figures=_written(summary), counted_at=now) for pk, summary in told.items()],
        update_conflicts=True, unique_fields=["campaign"], update_fields=["figures", "counted_at"],
    )  # fmt: skip
    return {pk: replace(summary, counted_at=now) for pk, summary in told.items()}


def due(now: dt.datetime | None = None) -> list[int]:
    """Large campaigns whose figures are to be counted anew, the longest ago first."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"large": LARGE, "now": now or timezone.now(), "days": WINDOW_DAYS + 10})
        return [row[0] for row in cursor.fetchall()]


def count_due() -> int:
    """The job: all that are due, a few at a time; returns how many."""
    waiting = due()
    for first in range(0, len(waiting), AT_ONCE):
        count(waiting[first : first + AT_ONCE])
    return len(waiting)


def ring_if_due() -> int:
    return bells.ring(QUEUE, JOB, {"count-large-campaigns": ()}, longest=LONGEST) if due() else 0


def _large(campaign_ids: Sequence[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(SIZES, [list(campaign_ids), LARGE])
        return {row[0] for row in cursor.fetchall()}


def _written(summary: Summary) -> dict[str, Any]:
    """Without costs that people write down: those are shown at once."""
    paid = {"sent": summary.paid.sent, "messages": summary.paid.messages}
    return {"paid": paid, "delivery": asdict(summary.delivery), "responses": asdict(summary.responses)}


def _read(figures: dict[str, Any]) -> Summary:
    paid, said = figures["paid"], figures["responses"]
    answered = Responses(_arm(said["written"]), _arm(said["control"]), NumberCalls(**said["on_number"]))
    return Summary(Paid(paid["sent"], Decimal(paid["messages"])), Delivery(**figures["delivery"]), answered)


def _arm(figures: dict[str, Any]) -> Arm:
    return Arm(**figures | {name: Decimal(figures[name]) for name in ("revenue", "margin", "earned")})
