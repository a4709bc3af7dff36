"""The fields of variants on the form of a campaign: shares, hours, and what they are compared by."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns import layers, sizing, variants, whom
from campaigns.models import Campaign, Experiment, Variant

INPUT = {"class": "kb-input"}
NUMBER = INPUT | {"inputmode": "decimal"}
OF_ONE = ("tries", "share", "hour")  # before "_B": fields of one variant
SETTING = "exp_"  # before the names of `sizing.SETTINGS`
HOURS = [("", _("at once")), *((hour, f"{hour}:00") for hour in range(24))]


def _fields_of(variant: Variant) -> dict[str, forms.Field]:
    letter = variant.letter
    return {
        f"tries_{letter}": forms.CharField(
            label=_("What variant %(letter)s tries") % {"letter": letter}, max_length=80, required=False,
            widget=forms.TextInput({**INPUT, "placeholder": _("for instance, a shorter subject")}),
        ),
        f"share_{letter}": forms.IntegerField(
            label=_("Share of variant %(letter)s, %%") % {"letter": letter}, min_value=1, max_value=99,
            widget=forms.NumberInput({**INPUT, "min": 1, "max": 99, "data-share": letter}),
        ),
        f"hour_{letter}": forms.TypedChoiceField(
            label=_("Hour of variant %(letter)s") % {"letter": letter}, choices=HOURS, coerce=int, empty_value=None,
            required=False, widget=forms.Select(INPUT),
        ),
    }  # fmt: skip


def _settings() -> dict[str, forms.Field]:
    widgets = {"metric": forms.Select(INPUT)} | {
        name: forms.NumberInput(NUMBER | {"step": "any"}) for name in (*sizing.NUMBERS, "layer_percent")
    }
    widgets["layer"] = forms.Select(INPUT)
    fields = forms.fields_for_model(Experiment, sizing.SETTINGS, widgets=widgets)
    fields["layer"].empty_label = _("without a layer")
    return fields


def _plain(value: Any) -> Any:
    """1.00 as 1."""
    return f"{float(value):g}" if isinstance(value, Decimal) else value


class VariantFields(forms.Form):
    """`variants` are those that there are; a campaign without has no fields of this part."""

    variants: list[Variant]

    def add_variants(self, campaign: Campaign) -> None:
        self.variants = variants.every(campaign)
        for variant in self.variants:
            self.fields |= _fields_of(variant)
            self.initial |= {f"tries_{variant.letter}": variant.name, f"share_{variant.letter}": variant.share,
                             f"hour_{variant.letter}": variant.hour}  # fmt: skip
            self.fields[f"share_{variant.letter}"].disabled = whom.followed(campaign) is not None
        if self.variants and whom.followed(campaign) is None:
            experiment = sizing.experiment_of(campaign)
            self.fields |= {SETTING + name: field for name, field in _settings().items()}
            self.initial |= {SETTING + name: _plain(getattr(experiment, name)) for name in sizing.SETTINGS}

    def variant_fields(self, letter: str) -> dict[str, forms.BoundField]:
        return {name: self[f"{name}_{letter}"] for name in OF_ONE}

    def check_variants(self, cleaned: Mapping[str, Any]) -> None:
        shares = [cleaned.get(f"share_{variant.letter}") for variant in self.variants]
        if shares and None not in shares and sum(shares) != variants.WHOLE:
            sentence = _("The shares of the variants are %(sum)d %% together: make them 100 %%.")
            self.add_error(f"share_{self.variants[-1].letter}", sentence % {"sum": sum(shares)})

    def keep_variants(self, campaign: Campaign) -> None:
        """In the caller's transaction."""
        told = self.cleaned_data
        variants.keep(campaign, {
            variant.letter: {"name": told[f"tries_{variant.letter}"], "share": told[f"share_{variant.letter}"],
                             "hour": told[f"hour_{variant.letter}"]}
            for variant in self.variants
        })  # fmt: skip
        if SETTING + "metric" in self.fields:
            sizing.keep(campaign, {name: told[SETTING + name] for name in sizing.SETTINGS})
            layers.take(campaign)


def plan_of(posted: Mapping[str, Any], campaign: Campaign) -> tuple[Experiment, list[Variant]] | None:
    """The posted settings and variants, not saved; None while they are not whole."""
    form = forms.Form(posted)
    form.fields |= {SETTING + name: field for name, field in _settings().items()}
    drawn = variants.every(campaign)
    if not form.is_valid() or not drawn:
        return None
    return Experiment(campaign=campaign, **{name: form.cleaned_data[SETTING + name] for name in sizing.SETTINGS}), drawn
