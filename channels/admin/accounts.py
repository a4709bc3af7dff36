"""Accounts: credentials are entered here and never shown again."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from channels.admin.account_form import chosen_provider, connection_fields, form_for
from channels.admin.provider_fields import label_of
from channels.models import Account
from channels.providers import REGISTRY, provider_class, provider_for
from channels.providers.base import ProviderError


@admin.register(Account)
class AccountAdmin(ModelAdmin):
    list_display = ("name", "channel", "provider_label", "sender_address", "per_second", "is_default", "is_active")
    list_filter = ("channel", "is_active")
    search_fields = ("name", "sender_address")
    change_form_template = "channels/account.html"
    compressed_fields = True

    def get_form(self, request: HttpRequest, obj: Account | None = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = form_for(chosen_provider(request, obj))
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Account | None = None) -> Any:
        may_change = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        own = connection_fields(chosen_provider(request, obj)) if may_change else ("settings_shown",)
        return (
            (None, {"fields": ("name", "provider", ("is_default", "is_active"))}),
            (_("Connection"), {"fields": own, "classes": ("provider-fields",)}),
            (_("Sender"), {"fields": (("sender_name", "sender_address"),)}),
            (_("Limits and price"), {"fields": (("per_second", "cost"),)}),
        )

    @admin.display(description=_("Settings"))
    def settings_shown(self, account: Account) -> str:
        """What the account differs in from the provider's defaults, for those who may only look."""
        declared = provider_class(account.provider).options if account.provider in REGISTRY else {}
        lines = [(label_of(key, declared.get(key)), value) for key, value in (account.options or {}).items()]
        return format_html_join(mark_safe("<br>"), "{}: {}", lines) or "—"

    @admin.display(description=_("provider"), ordering="provider")
    def provider_label(self, account: Account) -> str:
        return str(REGISTRY[account.provider][1]) if account.provider in REGISTRY else account.provider

    def get_urls(self) -> list[URLPattern]:
        check = self.admin_site.admin_view(require_POST(self.check_view))
        return [path("<int:pk>/check/", check, name="channels_account_check"), *super().get_urls()]

    def check_view(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        """Try the account without sending anything; the answer comes as a message."""
        account = get_object_or_404(Account, pk=pk)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        try:
            messages.success(request, provider_for(account).check())
        except ProviderError as error:
            messages.error(request, str(error))
        return redirect("admin:channels_account_change", pk)

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        # Campaigns keep pointing at their account: it is taken out of use instead.
        return obj is None and super().has_delete_permission(request, obj)
