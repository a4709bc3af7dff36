"""Tills that take promo codes by the API: where they stand, and their keys, each shown once."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy

from campaigns.models import PromoTill
from channels.admin.server_keys import KeyedAdmin


@admin.register(PromoTill)
class PromoTillAdmin(KeyedAdmin):
    list_display = ("name", "centre", "key_made", "is_active")
    list_select_related = ("centre",)
    fields = ("name", "centre", "is_active")
    change_form_template = "campaigns/promo/till.html"
    key_template = "campaigns/promo/till_secret.html"
    actions = None
    nothing_yet = gettext_lazy(
        "A till, or the website's basket, asks us whether a code is good and tells the purchase."
    )

    def has_delete_permission(self, request: HttpRequest, obj: PromoTill | None = None) -> bool:
        # Purchases keep pointing at their till: it is switched off instead.
        return False

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
