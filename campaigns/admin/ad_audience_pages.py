"""The pages of an audience export, where they differ from those of campaigns that write to people."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from campaigns import outbox, planning
from campaigns.ad_audiences import checks, listing
from campaigns.admin import ad_audience_words, reading
from campaigns.admin.ad_audience_form import SpentForm
from campaigns.admin.reviewing import bars
from campaigns.models import AdAudience, Campaign, CampaignEvent
from campaigns.pricing import planned
from campaigns.readiness import nobody, obstacles
from segments.outward import syncing
from segments.outward.providers import ListError, provider_of

RUN = "campaigns.run_campaign"
SYNCS = 5  # of the journal of exchanges
KINDS = {"": gettext_lazy("Message"), Campaign.Kind.AUDIENCE.value: gettext_lazy("Audience export")}


def kinds(request: HttpRequest, chosen: str) -> list[tuple[str, str, bool]]:
    """(label, query, whether it is this one) of what a new campaign may be; what else the address says goes along."""
    query = request.GET.copy()
    query.pop("kind", None)
    return [
        (str(label), urlencode([*query.items(), *([("kind", kind)] if kind else [])]), kind == chosen)
        for kind, label in KINDS.items()
    ]


def counted(campaign: Campaign) -> dict[str, Any]:
    """As `reviewing.counted`."""
    expected = planning.forecast(campaign)
    errors = obstacles(campaign)
    if not expected.to_send:
        errors.append(nobody(campaign))
    elif sentence := checks.short_of(campaign, expected.to_send):
        errors.append(sentence)
    return {
        "expected": expected,
        "steps": bars(expected.steps),
        "to_send": expected.to_send,
        "held_out": expected.held_out,
        "cost": planned(campaign, [], {}),
        "errors": errors,
        "warnings": checks.warnings(campaign),
        **of_plan(campaign),
    }


def of_plan(campaign: Campaign) -> dict[str, Any]:
    """What the plan of an export says; {} of another campaign."""
    audience = checks.of(campaign)
    return {"audience": audience, "list_name": listing.list_name(audience)} if audience else {}


def results(campaign: Campaign, user: Any) -> dict[str, Any]:
    """The page of a launched export."""
    found = reading.results(campaign, user)
    audience = campaign.ad_audience
    external = audience.external_list
    return found | of_plan(campaign) | {
        "external": external,
        "said": _said(audience),
        "syncs": syncing.journal(external.pk, SYNCS),
        "uploaded": found["identity"]["accepted"],
        "sums": ad_audience_words.sums(found["sums"]),
        "to_send": found["progress"]["to_send"],
        "is_over": listing.has_ended(audience) is not None,
        "ends_at": listing.ends_at(audience),
        "where": _where(external.provider),
        "may_tell_spent": user.has_perm(RUN),
    }  # fmt: skip


def progress(campaign: Campaign) -> dict[str, Any]:
    """What the page asks for anew while it is open."""
    run = campaign.runs.get()
    to_send = run.audience - sum(run.left_out.values())
    audience = campaign.ad_audience
    told = {"external": audience.external_list, "said": _said(audience), "to_send": to_send}
    return {"identity": outbox.counts([run.pk]), **told}


@require_POST
def spent(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    if not request.user.has_perm(RUN):
        raise PermissionDenied
    if not campaign.is_audience:  # no page asks for it
        return redirect("admin:campaigns_campaign_change", campaign.pk)
    form = SpentForm(request.POST)
    try:
        form.keep(campaign)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        told = _("%(sum)s ₽") % {"sum": number_format(form.cleaned_data["spent"], force_grouping=True)}
        CampaignEvent.objects.create(campaign=campaign, verb="spent", author=request.user, note=told)
        messages.success(request, _("Saved: the reports count with it."))
    return redirect("admin:campaigns_campaign_page", campaign.pk)


def _said(audience: AdAudience) -> str:
    """What the ad account says of the list; of an empty one, what it said before."""
    return audience.external_list.told if audience.external_list.size else audience.told


def _where(provider: str) -> str:
    """What people call it; '' of an account that is gone."""
    try:
        return str(provider_of(provider).label)
    except ListError:
        return ""
