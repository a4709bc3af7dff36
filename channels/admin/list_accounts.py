"""Accounts at services of lists: advertising audiences and mailing services. Credentials are never shown again."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from channels.admin.account_form import ConnectionForm, chosen_provider, connection_fields, form_for
from channels.admin.mode import ModePages
from channels.audiences import SERVICES, service_for
from channels.audiences.errors import ServiceError
from channels.models import Account, ListAccount

LABELS = {"on": "success", "journal": "info", "off": "warning"}
PAGE = "admin:channels_listaccount_change"


class ListAccountForm(ConnectionForm):
    provider = forms.ChoiceField(label=_("Provider"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = ListAccount
        fields = ("name", "provider", "is_active")

    def offered(self) -> list[Any]:
        """An account that exists stays with its service: lists that go over it are there."""
        return [(name, label) for name, (label, _path) in SERVICES.items() if self.was in ("", name)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("provider"):
            self.take_options(data)
        return data


@admin.register(ListAccount)
class ListAccountAdmin(ModePages, ModelAdmin):
    page = PAGE
    live_template = "channels/list_account_live.html"
    live_words = (
        _("Send lists for real: “%(name)s”"),
        _("Lists are sent for real from now on."),
        _("Lists are sent for real from now on."),
    )
    list_display = ("name", "provider_label", "state", "check_answer")
    list_filter = ("is_active",)
    search_fields = ("name",)
    actions = None
    change_form_template = "channels/list_account.html"
    nothing_yet = _(
        "An account at Yandex Audiences, VK Ads, Mailchimp, SendGrid or Unisender. External lists of segments go over it."
    )

    def get_form(
        self, request: HttpRequest, obj: ListAccount | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = form_for(chosen_provider(request, obj, SERVICES), ListAccountForm)
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: ListAccount | None = None) -> Any:
        general = (None, {"fields": ("name", "provider", "is_active")})
        may_change = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if not may_change:
            return (general,)
        own = connection_fields(chosen_provider(request, obj, SERVICES))
        return (general, (_("Connection"), {"fields": own, "classes": ("provider-fields",)}))

    @display(description=_("provider"), ordering="provider")
    def provider_label(self, account: ListAccount) -> str:
        return str(SERVICES[account.provider][0]) if account.provider in SERVICES else account.provider

    @display(description=_("state"), label=LABELS)
    def state(self, account: ListAccount) -> tuple[str, Any]:
        if not account.is_active:
            return "off", _("off")
        return ("journal", _("journal")) if account.mode == Account.Mode.JOURNAL else ("on", _("in use"))

    def get_urls(self) -> list[URLPattern]:
        def own(name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            return path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"channels_listaccount_{name}")

        return [
            own("check", require_POST(self.check_view)),
            own("live", require_http_methods(["GET", "HEAD", "POST"])(self.live_view)),
            own("journal", require_POST(self.journal_view)),
            *super().get_urls(),
        ]

    def check_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try the account without sending anything; the answer comes as a message, and stays."""
        account = get_object_or_404(ListAccount, pk=pk)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        try:
            with service_for(account) as service:
                answer = service.check()
            messages.success(request, answer)
        except ServiceError as error:
            answer = str(error)
            messages.error(request, answer)
        ListAccount.objects.filter(pk=pk).update(check_answer=answer, checked_at=timezone.now())
        return redirect(PAGE, pk)

    def has_delete_permission(self, request: HttpRequest, obj: ListAccount | None = None) -> bool:
        return False  # its lists would stay with the service: it is taken out of use instead
