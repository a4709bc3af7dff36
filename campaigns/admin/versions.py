"""The history of a campaign's texts: who changed what, and back to an earlier version."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import differences, writing
from campaigns.models import Campaign, Content
from campaigns.refusals import Refused

CHANGE = "campaigns.change_campaign"
SHOWN = 20  # on a page


@require_safe
def history(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Of the main texts, newest first, each with what it changed; `?before=` asks for versions older than that number."""
    versions = campaign.contents.filter(brand=None).select_related("author").order_by("-version")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 10:
        versions = versions.filter(version__lt=int(before))
    found = list(versions[: SHOWN + 1])  # one more: the last is compared with it
    context = {
        **admin.site.each_context(request),
        "opts": Campaign._meta,
        "title": _("History of the texts"),
        "campaign": campaign,
        "rows": _rows(campaign, found),
        "older": found[SHOWN - 1].version if len(found) > SHOWN else None,
        "may_restore": request.user.has_perm(CHANGE) and campaign.state == Campaign.State.DRAFT,
    }
    return TemplateResponse(request, "campaigns/versions.html", context)


@require_POST
def restore(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    number = request.POST.get("version", "")
    try:
        version = int(number) if number.isdecimal() and len(number) < 10 else 0
        content = writing.restore(campaign, version, request.user)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        told = {"number": version, "new": content.version}
        messages.success(request, _("Version %(number)d is back, as version %(new)d.") % told)
    return redirect("admin:campaigns_campaign_versions", campaign.pk)


def _rows(campaign: Campaign, found: list[Content]) -> list[dict[str, Any]]:
    current = writing.current(campaign)
    runs = {run.content_id: run for run in campaign.runs.all()}
    return [
        {
            "content": content,
            "run": runs.get(content.pk),
            "is_current": content == current,
            "is_first": older is None,
            "changes": differences.between(older.written(), content.written()) if older else [],
        }
        for content, older in zip(found[:SHOWN], [*found[1:], None], strict=False)
    ]
