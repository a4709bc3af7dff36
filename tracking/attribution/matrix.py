"""What a campaign is given by a model, by the line of business that people came for, beside the line that it offered; and what
it brought beyond its control group."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from segments.models import Interaction
from tracking.attribution import lift
from tracking.attribution.definitions import DEFINITIONS
from tracking.attribution.lift import Lift
from tracking.attribution.reading import ZERO, attributed
from tracking.models import ArmSum, Attribution

LINES: dict[str, str | Promise] = dict(Interaction.Line.choices) | {
    "": _("line not named"),
    ArmSum.ALL: _("everything together"),
}
USUAL = Attribution.Model.LAST  # the one that is shown where none is asked for


@dataclass(frozen=True, slots=True)
class Cell:
    """What people came for, in one line."""

    line: str
    label: str | Promise
    is_offered: bool
    deals: Decimal
    revenue: Decimal
    margin: Decimal
    lift: Lift | None


def model_of(request: HttpRequest) -> str:
    asked = request.GET.get("model", "")
    return asked if asked in DEFINITIONS else USUAL


def of(campaign: Campaign, model: str) -> dict[str, Any]:
    """The context of `tracking/attribution/matrix.html`: four queries."""
    given = {
        brought.key[0]: brought for brought in attributed(model, campaigns=[campaign.pk], by=["line"], people=False)
    }
    lifts = lift.of_campaigns([campaign.pk]).get(campaign.pk, {})
    offered = offered_by(campaign)
    cells = []
    for line, label in LINES.items():
        if line == ArmSum.ALL or (line == "" and line not in given and line not in lifts):
            continue
        sums = given.get(line)
        money = (sums.deals, sums.revenue, sums.margin) if sums else (ZERO, ZERO, ZERO)
        cells.append(Cell(line, label, line == offered, *money, lifts.get(line)))
    totals = [sum((getattr(cell, name) for cell in cells), ZERO) for name in ("deals", "revenue", "margin")]
    return {
        "models": DEFINITIONS.values(), "chosen": DEFINITIONS[model], "cells": cells, "offered": LINES.get(offered, "") if offered else "",
        "total": Cell(ArmSum.ALL, LINES[ArmSum.ALL], False, *totals, lifts.get(ArmSum.ALL)),
        "lifted": lifts.get(ArmSum.ALL), "elsewhere": sum((cell.deals for cell in cells if not cell.is_offered), ZERO),
    }  # fmt: skip


def offered_by(campaign: Campaign) -> str:
    """The line that the campaign offers, '' where nobody said."""
    offer = getattr(campaign, "offer", None)
    return offer.line if offer else ""
