"""RFM on the page of a customer: her code in each line, and how it changed."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from segments.models import Customer, RfmLine, RfmMove, RfmScore
from segments.profile import Panel, register
from segments.rfm.naming import Names, names

SHOWN = 12  # changes


def register_panel() -> None:
    register(Panel(name="rfm", order=5, title=_("RFM"), template="segments/rfm/customer.html", context=codes_of))


def codes_of(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """Three queries; {} for who never bought anything, or for those who may not see RFM."""
    if not request.user.has_perm("segments.view_rfmline"):
        return {}
    scores = {each.line: each for each in RfmScore.objects.filter(customer=customer)}
    moves = list(RfmMove.objects.filter(customer=customer).order_by("-moved_at", "-id")[:SHOWN])
    if not scores and not moves:
        return {}
    table = names()
    return {
        "scores": [_score(scores[line], table) for line in RfmLine.Line.values if line in scores],
        "moves": [_move(each, table) for each in moves],
    }


def _score(score: RfmScore, table: Names) -> dict[str, Any]:
    return {"row": score, "segment": table.of[score.code], "is_vip_risk": table.is_vip_risk(score.code)}


def _move(move: RfmMove, table: Names) -> dict[str, Any]:
    return {"row": move, "before": table.of.get(move.before), "after": table.of.get(move.after)}
