"""Tills that take promo codes by the API: where they stand, and their keys, each shown once."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from campaigns.models import PromoTill
from channels import server_keys


@admin.register(PromoTill)
class PromoTillAdmin(ModelAdmin):
    list_display = ("name", "centre", "key_made", "is_active")
    list_select_related = ("centre",)
    fields = ("name", "centre", "is_active")
    change_form_template = "campaigns/promo/till.html"
    actions = None
    nothing_yet = gettext_lazy(
        "A till, or the website's basket, asks us whether a code is good and tells the purchase."
    )

    @display(description=gettext_lazy("key"), ordering="secret_made_at")
    def key_made(self, till: PromoTill) -> Any:
        return till.secret_made_at

    def has_delete_permission(self, request: HttpRequest, obj: PromoTill | None = None) -> bool:
        # Purchases keep pointing at their till: it is switched off instead.
        return False

    def get_urls(self) -> list[URLPattern]:
        secret = self.admin_site.admin_view(require_POST(self.secret_view))
        return [path("<int:pk>/secret/", secret, name="campaigns_promotill_secret"), *super().get_urls()]

    def secret_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new key, shown on this page and never again: only its hash is kept."""
        till = get_object_or_404(PromoTill, pk=pk)
        if not self.has_change_permission(request, till):
            raise PermissionDenied
        secret = server_keys.renew(till)
        self.log_change(request, till, _("A new key is made."))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Key of “%s”") % till,
            "till": till,
            "secret": secret,
        }
        return TemplateResponse(request, "campaigns/promo/till_secret.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        calls = {
            verb: settings.PUBLIC_URL + reverse(f"campaigns:promo_{verb}") for verb in ("check", "redeem", "cancel")
        }
        return super().change_view(request, object_id, form_url, {"calls": calls, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: PromoTill, form: Any, change: bool) -> None:
        """Keys are made by their button: a form that was read before does not take them back."""
        obj.save(update_fields=("name", "centre", "is_active") if change else None)
