"""Calls to make: the list of a salesperson, made for a phone, and what is done from it."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from campaigns.admin.calls import acting, listing, reporting, rows
from campaigns.calls_to_make import lists
from campaigns.calls_to_make.words import BUTTONS
from campaigns.models import CallEvent, CallTask
from segments import places
from segments.admin.big_lists import ReadOnlyList


@admin.register(CallTask)
class CallTaskAdmin(ReadOnlyList, ModelAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[CallTask]:
        return lists.seen_by(request.user)

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            def checked(request: HttpRequest, **arguments: Any) -> HttpResponse:
                if not self.has_view_permission(request):
                    raise PermissionDenied
                return view(self, request, **arguments)

            return path(route, self.admin_site.admin_view(checked), name=f"campaigns_calltask_{name}")

        return [
            own("<int:pk>/tell/", acting.tell_view, "tell"),
            own("<int:pk>/take/", acting.take_view, "take"),
            own("<int:pk>/phone/", acting.phone_view, "phone"),
            own("assign/", acting.assign_view, "assign"),
            own("report/", reporting.report_view, "report"),
            own("report/save/", reporting.save_view, "save"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.show(request, "campaigns/calls/list.html", title=_("Calls"), **listing.read(request))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One call, with all that was done with it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not object_id.isdecimal():
            raise Http404
        people = self.get_queryset(request).select_related("customer__merged_into", "salesperson", "centre", "told_by")
        task = get_object_or_404(people, pk=int(object_id))
        events = CallEvent.objects.filter(task=task).select_related("author").order_by("-pk")
        context = {"rows": rows.read(request.user, [task]), "task": task, "events": events[:50]}
        return self.show(
            request, "campaigns/calls/task.html", title=_("Call"), original=task, buttons=BUTTONS, **context
        )

    def show(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts}
        may = {
            "tell": request.user.has_perm(acting.TELL),
            "take": places.of(request.user).salesperson is not None and request.user.has_perm(acting.TELL),
            "assign": request.user.has_perm(lists.ASSIGN),
            "report": request.user.has_perm(reporting.REPORT),
        }
        return TemplateResponse(request, template, common | {"may": may} | context)
