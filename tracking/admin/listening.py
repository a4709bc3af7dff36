"""Listening to a call: asked for by a button, written down, then heard on the page. The sound itself comes through us."""

import time
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from channels.audiences.errors import ServiceError
from segments.admin import customer_log
from segments.masking import shown
from tracking.models import Call
from tracking.numbers import short
from tracking.telephony import recordings
from tracking.telephony.recordings import LISTEN

HEARD = "heard_calls"  # of the session: {call: until when its sound is given}
LASTS = 3600  # seconds
REMEMBERED = 20  # calls


def listen(model_admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks whether to listen, POST writes down who does and shows the players."""
    call = _call(request, pk)
    names = recordings.names(call)
    if not names:
        messages.info(request, _("The provider has no recording of this call."))
        return redirect("admin:tracking_call_change", pk)
    is_heard = request.method == "POST"
    if is_heard:
        _write_down(request, call)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Recording of a call"),
        "opts": Call._meta,
        "call": call,
        "caller": shown(request.user, "phone", call.caller) if call.caller else _("hidden number"),
        "number": short(call.virtual_number),
        "sounds": [f"{reverse('admin:tracking_call_sound', args=[pk])}?n={n}" for n in range(len(names))],
        "is_heard": is_heard,
    }
    return TemplateResponse(request, "tracking/admin/recording.html", context)


def sound(model_admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The recording, to whoever has just asked for it by the button."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    call = _call(request, pk)
    names, number = recordings.names(call), request.GET.get("n", "0")
    may_hear = request.session.get(HEARD, {}).get(str(pk), 0) > time.time()
    if not may_hear or not (number.isascii() and number.isdigit() and int(number[:3]) < len(names)):
        return redirect("admin:tracking_call_listen", pk)
    try:
        found = recordings.fetched(call, names[int(number[:3])])
    except ServiceError as error:
        return HttpResponse(str(error), status=502, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(found.content, content_type=found.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'; media-src 'self'"
    return answer


def _call(request: HttpRequest, pk: int) -> Call:
    if not request.user.has_perm(LISTEN):
        raise PermissionDenied
    return get_object_or_404(Call.objects.select_related("account", "customer"), pk=pk)


def _write_down(request: HttpRequest, call: Call) -> None:
    """In the history of the call, and of the customer whom it was with; no number of hers is in it."""
    said = _("Listened to the recording of a call.")
    LogEntry.objects.log_actions(
        user_id=request.user.pk, queryset=[call], action_flag=CHANGE, change_message=said, single_object=True
    )
    if call.customer:
        customer_log.log(request, call.customer, _("Listened to the recording of the call %(call)s") % {"call": call})
    heard = {key: until for key, until in request.session.get(HEARD, {}).items() if until > time.time()}
    heard[str(call.pk)] = int(time.time()) + LASTS
    request.session[HEARD] = dict(list(heard.items())[-REMEMBERED:])
