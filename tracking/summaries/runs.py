"""The funnel of every run, by its variants: sent → delivered → opened → clicked → called → visited → bought, in people."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import Run
from segments.lines import HAPPENED, OUTGOING
from tracking.models import RunFigures
from tracking.money import costs
from tracking.responses import WINDOW_DAYS

SETTLED_AFTER = timedelta(days=WINDOW_DAYS + 7)
AT_ONCE = 20
# Of two messages of people who became one since, both reached her: she is counted once, with the furthest step.
FUNNEL = f"""
WITH got AS MATERIALIZED (
    SELECT m.run_id, m.variant, coalesce(c.merged_into_id, m.customer_id) AS customer_id,
           bool_or(coalesce(s.kind, o.kind) = 'accepted') AS sent,
           bool_or(coalesce(d.delivered_at, d.opened_at, d.clicked_at, d.replied_at) IS NOT NULL) AS delivered,
           bool_or(coalesce(d.opened_at, d.clicked_at) IS NOT NULL) AS opened,
           bool_or(d.clicked_at IS NOT NULL) AS clicked,
           bool_or(coalesce(d.unsubscribed_at, d.complained_at) IS NOT NULL) AS opted_out
    FROM campaigns_message AS m
    LEFT JOIN segments_customer AS c ON c.id = m.customer_id
    LEFT JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id
    LEFT JOIN campaigns_resolution AS s ON s.run_id = m.run_id AND s.message_id = m.id
    LEFT JOIN campaigns_deliverystate AS d ON d.run_id = m.run_id AND d.message_id = m.id
    WHERE m.run_id = ANY(%(runs)s::bigint[]) AND m.left_out = ''
    GROUP BY 1, 2, 3
), did AS (
    SELECT got.run_id, got.customer_id, bool_or(i.kind = 'call') AS called, bool_or(i.kind = 'visit') AS visited,
           bool_or(i.kind = 'sale') AS bought
    FROM got JOIN campaigns_run AS r ON r.id = got.run_id
    JOIN segments_interaction AS i
      ON i.customer_id = got.customer_id AND i.kind IN ('call', 'visit', 'sale')
     AND i.happened_at >= r.started_at AND i.happened_at < r.started_at + %(days)s * interval '1 day'
     AND i.status <> %(outgoing)s AND {HAPPENED.format(row="i")}
    GROUP BY 1, 2
)
SELECT got.run_id, got.variant, count(*), count(*) FILTER (WHERE sent), count(*) FILTER (WHERE delivered),
       count(*) FILTER (WHERE opened), count(*) FILTER (WHERE clicked), count(*) FILTER (WHERE opted_out),
       count(*) FILTER (WHERE called), count(*) FILTER (WHERE visited), count(*) FILTER (WHERE bought)
FROM got LEFT JOIN did USING (run_id, customer_id) GROUP BY 1, 2
"""
COUNTED = ("people", "sent", "delivered", "opened", "clicked", "opted_out", "called", "visited", "bought")


def refresh(*, everything: bool = False) -> int:
    """Of runs that something may still come of, and of those never counted; how many were counted."""
    known = RunFigures.objects.values("run")
    runs = Run.objects.order_by("id")
    if not everything:
        fresh = runs.filter(started_at__gte=timezone.now() - SETTLED_AFTER)
        runs = (fresh | runs.exclude(pk__in=known)).order_by("id")
    found = list(runs.select_related("campaign"))
    for start in range(0, len(found), AT_ONCE):
        _count(found[start : start + AT_ONCE])
    return len(found)


def _count(runs: Sequence[Run]) -> None:
    by_id = {run.pk: run for run in runs}
    paid = costs.of_runs(list(by_id), {run.campaign_id for run in runs})
    with connection.cursor() as cursor:
        cursor.execute(FUNNEL, {"runs": list(by_id), "days": WINDOW_DAYS, "outgoing": OUTGOING})
        counted = cursor.fetchall()
    rows = [_row(by_id[run], variant, dict(zip(COUNTED, numbers, strict=True))) for run, variant, *numbers in counted]
    for row in rows:
        sent, cost = paid.get(row.run_id, (0, 0))
        row.cost = cost * row.sent / sent if sent else cost
    absent = [_row(run, "", {}) for run in runs if run.pk not in {row.run_id for row in rows}]
    with transaction.atomic():
        RunFigures.objects.filter(run__in=by_id).delete()
        RunFigures.objects.bulk_create([*rows, *absent])


def _row(run: Run, variant: str, numbers: dict[str, Any]) -> RunFigures:
    """A run of which everybody was left out has a row of zeros: it is counted."""
    day = timezone.localtime(run.started_at, timezone.get_default_timezone()).date()
    return RunFigures(
        run=run, campaign_id=run.campaign_id, channel=run.campaign.channel, variant=variant, month=day.replace(day=1), **numbers,
    )  # fmt: skip
