"""What a campaign is for: the author's answers on its form, and what of them the approver sees beside the forecast."""

from typing import Any

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from campaigns import forecast, launch_gate
from campaigns.models import Campaign, Rationale

INPUT = {"class": "kb-input"}


def _reason(name: str) -> forms.CharField:
    label = Rationale._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    widget = forms.TextInput(INPUT)
    return forms.CharField(label=label, required=False, max_length=Rationale.LONGEST_REASON, widget=widget)


class RationaleFields(forms.Form):
    """Fields of a campaign's form; all may be empty: what is missing is told before it is sent for approval."""

    hypothesis = forms.CharField(
        label=_("Hypothesis"), required=False, max_length=1000,
        help_text=_("Who, what they are offered, and what of it will be seen against the control group."),
        widget=forms.Textarea(
            {**INPUT, "rows": 2, "placeholder": _("Owners of three-year-old cars come for a trade-in more often than those we leave alone")}
        ),
    )  # fmt: skip
    no_hypothesis = _reason("no_hypothesis")
    no_segments = _reason("no_segments")
    no_test = _reason("no_test")
    no_power = _reason("no_power")
    deal_margin = forms.IntegerField(
        label=_("Profit of one deal, ₽"), required=False, min_value=1, max_value=1_000_000_000,
        help_text=_("For the payback forecast. Empty: as much as deals bring on the average."),
        widget=forms.NumberInput({**INPUT, "min": 1, "inputmode": "numeric"}),
    )  # fmt: skip

    def without(self) -> list[forms.BoundField]:
        """The reasons of what there may not be."""
        return [self[name] for name in ("no_hypothesis", "no_segments", "no_test")]

    @property
    def has_reasons(self) -> bool:
        return any(field.value() or field.errors for field in self.without())


def initial_of(campaign: Campaign) -> dict[str, Any]:
    said: Model | None = launch_gate.of(campaign)
    return {name: getattr(said, name) for name in launch_gate.ANSWERS} if said else {}


def answers_of(cleaned: dict[str, Any]) -> dict[str, Any]:
    empty = {"deal_margin": None}
    return {name: cleaned.get(name) or empty.get(name, "") for name in launch_gate.ANSWERS}


def shown(campaign: Campaign, review: dict[str, Any]) -> dict[str, Any]:
    """What the review gains: `review` is what `reviewing.counted` tells of the same campaign."""
    given = launch_gate.answers(campaign, review["expected"])
    gaps = launch_gate.gaps(given)
    stop = launch_gate.gaps(launch_gate.stopping(campaign, given))
    return {
        "gate": given,
        "gaps": gaps,
        "errors": [*review["errors"], *stop],
        "warnings": [*review["warnings"], *(gap for gap in gaps if gap not in stop)],
        "forecast": forecast.of(
            campaign, to_send=review["to_send"], held_out=review["held_out"], cost=review["cost"]
        ),
    }  # fmt: skip
