"""What a campaign is for: the author's answers on its form, and what of them the approver sees beside the forecast."""

from typing import Any

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from campaigns import forecast, launch_gate
from campaigns.models import Campaign, Rationale

INPUT = {"class": "kb-input"}


class RationaleFields(forms.Form):
    """Fields of a campaign's form; all may be empty: what is missing is told before it is sent for approval."""

    hypothesis = forms.CharField(
        label=_("Hypothesis"), required=False, max_length=1000,
        help_text=_("Who, what they are offered, and what of it will be seen against the control group."),
        widget=forms.Textarea(
            {**INPUT, "rows": 2, "placeholder": _("Owners of three-year-old cars come for a trade-in more often than those we leave alone")}
        ),
    )  # fmt: skip
    no_hypothesis = forms.CharField()
    no_segments = forms.CharField()
    no_test = forms.CharField()
    deal_margin = forms.IntegerField(
        label=_("Profit of one deal, ₽"), required=False, min_value=1, max_value=1_000_000_000,
        help_text=_("For the payback forecast. Empty: as much as deals bring on the average."),
        widget=forms.NumberInput({**INPUT, "min": 1, "inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("no_hypothesis", "no_segments", "no_test"):
            label = Rationale._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            self.fields[name] = forms.CharField(
                label=label, required=False, max_length=Rationale.LONGEST_REASON, widget=forms.TextInput(INPUT)
            )

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
    """What the review gains: `review` is what `reading.review` tells of the same campaign."""
    steps = {bar["step"].key: bar["step"].people for bar in review["steps"]}
    people = steps["segments"] - steps.get("excluded", 0)
    given = launch_gate.answers(campaign, launch_gate.Audience(people, review["held_out"]))
    gaps = launch_gate.gaps(given)
    stop = gaps if launch_gate.of(campaign) else []
    return {
        "gate": given,
        "gaps": gaps,
        "errors": [*review["errors"], *stop],
        "warnings": [*review["warnings"], *([] if stop else gaps)],
        "forecast": forecast.of(
            campaign, to_send=review["to_send"], held_out=review["held_out"], cost=review["cost"]
        ),
    }  # fmt: skip
