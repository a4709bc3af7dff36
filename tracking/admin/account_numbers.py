"""The numbers of an account at its provider beside ours: those that are missing here are added, by whoever may add numbers."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from channels.audiences.errors import ServiceError
from tracking.models import CallTrackingAccount, NumberLease, SubstituteNumber
from tracking.numbers import short, spelled
from tracking.telephony import REGISTRY, provider_class, provider_for

ADD = "tracking.add_substitutenumber"
PAGE = "admin:tracking_calltrackingaccount_change"
SHOWN_OTHERS = 100


@dataclass(frozen=True)
class Row:
    """A number of the account: what it is called there, and what it is here (None: missing)."""

    number: str
    name: str
    ours: SubstituteNumber | None
    holder: str

    @property
    def short(self) -> str:
        return short(self.number)

    @property
    def printed(self) -> str:
        return spelled(self.number)


def tells_numbers(account: CallTrackingAccount) -> bool:
    return account.provider in REGISTRY and provider_class(account.provider).tells_numbers


def numbers_page(model_admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows them side by side; POST adds those of the missing that are ticked."""
    if not request.user.has_perm(ADD):
        raise PermissionDenied
    account = get_object_or_404(CallTrackingAccount, pk=pk)
    if not tells_numbers(account):
        messages.info(request, _("This provider does not tell its numbers: add them by hand or from a file."))
        return redirect(PAGE, pk)
    try:
        rows = _rows(account)
    except ServiceError as error:
        messages.error(request, str(error))
        return redirect(PAGE, pk)
    if request.method == "POST":
        return _add(request, account, rows)
    there = [row.number for row in rows]
    others = SubstituteNumber.objects.filter(is_active=True).exclude(number__in=there)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Numbers of the account"),
        "subtitle": account.name,
        "opts": CallTrackingAccount._meta,
        "account": account,
        "rows": rows,
        "missing": sum(row.ours is None for row in rows),
        "others": [(short(each.number), each.note) for each in others[:SHOWN_OTHERS]],
    }
    return TemplateResponse(request, "tracking/admin/account_numbers.html", context)


def _rows(account: CallTrackingAccount) -> list[Row]:
    """Missing ones first. Raises ServiceError."""
    with provider_for(account) as provider:
        told = {each.number: each.name for each in provider.numbers()}
    ours = {each.number: each for each in SubstituteNumber.objects.filter(number__in=told)}
    held = NumberLease.objects.filter(number__number__in=told, period__contains=timezone.now())
    holders = dict(held.values_list("number__number", "campaign__name"))
    standing = _("standing number")
    rows = [
        Row(number, name, ours.get(number), (holders[number] or standing) if number in holders else "")
        for number, name in told.items()
    ]
    return sorted(rows, key=lambda row: (row.ours is not None, row.number))


def _add(request: HttpRequest, account: CallTrackingAccount, rows: list[Row]) -> HttpResponse:
    """Only numbers that the provider has just told, whatever was sent."""
    wanted = set(request.POST.getlist("number"))
    chosen = [row for row in rows if row.ours is None and row.number in wanted]
    SubstituteNumber.objects.bulk_create(
        [SubstituteNumber(number=row.number, note=row.name[:120]) for row in chosen], ignore_conflicts=True
    )
    if not chosen:
        messages.info(request, _("Nothing is added: no missing number was chosen."))
        return redirect(request.path)
    said = ngettext("%(count)d number is added.", "%(count)d numbers are added.", len(chosen)) % {"count": len(chosen)}
    LogEntry.objects.log_actions(
        user_id=request.user.pk, queryset=[account], action_flag=CHANGE, change_message=said, single_object=True
    )
    messages.success(request, said)
    return redirect("admin:tracking_substitutenumber_changelist")
