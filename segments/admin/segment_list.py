"""The list of segments: its filters, its columns, and what it says above them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from segments import guards
from segments.admin import rule_builder
from segments.admin.segment_page import share_of
from segments.models import Segment, SegmentSize
from segments.rules.compile import business_day
from segments.rules.counting import population
from segments.usage import where_used

TREND_DAYS = 30
OF_OWNERS = ("too_many",)  # said of owners above the list, not again in every row
NAMED = 2  # uses that the list names; the rest is counted


class InUse(admin.SimpleListFilter):
    """Archived segments are hidden unless one asks for them."""

    title = pgettext_lazy("segments", "archive")
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("no", pgettext_lazy("segments", "In use")),
            ("yes", pgettext_lazy("segments", "Archived")),
            ("all", pgettext_lazy("segments", "All")),
        ]

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        for value, title in self.lookup_choices:
            link = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": (self.value() or "no") == value, "query_string": link, "display": title}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Segment]) -> QuerySet[Segment]:
        if self.value() == "all":
            return queryset
        return queryset.filter(is_archived=self.value() == "yes")


class Advised(admin.SimpleListFilter):
    """Segments of which one guard speaks."""

    title = _("advice")
    parameter_name = "advice"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(guard.name, guard.label) for guard in guards.GUARDS.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Segment]) -> QuerySet[Segment]:
        return queryset.filter(**{guards.PREFIX + self.value(): True}) if self.value() in guards.GUARDS else queryset


class SegmentChangeList(ChangeList):
    """Its rows have what the columns read, and where they are used: asked once for all of them."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Segment]:
        if exclude_parameters is None:  # numbers beside the filters ask once more, of the same rows
            self.root_queryset = rows(self.root_queryset)
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        segments = list(self.result_list)
        uses = where_used(segments)
        for segment in segments:
            segment.uses = uses[segment.pk]
        self.result_list = segments


class SegmentColumns:
    """Columns of the list; the rows come from `rows`."""

    list_display = ("title", "size_shown", "share", "trend", "refreshed", "owner_shown", "used", "advised")
    list_display_links = ("title",)
    list_filter = (InUse, Advised, "policy")
    list_filter_submit = True
    search_fields = ("name", "description", "plan")
    search_help_text = _("Part of the name or of the purpose")
    list_per_page = 50
    list_before_template = "segments/segment_summary.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SegmentChangeList

    @display(description=_("segment"), ordering="name")
    def title(self, segment: Segment) -> Any:
        problem = format_html(' <span class="rb-flag" title="{}">⚠ {}</span>', segment.error, _("not refreshed"))
        about_it = segment.plan or segment.description[:120]
        return format_html(
            "<strong>{}</strong>{}{}",
            segment,
            problem if segment.error else "",
            format_html('<small class="rb-purpose">{}</small>', about_it) if about_it else "",
        )

    @display(description=pgettext_lazy("column of segments", "Customers"), ordering=F("size").desc(nulls_last=True))
    def size_shown(self, segment: Segment) -> Any:
        if segment.size is None:
            return gettext("being counted…")
        link = reverse("admin:segments_segment_people", args=[segment.pk])
        return format_html('<a class="rb-people" href="{}">{}</a>', link, rule_builder.grouped(segment.size))

    @display(description=_("share of the base"))
    def share(self, segment: Segment) -> str:
        return share_of(segment.size, segment.base)

    @display(description=_("change in 30 days"))
    def trend(self, segment: Segment) -> str:
        if segment.size is None or segment.size_before in (None, segment.size):
            return "—"
        step = segment.size - segment.size_before
        return f"{'▲' if step > 0 else '▼'} {rule_builder.grouped(abs(step))}"

    @display(description=pgettext_lazy("segments", "refreshed"), ordering="refreshed_at")
    def refreshed(self, segment: Segment) -> Any:
        if segment.policy == Segment.Policy.FROZEN and segment.refreshed_at:
            return gettext("frozen list")
        return segment.refreshed_at

    @display(description=_("owner"), ordering="owner__last_name")
    def owner_shown(self, segment: Segment) -> str:
        return (segment.owner.get_full_name() or segment.owner.get_username()) if segment.owner else "—"

    @display(description=_("used in"))
    def used(self, segment: Segment) -> Any:
        named = format_html_join(
            ", ", '<a class="rb-use" href="{}">{}</a>', ((u.url, u.name) for u in segment.uses[:NAMED])
        )
        more = len(segment.uses) - NAMED
        return format_html("{} +{}", named, more) if more > 0 else named or "—"

    @display(description=_("advice"))
    def advised(self, segment: Segment) -> Any:
        labels = [guard.label for guard in guards.found(segment) if guard.name not in OF_OWNERS]
        return format_html_join("", '<span class="rb-advice">{}</span>', ((each,) for each in labels)) or "—"


def rows(segments: QuerySet[Segment]) -> QuerySet[Segment]:
    """What the columns read: the size a month ago, the size of the base, the marks of the guards."""
    before = SegmentSize.objects.filter(
        segment=OuterRef("pk"), day__gte=business_day() - timedelta(days=TREND_DAYS)
    ).order_by("day")
    found = segments.annotate(size_before=Subquery(before.values("size")[:1]), base=Value(population()))
    return guards.marked(found.select_related("owner"))


def summary() -> list[dict[str, Any]]:
    """How many of all living segments each guard speaks of: [{label, number, query}]."""
    counted = guards.counts(Segment.objects.filter(is_archived=False))
    return [
        {"label": guards.GUARDS[name].label, "number": number, "query": f"?{Advised.parameter_name}={name}"}
        for name, number in counted.items()
    ]
