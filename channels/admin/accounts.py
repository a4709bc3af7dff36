"""Accounts: credentials are entered here and never shown again."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from channels.models import Account
from channels.providers import REGISTRY, provider_class, provider_for
from channels.providers.base import ProviderError
from channels.sealing import seal


class AccountForm(forms.ModelForm):
    """The password is write-only: left empty, the stored one stays."""

    provider = forms.ChoiceField(label=_("Provider"), widget=UnfoldAdminSelectWidget)
    password = forms.CharField(
        label=_("Password or key"),
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Stored encrypted and never shown. Leave empty to keep the stored one."),
    )

    class Meta:
        model = Account
        fields = (
            "name", "channel", "provider", "sender_name", "sender_address",
            "options", "per_second", "cost", "is_default", "is_active",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = [(name, label) for name, (_channel, label, _path) in REGISTRY.items()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        provider = data.get("provider")
        if provider and data.get("channel") != REGISTRY[provider][0]:
            self.add_error("provider", _("This provider does not serve the chosen channel."))
        if provider:
            self._check_options(provider_class(provider).options, data.get("options") or {})
        if data.get("channel") == "email" and not data.get("sender_address"):
            self.add_error("sender_address", _("An e-mail account needs the address that letters come from."))
        return data

    def _check_options(self, known: dict[str, object], given: Any) -> None:
        if not isinstance(given, dict):
            self.add_error("options", _('Options are a JSON object, for example {"host": "mail.example.ru"}.'))
            return
        strange = sorted(set(given) - set(known))
        if strange:
            sentence = _("Unknown options: %(names)s. This provider knows: %(known)s.")
            self.add_error("options", sentence % {"names": ", ".join(strange), "known": ", ".join(known)})

    def save(self, commit: bool = True) -> Account:
        if self.cleaned_data.get("password"):
            self.instance.secret = seal(self.cleaned_data["password"])
        return super().save(commit)


@admin.register(Account)
class AccountAdmin(ModelAdmin):
    form = AccountForm
    list_display = ("name", "channel", "provider_label", "sender_address", "per_second", "is_default", "is_active")
    list_filter = ("channel", "is_active")
    search_fields = ("name", "sender_address")
    change_form_template = "channels/account.html"
    compressed_fields = True
    fieldsets = (
        (None, {"fields": ("name", ("channel", "provider"), ("is_default", "is_active"))}),
        (_("Sender"), {"fields": (("sender_name", "sender_address"),)}),
        (_("Connection"), {"fields": ("options", "password")}),
        (_("Limits and price"), {"fields": (("per_second", "cost"),)}),
    )

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
