"""Calls: the list, and the page that loads them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter
from unfold.decorators import action, display

from segments.admin.big_lists import ReadOnlyList
from segments.masking import VIEW_CONTACTS, shown
from tracking.admin import listening
from tracking.admin.call_upload import upload_page
from tracking.admin.listening import LISTEN
from tracking.models import Call
from tracking.numbers import short
from tracking.telephony import recordings
from tracking.telephony_models import CallDifference


def caller_column(user: Any) -> Callable[[Call], Any]:
    """The caller as this user may see it."""

    @display(description=_("from number"))
    def caller(call: Call) -> Any:
        return shown(user, "phone", call.caller) if call.caller else _("hidden number")

    return caller


FIELDS = {
    "started_at": _("started"), "virtual_number": _("to number"), "caller": _("from number"), "is_lost": _("lost"),
    "talk_seconds": _("talk, s"), "employee": _("employee"), "tags": _("tags"),
}  # fmt: skip


@dataclass(frozen=True)
class SeenDifference:
    """A difference of a report as this user may see it: numbers of people masked."""

    difference: CallDifference
    user: Any

    def changes(self) -> Iterator[tuple[Any, Any, Any]]:
        """What was here and what the report says, by field."""
        for name, label in FIELDS.items():
            if name in self.difference.fields:
                ours, theirs = self.difference.fields[name]
                yield label, self._said(name, ours), self._said(name, theirs)

    def _said(self, name: str, value: Any) -> Any:
        if name == "caller" and value:
            return shown(self.user, "phone", value)
        if name == "virtual_number":
            return short(value) or "—"
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if name == "started_at" and (moment := parse_datetime(str(value))):
            return date_format(timezone.localtime(moment), "d.m.Y H:i:s")
        return ", ".join(value) or "—" if isinstance(value, list) else value or "—"


@admin.register(Call)
class CallAdmin(ReadOnlyList, ModelAdmin):
    """Calls are loaded, never typed: the page of one is read-only."""

    list_filter = (
        ("campaign", AutocompleteSelectFilter),
        "is_lost",
        "direction",
        ("started_at", RangeDateFilter),
    )
    list_filter_submit = True
    list_select_related = ("customer", "campaign", "account")
    ordering = ("-started_at",)
    actions_list = ["upload"]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        shown = ["when", "who", caller_column(request.user), "called", "campaign", "talk", "employee"]
        return [*shown, "recording"] if request.user.has_perm(LISTEN) else shown

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        call = ["when", "way", "who", caller_column(request.user), "called", "campaign"]
        return [*call, "talk", "employee", *(["recording"] if request.user.has_perm(LISTEN) else []), "external_id"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Whoever may not see a number may not find it out by searching either."""
        return ("=caller", "=virtual_number", "=external_id") if request.user.has_perm(VIEW_CONTACTS) else ()

    def has_upload_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tracking.add_call")

    @action(description=_("Load calls"), url_path="upload", icon="upload_file", permissions=["upload"])
    def upload(self, request: HttpRequest) -> HttpResponse:
        return upload_page(self, request)

    def get_urls(self) -> list[URLPattern]:
        def own(name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            return path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"tracking_call_{name}")

        pages = (("listen", listening.listen), ("sound", listening.sound))
        return [*(own(name, partial(view, self)) for name, view in pages), *super().get_urls()]

    @display(description=_("direction"))
    def way(self, call: Call) -> Any:
        return _("outgoing") if call.direction == "out" else _("incoming")

    @display(description=_("when"), ordering="started_at")
    def when(self, call: Call) -> str:
        return date_format(timezone.localtime(call.started_at), "d.m.Y H:i")

    @display(description=_("who"))
    def who(self, call: Call) -> Any:
        return call.customer or _("stranger")

    @display(description=_("to number"), ordering="virtual_number")
    def called(self, call: Call) -> str:
        return short(call.virtual_number)

    @display(description=_("recording"))
    def recording(self, call: Call) -> Any:
        if not recordings.names(call):
            return "—"
        return format_html(
            '<a class="kr-link" href="{}">{}</a>', reverse("admin:tracking_call_listen", args=[call.pk]), _("Listen")
        )

    @display(description=_("talk"), ordering="talk_seconds")
    def talk(self, call: Call) -> Any:
        if call.is_lost:
            return format_html('<span class="text-red-700 dark:text-red-400 font-medium">{}</span>', _("lost"))
        return call.talk
