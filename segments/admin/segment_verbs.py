"""What one does with a segment beside editing it: clone, freeze, see who came and went, delete."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from segments import cloning, usage
from segments.admin.people_rows import people_shown
from segments.admin.segment_page import PER_PAGE, KnownSize, people_page
from segments.models import MembershipChange, Segment

LATEST = 100  # refreshes that moved anybody, on the page of moves
SIDES = ("entered", "gone")


def urls(admin: ModelAdmin) -> list[URLPattern]:
    """The pages and buttons of one segment, for the admin of segments."""

    def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
        return path(f"<int:pk>/{route}/", admin.admin_site.admin_view(view), name=f"segments_segment_{name}")

    return [
        own("people", partial(_people, admin), "people"),
        own("moves", partial(_moves, admin), "moves"),
        own("clone", require_POST(partial(_clone, admin)), "clone"),
        own("freeze", require_POST(partial(_freeze, admin)), "freeze"),
    ]


def page(admin: ModelAdmin, request: HttpRequest, **own: Any) -> dict[str, Any]:
    """The context of a page of segments; one of a single segment has it in its header."""
    single = own.get("segment", own.get("first"))
    return {**admin.admin_site.each_context(request), "opts": admin.opts, "object": single, **own}


def may_see_people(admin: ModelAdmin, request: HttpRequest) -> bool:
    return admin.has_view_permission(request) and request.user.has_perm("segments.view_customer")


def _people(admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=pk)
    if not may_see_people(admin, request):
        raise PermissionDenied
    context = page(admin, request, title=gettext("Who is in the segment"), **people_page(request, segment))
    return TemplateResponse(request, "segments/rules/people.html", context)


def _moves(admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Who came and who left, refresh by refresh; with `?change=` and `?side=` the people of one."""
    segment = get_object_or_404(Segment, pk=pk)
    if not may_see_people(admin, request):
        raise PermissionDenied
    context = page(admin, request, title=gettext("Who came and who left"), segment=segment)
    if "change" in request.GET:
        return TemplateResponse(request, "segments/segment_moved.html", context | _moved(request, segment))
    changes = MembershipChange.objects.filter(segment=segment).defer("entered", "gone").order_by("-happened_at")
    return TemplateResponse(request, "segments/segment_moves.html", context | {"changes": changes[:LATEST]})


def _moved(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """One page of the people of a change; only their ids of this page are read."""
    side, number = request.GET.get("side", ""), request.GET["change"]
    if side not in SIDES or not number.isdecimal():
        raise Http404
    changes = MembershipChange.objects.filter(segment=segment, pk=number)
    change = get_object_or_404(changes.defer("entered", "gone"))
    paginator = KnownSize(range(getattr(change, f"{side}_count")), getattr(change, f"{side}_count"))
    shown = paginator.get_page(request.GET.get("page"))
    first = (shown.number - 1) * PER_PAGE
    ids = changes.values_list(f"{side}__{first}_{first + PER_PAGE}", flat=True).get()
    return {
        "change": change,
        "side": side,
        "page": shown,
        "pages": paginator.get_elided_page_range(shown.number, on_each_side=2, on_ends=1),
        "people": people_shown(request.user, ids),
    }


def _clone(admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    made = cloning.clone(_may_add(admin, request, pk), request.user)
    messages.success(request, gettext("This is the copy: change what should be different."))
    return redirect("admin:segments_segment_change", made.pk)


def _freeze(admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    segment = _may_add(admin, request, pk)
    if segment.refreshed_at is None:
        messages.warning(request, gettext("The segment is being counted: freeze it when that is done."))
        return redirect("admin:segments_segment_change", pk)
    made = cloning.freeze(segment, request.user)
    messages.success(request, gettext("This is the list of the people of today: nothing refreshes it."))
    return redirect("admin:segments_segment_change", made.pk)


def _may_add(admin: ModelAdmin, request: HttpRequest, pk: int) -> Segment:
    if not admin.has_add_permission(request):
        raise PermissionDenied
    return get_object_or_404(Segment, pk=pk)


def _line(use: usage.Use) -> str:
    after = f", {use.detail}" if use.detail else ""
    return format_html('<a class="kb-link" href="{}">{}</a> — {}{}', use.url, use.name, use.what, after)


class Deletion:
    """Deleting a segment: refused, with where it is used, while anything uses it."""

    delete_confirmation_template = "segments/segment_delete.html"

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Members and log are not read row by row: they go in one statement each."""
        uses = [use for found in usage.where_used(objs).values() for use in found]
        protected = [_line(use) for use in uses]
        return [str(each) for each in objs], {}, set(), protected

    def delete_model(self, request: HttpRequest, obj: Segment) -> None:
        usage.delete(obj)

    def delete_view(self: Any, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except usage.InUse as refused:  # somebody began to use it between the two clicks
            messages.error(request, gettext("It is used by now: %(names)s.") % {"names": refused})
            return redirect("admin:segments_segment_change", object_id)
