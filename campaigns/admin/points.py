"""Bonus points: the list of all entries, and what a manager gives or takes by hand."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from campaigns.models import PointsEntry
from campaigns.points import ledger
from campaigns.points.registering import ADJUST
from campaigns.refusals import Refused
from segments.admin.big_lists import ReadOnlyList
from segments.models import Customer

MOST = 1_000_000


class Adjustment(forms.Form):
    points = forms.IntegerField(min_value=-MOST, max_value=MOST)
    why = forms.CharField(max_length=160)
    nonce = forms.CharField(max_length=40)


@admin.register(PointsEntry)
class PointsEntryAdmin(ReadOnlyList, ModelAdmin):
    list_display = ("happened_at", "customer", "kind", "points", "why", "expires_on")
    list_filter = ("kind",)
    list_select_related = ("customer",)
    list_fullwidth = True
    fields = ("happened_at", "customer", "kind", "points", "why", "expires_on", "author")
    nothing_yet = _("Points are given by promo codes and by hand on a customer's page, and spent at tills.")

    def get_urls(self) -> list[URLPattern]:
        adjust = self.admin_site.admin_view(require_POST(self.adjust_view))
        return [path("<int:customer>/adjust/", adjust, name="campaigns_pointsentry_adjust"), *super().get_urls()]

    def adjust_view(self, request: HttpRequest, customer: int) -> HttpResponse:
        """The same form sent twice is one entry."""
        person, form = get_object_or_404(Customer, pk=customer), Adjustment(request.POST)
        if not request.user.has_perm(ADJUST):
            raise PermissionDenied
        try:
            if not form.is_valid() or not form.cleaned_data["points"]:
                raise Refused(str(_("Write how many points and what for.")))
            self._adjust(person, form.cleaned_data, request.user)
            messages.success(request, _("Written down."))
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        return redirect("admin:segments_customer_change", customer)

    @staticmethod
    def _adjust(customer: Customer, told: dict[str, Any], author: Any) -> None:
        key, points, why = f"hand:{author.pk}:{told['nonce']}", told["points"], told["why"]
        if points > 0:
            ledger.accrue([ledger.Gift(customer.pk, points, key, why)], author)
        else:
            ledger.spend(customer.pk, -points, key, why=why, author=author)
