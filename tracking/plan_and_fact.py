"""Plan against fact: what a campaign was to bring when its approval was asked for, beside what came of it.

Both are told in the same terms (`campaigns.forecast`). Where there is a control group, only what is beyond it counts: as many
deals as the control group makes, taken to the size of the arm, would have been made anyway. Where there is none, all deals.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Rationale
from campaigns.panels import Panel
from tracking.keeping import summary_of
from tracking.reports import Summary
from tracking.responses import WINDOW_DAYS

ENDED = (Campaign.State.FINISHED, Campaign.State.STOPPED)


@dataclass(frozen=True, slots=True)
class Brought:
    """`income` is the profit of `deals`; roubles."""

    deals: float
    income: Decimal
    cost: Decimal

    @property
    def romi(self) -> float | None:
        """None where nothing was paid."""
        return float((self.income - self.cost) / self.cost) if self.cost else None


def brought(summary: Summary) -> Brought:
    written, control = summary.responses.written, summary.responses.control
    anyway = Decimal(written.size) / control.size if control.size else Decimal(0)
    return Brought(
        deals=float(written.deals - anyway * control.deals),
        income=written.earned - anyway * control.earned,
        cost=summary.cost,
    )


def of_campaign(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """{} (no panel) until it has ended, and where no forecast was kept."""
    said: Rationale | None = getattr(campaign, "rationale", None)
    planned = said.planned if said else {}
    if not planned or campaign.state not in ENDED or campaign.started_at is None:
        return {}
    summary = summary_of(campaign)
    fact = brought(summary)
    until = campaign.started_at + timedelta(days=WINDOW_DAYS)
    return {
        "rows": _rows(planned, fact),
        "romi": (planned["romi"], fact.romi),
        "has_control": bool(summary.responses.control.size),
        "open_until": _open(until),
    }


def _rows(planned: dict[str, Any], fact: Brought) -> list[tuple[Any, Decimal | None, Decimal, str]]:
    """(what, planned, come, unit)."""
    plans = {name: None if planned[name] is None else Decimal(planned[name]) for name in ("deals", "income", "cost")}
    return [
        (_("Deals"), plans["deals"], Decimal(str(round(fact.deals, 1))), ""),
        (_("Income"), plans["income"], fact.income, "₽"),
        (_("Cost"), plans["cost"], fact.cost, "₽"),
    ]


def _open(until: datetime) -> datetime | None:
    """Until when more may come; None when all has."""
    return until if until > timezone.now() else None


PANEL = Panel(
    "plan_and_fact", 25, _("Plan and fact"), "tracking/panels/plan_and_fact.html", of_campaign, of_audiences=True
)
