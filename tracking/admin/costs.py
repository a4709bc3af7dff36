"""Costs, advertising by source, and margins by line of business: what people tell us of money."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from tracking.admin.sums_upload import BringsSums
from tracking.models import AdSpend, Cost, LineMargin, MoneyUpload
from tracking.money import months, wrong_month


class MonthField(forms.CharField):
    """A month, by the browser's own chooser or as people write one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=UnfoldAdminTextInputWidget(attrs={"type": "month"}), label=_("Month"), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%Y-%m}" if isinstance(value, date) else value

    def clean(self, value: Any) -> date:
        month = months.read(super().clean(value))
        if month is None:
            raise ValidationError(_("Write the month as 05.2026."))
        return month


class CostForm(forms.ModelForm):
    month = MonthField()

    class Meta:
        model = Cost
        fields = ("campaign", "kind", "amount", "month", "months", "note")


class AdSpendForm(forms.ModelForm):
    month = MonthField()

    class Meta:
        model = AdSpend
        fields = ("source", "month", "amount", "visitors", "centre", "brand")


class ByMonth(BringsSums):
    """Sums of months; each leads to its page by its month."""

    list_display_links = ("month_shown",)
    date_hierarchy = "month"

    @display(description=_("month"), ordering="month")
    def month_shown(self, row: Cost | AdSpend) -> str:
        return date_format(row.month, "F Y").lower()


@admin.register(Cost)
class CostAdmin(ByMonth):
    """What was paid beside messages, which are counted by themselves."""

    brings = MoneyUpload.Kind.COSTS
    form = CostForm
    list_display = ("month_shown", "kind", "amount", "campaign_shown", "months", "note")
    list_filter = ("kind", ("campaign", AutocompleteSelectFilter))
    list_filter_submit = True
    list_select_related = ("campaign",)
    autocomplete_fields = ("campaign",)
    search_fields = ("note",)
    ordering = ("-month", "-id")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"month": date.today().replace(day=1)} | super().get_changeform_initial_data(request)

    def save_model(self, request: HttpRequest, obj: Cost, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if doubt := wrong_month.doubt(obj.campaign, obj.month, obj.months):
            messages.warning(request, doubt)

    @display(description=_("campaign"), ordering="campaign__name")
    def campaign_shown(self, cost: Cost) -> Any:
        return cost.campaign or _("all campaigns of the month")


@admin.register(AdSpend)
class AdSpendAdmin(ByMonth):
    brings = MoneyUpload.Kind.ADVERTISING
    form = AdSpendForm
    list_display = ("month_shown", "source", "amount", "visitors", "centre", "brand")
    list_filter = ("source", "centre", "brand")
    list_select_related = ("centre", "brand")
    search_fields = ("source",)
    ordering = ("-month", "source")


@admin.register(LineMargin)
class LineMarginAdmin(ModelAdmin):
    """Each line has its row from the beginning."""

    list_display = ("line", "percent")
    fields = ("percent",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
