"""Templates of providers: how they look, whether they may be sent, and the button that reads them anew."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from campaigns import templating
from campaigns.models import MessageTemplate
from channels.providers.base import ProviderError
from segments.admin.big_lists import ReadOnlyList

State = MessageTemplate.State
COLOURS = {
    State.APPROVED: "success",
    State.PENDING: "info",
    State.REJECTED: "danger",
    State.PAUSED: "warning",
    State.DISABLED: "danger",
    State.GONE: "default",
}
# Meta's words; another provider's are shown as they are.
CATEGORIES: dict[str, str | Promise] = {
    "MARKETING": _("advertising"),
    "UTILITY": _("service"),
    "AUTHENTICATION": _("codes"),
}
# Why Meta rejects.
REASONS: dict[str, str | Promise] = {
    "ABUSIVE_CONTENT": _("abusive content"),
    "INCORRECT_CATEGORY": _("the category is wrong"),
    "INVALID_FORMAT": _("places or parts are written wrongly"),
    "PROMOTIONAL": _("it is advertising in another category"),
    "TAG_CONTENT_MISMATCH": _("the language or the category does not fit the text"),
    "SCAM": _("it looks like a fraud"),
}
QUALITIES: dict[str, str | Promise] = {
    "GREEN": pgettext_lazy("quality of a template", "high"),
    "YELLOW": pgettext_lazy("quality of a template", "medium"),
    "RED": pgettext_lazy("quality of a template", "low: it may be paused soon"),
    "UNKNOWN": pgettext_lazy("quality of a template", "not told yet"),
}
MAY_READ_ANEW = ("campaigns.change_campaign", "channels.change_account")


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyList, ModelAdmin):
    list_display = ("title", "account", "kind", "state_badge", "why", "synced_at")
    list_display_links = ("title",)
    list_filter = ("state", "account", "language")
    list_select_related = ("account",)
    search_fields = ("name", "body")
    list_before_template = "campaigns/read_templates.html"
    fieldsets = (
        (None, {"fields": ("title", "account", "kind", "state_in_words", "why", "standing", "synced_at")}),
        (_("Text"), {"fields": ("preview",)}),
    )
    nothing_yet = _(
        "WhatsApp lets out approved texts only. Write them in its manager, and press “Read from the provider” here."
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("title", "account", "kind", "state_in_words", "why", "standing", "synced_at", "preview")

    @display(description=_("name"), ordering="name")
    def title(self, template: MessageTemplate) -> str:
        return str(template)

    @display(description=_("category"), ordering="category")
    def kind(self, template: MessageTemplate) -> Any:
        return CATEGORIES.get(template.category, template.category) or "—"

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_badge(self, template: MessageTemplate) -> tuple[str, str]:
        return template.state, template.get_state_display()

    @display(description=_("state"))
    def state_in_words(self, template: MessageTemplate) -> str:
        return str(template.get_state_display())

    @display(description=_("why"))
    def why(self, template: MessageTemplate) -> Any:
        if template.unsupported:
            return _("cannot be filled here: %(parts)s") % {"parts": template.unsupported}
        words = REASONS.get(template.reason)
        return f"{words} ({template.reason})" if words else template.reason or "—"

    @display(description=_("quality"))
    def standing(self, template: MessageTemplate) -> Any:
        """What Meta makes of people's complaints about it."""
        return QUALITIES.get(template.quality, template.quality) or "—"

    @display(description=_("preview"))
    def preview(self, template: MessageTemplate) -> SafeString:
        return render_to_string("campaigns/template_preview.html", {"template": template})

    def get_urls(self) -> list[URLPattern]:
        read = self.admin_site.admin_view(require_POST(self.read_view))
        return [path("read/", read, name="campaigns_messagetemplate_read"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may = any(map(request.user.has_perm, MAY_READ_ANEW))
        shown = {"may_read_anew": may and bool(templating.accounts())}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def read_view(self, request: HttpRequest) -> HttpResponse:
        """All accounts, one after the other; what one cannot say comes as a message."""
        if not any(map(request.user.has_perm, MAY_READ_ANEW)):
            raise PermissionDenied
        for account in templating.accounts():
            try:
                number = templating.sync(account)
            except ProviderError as error:
                messages.error(request, f"{account}: {error}")
                continue
            said = ngettext("%(account)s: %(number)d template.", "%(account)s: %(number)d templates.", number)
            messages.success(request, said % {"account": account, "number": number})
        return redirect("admin:campaigns_messagetemplate_changelist")
