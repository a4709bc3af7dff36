"""External lists kept in step with segments: set up by an administrator, with the journal of what was sent."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from segments.admin.rule_builder import grouped
from segments.models import ExternalList, Segment
from segments.outward import syncing
from segments.outward.providers import ListProvider, providers

SHOWN = 30  # of the journal


class ExternalListForm(forms.ModelForm):
    """`provider` is one of those that are connected here."""

    provider = forms.ChoiceField(label=_("Provider"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = ExternalList
        fields = ["name", "segment", "provider", "audience", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "provider" in self.fields:
            offered = providers()
            self.fields["provider"].choices = [
                ("", _("choose a provider")),
                *((each.name, each.label) for each in offered),
            ]
            if not offered:
                self.fields["provider"].help_text = _("No provider of lists is connected yet.")
            else:
                self.fields["audience"].help_text = format_html_join(mark_safe("<br>"), "{}", _meanings(offered))
        if "segment" in self.fields:
            choice = Q(is_archived=False) | Q(pk=self.instance.segment_id)  # its own stays, also once archived
            self.fields["segment"].queryset = Segment.objects.filter(choice).order_by("name")


def _labels() -> dict[str, str]:
    return {each.name: str(each.label) for each in providers()}


def _meanings(offered: list[ListProvider]) -> list[tuple[str]]:
    """What the name of a list means to each of the services, once each."""
    return [(words,) for words in dict.fromkeys(str(each.audience_help) for each in offered)]


@admin.register(ExternalList)
class ExternalListAdmin(ModelAdmin):
    form = ExternalListForm
    list_select_related = ["segment"]
    list_filter = ["is_active"]
    search_fields = ["name", "segment__name", "audience"]
    list_per_page = 50
    actions = None
    change_form_outer_after_template = "segments/external_list_journal.html"
    nothing_yet = _(
        "An external list is a segment kept in step with an audience at an advertising or mailing service: opt-outs come "
        "back, whoever left the segment is taken off, whoever came is added."
    )

    def has_delete_permission(self, request: HttpRequest, obj: ExternalList | None = None) -> bool:
        return False  # its addresses would stay with the provider: it is emptied by archiving its segment, or paused

    def has_change_permission(self, request: HttpRequest, obj: ExternalList | None = None) -> bool:
        """What keeps a list without a segment says all about it: it is changed there."""
        return super().has_change_permission(request, obj) and (obj is None or obj.segment_id is not None)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Providers are asked for their names once a page."""
        labels = _labels()

        @display(description=_("provider"), ordering="provider")
        def provider_shown(external: ExternalList) -> str:
            return labels.get(external.provider, external.provider)

        return ["name", "segment", provider_shown, "audience", "size_shown", "state", "said"]

    def get_readonly_fields(self, request: HttpRequest, obj: ExternalList | None = None) -> list[str]:
        return ["provider_shown", "provider", "audience"] if obj else []  # what was sent stands under these names

    def get_fields(self, request: HttpRequest, obj: ExternalList | None = None) -> list[str]:
        return ["name", "segment", "provider_shown" if obj else "provider", "audience", "is_active"]

    @display(description=_("provider"))
    def provider_shown(self, external: ExternalList) -> str:
        return _labels().get(external.provider, external.provider)

    def save_model(self, request: HttpRequest, obj: ExternalList, form: Any, change: bool) -> None:
        if not change:
            obj.author = request.user
        super().save_model(request, obj, form, change)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        journal = {"journal": syncing.journal(int(object_id), SHOWN)} if object_id and object_id.isdecimal() else {}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **journal})

    @display(description=_("addresses there"), ordering="size")
    def size_shown(self, external: ExternalList) -> str:
        return grouped(external.size)

    @display(
        description=pgettext_lazy("external list", "state"),
        label={"ok": "success", "failed": "danger", "paused": "warning", "new": "info"},
    )
    def state(self, external: ExternalList) -> tuple[str, str]:
        if not external.is_active:
            return "paused", (
                pgettext("external list", "paused") if external.segment_id else pgettext("external list", "over")
            )
        if external.error:
            return "failed", gettext("exchange failed")
        return ("ok", gettext("in step")) if external.synced_at else ("new", gettext("not yet in step"))

    @display(description=_("what the provider says"))
    def said(self, external: ExternalList) -> str:
        """A sentence may be long: it stands outside the label, where it wraps."""
        return external.error or external.told or "—"
