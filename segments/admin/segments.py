"""Segments: the list, the form with the builder of rules, and who is in a segment."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper
from unfold.admin import ModelAdmin
from unfold.decorators import display

from segments import refreshing
from segments.admin import gallery, rule_builder
from segments.admin.segment_page import about, people_page, share_of
from segments.models import Segment, SegmentSize
from segments.naming import slug_for
from segments.rules.builder import told
from segments.rules.compile import business_day
from segments.rules.counting import population
from segments.rules.form import RuleField

TREND_DAYS = 30


class SegmentForm(forms.ModelForm):
    """`rule` is drawn by the builder; the slug is made from the name once and never changes: rules refer to it."""

    rule = RuleField(label=_("Who belongs to it"))

    class Meta:
        model = Segment
        fields = ["name", "description", "rule", "is_archived"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "description" in self.fields:
            self.fields["description"].widget.attrs["rows"] = 2
        if "rule" in self.fields:
            self.fields["rule"].widget.owner = self.instance.slug

    def clean_is_archived(self) -> bool:
        archived = self.cleaned_data["is_archived"]
        users = refreshing.dependants(self.instance) if archived and self.instance.pk else []
        if users:
            raise ValidationError(
                _("Other segments are built upon this one: %(names)s. Change them first."),
                params={"names": ", ".join(f"«{each}»" for each in users)},
            )
        return archived


class SegmentChange(HistoricalRecordContextHelper):
    """A change as the history tells it: a rule in words."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        if change.field != "rule":
            return super().prepare_delta_change_value(change, value)
        words, fault = told((value or {}).get("rule", {}))
        return words or fault


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


@admin.register(Segment)
class SegmentAdmin(SimpleHistoryAdmin, ModelAdmin):
    form = SegmentForm
    list_display = ["title", "size_shown", "share", "trend", "refreshed"]
    list_display_links = ["title"]
    list_filter = [InUse]
    list_filter_submit = True
    search_fields = ["name", "description"]
    search_help_text = _("Part of the name or of the purpose")
    list_per_page = 50
    actions = None
    change_form_outer_before_template = "segments/rules/about.html"
    change_list_template = "segments/rules/segments.html"
    object_history_list_template = "segments/segment_history.html"

    def has_delete_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        return False  # campaigns and other segments refer to it: it is archived instead

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        before = SegmentSize.objects.filter(
            segment=OuterRef("pk"), day__gte=business_day() - timedelta(days=TREND_DAYS)
        ).order_by("day")
        return (
            super()
            .get_queryset(request)
            .annotate(size_before=Subquery(before.values("size")[:1]), base=Value(population()))
        )

    def get_fields(self, request: HttpRequest, obj: Segment | None = None) -> list[str]:
        if obj is None:
            return ["name", "description", "rule"]
        if not self.has_change_permission(request, obj):
            return ["name", "description", "in_words"]
        return ["name", "description", "rule", "is_archived"]

    def get_readonly_fields(self, request: HttpRequest, obj: Segment | None = None) -> list[str]:
        return ["in_words"]

    def save_model(self, request: HttpRequest, obj: Segment, form: Any, change: bool) -> None:
        if not change:
            obj.slug, obj.owner = slug_for(obj.name), request.user
        super().save_model(request, obj, form, change)
        refreshing.ask([obj])

    def get_historical_record_context_helper(self, request: HttpRequest, record: Any) -> SegmentChange:
        return SegmentChange(self.model, record)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        segment = self.get_object(request, object_id) if object_id else None
        extra = about(segment) | {"may_refresh": self.has_change_permission(request)} if segment else {}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @display(description=_("segment"), ordering="name")
    def title(self, segment: Segment) -> Any:
        problem = format_html(' <span class="rb-flag" title="{}">⚠ {}</span>', segment.error, _("not refreshed"))
        about_it = format_html('<small class="rb-purpose">{}</small>', segment.description[:120])
        return format_html(
            "<strong>{}</strong>{}{}",
            segment,
            problem if segment.error else "",
            about_it if segment.description else "",
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
        return segment.refreshed_at

    @display(description=_("Who belongs to it"))
    def in_words(self, segment: Segment) -> str:
        return rule_builder.retold(segment.rule)

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"segments_segment_{name}")

        return [
            own("rule/draw/", require_POST(self.draw_view), "draw"),
            own("rule/count/", require_POST(self.count_view), "count"),
            own("rule/choices/", require_POST(self.choices_view), "choices"),
            own("<int:pk>/refresh/", require_POST(self.refresh_view), "refresh"),
            own("<int:pk>/people/", self.people_view, "people"),
            *gallery.urls(self),
            *super().get_urls(),
        ]

    def _refuse_strangers(self, request: HttpRequest) -> None:
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied

    def draw_view(self, request: HttpRequest) -> HttpResponse:
        self._refuse_strangers(request)
        return rule_builder.drawn(request)

    def count_view(self, request: HttpRequest) -> HttpResponse:
        self._refuse_strangers(request)
        return rule_builder.counted(request)

    def choices_view(self, request: HttpRequest) -> HttpResponse:
        self._refuse_strangers(request)
        return rule_builder.chosen(request)

    def refresh_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        segment = get_object_or_404(Segment, pk=pk)
        if not self.has_change_permission(request, segment):
            raise PermissionDenied
        refreshing.ask([segment])
        self.message_user(request, gettext("The segment is being refreshed."), messages.SUCCESS)
        return redirect("admin:segments_segment_change", pk)

    def people_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        segment = get_object_or_404(Segment, pk=pk)
        if not self.has_view_permission(request, segment) or not request.user.has_perm("segments.view_customer"):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Who is in the segment"),
        }
        return TemplateResponse(request, "segments/rules/people.html", context | people_page(request, segment))
