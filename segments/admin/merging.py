"""Merging by hand in the admin: choose, see who will be what, confirm; take a merge back; split cards off."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from segments.admin.customer_log import log
from segments.admin.customer_search import find
from segments.identity import merging
from segments.identity.matching import why_sentence
from segments.identity.merging import Refused
from segments.models import Card, Customer, MergeRecord

MERGE = "segments.merge_customers"
FOUND = 10


def merge_url(ids: list[int]) -> str:
    return f"{reverse('admin:segments_customer_merge')}?{urlencode({'ids': ','.join(map(str, ids))})}"


def merge_view(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """The chosen (`?ids=1,2`), who of them stays, and the person that would come out; POST makes them one."""
    check(request)
    chosen = list(model_admin.get_queryset(request).filter(pk__in=_ids(request)).order_by("pk"))
    survivor = _survivor(request, chosen)
    if request.method == "POST" and survivor is not None:
        return _merge(request, chosen, survivor)
    result, refusal = _preview(request, chosen, survivor)
    text = request.GET.get("q", "").strip()
    everybody = model_admin.get_queryset(request).order_by("name_key", "pk")
    found = find(everybody, text).customers if text else Customer.objects.none()
    context = {
        "title": _("Merge customers"),
        "chosen": [(each, _cards_of(each)) for each in chosen],
        "ids": ",".join(str(each.pk) for each in chosen),
        "survivor": survivor,
        "result": result,
        "refusal": refusal,
        "q": text,
        "found": [each for each in found[: FOUND + len(chosen)] if each not in chosen][:FOUND],
    }
    return page(model_admin, request, "segments/customer_merge.html", context)


def unmerge_view(model_admin: Any, request: HttpRequest, pk: int, record: int) -> HttpResponse:
    """Take one merge of hers back."""
    check(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    merge = get_object_or_404(MergeRecord, pk=record)
    customer = model_admin.customer(request, pk)
    try:
        loser = Customer.objects.get(pk=merging.unmerge(merge.pk, request.user.pk))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("admin:segments_customer_change", pk)
    log(request, customer, _("Took back the merge with № %(number)s") % {"number": loser.pk})
    messages.success(request, _("“%(name)s” is a customer of its own again.") % {"name": loser})
    return redirect("admin:segments_customer_change", loser.pk)


def split_view(model_admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Choose cards of hers that are another person's; they become a customer of their own."""
    check(request)
    customer = model_admin.customer(request, pk)
    if request.method == "POST":
        ids = [int(each) for each in request.POST.getlist("cards") if each.isdecimal()]
        hers = Card.objects.filter(customer=customer, pk__in=ids).values_list("pk", flat=True)
        try:
            other = merging.split(list(hers), request.user.pk)
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            said = ngettext("Split %(count)s card off", "Split %(count)s cards off", len(hers)) % {"count": len(hers)}
            log(request, customer, said)
            messages.success(request, _("The cards are a customer of their own now."))
            return redirect("admin:segments_customer_change", other)
    cards = list(Card.objects.filter(customer=customer).select_related("source").order_by("created_on", "id"))
    for card in cards:
        card.why_label = why_sentence(card.why)
    context = {"title": _("Split cards off"), "customer": customer, "original": customer, "cards": cards}
    return page(model_admin, request, "segments/customer_split.html", context)


def chosen_of_list(request: HttpRequest, queryset: QuerySet[Customer]) -> HttpResponse | None:
    """The action of the list; None (and a sentence) when they are too many or too few."""
    ids = list(queryset.order_by("pk").values_list("pk", flat=True)[: merging.MOST + 1])
    if not 2 <= len(ids) <= merging.MOST:
        said = _("Choose from 2 to %(most)s customers to merge.") % {"most": merging.MOST}
        messages.error(request, said)
        return None
    return redirect(merge_url(ids))


def check(request: HttpRequest) -> None:
    if not request.user.has_perm(MERGE):
        raise PermissionDenied


def page(model_admin: Any, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    around = {**model_admin.admin_site.each_context(request), "opts": model_admin.opts}
    return TemplateResponse(request, template, around | context)


def _ids(request: HttpRequest) -> list[int]:
    asked = (request.POST or request.GET).get("ids", "").split(",")
    return [int(each) for each in asked if each.isdecimal() and len(each) < 19][: merging.MOST]


def _survivor(request: HttpRequest, chosen: list[Customer]) -> Customer | None:
    """Who was asked for, else the oldest."""
    asked = (request.POST or request.GET).get("survivor", "")
    oldest = chosen[0] if chosen else None
    return next((each for each in chosen if str(each.pk) == asked), oldest)


def _merge(request: HttpRequest, chosen: list[Customer], survivor: Customer) -> HttpResponse:
    try:
        merged = merging.merge_by_hand([each.pk for each in chosen], survivor.pk, request.user.pk)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(merge_url([each.pk for each in chosen]))
    numbers = ", ".join(str(each.pk) for each in chosen if each != survivor)
    log(request, survivor, _("Merged in № %(numbers)s") % {"numbers": numbers})
    said = ngettext("%(count)s customer was merged.", "%(count)s customers were merged.", merged) % {"count": merged}
    messages.success(request, f"{said} {_('It can be taken back here, at the bottom.')}")
    return redirect("admin:segments_customer_change", survivor.pk)


def _preview(
    request: HttpRequest, chosen: list[Customer], survivor: Customer | None
) -> tuple[dict[str, Any] | None, str]:
    """Who would come out, by the merge itself, rolled back; and why it cannot be."""
    if survivor is None or len(chosen) < 2:
        return None, ""
    try:
        with transaction.atomic():
            merging.merge_by_hand([each.pk for each in chosen], survivor.pk, request.user.pk)
            person = Customer.objects.select_related("city", "facts").get(pk=survivor.pk)
            facts = getattr(person, "facts", None)
            result = {"customer": person, "cards": _cards_of(person), "facts": facts}
            transaction.set_rollback(True)
    except Refused as refused:
        return None, str(refused)
    return result, ""


def _cards_of(customer: Customer) -> int:
    return Card.objects.filter(customer=customer).count()
