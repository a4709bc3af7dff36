"""Sources: where cards come from, how far each is believed, its mappings and feeds."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from segments.admin import dictionary_files as files
from segments.admin import feed_page
from segments.admin.dictionaries import EntryAdmin
from segments.admin.import_page import mapping_name
from segments.models import Source


@admin.register(Source)
class SourceAdmin(EntryAdmin):
    resource_classes = [files.SourceResource]
    list_display = ["name", "kind", "zone", "priority", "feeds_count", "last_import"]
    fields = ["name", "kind", "time_zone", "priority"]
    change_form_template = "segments/source.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        counted = {"n_feeds": Count("feeds", distinct=True), "imported_at": Max("batches__finished_at")}
        return super().get_queryset(request).annotate(**counted)

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "priority" in form.changed_data:
            self.message_user(
                request,
                _("Customers whose cards disagree get their details anew by this priority within a few minutes."),
            )

    @display(description=_("feeds"))
    def feeds_count(self, source: Source) -> int:
        return source.n_feeds

    @display(description=_("last import"))
    def last_import(self, source: Source) -> str:
        return feed_page.moment(source.imported_at)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        source = Source.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        more = _belongings(request.user, source) if source else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})


def _belongings(user: Any, source: Model) -> dict[str, Any]:
    """The mappings and feeds of a source, as far as the user may see them."""
    feeds = source.feeds.defer("seen") if user.has_perm("segments.view_feed") else []
    mappings = source.mappings.order_by("kind", "name") if user.has_perm("segments.view_mapping") else []
    return {
        "feeds": [(feed, feed_page.STATES[feed_page.state(feed)], feed_page.moment(feed.last_ok_at)) for feed in feeds],
        "may_add_feed": user.has_perm("segments.add_feed"),
        "mappings": [(mapping, mapping_name(mapping.name)) for mapping in mappings],
    }
