"""The map of substitute numbers over time, and a longer lease by one button."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from tracking import number_map
from tracking.models import NumberLease, SubstituteNumber
from tracking.number_map import BEFORE, Bar, Line
from tracking.numbers import LEASE_DAYS, NumberTaken, prolong, short

CHANGE = "tracking.change_numberlease"


@dataclass(frozen=True)
class TitledBar:
    """A stretch as the page draws it: what the pointer is told."""

    bar: Bar
    title: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bar, name)


def map_page(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    middle = _around(request.GET.get("around", ""))
    found = number_map.number_map(middle)
    for line in found.lines:
        line.bars = [TitledBar(bar, _title(bar)) for bar in line.bars]  # type: ignore[misc]
        line.short, line.said = short(line.number.number), _said(line)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Map of numbers"),
        "opts": SubstituteNumber._meta,
        "map": found,
        "standing": _("standing number"),
        "days": LEASE_DAYS,
        "earlier": timezone.localdate(middle - BEFORE),
        "later": timezone.localdate(middle + BEFORE),
        "may_extend": request.user.has_perm(CHANGE),
        "may_add": model_admin.has_add_permission(request),
    }
    return TemplateResponse(request, "tracking/admin/number_map.html", context)


def extend(model_admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Hold the number longer for whom it stands."""
    lease = get_object_or_404(NumberLease.objects.select_related("number", "campaign"), pk=pk)
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    try:
        till = prolong(lease)
    except NumberTaken as error:
        messages.error(request, " ".join(error.messages))
    else:
        text = _("The number %(number)s is held till %(day)s.") % {
            "number": short(lease.number.number),
            "day": date_format(timezone.localtime(till), "j E Y"),
        }
        model_admin.log_change(request, lease, text)
        messages.success(request, text)
    return redirect("admin:tracking_substitutenumber_number_map")


def _around(text: str) -> datetime:
    """The day that was asked for, within ten years; now for anything else."""
    now = timezone.now()
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or abs((day - timezone.localdate()).days) > 3650:
        return now
    return now + timedelta(days=(day - timezone.localdate()).days)


def _title(bar: Bar) -> str:
    if bar.lease is None:
        return _("quarantine")
    lease = bar.lease
    about = [str(lease.campaign or _("standing number")), str(lease.get_channel_display())]
    about += [str(each) for each in (lease.brand, lease.centre) if each]
    about.append(f"{_day(lease.period.lower)} – {_day(lease.period.upper)}")
    about.append(ngettext("%(count)d call", "%(count)d calls", bar.calls) % {"count": bar.calls})
    return " · ".join(about)


def _day(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "d.m.Y") if moment else "∞"


def _said(line: Line) -> str:
    """The whole line in words, for whoever does not see it."""
    return "; ".join(_title(bar) for bar in line.bars) or _("free all the time")
