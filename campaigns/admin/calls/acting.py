"""What is done with calls: told, taken, given, the number shown. Each checks the right, calls one verb and leads back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.calls_to_make import giving, lists, phones, telling
from campaigns.models import CallTask
from campaigns.refusals import Refused
from segments.admin.customer_log import check_reveal, revealed
from segments.models import ContactPoint, Salesperson

TELL = "campaigns.tell_calltask"


def _posted(request: HttpRequest, right: str) -> HttpResponse | None:
    if not request.user.has_perm(right):
        raise PermissionDenied
    return None if request.method == "POST" else HttpResponseNotAllowed(["POST"])


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the list as it was filtered."""
    back = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back) if is_ours else redirect("admin:campaigns_calltask_changelist")


def tell_view(admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    if refusal := _posted(request, TELL):
        return refusal
    get_object_or_404(lists.seen_by(request.user), pk=pk)
    try:
        task = telling.tell(pk, request.user, _said(request))
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        at = timezone.localtime(task.due_at)
        again = _("Put off: call on %(at)s.") % {"at": f"{at:%d.%m.%Y %H:%M}"}
        messages.success(request, again if task.state == CallTask.State.OPEN else _("The result is written down."))
    return _back(request)


def _said(request: HttpRequest) -> telling.Said:
    told = request.POST.get("next_at", "")
    try:
        moment = parse_datetime(told)
    except ValueError:
        moment = None
    if moment is not None and timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    if told and moment is None:
        raise Refused(_("The time of the next call cannot be read; it looks like 2026-05-03 14:05."))
    return telling.Said(request.POST.get("outcome", ""), request.POST.get("note", "").strip(), moment)


def take_view(admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    if refusal := _posted(request, TELL):
        return refusal
    try:
        giving.take(pk, request.user)
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, _("The call is yours."))
    return _back(request)


def assign_view(admin: Any, request: HttpRequest) -> HttpResponse:
    if refusal := _posted(request, lists.ASSIGN):
        return refusal
    whom = request.POST.get("salesperson", "")
    chosen = [int(pk) for pk in request.POST.getlist("task") if pk.isdecimal()]
    try:
        given = giving.give(chosen, _salesperson(request, whom), request.user)
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        words = ngettext("%(n)d call is given.", "%(n)d calls are given.", given)
        messages.success(request, words % {"n": given})
    return _back(request)


def _salesperson(request: HttpRequest, whom: str) -> Salesperson | None:
    if whom == "nobody":
        return None
    found = lists.colleagues(request.user).filter(pk=int(whom) if whom.isdecimal() else 0).first()
    if found is None:
        raise Refused(_("Choose to whom the calls go."))
    return found


def phone_view(admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """The number to dial, whole; who looked is written down."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    check_reveal(request)
    task = get_object_or_404(lists.seen_by(request.user).select_related("customer__merged_into"), pk=pk)
    phone = phones.of([task]).get(task.pk)
    if phone is None:
        return HttpResponse(_("This customer may not be called any more: the call will be cancelled within a minute."))
    point = ContactPoint.objects.get(pk=phone.point)
    said = revealed(request, task.customer.merged_into or task.customer, point)
    return HttpResponse(render_to_string("campaigns/calls/number.html", {"number": point.value, "said": said}))
