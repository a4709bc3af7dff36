"""Previews, counters and test messages: of a form that is being filled in, and of a saved campaign."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from campaigns import audience, plan_fields, pricing, readiness, samples, trying, versions, whom
from campaigns.admin import addresses
from campaigns.admin.forms import PLAN, TrialForm, usual_account
from campaigns.admin.text_pages import key_of
from campaigns.admin.texts import texts_of
from campaigns.contacts import CONTACTS
from campaigns.latin import in_latin
from campaigns.models import Campaign, Content
from campaigns.refusals import Refused
from campaigns.rendering import MEDIA, BadContent, build_text, markup_of, whole
from campaigns.rendering.markup import Markup
from campaigns.rendering.texts import dear_in, example_of
from channels import sandbox, sms_text
from channels.audiences.base import ADVERTISING_PLATFORMS
from channels.models import Account, Channel
from segments.models import Customer

# What a phone shows, by the name of a medium; a letter is a page of its own.
_SCREENS = {
    "sms": "campaigns/preview_text.html",
    "messenger": "campaigns/preview_chat.html",
    "notice": "campaigns/preview_notice.html",
    "template": "campaigns/preview_chat.html",
}
# A letter is shown in a frame of its own: no scripts, no forms, no way out.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; frame-ancestors 'self'; sandbox"


def preview_of_form(request: HttpRequest) -> HttpResponse:
    """The message of the posted form, saved or not, as the chosen person would see it."""
    posted = _read(request)
    return framed(_render(posted.content, _person(posted), _chosen(request, posted.content)))


def preview_of_campaign(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """As the chosen person would see it, in her version; or as somebody of those who get the version asked for."""
    contents = versions.every(campaign)
    if not contents:
        return framed(page_of_faults([_("The campaign has no text yet: write it.")]))
    asked = request.GET.get("version", "")
    of = next((content for content in contents if key_of(content) == asked), None)
    segment_ids = list(campaign.segments_in.values_list("pk", flat=True))
    person = samples.pick(_who(request.GET.get("who")), campaign, segment_ids, of=of)
    content = of or (versions.of_person(campaign, person.pk) if person else contents[0])
    if content is None:
        sentence = _("%(person)s gets nothing: there is no version for the brand of this person's car.")
        return framed(page_of_faults([sentence % {"person": person}]))
    return framed(_render(content, person))


def send_test(request: HttpRequest) -> HttpResponse:
    """Send the posted form's message to the posted addresses; answers with a piece of HTML for the form."""
    posted = _read(request)
    content = posted.content
    account = content.campaign.account
    written = request.POST.get("test_addresses", "").strip() or account.test_recipients
    try:
        recipients = addresses.read(CONTACTS[content.campaign.channel], written)
        person = _person(posted)
        taken = trying.send_test(
            content,
            recipients,
            customer_id=person.pk if person else None,
            author=request.user,
            chosen=_chosen(request, content),
        )
    except ValidationError as error:
        return _answer(request, problem=error.messages[0])
    except Refused as refusal:
        return _answer(request, problem=refusal.sentence)
    except BadContent as error:
        return _answer(request, problem=" ".join(map(str, error.faults)))
    return _answer(request, taken=taken, in_journal=sandbox.keeps_journal(account))


def counter_of_form(request: HttpRequest) -> HttpResponse:
    """What the posted text takes; nothing for a text with mistakes, since the preview says what is wrong."""
    content = _read(request).content
    medium = MEDIA[content.campaign.channel]
    try:
        markup = markup_of(content)
    except BadContent:
        return HttpResponse("")
    common = {"price": pricing.of_one(content), "has_placeholders": bool(markup.holes)}
    template, count = _COUNTERS.get(medium.name, ("campaigns/size_counter.html", _size))
    return HttpResponse(render_to_string(template, common | count(content, markup), request))


def _size(content: Content, markup: Markup) -> dict[str, Any]:
    return {"size": MEDIA[content.campaign.channel].size(content.campaign.account, markup)}


