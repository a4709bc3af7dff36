"""The history of a campaign's texts: who changed what, and back to an earlier version."""

from collections.abc import Collection
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import differences, versions, writing
from campaigns.admin import variants
from campaigns.admin.text_pages import MAIN, key_of
from campaigns.models import Campaign, Content
from campaigns.refusals import Refused

CHANGE = "campaigns.change_campaign"
SHOWN = 20  # on a page


@require_safe
def history(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Of one text, newest first, each version with what it changed: of the main one, or of that of `?of=` (a brand, a
    variant); `?before=` asks for versions older than that number. Each text counts its own versions."""
    written = versions.every(campaign)
    asked = request.GET.get("of", "")
    of = next((each for each in written if key_of(each) == asked), None)
    line = _line(campaign, of).select_related("author").order_by("-version")
    before = request.GET.get("before", "")
    skipped = max(line.count() - int(before) + 1, 0) if before.isdecimal() and len(before) < 10 else 0
    found = list(line[skipped : skipped + SHOWN + 1])  # one more: the last is compared with it
    newest = line.count() - skipped
    context = {
        **admin.site.each_context(request),
        "opts": Campaign._meta,
        "title": _("History of the texts"),
        "campaign": campaign,
        "texts": variants.looks(written),
        "of": key_of(of) if of else MAIN,
        "rows": _rows(campaign, found, newest, {each.pk for each in written}),
        "older": newest - SHOWN + 1 if len(found) > SHOWN else None,
        "may_restore": request.user.has_perm(CHANGE) and campaign.state == Campaign.State.DRAFT,
    }
    return TemplateResponse(request, "campaigns/versions.html", context)


@require_POST
def restore(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    number = request.POST.get("version", "")
    earlier = campaign.contents.filter(version=int(number) if number.isdecimal() and len(number) < 10 else 0).first()
    try:
        content = writing.restore(campaign, earlier.version if earlier else 0, request.user)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        told = {"number": _number(campaign, earlier), "new": _number(campaign, content)}
        messages.success(request, _("Version %(number)d is back, as version %(new)d.") % told)
    home = reverse("admin:campaigns_campaign_versions", args=[campaign.pk])
    return redirect(f"{home}?of={key_of(earlier)}" if earlier and key_of(earlier) != MAIN else home)


def _line(campaign: Campaign, of: Content | None) -> QuerySet[Content]:
    """All versions of one text."""
    return campaign.contents.filter(brand=of.brand_id if of else None, variant=of.variant if of else "")


def _number(campaign: Campaign, content: Content) -> int:
    """Among the versions of its text."""
    return _line(campaign, content).filter(version__lte=content.version).count()


def _rows(campaign: Campaign, found: list[Content], newest: int, current: Collection[int]) -> list[dict[str, Any]]:
    """`found` are versions from number `newest` down, and one more; `current`: what is sent now."""
    runs = {run.content_id: run for run in campaign.runs.all()}
    last = max(runs.values(), key=lambda run: run.pk, default=None)  # every text went out as it was then
    return [
        {
            "content": content,
            "number": newest - place,
            "run": runs.get(content.pk) or (last if content.pk in current else None),
            "is_current": content.pk in current,
            "is_first": older is None,
            "changes": differences.between(older.written(), content.written()) if older else [],
        }
        for place, (content, older) in enumerate(zip(found[:SHOWN], [*found[1:], None], strict=False))
    ]
