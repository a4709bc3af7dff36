"""Calendar events: the dialog on the calendar, and the list."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from campaigns import calendar
from campaigns.admin import calendar as pages
from campaigns.admin.texts import INPUT
from campaigns.models import ProductLaunch

DAY = {**INPUT, "type": "date"}


class LaunchForm(forms.ModelForm):
    """As the dialog has it."""

    class Meta:
        model = ProductLaunch
        fields = ["title", "kind", "brand", "starts_on", "ends_on"]
        widgets = {
            "title": forms.TextInput(INPUT),
            "kind": forms.Select(INPUT),
            "brand": forms.Select(INPUT),
            "starts_on": forms.DateInput(DAY, format="%Y-%m-%d"),
            "ends_on": forms.DateInput(DAY, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["brand"].empty_label = _("all brands")


@admin.register(ProductLaunch)
class ProductLaunchAdmin(ModelAdmin):
    list_display = ["title", "kind", "brand", "starts_on", "ends_on"]
    list_filter = ["kind", "brand"]
    list_select_related = ["brand"]
    search_fields = ["title"]
    date_hierarchy = None
    actions = None
    fields = ["title", "kind", "brand", ("starts_on", "ends_on")]

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"campaigns_productlaunch_{name}")

        return [
            *pages.urls(),
            own("dialog/", self.dialog_view, "begin"),
            own("<int:pk>/dialog/", self.dialog_view, "edit"),
            own("<int:pk>/drop/", require_POST(self.drop_view), "drop"),
            *super().get_urls(),
        ]

    def dialog_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """The form of a new event (on the day `day`) or of this one; once it is saved the calendar is shown again."""
        launch = get_object_or_404(ProductLaunch, pk=pk) if pk else None
        if not (self.has_change_permission(request, launch) if launch else self.has_add_permission(request)):
            raise PermissionDenied
        begun = {"starts_on": calendar.read(request.GET.dict()).day}
        form = LaunchForm(request.POST or None, instance=launch, initial=None if launch else begun)
        if form.is_valid():
            saved = form.save()
            log = self.log_change if launch else self.log_addition
            log(request, saved, self.construct_change_message(request, form, None, launch is None))
            return _again()
        context = {"form": form, "launch": launch, "may_delete": launch and self.has_delete_permission(request, launch)}
        return TemplateResponse(request, "campaigns/launch_form.html", context)

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        launch = get_object_or_404(ProductLaunch, pk=pk)
        if not self.has_delete_permission(request, launch):
            raise PermissionDenied
        self.log_deletions(request, ProductLaunch.objects.filter(pk=pk))
        launch.delete()
        return _again()


def _again() -> HttpResponse:
    return HttpResponse(headers={"HX-Refresh": "true"})
