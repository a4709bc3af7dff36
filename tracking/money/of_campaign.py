"""Money of one campaign, for its page and for the list of reports: each model of attribution beside the control group."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.panels import Panel
from tracking.attribution.definitions import DEFINITIONS
from tracking.attribution.reading import NOTHING, Brought, by_model
from tracking.keeping import summary_of
from tracking.models import Cost
from tracking.money import beyond
from tracking.money.costs import KINDS
from tracking.money.figures import FIGURES
from tracking.report_pages.spelling import shown
from tracking.reports import Summary

SHOWN = ("deals", "revenue", "margin", "profit", "roi", "drr", "cost_per_deal")
EACH = ("cost", "cost_per_call", "cost_per_visit")
KIND_NAMES: dict[str, Any] = {"messages": _("messages"), **dict(Cost.Kind.choices)}


def sums_by(summary: Summary, earned: Brought) -> dict[str, Any]:
    """By what a model of attribution gives it, its income being margin."""
    return _of_all(summary) | {
        "deals": earned.deals, "revenue": earned.revenue, "margin": earned.margin, "income": earned.margin,
    }  # fmt: skip


def _of_all(summary: Summary) -> dict[str, Any]:
    responses = summary.responses
    return {"cost": summary.cost, "calls": responses.calls, "visits": responses.written.visits}


def context(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """{} (no panel) before the launch."""
    if campaign.started_at is None:
        return {}
    summary = summary_of(campaign)
    brought = by_model([campaign.pk])[campaign.pk]
    rows = [(each, _shown(SHOWN, sums_by(summary, brought.get(model, NOTHING)))) for model, each in DEFINITIONS.items()]
    every = _of_all(summary)
    told = beyond.of_campaigns({campaign.pk: summary.cost}).get(campaign.pk)
    paid = [(KIND_NAMES[kind], amount) for kind in KINDS if (amount := getattr(summary.paid, kind))]
    return {
        "columns": [FIGURES[name] for name in SHOWN], "rows": rows,
        "told": told, "has_control": bool(summary.responses.control.size),
        "paid": paid, "each": [(FIGURES[name], shown(FIGURES[name], FIGURES[name].of(every))) for name in EACH],
        "may_add": request.user.has_perm("tracking.add_cost"), "may_see": request.user.has_perm("tracking.view_cost"),
    }  # fmt: skip


def _shown(names: tuple[str, ...], sums: dict[str, Any]) -> list[str]:
    return [shown(FIGURES[name], FIGURES[name].of(sums)) for name in names]


PANEL = Panel("money", 22, _("Money"), "tracking/panels/money.html", context, of_audiences=True)
