"""The doors to a correction and to a second try: what the page of a campaign offers, and the drafts they make."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns import follow_ups, whom
from campaigns.admin.words import fate_label
from campaigns.models import Campaign, Run
from campaigns.refusals import Refused

ADD = "campaigns.add_campaign"
# Chosen beforehand: nothing has to change for these but time.
USUAL = {"frequency_cap", "discount_cap", "expired", "cancelled", "rejected", "higher_priority", "over_ceiling"}


def offered(campaign: Campaign, user: Any) -> dict[str, Any]:
    """What the page says of corrections and second tries; the doors themselves decide again."""
    following = Campaign.objects.filter(follow_up__run__campaign=campaign).select_related("follow_up").order_by("pk")
    is_over = campaign.state in (Campaign.State.FINISHED, Campaign.State.STOPPED)
    corrected = Run.objects.filter(corrects__campaign=campaign).exists()
    return {
        "following": list(following),
        "may_correct": user.has_perm(ADD) and not corrected,
        "may_try_again": user.has_perm(ADD) and is_over,
    }


@require_POST
def correct(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    run = _last_run(request, campaign)
    if run is None:
        return redirect("admin:campaigns_campaign_review", campaign.pk)
    try:
        draft = follow_ups.correct(run, request.user)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("admin:campaigns_campaign_page", campaign.pk)
    messages.success(request, _("Write the right text: it goes to those whom “%s” reached.") % campaign)
    return redirect("admin:campaigns_campaign_change", draft.pk)


def missed(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """GET: the reasons with their people. POST: a draft to those of the chosen ones."""
    run = _last_run(request, campaign)
    if run is None:
        return redirect("admin:campaigns_campaign_review", campaign.pk)
    if request.method == "POST":
        try:
            draft = follow_ups.try_again(run, request.POST.getlist("reasons"), request.user)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, _("The same message, to those who did not get it: choose its time."))
            return redirect("admin:campaigns_campaign_change", draft.pk)
    rows = [
        {"reason": reason, "label": fate_label(reason), "people": people, "is_usual": reason in USUAL}
        for reason, people in follow_ups.changeable(run).items()
    ]
    context = {
        **admin.site.each_context(request),
        "opts": Campaign._meta,
        "title": _("Who did not get it"),
        "campaign": campaign,
        "rows": rows,
        "is_over": run.finished_at is not None,
    }
    return TemplateResponse(request, "campaigns/missed.html", context)


def described(campaign: Campaign) -> dict[str, Any] | None:
    """Whom a draft or a campaign goes after, for its form and its plan; None when it goes to segments."""
    follow_up = whom.followed(campaign)
    if follow_up is None:
        return None
    return {
        "kind": follow_up.get_kind_display(),
        "is_correction": follow_up.is_correction,
        "base": follow_up.run.campaign,
        "reasons": [fate_label(reason) for reason in follow_up.reasons],
    }


def _last_run(request: HttpRequest, campaign: Campaign) -> Run | None:
    if not request.user.has_perm(ADD):
        raise PermissionDenied
    return campaign.runs.select_related("campaign", "content").order_by("-id").first()
