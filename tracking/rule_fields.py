"""What rules of segments may ask about responses: facts of all time, and what happened lately, counted over rows."""

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns import rule_fields as of_campaigns
from channels.models import Channel
from segments.rules import sparse
from segments.rules.fields import Event, Field, register, register_event
from tracking.models import NpsAnswer, Response

GROUP = _("Responses to campaigns")
FACTS = sparse.Facts("response", GROUP)

FIELDS = (
    FACTS.number("calls_in", "calls", _("incoming calls")),
    FACTS.date("last_call_in", "last_call", _("last incoming call"), _("did not call")),
    FACTS.number("survey_answers", "answers", _("answers to surveys")),
    FACTS.date("last_survey_answer", "last_answer", _("last answer to a survey"), _("answered no survey")),
    FACTS.number("site_visits", "site_visits", _("visits of the site from messages")),
    FACTS.date("last_site_visit", "last_site_visit", _("last visit of the site from a message"), _("did not visit the site")),
    FACTS.number("visits_after_messages", "visits", _("showroom visits after messages")),
    FACTS.date("last_visit_after_message", "last_visit", _("last showroom visit after a message"), _("did not visit after a message")),
    FACTS.date("last_response", "last_response", _("last response"), _("responded to nothing")),
    Field(
        name="best_channel", label=_("best channel"), type="choice", path="response__best_channel", group=GROUP, empty="",
        choices=lambda: [(value, str(label)) for value, label in Channel.choices],
        missing=_("no channel has brought a response"),
    ),
)  # fmt: skip

UNTIED = _("not on a number of a campaign")
WHERE = {
    each.name: each
    for each in (
        of_campaigns.campaign("campaign", "campaign", label=pgettext_lazy("field of a rule", "campaign"), missing=UNTIED),
        of_campaigns.channel("channel", empty="", missing=UNTIED),
    )
}  # fmt: skip


def _event(name: str, label: Promise, kind: str) -> Event:
    return Event(name=name, label=label, model=Response, rows=Q(kind=kind), moment="at", group=GROUP, where=WHERE)


EVENTS = (
    _event("called_in", _("called the holding"), Response.Kind.CALL),
    _event("answered", _("answered a survey"), Response.Kind.ANSWER),
    _event("visited_site", _("visited the site from a message"), Response.Kind.SITE),
    _event("visited_after_message", _("visited the showroom after a message"), Response.Kind.VISIT),
)
RATED = Event(
    name="rated", label=_("said how ready to recommend us"), model=NpsAnswer, rows=Q(), moment="answered_at", group=GROUP,
    where={
        "score": Field(name="score", label=_("score, 0 to 10"), type="number", path="score"),
        "campaign": of_campaigns.campaign("campaign", "campaign", label=pgettext_lazy("field of a rule", "campaign")),
    },
)  # fmt: skip
NAMES = frozenset(each.name for each in (*FIELDS, *EVENTS))


def register_all() -> None:
    register(*FIELDS)
    register_event(*EVENTS, RATED)
