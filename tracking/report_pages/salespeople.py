"""Salespeople: who called whom they were asked to call, how regularly, with what result, and the deals that count for campaigns."""

from collections import defaultdict
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.calls_to_make import reports
from campaigns.models import CallTask
from segments.lines import HAPPENED, IS_REFUND
from segments.models import Salesperson
from tracking.money.figures import FIGURES
from tracking.report_pages import by_campaign, charts
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Report, Row, Sums, added

CALLS = {
    "given": "calls_given", "in_time": "calls_in_time", "late": "calls_late", "missed": "calls_missed", "days_due": "days_due",
    "days_kept": "days_kept", "visits": "call_visits", "deals": "call_deals",
}  # fmt: skip
OUTCOMES = tuple(CallTask.Outcome.values)
ALL_DEALS = f"""
SELECT salesperson_id, count(*) FILTER (WHERE NOT {IS_REFUND.format(row="i")})
FROM segments_interaction AS i
WHERE i.kind IN ('sale', 'service', 'insurance') AND i.happened_at >= %(begins)s AND i.happened_at < %(ends)s
  AND i.salesperson_id IS NOT NULL AND {HAPPENED.format(row="i")}
GROUP BY 1
"""
USUAL = (
    *CALLS.values(),
    *(f"outcome_{name}" for name in OUTCOMES),
    "all_deals",
    "deals",
    "revenue",
    "margin",
    "income",
)


def rows(asked: Asked) -> list[Row]:
    """Of each salesperson; calls that nobody has taken are a row of their own."""
    sums: dict[int | None, list[Sums]] = defaultdict(list)
    begins, ends = by_campaign.bounds(asked)
    for line in reports.lines(reports.Asked(begins, ends)):
        sums[line.salesperson_id].append(_calls(line.figures))
    for salesperson, deals in by_campaign.rows(ALL_DEALS, asked):
        sums[salesperson].append({"all_deals": deals})
    for salesperson, each in by_campaign.attributed(asked, "salesperson").items():
        if salesperson is not None:
            sums[salesperson].append(each)
    people = {each.pk: each for each in Salesperson.objects.filter(pk__in=[key for key in sums if key])}
    usual = dict.fromkeys(USUAL, 0)
    found = [Row(_name(people.get(key)), usual | added(several)) for key, several in sums.items()]
    return sorted(found, key=lambda row: (-row.sums["calls_given"], -row.sums["all_deals"], str(row.title)))


def _calls(figures: reports.Figures) -> dict[str, Any]:
    told = {ours: getattr(figures, theirs) for theirs, ours in CALLS.items()}
    return told | {f"outcome_{name}": getattr(figures, name) for name in OUTCOMES}


def _name(salesperson: Salesperson | None) -> str:
    return salesperson.name if salesperson else capfirst(gettext("calls that nobody has taken"))


SALESPEOPLE = Report(
    slug="salespeople", title=_("Salespeople"), about=_("Who called, how regularly, and what came of it."), head=_("Salesperson"),
    figures=(
        "calls_given", "calls_in_time", "calls_late", "calls_missed", "call_timeliness", "call_regularity",
        *(f"outcome_{name}" for name in OUTCOMES), "call_visits", "call_deals", "all_deals", "deals", "share_of_deals",
    ),
    rows=rows, filters=("months", "model"), chart=charts.bars_of("call_regularity", 15), drawn=FIGURES["call_regularity"].label,
    note=_("Calls to make are those of scenarios. A deal belongs to the salesperson of its document; attributed deals count for campaigns by the chosen model."),
    permission="campaigns.view_call_report",
)  # fmt: skip