def _segments(content: Content, markup: Markup) -> dict[str, Any]:
    """Segments, characters left, and the same in Latin letters."""
    body = whole(content).body
    latin = in_latin(body)
    return {
        "taken": sms_text.measure(example_of(markup)),
        "dear": dear_in(markup),
        "in_latin": sms_text.measure(example_of(build_text(latin))),
        "latin": latin if latin != body else "",
    }


_COUNTERS = {"sms": ("campaigns/sms_counter.html", _segments)}


def places_of_form(request: HttpRequest) -> HttpResponse:
    """The fields of the template that was chosen, with what was written in places of the same names."""
    return HttpResponse(render_to_string("campaigns/template_fields.html", {"form": TrialForm(request.POST)}, request))


def audience_of_form(request: HttpRequest) -> HttpResponse:
    """How many people the posted form would reach at most, and what that costs."""
    posted = _read(request)
    campaign = posted.content.campaign
    size = audience.size_of(campaign, posted.included, posted.excluded)
    cost = size.audience * pricing.of_one(posted.content)
    if request.POST.get("kind") == Campaign.Kind.AUDIENCE:  # it costs its budget, whoever is in it
        campaign.channel, cost = ADVERTISING_PLATFORMS, None
    context = {"size": size, "cost": cost, "chosen": posted.included or whom.followed(campaign)}
    context["barred"] = readiness.barred(campaign)
    return HttpResponse(render_to_string("campaigns/audience.html", context, request))


class _Posted(NamedTuple):
    """A form that may be half-filled: its texts, the ids of its segments, and as whom to look at it."""

    content: Content
    included: list[int]
    excluded: list[int]
    who: str


def _read(request: HttpRequest) -> _Posted:
    form = TrialForm(request.POST)
    form.is_valid()  # what is wrong is simply absent: this is a look at work in progress
    data = form.cleaned_data
    campaign = data.get("campaign") or Campaign()
    campaign.account = data.get("account") or usual_account() or Account(channel=Channel.EMAIL)
    campaign.channel = campaign.account.channel
    campaign.purpose = data.get("purpose") or campaign.purpose
    campaign.starts_at = data.get("starts_at")
    content = Content(campaign=campaign, **_which(data), **texts_of(campaign.channel, data))
    return _Posted(content, _keys(data.get("segments_in")), _keys(data.get("segments_out")), _who(data.get("who")))


def _which(data: Mapping[str, Any]) -> dict[str, Any]:
    """The brand and the variant whose text it is."""
    return {"brand": data.get("version"), "variant": data.get("variant") or ""}


def _chosen(request: HttpRequest, content: Content) -> dict[str, str]:
    posted = {name.removeprefix(PLAN): value for name, value in request.POST.items() if name.startswith(PLAN)}
    return plan_fields.previews(content.campaign, posted, content.brand)


def _person(posted: _Posted) -> Customer | None:
    """Of those who get this version: what others get is to be seen on the pages of theirs."""
    campaign = posted.content.campaign
    written = versions.every(campaign)
    of = next((content for content in written if key_of(content) == key_of(posted.content)), None)
    return samples.pick(posted.who, campaign, posted.included, of=of if len(written) > 1 else None)


def _who(asked: str | None) -> str:
    return asked if asked in samples.KINDS else "first"


def _keys(chosen: Any) -> list[int]:
    return [item.pk for item in chosen or ()]


def _render(content: Content, person: Customer | None, chosen: Mapping[str, str] = trying.NOTHING) -> str:
    try:
        shown = trying.show(content, person.pk if person else None, chosen)
    except BadContent as error:
        return page_of_faults([str(fault) for fault in error.faults])
    context = {"shown": shown, "person": person, "account": content.campaign.account, "content": content}
    if not shown.html:
        context["taken"] = sms_text.measure(shown.text)
        return render_to_string(_SCREENS[MEDIA[content.campaign.channel].name], context)
    head = render_to_string("campaigns/preview_head.html", context)
    return re.sub(r"<body\b[^>]*>", lambda match: match[0] + head, shown.html, count=1)


def page_of_faults(faults: list[str]) -> str:
    return render_to_string("campaigns/preview_faults.html", {"faults": faults})


def framed(page: str) -> HttpResponse:
    """A page of somebody's HTML: it may do nothing."""
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
