"""Whose a messenger's id is, said by hand on the page of a reply: the customer is sought, tied, and untied."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns import replies
from campaigns.admin.conversation import ANSWER, PAGE
from campaigns.models import Reply
from segments.admin.customer_search import find
from segments.identity.merging import Refused
from segments.models import Customer

FOUND = 5  # customers shown: whoever finds more names her better
SEE_PEOPLE = "segments.view_customer"


def may_tie(request: HttpRequest) -> bool:
    return request.user.has_perm(ANSWER) and request.user.has_perm(SEE_PEOPLE)


class TyingPages:
    """Mixed into the admin of replies."""

    admin_site: Any
    log_change: Callable[..., Any]

    def tying_urls(self) -> list[URLPattern]:
        def own(name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            checked = self.admin_site.admin_view(require_POST(view))
            return path(f"<int:pk>/{name}/", checked, name=f"campaigns_reply_{name}")

        return [own("tie", self.tie_view), own("untie", self.untie_view)]

    def tie_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        reply = _tieable(request, pk)
        asked = request.POST.get("customer", "")
        customer = Customer.objects.filter(pk=int(asked) if asked.isdecimal() else 0).first()
        if customer is None:
            messages.error(request, _("Nobody was found."))
            return redirect(PAGE, pk)
        words = _("The sender is tied to %(customer)s.") % {"customer": customer}
        return self._done(request, reply, words, lambda: replies.tie_by_hand(reply, customer.pk))

    def untie_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        reply = _tieable(request, pk)
        return self._done(request, reply, _("The sender is tied to nobody now."), lambda: replies.untie(reply))

    def _done(self, request: HttpRequest, reply: Reply, words: str, act: Callable[[], None]) -> HttpResponse:
        try:
            act()
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            self.log_change(request, reply, words)
            messages.success(request, words)
        return redirect(PAGE, reply.pk)


def tying_context(request: HttpRequest, reply: Reply) -> dict[str, Any]:
    """What the page needs to say whose the sender is; nothing where that is not to be said by hand."""
    if not (may_tie(request) and replies.may_be_tied(reply)):
        return {"may_tie": False}
    sought = " ".join(request.GET.get("who", "").split())
    people = list(find(Customer.objects.filter(merged_into=None), sought).customers[:FOUND]) if sought else []
    return {"may_tie": True, "sought": sought, "people": people}


def _tieable(request: HttpRequest, pk: int) -> Reply:
    if not may_tie(request):
        raise PermissionDenied
    reply = get_object_or_404(Reply.objects.select_related("incoming"), pk=pk)
    if not replies.may_be_tied(reply):
        raise PermissionDenied
    return reply
