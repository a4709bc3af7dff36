"""Feeds: set up and checked by administrators, seen and asked for a look by managers."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from segments.admin import feed_page
from segments.admin.feed_form import NAME_FIELDS, FeedForm
from segments.feeding import alarms, holding, jobs
from segments.feeding.errors import FeedError
from segments.feeding.transports import transport_for
from segments.models import Feed

RUN_IMPORT = "segments.run_import"
BY_FILES = "transport != 'odata'"
REMOTE = "transport != 'folder'"


@admin.register(Feed)
class FeedAdmin(ModelAdmin):
    form = FeedForm
    list_display = ["name", "source", "transport", "state_badge", "delivered", "looks_next"]
    list_select_related = ["source"]
    list_filter = ["source", "transport", "problem", "is_active"]
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    change_form_template = "segments/feed.html"
    compressed_fields = True
    conditional_fields = {
        "login": REMOTE, "password": REMOTE, "entities": "transport == 'odata'", "moves_taken": BY_FILES,
        **dict.fromkeys(NAME_FIELDS, BY_FILES),
    }  # fmt: skip
    fieldsets = (
        (None, {"fields": ("name", ("source", "transport"), "address", "login", "password")}),
        (_("What it takes"), {"fields": (*NAME_FIELDS, "moves_taken", "entities")}),
        (_("When it looks, and when it complains"), {
            "fields": ("every_minutes", "late_after_hours", "shrink_percent", "is_active"),
        }),
    )  # fmt: skip
    # For those who may only look: what it is, in words.
    shown = (
        (None, {"fields": ("name", "source", "transport", "address", "files_shown")}),
        (
            _("When it looks, and when it complains"),
            {"fields": ("every_minutes", "late_after_hours", "shrink_percent")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feed]:
        return super().get_queryset(request).defer("seen")

    def get_fieldsets(self, request: HttpRequest, obj: Feed | None = None) -> Any:
        return self.fieldsets if obj is None or self.has_change_permission(request, obj) else self.shown

    def has_delete_permission(self, request: HttpRequest, obj: Feed | None = None) -> bool:
        # Its imports keep saying where they came from: a feed is paused instead.
        return False

    @display(description=_("state"), label=feed_page.LABELS)
    def state_badge(self, feed: Feed) -> tuple[str, Any]:
        state = feed_page.state(feed)
        return state, feed_page.STATES[state]

    @display(description=_("last delivery"), ordering="last_ok_at")
    def delivered(self, feed: Feed) -> str:
        return feed_page.moment(feed.last_ok_at)

    @display(description=_("next look"), ordering="due_at")
    def looks_next(self, feed: Feed) -> str:
        return feed_page.moment(feed.due_at) if feed.is_active else "—"

    @display(description=_("What it takes"))
    def files_shown(self, feed: Feed) -> str:
        return feed_page.files(feed)

    def get_urls(self) -> list[URLPattern]:
        def own(name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            wrapped = self.admin_site.admin_view(require_POST(view))
            return path(f"<int:pk>/{name}/", wrapped, name=f"segments_feed_{name}")

        return [
            own("check", self.check_view),
            own("pin", self.pin_view),
            own("look", self.look_view),
            own("load", self.load_view),
            own("drop", self.drop_view),
            own("pause", self.pause_view),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        feed = Feed.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        more = feed_page.context(feed) | {"may_look": self._may_look(request)} if feed else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def check_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Connect and show what is there. A machine that nobody confirmed shows its key first, and gets no secret."""
        return self._checked(request, self._own(request, pk))

    def _checked(self, request: HttpRequest, feed: Feed) -> HttpResponse:
        found: dict[str, Any] = {}
        try:
            transport = transport_for(feed)
            identity = transport.identity()
            if identity and identity.key != feed.host_key:
                found = {"fingerprint": identity.fingerprint, "changed": bool(feed.host_key)}
            else:
                with transport:
                    found = {"lines": transport.check()}
        except FeedError as error:
            found = {"failure": str(error)}
        context = {**self.admin_site.each_context(request), "opts": self.opts, "original": feed, "title": str(feed)}
        return TemplateResponse(request, "segments/feed_check.html", {**context, "feed": feed, **found})

    def pin_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep the key whose fingerprint the person confirmed, if the machine still shows that one."""
        feed = self._own(request, pk)
        try:
            identity = transport_for(feed).identity()
        except FeedError as error:
            return self._back(request, pk, str(error), level=messages.ERROR)
        if identity is None or identity.fingerprint != request.POST.get("fingerprint"):
            return self._back(
                request, pk, _("The machine shows another key now. Check it again."), level=messages.ERROR
            )
        Feed.objects.filter(pk=pk).update(host_key=identity.key, due_at=timezone.now())
        self._log(request, feed, gettext("Confirmed the key %(key)s") % {"key": identity.fingerprint})
        feed.host_key = identity.key
        return self._checked(request, feed)

    def look_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        jobs.ask(self._seen(request, pk))
        return self._back(request, pk, _("A look is asked for: what it brings appears below within a minute."))

    def load_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decided(request, pk, holding.load_anyway, _("It is being loaded."))

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decided(request, pk, holding.drop, _("The delivery is dropped: nothing of it was loaded."))

    def _decided(self, request: HttpRequest, pk: int, verb: Callable[[Feed], None], done: Any) -> HttpResponse:
        feed = self._seen(request, pk)
        try:
            verb(feed)
        except FeedError as error:
            return self._back(request, pk, str(error), level=messages.ERROR)
        self._log(request, feed, str(done))
        return self._back(request, pk, done)

    def pause_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Pause, or go on at once."""
        feed = self._own(request, pk)
        feed.is_active, feed.due_at = not feed.is_active, timezone.now()
        feed.save(update_fields=["is_active", "due_at"])
        alarms.settle(feed)
        done = gettext("The feed works again.") if feed.is_active else gettext("The feed is paused.")
        self._log(request, feed, done)
        return self._back(request, pk, done)

    def _may_look(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RUN_IMPORT) or self.has_change_permission(request)

    def _seen(self, request: HttpRequest, pk: int) -> Feed:
        if not (self.has_view_permission(request) and self._may_look(request)):
            raise PermissionDenied
        return get_object_or_404(Feed.objects.select_related("source"), pk=pk)

    def _own(self, request: HttpRequest, pk: int) -> Feed:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return get_object_or_404(Feed.objects.select_related("source"), pk=pk)

    def _log(self, request: HttpRequest, feed: Feed, done: str) -> None:
        LogEntry.objects.log_actions(
            user_id=request.user.pk, queryset=[feed], action_flag=CHANGE, change_message=done, single_object=True
        )

    def _back(self, request: HttpRequest, pk: int, sentence: Any, *, level: int = messages.SUCCESS) -> HttpResponse:
        self.message_user(request, sentence, level=level)
        return redirect("admin:segments_feed_change", pk)
