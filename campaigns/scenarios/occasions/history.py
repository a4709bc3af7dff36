"""Occasions of what a person did with the holding."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.scenarios.goals import OF_HISTORY
from campaigns.scenarios.occasions.registry import Asked, Occasion, Statement
from segments.lines import SHE_DID
from segments.models import Interaction

HAPPENED = f"""
SELECT i.customer_id, 'document:' || i.id AS occasion, i.happened_at FROM segments_interaction AS i
WHERE i.kind = %(occasion_kind)s AND i.happened_at > %(since)s AND i.happened_at <= %(now)s AND i.customer_id IS NOT NULL
  AND {SHE_DID.format(row="i")}
"""


def _check_happened(entry: Mapping[str, Any]) -> dict[str, Any]:
    if entry.get("did") not in OF_HISTORY:
        raise ValueError(_("Choose what the person did."))
    lines = [line for line in entry.get("lines") or [] if line in Interaction.Line.values]
    return {"did": entry["did"], "lines": lines}


def _happened(entry: Mapping[str, Any], asked: Asked) -> Statement:
    parameters = {"occasion_kind": OF_HISTORY[entry["did"]][0].value, "since": asked.since, "now": asked.now}
    if entry.get("lines"):
        return f"{HAPPENED} AND i.line = ANY(%(occasion_lines)s)", parameters | {"occasion_lines": entry["lines"]}
    return HAPPENED, parameters


def _happened_words(entry: Mapping[str, Any], _names: Mapping[int, str]) -> str:
    lines = ", ".join(str(Interaction.Line(line).label) for line in entry.get("lines") or [])
    words = str(OF_HISTORY[entry["did"]][1])
    return f"{words} ({lines})" if lines else words


DID = Occasion(
    "did", gettext_lazy("the person did something"), _check_happened, _happened, _happened_words, is_frequent=True
)
