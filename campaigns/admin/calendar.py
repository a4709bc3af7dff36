"""The calendar of campaigns and events: its page, the move of a campaign to another day, and the same as a file."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from campaigns import calendar, fatigue, ics
from campaigns.calendar import CHANNELS, MONTH, WEEK, Shown
from campaigns.models import Campaign, ProductLaunch
from campaigns.refusals import Refused
from campaigns.rescheduling import reschedule, stamp
from segments.models import Brand

VIEW, CHANGE = "campaigns.view_campaign", "campaigns.change_campaign"
may_view = permission_required(VIEW, raise_exception=True)
ICS = "text/calendar; charset=utf-8"
IN_MONTH = 4  # entries of a day of the month; its week shows all


def urls() -> list[URLPattern]:
    """Under the list of calendar events."""

    def own(route: str, view: Any, name: str) -> URLPattern:
        return path(f"calendar/{route}", admin.site.admin_view(view), name=f"campaigns_{name}")

    return [
        own("", page, "calendar"),
        own("heat/", heat, "calendar_heat"),
        own("file/", feed, "calendar_file"),
        own("campaign/<int:pk>/move/", move, "campaign_move"),
        own("campaign/<int:pk>/file/", campaign_file, "campaign_file"),
    ]


@require_GET
@may_view
def page(request: HttpRequest) -> HttpResponse:
    shown = calendar.read(request.GET.dict())
    board = calendar.days(shown, calendar.entries(shown), calendar.launches(shown))
    context = {
        **admin.site.each_context(request),
        "title": _("Calendar"),
        "shown": shown,
        "heading": _heading(shown),
        "days": [_cell(shown, day) for day in board],
        "undated": [{"campaign": campaign, "stamp": stamp(campaign)} for campaign in calendar.undated(shown)],
        "is_empty": not any(day.entries or day.launches for day in board),
        "links": _links(shown),
        "brands": Brand.objects.order_by("name"),
        "channels": CHANNELS.items(),
        "kinds": ProductLaunch.Kind.choices,
        "today": timezone.localdate(),
        "may": {
            "move": request.user.has_perm(CHANGE),
            "add": request.user.has_perm("campaigns.add_productlaunch"),
            "change": request.user.has_perm("campaigns.change_productlaunch"),
            "plan": request.user.has_perm("campaigns.add_campaign"),
        },
    }
    return TemplateResponse(request, "campaigns/calendar.html", context)


@require_GET
@may_view
def heat(request: HttpRequest) -> HttpResponse:
    """The loads of the days, which the page asks for once it is there: counting the messages of two months takes a while."""
    loads = list(fatigue.loads(calendar.read(request.GET.dict()).days).values())
    context = {"loads": loads, "any": loads[0] if loads else None}
    return TemplateResponse(request, "campaigns/calendar_heat.html", context)


@require_POST
@permission_required(CHANGE, raise_exception=True)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """To the day `to`, from where the page showed it (`seen`); then the calendar again, as it was filtered."""
    campaign = get_object_or_404(Campaign, pk=pk)
    may_withdraw = request.POST.get("withdraw") == "1"
    try:
        day = forms.DateField().clean(request.POST.get("to"))
        moved = reschedule(campaign, day, request.user, seen=request.POST.get("seen", ""), may_withdraw=may_withdraw)
    except ValidationError:
        messages.error(request, _("Choose a day."))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        admin.site.get_model_admin(Campaign).log_change(request, moved, _("Moved on the calendar"))
        when = date_format(timezone.localtime(moved.starts_at), "j E, H:i")
        messages.success(request, _("“%(name)s” starts on %(when)s.") % {"name": moved.name, "when": when})
    return redirect(address(calendar.read(request.POST.dict())))


@require_GET
@may_view
def feed(request: HttpRequest) -> HttpResponse:
    """What the calendar shows, as a file of the one who asks: there is no address that opens without logging in."""
    shown = calendar.read(request.GET.dict())
    found = ics.written(calendar.entries(shown), calendar.launches(shown), site=_site(request))
    return _file(found, f"calendar-{shown.first}-{shown.last}.ics")


@require_GET
@may_view
def campaign_file(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.select_related("brand", "account"), pk=pk)
    return _file(ics.written(calendar.entries_of(campaign), site=_site(request)), f"campaign-{campaign.pk}.ics")


def address(shown: Shown, page: str = "calendar", **other: Any) -> str:
    """Of the calendar as it is shown, with what is `other`wise."""
    asked = {"view": shown.view, "day": shown.day, "brand": shown.brand, "channel": shown.channel} | other
    return reverse(f"admin:campaigns_{page}") + "?" + urlencode({name: value for name, value in asked.items() if value})


def _cell(shown: Shown, day: calendar.Day) -> dict[str, Any]:
    most = IN_MONTH if shown.view == MONTH else len(day.entries)
    return {
        "day": day,
        "entries": [
            {"entry": entry, "began_earlier": began_earlier, "stamp": stamp(entry.campaign)}
            for entry, began_earlier in day.entries[:most]
        ],
        "more": len(day.entries[most:]),
        "week": address(shown, view=WEEK, day=day.date),
        "is_past": day.date < timezone.localdate(),
    }


def _links(shown: Shown) -> dict[str, str]:
    return {
        "before": address(shown, day=shown.before),
        "after": address(shown, day=shown.after),
        "today": address(shown, day=timezone.localdate()),
        "month": address(shown, view=MONTH),
        "week": address(shown, view=WEEK),
        "file": address(shown, page="calendar_file"),
        "heat": address(shown, page="calendar_heat"),
    }


def _heading(shown: Shown) -> str:
    if shown.view == MONTH:
        return date_format(shown.day, "F Y").capitalize()
    begins = "j" if shown.first.month == shown.last.month else "j E"
    return f"{date_format(shown.first, begins)} – {date_format(shown.last, 'j E Y')}"


def _site(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _file(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, ICS, headers={"Content-Disposition": f'attachment; filename="{name}"'})
