"""Previews and test letters: of a form that is being filled in, and of a saved campaign."""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from campaigns import audience, plan_fields, samples, trying, writing
from campaigns.admin.forms import PLAN, TrialForm
from campaigns.models import Campaign, Content
from campaigns.refusals import Refused
from campaigns.rendering import BadContent
from channels.models import Account, Channel

# A letter is shown in a frame of its own: no scripts, no forms, no way out.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; frame-ancestors 'self'; sandbox"


def preview_of_form(request: HttpRequest) -> HttpResponse:
    """The letter of the posted form, saved or not, as the chosen person would see it."""
    content, segment_ids, who = _read(request)
    return _framed(_render(content, segment_ids, who, _chosen(request, content)))


def preview_of_campaign(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    content = writing.current(campaign)
    if content is None:
        return _framed(_page_of_faults([_("The campaign has no letter yet: write it.")]))
    segment_ids = list(campaign.segments_in.values_list("pk", flat=True))
    return _framed(_render(content, segment_ids, request.GET.get("who", "first")))


def send_test(request: HttpRequest) -> HttpResponse:
    """Send the posted form's letter to the posted addresses; answers with a piece of HTML for the form."""
    content, segment_ids, who = _read(request)
    addresses = [part for part in re.split(r"[\s,;]+", request.POST.get("test_addresses", "")) if part]
    try:
        for address in addresses:
            validate_email(address)
        person = samples.pick(who, segment_ids)
        taken = trying.send_test(
            content,
            addresses,
            customer_id=person.pk if person else None,
            author=request.user,
            chosen=_chosen(request, content),
        )
    except ValidationError:
        return _answer(request, problem=_("“%(address)s” is not an e-mail address.") % {"address": address})
    except Refused as refusal:
        return _answer(request, problem=refusal.sentence)
    except BadContent as error:
        return _answer(request, problem=" ".join(map(str, error.faults)))
    return _answer(request, taken=taken)


def audience_of_form(request: HttpRequest) -> HttpResponse:
    """How many people the posted form would reach at most, and what that costs."""
    form = TrialForm(request.POST)
    form.is_valid()
    chosen = [_keys(form.cleaned_data.get(name)) for name in ("segments_in", "segments_out")]
    size = audience.size(*chosen)
    account = form.cleaned_data.get("account")
    context = {"size": size, "cost": size.audience * account.cost if account else 0, "chosen": bool(chosen[0])}
    return HttpResponse(render_to_string("campaigns/audience.html", context, request))


def _read(request: HttpRequest) -> tuple[Content, list[int], str]:
    form = TrialForm(request.POST)
    form.is_valid()  # what is wrong is simply absent: this is a look at work in progress
    data = form.cleaned_data
    campaign = data.get("campaign") or Campaign()
    campaign.account = data.get("account") or _default_account()
    content = Content(subject=data.get("subject", ""), preheader=data.get("preheader", ""), body=data.get("body", ""))
    content.campaign = campaign
    who = data.get("who", "")
    return content, _keys(data.get("segments_in")), who if who in samples.KINDS else "first"


def _chosen(request: HttpRequest, content: Content) -> dict[str, str]:
    posted = {name.removeprefix(PLAN): value for name, value in request.POST.items() if name.startswith(PLAN)}
    return plan_fields.previews(content.campaign, posted)


def _keys(chosen: Any) -> list[int]:
    return [item.pk for item in chosen or ()]


def _default_account() -> Account:
    return Account.objects.filter(channel=Channel.EMAIL).order_by("-is_default").first() or Account()


def _render(content: Content, segment_ids: list[int], who: str, chosen: Mapping[str, str] = trying.NOTHING) -> str:
    person = samples.pick(who if who in samples.KINDS else "first", segment_ids)
    try:
        shown = trying.show(content, person.pk if person else None, chosen)
    except BadContent as error:
        return _page_of_faults([str(fault) for fault in error.faults])
    context = {"shown": shown, "person": person, "account": content.campaign.account, "content": content}
    head = render_to_string("campaigns/preview_head.html", context)
    return re.sub(r"<body\b[^>]*>", lambda match: match[0] + head, shown.html, count=1)


def _page_of_faults(faults: list[str]) -> str:
    return render_to_string("campaigns/preview_faults.html", {"faults": faults})


def _framed(page: str) -> HttpResponse:
    response = HttpResponse(page)
    response._csp_exempt = True  # its own policy is stricter than the admin's
    response["Content-Security-Policy"] = POLICY
    response["Referrer-Policy"] = "no-referrer"
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "no-store"
    return response


def _answer(request: HttpRequest, **context: Any) -> HttpResponse:
    context["inbox_is_here"] = settings.INBOX_PORT and request.user.has_perm("channels.view_inboxletter")
    return HttpResponse(render_to_string("campaigns/test_answer.html", context, request))
