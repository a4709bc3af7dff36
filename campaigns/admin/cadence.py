"""Forgotten people: whom advertising may reach, and how much of it they got in 30 days."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from campaigns import cadence

MAKE = "segments.add_segment"


def view(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """The last count; by POST, from whoever may make segments, a new one."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    if request.method == "POST":
        if not request.user.has_perm(MAKE):
            raise PermissionDenied
        cadence.count()
        messages.success(request, _("Counted anew."))
        return redirect("admin:campaigns_policy_cadence")
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": _("Forgotten people"),
        "cadence": cadence.read(),
        "cut": cadence.RARELY.key,
        "may_make": request.user.has_perm(MAKE),
    }
    return TemplateResponse(request, "campaigns/cadence.html", context)
