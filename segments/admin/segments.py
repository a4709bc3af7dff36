"""Segments: the form with the builder of rules, and the doors to their other pages."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper
from unfold.admin import ModelAdmin
from unfold.decorators import display

from segments import refreshing
from segments.admin import gallery, rule_builder, segment_overlaps, segment_verbs
from segments.admin.segment_list import SegmentColumns, summary
from segments.admin.segment_page import about
from segments.models import Segment
from segments.naming import slug_for
from segments.rules.builder import told
from segments.rules.form import RuleField

PLAN = ("plan", "plan_reason")


class SegmentForm(forms.ModelForm):
    """`rule` is drawn by the builder; the slug is made from the name once and never changes: rules refer to it."""

    rule = RuleField(label=_("Who belongs to it"))

    class Meta:
        model = Segment
        fields = ["name", "description", "rule", *PLAN, "policy", "owner", "is_archived"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("description", "plan_reason"):
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = 2
        if "policy" in self.fields:
            self.fields["policy"].required = False
        if "owner" in self.fields:
            staff = get_user_model().objects.filter(is_active=True, is_staff=True)
            self.fields["owner"].queryset = staff.order_by("last_name", "first_name", "username")
            self.fields["owner"].label_from_instance = _name_of
        if "rule" in self.fields:
            self.fields["rule"].widget.owner = self.instance.slug

    def clean_policy(self) -> str:
        return self.cleaned_data["policy"] or self.instance.policy

    def clean_is_archived(self) -> bool:
        archived = self.cleaned_data["is_archived"]
        archives = archived and not self.instance.is_archived and self.instance.pk
        users = refreshing.dependants(self.instance) if archives else []
        if users:
            raise ValidationError(
                _("Other segments are built upon this one: %(names)s. Change them first."),
                params={"names": ", ".join(f"«{each}»" for each in users)},
            )
        return archived


class SegmentChange(HistoricalRecordContextHelper):
    """A change as the history tells it: a rule in words, a person by name."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        if change.field == "rule":
            words, fault = told((value or {}).get("rule", {}))
            return words or fault
        if change.field == "owner":
            return _name_of(value if isinstance(value, get_user_model()) else None)  # nobody comes as a deleted object
        if change.field == "policy":
            return Segment.Policy(value).label
        if isinstance(value, bool):
            return gettext("yes") if value else gettext("no")
        return super().prepare_delta_change_value(change, value)


def _name_of(user: Any) -> str:
    return (user.get_full_name() or user.get_username()) if user else "—"


@admin.register(Segment)
class SegmentAdmin(segment_verbs.Deletion, SegmentColumns, SimpleHistoryAdmin, ModelAdmin):
    form = SegmentForm
    actions = None
    change_form_outer_before_template = "segments/rules/about.html"
    change_list_template = "segments/rules/segments.html"
    object_history_list_template = "segments/segment_history.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        return super().get_queryset(request).select_related("owner")

    def get_fields(self, request: HttpRequest, obj: Segment | None = None) -> list[str]:
        if obj is None:
            return ["name", "description", "rule", *PLAN, "policy"]
        if not self.has_change_permission(request, obj):
            return ["name", "description", "in_words", *PLAN, "policy", "owner"]
        return ["name", "description", "rule", *PLAN, "policy", "owner", "is_archived"]

    def get_readonly_fields(self, request: HttpRequest, obj: Segment | None = None) -> list[str]:
        return ["in_words"]

    def save_model(self, request: HttpRequest, obj: Segment, form: Any, change: bool) -> None:
        if change:  # only what the form holds: a refresh may have ended since the page was read
            obj._history_user = request.user
            obj.save(update_fields={field.name for field in obj._meta.concrete_fields} & set(form.changed_data))
        else:
            obj.slug, obj.owner = slug_for(obj.name), request.user
            super().save_model(request, obj, form, change)
        refreshing.reschedule(obj)
        if obj.policy == Segment.Policy.FROZEN and obj.refreshed_at and "rule" in form.changed_data:
            self.message_user(
                request,
                gettext("It is a frozen list: the new rule holds once it is refreshed again."),
                messages.WARNING,
            )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "summary": summary()})

    def get_historical_record_context_helper(self, request: HttpRequest, record: Any) -> SegmentChange:
        return SegmentChange(self.model, record)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        segment = self.get_object(request, object_id) if object_id else None
        rights = {"may_refresh": self.has_change_permission(request), "may_add": self.has_add_permission(request)}
        extra = about(segment) | rights if segment else {}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **extra})

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
            *segment_verbs.urls(self),
            *segment_overlaps.urls(self),
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
        refreshing.ask([segment], cause=Segment.Cause.PERSON)
        self.message_user(request, gettext("The segment is being refreshed."), messages.SUCCESS)
        return redirect("admin:segments_segment_change", pk)
