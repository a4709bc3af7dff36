"""Accounts: credentials are entered here and never shown again."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from channels import doors, health, prices, sandbox
from channels.admin import account_words
from channels.admin.account_form import ZONES, chosen_provider, connection_fields, form_for
from channels.admin.account_push import PushVerbs, setup_of
from channels.admin.provider_fields import label_of
from channels.models import Account, Channel, DomainLimit
from channels.providers import REGISTRY, provider_class

# What the form may write of an account that is there.
OF_THE_FORM = ("secret", *(each.name for each in Account._meta.fields if each.editable and not each.primary_key))
LIMITS = (("per_second", "per_minute"), ("per_day", "cost"), ("quiet_from", "quiet_to"))
WARM_UP = ("warmup_from", ("warmup_first", "warmup_days"))


class DomainLimitInline(TabularInline):
    """Whoever may change the account may change them."""

    model = DomainLimit
    extra = 0
    tab = False

    def has_view_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return request.user.has_perm("channels.view_account")

    def has_change_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return request.user.has_perm("channels.change_account")

    has_add_permission = has_delete_permission = has_change_permission


@admin.register(Account)
class AccountAdmin(PushVerbs, ModelAdmin):
    list_display = ("name", "channel", "provider_label", "state", "last_sent", "day_line", "balance")
    list_filter = ("channel", "mode", "is_active")
    search_fields = ("name", "sender_address")
    change_form_template = "channels/account.html"
    compressed_fields = True
    nothing_yet = _(
        "Messages go over an account at a provider. A new one keeps a journal: nothing leaves until a person lets it."
    )

    def get_form(self, request: HttpRequest, obj: Account | None = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = form_for(chosen_provider(request, obj))
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Account | None = None) -> Any:
        may_change = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        provider, zone, own = "provider", "time_zone", connection_fields(chosen_provider(request, obj))
        if not may_change:
            provider, zone, own = "provider_label", "zone_label", ("settings_shown",)
        return (
            (None, {"fields": ("name", provider, ("is_default", "is_active"))}),
            (_("Connection"), {"fields": own, "classes": ("provider-fields",)}),
            (_("Sender"), {"fields": (("sender_name", "sender_address"), "other_senders")}),
            (_("Limits and price"), {"fields": (*LIMITS, zone)}),
            (_("Warm-up"), {"fields": WARM_UP}),
            (_("Use"), {"fields": (("purpose", "priority"), "test_recipients")}),
        )

    def get_inlines(self, request: HttpRequest, obj: Account | None) -> list[Any]:
        return [DomainLimitInline] if obj and obj.channel == Channel.EMAIL else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return health.with_day(super().get_queryset(request))

    @display(description=_("state"), label=account_words.LABELS)
    def state(self, account: Account) -> tuple[str, Any]:
        state = account_words.state(account)
        return state, account_words.STATES[state]

    @display(description=_("sent last"), ordering="health__last_sent_at")
    def last_sent(self, account: Account) -> str:
        return account_words.last_sent(account)

    @display(description=_("in 24 hours"), ordering="day_sent")
    def day_line(self, account: Account) -> str:
        return account_words.day_line(account)

    @display(description=_("check and balance"))
    def balance(self, account: Account) -> str:
        return account_words.checked(account)

    @admin.display(description=_("Settings"))
    def settings_shown(self, account: Account) -> str:
        """What the account differs in from the provider's defaults, for those who may only look."""
        declared = provider_class(account.provider).options if account.provider in REGISTRY else {}
        lines = [(label_of(key, declared.get(key)), value) for key, value in (account.options or {}).items()]
        return format_html_join(mark_safe("<br>"), "{}: {}", lines) or "—"

    @admin.display(description=_("provider"), ordering="provider")
    def provider_label(self, account: Account) -> str:
        return str(REGISTRY[account.provider][1]) if account.provider in REGISTRY else account.provider

    @admin.display(description=_("time zone"))
    def zone_label(self, account: Account) -> str:
        return str(dict(ZONES).get(account.time_zone, account.time_zone))

    def get_urls(self) -> list[URLPattern]:
        return [*self.verb_urls(), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        account = health.with_day(Account.objects.filter(pk=object_id)).first() if object_id.isdecimal() else None
        may_change = self.has_change_permission(request, account)
        more = {
            "push": setup_of(account, may_change=may_change),
            "health": account_words.health_of(account),
            "day_line": account_words.day_line(account),
            "warm_up": account_words.warm_up(account),
            "is_local": sandbox.is_local(account),
            "hook": doors.address_of(account) if may_change else "",
            "may_switch": request.user.has_perm(sandbox.SWITCH_MODE),
        } if account else {}  # fmt: skip
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        """Who corrects the connection has acted: what waited for that goes on. The mode and the webhook's address have
        buttons of their own: a form that was read before one of them was pressed does not take it back."""
        obj.save(update_fields=OF_THE_FORM if change else None)
        if change and "cost" in form.changed_data:
            prices.changed(obj, form.initial["cost"])
        if change and set(form.changed_data) & {"provider", *connection_fields(form.chosen)}:
            health.resume(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        # Campaigns keep pointing at their account: it is taken out of use instead.
        return obj is None and super().has_delete_permission(request, obj)
