"""Purchases with promo codes: the list, the cashier's page, and a file of a till."""

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from campaigns.admin import promo_cashier
from campaigns.admin.promo_forms import PurchasesForm
from campaigns.models import PromoRedemption
from campaigns.promo import bringing_purchases
from campaigns.refusals import Refused
from segments.admin.big_lists import ReadOnlyList


@admin.register(PromoRedemption)
class PromoRedemptionAdmin(ReadOnlyList, ModelAdmin):
    list_display = (
        "happened_at",
        "code_shown",
        "pool",
        "amount",
        "discount",
        "receipt",
        "centre",
        "door",
        "taken_back",
    )
    list_filter = ("door", "centre")
    list_select_related = ("code__pool", "centre")
    search_fields = ("code__key", "receipt")
    search_help_text = _("Code without dashes, or number of the receipt")
    list_fullwidth = True
    fields = (
        "code_shown",
        "pool",
        "happened_at",
        "amount",
        "discount",
        "receipt",
        "centre",
        "door",
        "till",
        "author",
        "taken_back",
    )
    change_list_template = "campaigns/promo/purchases.html"
    nothing_yet = _("Purchases come from the cashier's page, from tills over the API and out of files.")

    @display(description=_("promo code"))
    def code_shown(self, redemption: PromoRedemption) -> str:
        return redemption.code.code

    @display(description=_("pool of promo codes"))
    def pool(self, redemption: PromoRedemption) -> str:
        return redemption.code.pool.name

    @display(description=_("state"))
    def taken_back(self, redemption: PromoRedemption) -> str:
        return gettext("taken back") if redemption.cancelled_at else ""

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"campaigns_promoredemption_{name}")

        return [
            own("cashier/", self.cashier_view, "cashier"),
            own("cashier/<int:pk>/take-back/", require_POST(promo_cashier.take_back), "take_back"),
            own("bring/", self.bring_view, "bring"),
            *super().get_urls(),
        ]

    def cashier_view(self, request: HttpRequest) -> HttpResponse:
        return promo_cashier.page(self.admin_site, request)

    def bring_view(self, request: HttpRequest) -> HttpResponse:
        """A file of purchases; what became of its lines is told on the same page."""
        if not request.user.has_perm("campaigns.change_promopool"):
            raise PermissionDenied
        form, told = PurchasesForm(*((request.POST, request.FILES) if request.method == "POST" else ())), None
        if request.method == "POST" and form.is_valid():
            with tempfile.TemporaryDirectory() as folder:
                stored = Path(folder) / "purchases"
                stored.write_bytes(form.cleaned_data["file"].read())
                try:
                    told = bringing_purchases.bring(stored, centre=form.cleaned_data["centre"], author=request.user)
                except Refused as refusal:
                    form.add_error("file", refusal.sentence)
        if told and told.taken:
            messages.success(request, _("The purchases are taken in."))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Purchases out of a file"),
            "opts": self.opts,
            "form": form,
            "told": told,
        }
        return TemplateResponse(request, "campaigns/promo/bring.html", context, status=400 if form.errors else 200)
