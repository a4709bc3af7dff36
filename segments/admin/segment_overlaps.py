"""What segments have in common: the matrix of several, and two taken apart."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from segments import cloning, overlaps
from segments.admin.segment_page import listed, share_of
from segments.admin.segment_verbs import may_see_people, page
from segments.models import Segment
from segments.naming import LONGEST

AT_FIRST = 8  # the largest, until one chooses
PARTS = {
    "first": _("only in “%(first)s”"),
    "both": _("in both"),
    "second": _("only in “%(second)s”"),
}
NAMES = {
    "first": _("%(first)s without “%(second)s”"),
    "both": _("%(first)s and “%(second)s”"),
    "second": _("%(second)s without “%(first)s”"),
}


def urls(admin: ModelAdmin) -> list[URLPattern]:
    """For the admin of segments."""
    view = admin.admin_site.admin_view
    return [
        path("overlaps/", view(partial(_overlaps, admin)), name="segments_segment_overlaps"),
        path("<int:pk>/compare/", view(partial(_compare, admin)), name="segments_segment_compare"),
    ]


def _overlaps(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    if not admin.has_view_permission(request):
        raise PermissionDenied
    living = list(Segment.objects.filter(is_archived=False, size__isnull=False).order_by("-size", "name"))
    asked = {int(each) for each in request.GET.getlist("s") if each.isdecimal()}
    chosen = [each for each in living if each.pk in asked][: overlaps.MOST] if asked else living[:AT_FIRST]
    context = page(
        admin, request, title=gettext("Overlaps of segments"), living=sorted(living, key=lambda each: each.name.lower()),
        chosen={each.pk for each in chosen}, most=overlaps.MOST, table=_table(chosen),
    )  # fmt: skip
    return TemplateResponse(request, "segments/segment_overlaps.html", context)


def _table(segments: list[Segment]) -> list[dict[str, Any]]:
    """A row for each segment: what part of its people is in each other one."""
    found = overlaps.matrix(segments)
    return [
        {
            "number": number,
            "segment": row,
            "size": found.sizes[row.pk],
            "cells": [_cell(found, row, column) for column in segments],
        }
        for number, row in enumerate(segments, 1)
    ]


def _cell(found: overlaps.Matrix, row: Segment, column: Segment) -> dict[str, Any]:
    if row.pk == column.pk:
        return {"is_self": True}
    common, size = found.common[row.pk, column.pk], found.sizes[row.pk]
    part = common / size if size else 0
    return {"other": column, "common": common, "share": share_of(common, size), "heat": f"{round(part, 2):.2f}"}


def _compare(admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET: three parts with their numbers, the people of one; POST: one part as a new segment."""
    first = get_object_or_404(Segment, pk=pk)
    if not may_see_people(admin, request):
        raise PermissionDenied
    second = _second(request, first)
    if request.method == "POST":
        return _save(admin, request, (first, second))
    others = Segment.objects.filter(is_archived=False).exclude(pk=pk).order_by("name")
    context = page(admin, request, title=gettext("Two segments taken apart"), first=first, second=second, others=others)
    if second is not None:
        context |= _parts(request, first, second) | {"may_add": admin.has_add_permission(request)}
    return TemplateResponse(request, "segments/segment_compare.html", context)


def _second(request: HttpRequest, first: Segment) -> Segment | None:
    """The other segment of the address or of the form; None while none is chosen."""
    asked = request.POST.get("with") or request.GET.get("with") or ""
    return get_object_or_404(Segment.objects.exclude(pk=first.pk), pk=asked) if asked.isdecimal() else None


def _parts(request: HttpRequest, first: Segment, second: Segment) -> dict[str, Any]:
    found = overlaps.parts(first, second)
    names = {"first": first.name, "second": second.name}
    ids = {"first": found.first, "both": found.both, "second": found.second}
    together = sum(len(each) for each in ids.values())
    parts = [
        {
            "key": key,
            "label": label % names,
            "people": len(ids[key]),
            "share": share_of(len(ids[key]), together),
            "width": f"{100 * len(ids[key]) / together if together else 0:.2f}",
            "name": (NAMES[key] % names)[:LONGEST],
        }
        for key, label in PARTS.items()
    ]
    part = request.GET.get("part") or max(parts, key=lambda each: (each["people"] > 0, each["key"] == "both"))["key"]
    opened = next((each for each in parts if each["key"] == part and each["people"]), None)
    people = listed(request, ids[opened["key"]], opened["people"]) if opened else {}
    return {"parts": parts, "opened": opened, "together": together, **people}


def _save(admin: ModelAdmin, request: HttpRequest, pair: tuple[Segment, Segment | None]) -> HttpResponse:
    first, second = pair
    if not admin.has_add_permission(request):
        raise PermissionDenied
    part, name = request.POST.get("part", ""), request.POST.get("name", "").strip()
    if second is None:
        return redirect("admin:segments_segment_compare", first.pk)
    if part not in PARTS:
        raise Http404
    name = name or NAMES[part] % {"first": first.name, "second": second.name}
    made = cloning.of_part(first, second, part, name=name, author=request.user)
    messages.success(request, gettext("The part is a segment now: it follows both of the segments it was made of."))
    return redirect("admin:segments_segment_change", made.pk)
