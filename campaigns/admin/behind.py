"""The page of the people behind a number: contacts masked, fifty at a time."""

import re
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from campaigns import behind
from campaigns.admin import ad_audience_words
from campaigns.admin.words import fate_label, reason_label
from campaigns.models import Campaign
from campaigns.models.outbox import OutcomeKind
from campaigns.whom import PENDING
from segments.masking import shown
from segments.models import ContactPoint, Customer

REASON = re.compile(r"[a-z][a-z_]{0,39}")  # as a worker writes it down when it suppresses a message
STEPS = {"segments": gettext_lazy("In the segments"), "excluded": gettext_lazy("Taken out by segments"),
         "to_send": gettext_lazy("Will be written to")}  # fmt: skip
SUMS = {
    behind.ALL_LEFT_OUT: gettext_lazy("Left out"), behind.ALL_HELD_OUT: gettext_lazy("Control groups"),
    PENDING: gettext_lazy("In the queue"), OutcomeKind.ACCEPTED.value: gettext_lazy("Sent"),
    OutcomeKind.UNKNOWN.value: gettext_lazy("Not known"),
}  # fmt: skip


@require_safe
def people(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """`?why=` names the number, `?after=` where the page begins."""
    runs = list(campaign.runs.values_list("pk", flat=True))
    why = request.GET.get("why") or (OutcomeKind.ACCEPTED.value if runs else "to_send")
    label = _label(why, is_run=bool(runs), is_audience=campaign.is_audience)
    text = request.GET.get("after", "")
    after = int(text) if text.isdecimal() and len(text) < 19 else 0
    found = behind.of_runs(runs, why, after) if runs else behind.of_plan(campaign, why, after)
    context = {
        **admin.site.each_context(request),
        "opts": Campaign._meta,
        "title": label,
        "campaign": campaign,
        "why": why,
        "label": label,
        "is_plan": not runs,
        "rows": _rows(found[: behind.PAGE], request.user),
        "after": after,
        "following": found[behind.PAGE - 1].key if len(found) > behind.PAGE else None,
    }
    return TemplateResponse(request, "campaigns/people.html", context)


def _label(why: str, *, is_run: bool, is_audience: bool) -> str:
    """What people call the number; 404 for what is none."""
    if is_audience and (
        told := (ad_audience_words.SUMS if is_run else {"to_send": ad_audience_words.TO_SEND}).get(why)
    ):
        return str(told)
    if why in behind.LEFT_OUT:
        return reason_label(why)
    if not is_run and why in STEPS:
        return str(STEPS[why])
    if is_run and why in SUMS:
        return str(SUMS[why])
    if is_run and REASON.fullmatch(why):
        return fate_label(why)
    raise Http404


def _rows(found: list[behind.Person], user: Any) -> list[dict[str, Any]]:
    customers = Customer.objects.in_bulk([person.customer_id for person in found])
    points = ContactPoint.objects.in_bulk([p.contact_point_id for p in found if p.contact_point_id])
    rows = []
    for person in found:
        point = points.get(person.contact_point_id or 0)
        rows.append(
            {
                "customer": customers.get(person.customer_id),
                "contact": shown(user, point.kind, point.value) if point else _("none"),
                "fate": fate_label(person.fate) if person.fate else "",
            }
        )
    return rows
