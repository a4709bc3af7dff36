"""Accounts at call-tracking providers. Credentials are entered here and never shown again."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from channels.admin.account_form import ZONES, ConnectionForm, chosen_provider, connection_fields, form_for
from channels.audiences.errors import ServiceError
from tracking.admin import account_numbers
from tracking.admin.calls import SeenDifference
from tracking.models import CallTrackingAccount
from tracking.telephony import REGISTRY, accounts, differences, door, jobs, notices, provider_class, provider_for

PAGE = "admin:tracking_calltrackingaccount_change"
LABELS = {"on": "success", "failed": "danger", "waits": "info", "off": "warning"}
SHOWN_PULLS, SHOWN_DIFFERENCES = 10, 50
# What the form may write of an account that is there: the cursor and the state belong to the pulls.
OF_THE_FORM = ("name", "provider", "options", "secret", "time_zone", "since", "every", "overlap", "is_active")


class CallAccountForm(ConnectionForm):
    provider = forms.ChoiceField(label=_("Provider"), widget=UnfoldAdminSelectWidget)
    time_zone = forms.ChoiceField(
        label=_("Time zone of the account"), choices=ZONES, widget=UnfoldAdminSelectWidget, initial="Europe/Moscow",
        help_text=_("As it is set in the provider's cabinet: the times of calls are told by this clock."),
    )  # fmt: skip

    class Meta:
        model = CallTrackingAccount
        fields = ("name", "provider", "time_zone", "since", "every", "overlap", "is_active")

    def offered(self) -> list[Any]:
        """An account that exists stays with its provider: its calls are told apart by that."""
        return [(name, label) for name, (label, _path) in REGISTRY.items() if self.was in ("", name)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("provider"):
            self.take_options(data)
        return data


@admin.register(CallTrackingAccount)
class CallTrackingAccountAdmin(ModelAdmin):
    list_display = ("name", "provider_label", "state", "pulled", "read_to")
    list_filter = ("is_active",)
    search_fields = ("name",)
    actions = None
    compressed_fields = True
    change_form_template = "tracking/admin/call_account.html"
    nothing_yet = _("Connect a call-tracking provider, and calls on substitute numbers come by themselves.")

    def get_form(
        self, request: HttpRequest, obj: CallTrackingAccount | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = form_for(chosen_provider(request, obj, REGISTRY), CallAccountForm)
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: CallTrackingAccount | None = None) -> Any:
        may_change = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        reading = (_("Reading"), {"fields": ("since", "every", "overlap")})
        if not may_change:
            return ((None, {"fields": (("name", "provider_label"), "time_zone", "is_active")}), reading)
        own = connection_fields(chosen_provider(request, obj, REGISTRY))
        general = (None, {"fields": ("name", "provider", "time_zone", "is_active")})
        return (general, (_("Connection"), {"fields": own, "classes": ("provider-fields",)}), reading)

    @display(description=_("provider"), ordering="provider")
    def provider_label(self, account: CallTrackingAccount) -> str:
        return str(REGISTRY[account.provider][0]) if account.provider in REGISTRY else account.provider

    @display(description=_("state"), label=LABELS)
    def state(self, account: CallTrackingAccount) -> tuple[str, Any]:
        if not account.is_active:
            return "off", _("off")
        if account.failures:
            return "failed", _("does not answer")
        if account.problem:
            return "waits", _("waits for its limit")
        return "on", _("in use")

    @display(description=_("read last"), ordering="pulled_at")
    def pulled(self, account: CallTrackingAccount) -> str:
        return _moment(account.pulled_at)

    @display(description=_("calls are here till"), ordering="read_until")
    def read_to(self, account: CallTrackingAccount) -> str:
        return _moment(account.read_until)

    def get_urls(self) -> list[URLPattern]:
        def own(name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            view = self.admin_site.admin_view(require_POST(view))
            return path(f"<int:pk>/{name}/", view, name=f"tracking_calltrackingaccount_{name}")

        numbers = self.admin_site.admin_view(partial(account_numbers.numbers_page, self))
        verbs = (("check", self.check_view), ("read", self.read_view), ("rotate", self.rotate_view))
        page = path("<int:pk>/numbers/", numbers, name="tracking_calltrackingaccount_numbers")
        return [page, *(own(name, view) for name, view in verbs), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        account = CallTrackingAccount.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        more = self._more(request, account) if account else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def _more(self, request: HttpRequest, account: CallTrackingAccount) -> dict[str, Any]:
        found = differences.lately(account, SHOWN_DIFFERENCES)
        more = {
            "pulls": account.pulls.all()[:SHOWN_PULLS],
            "may_read": may_read(request),
            "may_see_numbers": request.user.has_perm(account_numbers.ADD) and account_numbers.tells_numbers(account),
            "state_words": self.state(account)[1],
            "refused": notices.refused_lately(account),
            "differences": [SeenDifference(each, request.user) for each in found],
        }
        if account.provider in REGISTRY and self.has_change_permission(request, account):
            made = provider_class(account.provider)
            more |= {
                "hook": door.address_of(account),
                "notice_help": made.notice_help,
                "template": made.notice_template,
            }
        return more

    def check_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try the account; the answer comes as a message, and stays."""
        account = get_object_or_404(CallTrackingAccount, pk=pk)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        try:
            with provider_for(account) as provider:
                answer = provider.check()
            messages.success(request, answer)
        except ServiceError as error:
            answer = str(error)
            messages.error(request, answer)
        CallTrackingAccount.objects.filter(pk=pk).update(check_answer=answer[:300], checked_at=timezone.now())
        return redirect(PAGE, pk)

    def read_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = get_object_or_404(CallTrackingAccount, pk=pk)
        if not may_read(request):
            raise PermissionDenied
        jobs.ask(account)
        messages.success(request, _("The calls are being read: what came is seen here in a minute."))
        return redirect(PAGE, pk)

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new address of notifications; the old one is nobody's from now on."""
        account = get_object_or_404(CallTrackingAccount, pk=pk)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        door.rotate(account)
        self.log_change(request, account, str(_("The address of notifications is a new one.")))
        messages.warning(
            request, _("Notifications have a new address: paste it at the provider, the old one is closed.")
        )
        return redirect(PAGE, pk)

    def save_model(self, request: HttpRequest, obj: CallTrackingAccount, form: Any, change: bool) -> None:
        """Who corrects the connection has acted: it is tried at once."""
        obj.save(update_fields=OF_THE_FORM if change else None)
        door.forget()
        if not change:
            accounts.give_prefix(obj)
        elif form.changed_data:
            CallTrackingAccount.objects.filter(pk=obj.pk).update(due_at=timezone.now(), failures=0, problem="")

    def has_delete_permission(self, request: HttpRequest, obj: CallTrackingAccount | None = None) -> bool:
        return False  # its calls would come to be nobody's: it is switched off instead


def may_read(request: HttpRequest) -> bool:
    """Whoever may load calls from a file may have them read."""
    user = request.user
    return user.has_perm("tracking.add_call") or user.has_perm("tracking.change_calltrackingaccount")


def _moment(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "j E, H:i") if moment else "—"
