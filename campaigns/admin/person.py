"""Why not Ivanov: people by name, phone, e-mail or number, and what became of each in a campaign, in one sentence."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import whom, why
from campaigns.admin import ad_audience_words
from campaigns.admin.words import reason_label
from campaigns.models import Campaign
from campaigns.models.outbox import OutcomeKind
from campaigns.why import Fate, Place
from segments.admin.customer_search import find
from segments.masking import shown
from segments.models import ContactPoint, Customer

SHOWN = 10

_REPORTS = {
    "": gettext_lazy("the provider accepted it, nothing was reported since"),
    "delivered": gettext_lazy("delivered"),
    "opened": gettext_lazy("opened"),
    "clicked": gettext_lazy("a link was clicked"),
    "failed": gettext_lazy("reported as not delivered"),
    "opted_out": gettext_lazy("unsubscribed after it"),
}
_SENTENCES = {
    OutcomeKind.ACCEPTED.value: gettext_lazy("Sent on %(at)s to %(address)s: %(report)s."),
    OutcomeKind.UNKNOWN.value: gettext_lazy(
        "It is not known whether it got to %(address)s: the connection broke on %(at)s."
    ),
    OutcomeKind.CANCELLED.value: gettext_lazy("Not sent: the campaign was stopped on %(at)s, before it was its turn."),
    whom.PENDING: gettext_lazy("Not sent yet: it waits in the queue for %(address)s."),
}
_COLOURS = {OutcomeKind.ACCEPTED.value: "green", OutcomeKind.UNKNOWN.value: "amber", whom.PENDING: "blue"}


class Told(NamedTuple):
    """`colour` of the dot beside the sentence; '' is grey."""

    customer: Customer
    sentence: str
    colour: str


def answer(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """A piece of the campaign's page: at most ten people, each with a sentence."""
    text = request.GET.get("q", "").strip()
    people, is_similar = _people(text) if text else ([], False)
    context = {
        "text": text,
        "told": tell(campaign, people[:SHOWN], request.user),
        "is_similar": is_similar,
        "has_more": len(people) > SHOWN,
    }
    return TemplateResponse(request, "campaigns/person.html", context)


def tell(campaign: Campaign, people: Sequence[Customer], user: Any) -> list[Told]:
    runs = list(campaign.runs.order_by("id"))
    found = why.fates(runs, people)
    strangers = [person for person in people if person.pk not in found]
    places = why.places(campaign, runs[-1], strangers) if strangers and runs else {}
    points = ContactPoint.objects.in_bulk([fate.contact_point_id for fate in found.values() if fate.contact_point_id])
    told = []
    for person in people:
        fate = found.get(person.pk)
        if fate is None:
            told.append(Told(person, _outside(campaign, places.get(person.pk, [])), ""))
            continue
        point = points.get(fate.contact_point_id or 0)
        address = shown(user, point.kind, point.value) if point else _("an address that is gone")
        colour = "red" if fate.report == "failed" else _COLOURS.get(fate.fate, "")
        told.append(Told(person, _sentence(fate, address, is_audience=campaign.is_audience), colour))
    return told


def _people(text: str) -> tuple[list[Customer], bool]:
    """Whoever has this number comes first, as she is today; then who is called so from the first word on."""
    living = Customer.objects.filter(merged_into=None).select_related("city").order_by("name_key", "pk")
    found = find(living, text)
    key = " ".join(text.lower().replace("ё", "е").split())
    called = list(found.customers.filter(name_key__startswith=key)[: SHOWN + 1])
    others = found.customers.exclude(pk__in=[person.pk for person in called])[: SHOWN + 1 - len(called)]
    people = [*called, *others]
    if text.isdecimal() and len(text) < 19:
        numbered = Customer.objects.filter(pk=int(text)).select_related("merged_into").first()
        if numbered:
            person = numbered.merged_into or numbered
            people = [person, *(each for each in people if each.pk != person.pk)]
    return people, found.is_similar


def _sentence(fate: Fate, address: str, *, is_audience: bool) -> str:
    told = {"at": _moment(fate.at), "address": address, "reply": fate.reply, "reason": reason_label(fate.fate)}
    if is_audience:
        return ad_audience_words.sentence(fate, told)
    if fate.was_planned_out:
        return _("Not written to: %(reason)s. So it was at the launch, on %(at)s.") % told
    if fate.fate == OutcomeKind.REJECTED:
        refused = _("The provider refused it on %(at)s, for %(address)s: “%(reply)s”.")
        return (refused if fate.reply else _("It did not go to %(address)s: the provider refused it on %(at)s.")) % told
    if fate.due_at:
        return _("Not sent yet: it waits until %(until)s.") % {"until": _moment(fate.due_at)}
    if fate.fate in _SENTENCES:
        return str(_SENTENCES[fate.fate]) % (told | {"report": _REPORTS[fate.report]})
    return _("Not written to: %(reason)s. So it was when it was to be sent, on %(at)s.") % told


def _outside(campaign: Campaign, places: Sequence[Place]) -> str:
    """Why she was not in the audience at all."""
    if follow_up := whom.followed(campaign):
        base = {"name": follow_up.run.campaign}
        if follow_up.is_correction:
            return _("Not in the audience: the message of “%(name)s” did not get to this person.") % base
        return _("Not in the audience: “%(name)s” was sent to this person, or missed for another reason.") % base
    for place in places:
        if place.is_excluded and place.was_in:
            return _("Not in the audience: in the excluded segment “%s” at the launch.") % place.segment
    for place in places:
        if not (place.is_excluded or place.was_in) and place.entered_at:
            late = _("Not in the audience: came into “%(segment)s” after the launch, on %(at)s.")
            return late % {"segment": place.segment, "at": _moment(place.entered_at)}
    if any(place.was_in for place in places):
        return _("Not in the audience: this card came into the base, or was joined with another one, after the launch.")
    return _("Not in the audience: in none of the campaign's segments.")


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "j E Y, H:i")
