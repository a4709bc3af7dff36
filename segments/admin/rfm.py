"""RFM: its page, the cut-offs of each line, the table of named segments."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from segments import onward, refreshing
from segments.admin.rfm_page import page
from segments.models import RfmLine, RfmSegment
from segments.rfm import applying, cutting
from segments.rfm.codes import mapping, patterns

MEASURES = {
    "recency": _("Recency: days since the last purchase"),
    "frequency": _("Frequency: number of purchases"),
    "money": _("Money: sum of purchases without refunds, ₽"),
}


class RfmLineForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        """Of three cut-offs the better score always asks for more."""
        cleaned = super().clean() or {}
        for measure in MEASURES:
            best, middle, least = (cleaned.get(f"{measure}_{score}") for score in (4, 3, 2))
            if best is None or middle is None or least is None:
                continue  # its own field says so
            if measure == "recency" and not best < middle < least:
                self.add_error("recency_3", _("Days must grow from the score 4 to the score 2."))
            elif measure != "recency" and not best > middle > least:
                self.add_error(f"{measure}_3", _("The cut-off of a better score must be greater."))
            if measure == "money" and least <= 0:
                self.add_error("money_2", _("The sum must be more than zero."))
        return cleaned


@admin.register(RfmLine)
class RfmLineAdmin(ModelAdmin):
    form = RfmLineForm
    fieldsets = [
        (None, {"fields": ["mode"]}),
        *((title, {"fields": [tuple(f"{measure}_{score}" for score in (4, 3, 2))]}) for measure, title in MEASURES.items()),
    ]  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # the lines of business are given

    def has_delete_permission(self, request: HttpRequest, obj: RfmLine | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        cut = self.admin_site.admin_view(require_POST(self.cut_view))
        return [path("cut/", cut, name="segments_rfmline_cut"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The page of one line, "everything together" unless another is asked for."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        lines = list(RfmLine.objects.all())
        wanted = request.GET.get("line", RfmLine.Line.ALL)
        chosen = next((each for each in lines if each.line == wanted), None)
        if chosen is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("RFM: how lately, how often and for how much people buy"),
            "may_change": self.has_change_permission(request),
            "may_cut": request.user.has_perm("segments.add_segment"),
            **page(request, chosen, lines),
        }
        return TemplateResponse(request, "segments/rfm/page.html", context)

    def cut_view(self, request: HttpRequest) -> HttpResponse:
        """A segment of a part of the base, and on from there: to a new campaign, or to the segment itself."""
        if not (self.has_view_permission(request) and request.user.has_perm("segments.add_segment")):
            raise PermissionDenied
        part = cutting.part(request.POST.get("part", ""))
        if part is None:
            messages.error(request, gettext("There is no such part of the base: open the page again."))
            return redirect("admin:segments_rfmline_changelist")
        segment = cutting.cut(part, request.user)
        way = onward.way(request.POST.get("onward", ""), request.user)
        if way:
            return redirect(way.address(segment, f"rfm-{part.what}"))
        messages.success(request, gettext("The segment “%(name)s” is ready.") % {"name": segment.name})
        return redirect("admin:segments_segment_change", segment.pk)

    def save_model(self, request: HttpRequest, obj: RfmLine, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data:
            applying.ask(obj)

    def response_change(self, request: HttpRequest, obj: RfmLine) -> HttpResponse:
        said = gettext(
            "The cut-offs are saved. Codes are computed anew in the background: the page shows them in a minute."
        )
        messages.success(request, said)
        return redirect(address(obj.line))


def address(line: str) -> str:
    """The page of a line."""
    return f"{reverse('admin:segments_rfmline_changelist')}?line={line}"


class RfmSegmentForm(forms.ModelForm):
    def clean_codes(self) -> str:
        """All 64 codes must still belong to somebody."""
        codes = self.cleaned_data["codes"]
        try:
            kept = " ".join(patterns(codes))
            others = RfmSegment.objects.values_list("number", "codes")
            mapping((number, kept if number == self.instance.pk else text) for number, text in others)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        return kept


@admin.register(RfmSegment)
class RfmSegmentAdmin(ModelAdmin):
    form = RfmSegmentForm
    list_display = ["number", "name", "codes", "priority", "advice"]
    list_display_links = ["name"]
    list_fullwidth = True
    fields = ["name", "codes", "priority", "advice", "vip_risk_from"]
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RfmSegment | None = None) -> bool:
        return False  # its codes would belong to nobody

    def save_model(self, request: HttpRequest, obj: RfmSegment, form: Any, change: bool) -> None:
        """Codes of people stay; who is in segments by a name or by a priority may change."""
        super().save_model(request, obj, form, change)
        refreshing.ask()
