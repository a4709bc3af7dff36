"""The form of a pool of promo codes, and of the file that brings codes."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from campaigns.models import PromoPool
from campaigns.promo import filling
from campaigns.refusals import Refused
from segments.models import Centre

# What a campaign was approved with, and people were told: it stays as it is.
TERMS = (
    "kind", "gives", "amount", "gift", "points_days", "minimum_sum", "brand", "centres", "valid_from", "valid_to", "valid_days", "per_person",
)  # fmt: skip


class PoolForm(forms.ModelForm):
    """`word` is the code of a pool that has one for all; `number` of codes are made for the others."""

    word = forms.CharField(
        label=_("The code for all"), max_length=40, required=False, widget=UnfoldAdminTextInputWidget,
        help_text=_("Such as SPRING. Case, spaces, dashes and letters that look alike make no difference."),
    )  # fmt: skip
    number = forms.IntegerField(
        label=_("How many codes to make"), min_value=1, max_value=filling.MOST, required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Empty: none yet; they may be made, or brought in a file, on the page of the pool."),
    )  # fmt: skip

    class Meta:
        model = PromoPool
        fields = ("name", *TERMS, "total_limit", "prefix", "length", "instruction", "ends_with_purchase", "is_active")
        widgets = {"centres": UnfoldAdminCheckboxSelectMultipleWidget}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._check_worth(cleaned)
        begins, ends = cleaned.get("valid_from"), cleaned.get("valid_to")
        if begins and ends and begins > ends:
            self.add_error("valid_to", _("It ends before it begins."))
        if cleaned.get("kind", self.instance.kind) == PromoPool.Kind.SHARED and "word" in self.fields:
            self._check_word(cleaned.get("word") or "")
        return cleaned

    def _check_worth(self, cleaned: dict[str, Any]) -> None:
        if "gives" not in cleaned:
            return
        if cleaned["gives"] == PromoPool.Gives.GIFT:
            if not cleaned.get("gift"):
                self.add_error("gift", _("Write which gift: people and cashiers read it."))
        elif not cleaned.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Write how much."))
        elif cleaned["gives"] == PromoPool.Gives.PERCENT and (cleaned.get("amount") or 0) > 100:
            self.add_error("amount", _("A discount is 100 % at most."))
        elif cleaned["gives"] == PromoPool.Gives.POINTS and cleaned.get("kind") == PromoPool.Kind.SHARED:
            self.add_error(
                "gives", _("Points need a code of her own for everybody: of a code for all nobody knows whose it is.")
            )

    def _check_word(self, word: str) -> None:
        try:
            filling.require_free(self.instance, word)
        except Refused as refusal:
            self.add_error("word", ValidationError(refusal.sentence))


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("CSV or XLSX"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx,.txt"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )


class PurchasesForm(FileForm):
    centre = forms.ModelChoiceField(
        Centre.objects.all(), label=_("dealer centre"), required=False, empty_label=_("not chosen"),
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
