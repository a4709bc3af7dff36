"""Why a deal counts for a campaign, by every model: the facts of the person's last months, and a sentence made of them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.models import Campaign, PromoRedemption, Touch
from channels.models import Channel
from segments.lines import CANCELLED
from segments.models import Customer, Interaction
from tracking.attribution import counting
from tracking.attribution.definitions import DEFINITIONS, Definition
from tracking.models import Attribution, Call, Response
from tracking.numbers import short

MOST = 40  # facts of a kind that are shown
LINE_OF = {"service": "service", "insurance": "insurance"}  # of a kind that names it; a sale has it in the document


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened before the deal. `campaign` is whose message or number it was."""

    at: dt.datetime
    kind: str  # message | click | call | promo | visit | deal
    text: str
    campaign: Campaign | None = None


@dataclass(frozen=True, slots=True)
class Given:
    campaign: Campaign
    share: Decimal
    sentence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one model says; nothing is given where there was no evidence in the window."""

    definition: Definition
    given: list[Given]


@dataclass(frozen=True, slots=True)
class Explained:
    """`days` is the window of the deal's line. `why_not` says why no model counts the deal, where that is about the deal itself."""

    deal: Interaction
    line: str
    days: int
    answers: list[Answer]
    facts: list[Fact]
    why_not: str | Promise = ""


def explain(deal: Interaction) -> Explained:
    """A fixed number of queries, whatever the person's history is."""
    rows = list(Attribution.objects.filter(deal=deal.pk).order_by("begins"))
    line = _line(deal)
    days = counting.windows()[line]
    past = _Past(deal, deal.happened_at - dt.timedelta(days=days), rows)
    answers = [
        Answer(each, [past.given(row) for row in rows if row.model == each.model]) for each in DEFINITIONS.values()
    ]
    return Explained(deal, line, days, answers, past.facts(), "" if rows else _why_not(deal))


def of_customer(customer: Customer, most: int) -> list[tuple[Interaction, list[tuple[Campaign, list[str | Promise]]]]]:
    """Her last deals that count for anything, each with campaigns and the names of the models that name them."""
    deals = list(
        Attribution.objects.filter(customer=customer)
        .order_by("-dealt_at")
        .values_list("deal", flat=True)
        .distinct()[:most]
    )
    rows = Attribution.objects.filter(deal__in=deals).order_by("-dealt_at", "deal", "campaign", "model")
    found: dict[int, dict[int, list[str | Promise]]] = {}
    for deal, campaign, model in rows.values_list("deal", "campaign", "model").distinct():
        found.setdefault(deal, {}).setdefault(campaign, []).append(DEFINITIONS[model].name)
    interactions = Interaction.objects.in_bulk(found)
    campaigns = Campaign.objects.in_bulk({campaign for named in found.values() for campaign in named})
    return [
        (interactions[deal], [(campaigns[campaign], models) for campaign, models in named.items()])
        for deal, named in found.items() if deal in interactions
    ]  # fmt: skip


def day(at: dt.datetime) -> str:
    return date_format(timezone.localtime(at), "j E Y")


class _Past:
    """What was sent to her and what she did in the window of a deal."""

    def __init__(self, deal: Interaction, since: dt.datetime, rows: Sequence[Attribution]) -> None:
        self.deal, inside = deal, {"gte": since, "lt": deal.happened_at + dt.timedelta(days=1)}
        hers = {"customer": deal.customer_id}
        sent = Touch.objects.filter(**hers, sent_at__gte=since, sent_at__lt=deal.happened_at, failed_at=None)
        self.sent = list(sent.order_by("-sent_at")[:MOST])
        done = Response.objects.filter(**hers, kind__in=("call", "site"), at__gte=inside["gte"], at__lt=inside["lt"])
        self.done = list(done.order_by("-at")[:MOST])
        visits = Interaction.objects.filter(**hers, kind="visit", happened_at__gte=since, happened_at__lt=inside["lt"])
        self.visits = list(visits.order_by("-happened_at")[:MOST])
        named = {row.key for row in rows if row.reason == Attribution.Reason.PROMO}
        self.uses = {use.pk: use for use in PromoRedemption.objects.filter(pk__in=named).select_related("code")}
        self.calls = Call.objects.in_bulk([each.key for each in self.done if each.kind == "call"])
        wanted: set[Any] = {row.campaign_id for row in rows} | {each.campaign_id for each in (*self.sent, *self.done)}
        self.campaigns = Campaign.objects.in_bulk(wanted - {None})

    def given(self, row: Attribution) -> Given:
        reasons = {"call": self._of_call, "promo": self._of_promo, "click": self._of_click, "message": self._of_message}
        parts = [reasons[row.reason](row), *self._visit_after(row.touched_at)]
        text = ", ".join(parts)
        if row.reason != Attribution.Reason.MESSAGE:
            text = "; ".join([text, self._messages_before(row)])
        return Given(self.campaigns[row.campaign_id], row.share, capfirst(text) + ".")

    def facts(self) -> list[Fact]:
        """The newest first."""
        told = [
            *(
                Fact(each.sent_at, "message", _channel(each.channel), self.campaigns.get(each.campaign_id))
                for each in self.sent
            ),
            *(self._fact(each) for each in self.done),
            *(
                Fact(use.happened_at, "promo", use.receipt, self.campaigns.get(use.campaign_id))
                for use in self.uses.values()
            ),
            *(Fact(visit.happened_at, "visit", visit.reason) for visit in self.visits),
        ]
        return sorted(told, key=lambda fact: fact.at, reverse=True)

    def _fact(self, done: Response) -> Fact:
        campaign = self.campaigns.get(done.campaign_id) if done.campaign_id else None
        if done.kind == "site":
            return Fact(done.at, "click", _channel(done.channel), campaign)
        return Fact(done.at, "call", self._number(done.key), campaign)

    def _number(self, key: int) -> str:
        return short(self.calls[key].virtual_number) if key in self.calls else ""

    def _of_call(self, row: Attribution) -> str:
        return _("call on the number %(number)s on %(day)s") % {
            "number": self._number(row.key) or "…",
            "day": day(row.touched_at),
        }

    def _of_promo(self, row: Attribution) -> str:
        receipt = self.uses[row.key].receipt if row.key in self.uses else ""
        return _("promo code used on %(day)s, receipt %(receipt)s") % {
            "day": day(row.touched_at),
            "receipt": receipt or "—",
        }

    def _of_click(self, row: Attribution) -> str:
        return _("click in the message on %(day)s") % {"day": day(row.touched_at)}

    def _of_message(self, row: Attribution) -> str:
        order = sorted(each.sent_at for each in self.sent)
        number = order.index(row.touched_at) + 1 if row.touched_at in order else 0
        told = {"channel": _channel(row.channel), "day": day(row.touched_at), "number": number, "messages": len(order)}
        if not number or len(order) == 1:
            return _("message (%(channel)s) of %(day)s") % told
        return _("message (%(channel)s) of %(day)s, number %(number)d of %(messages)d in the window") % told

    def _visit_after(self, at: dt.datetime) -> list[str]:
        after = [visit.happened_at for visit in self.visits if at <= visit.happened_at <= self.deal.happened_at]
        return [_("visit on %(day)s") % {"day": day(max(after))}] if after else []

    def _messages_before(self, row: Attribution) -> str:
        before = sum(each.campaign_id == row.campaign_id and each.sent_at <= row.touched_at for each in self.sent)
        if not before:
            return _("the campaign did not write to this person: the number or the code came from somebody else")
        return ngettext("%d message of the campaign before", "%d messages of the campaign before", before) % before


WHY_NOT: dict[str, Promise] = {
    "kind": gettext_lazy("This is no deal: it brought no money of its own."),
    "stranger": gettext_lazy("The document belongs to no known customer yet."),
    "cancelled": gettext_lazy("The deal was cancelled: what it counted for was taken back."),
    "refund": gettext_lazy("The document is a refund: it takes a deal back."),
    "old": gettext_lazy("The deal is older than what is counted anew every night."),
    "nothing": gettext_lazy("Nothing speaks for a campaign: no message, click, call on a campaign's number or promo code in the window, or the deal was refunded."),
}  # fmt: skip


def _why_not(deal: Interaction) -> Promise:
    if deal.kind not in ("sale", "service", "insurance"):
        return WHY_NOT["kind"]
    if deal.customer_id is None:
        return WHY_NOT["stranger"]
    if deal.status[:5].lower() in CANCELLED:
        return WHY_NOT["cancelled"]
    if deal.amount is not None and deal.amount < 0:
        return WHY_NOT["refund"]
    return WHY_NOT["old" if deal.happened_at < counting.oldest() else "nothing"]


def _line(deal: Interaction) -> str:
    return LINE_OF.get(deal.kind) or deal.line or deal.condition


def _channel(channel: str) -> str:
    return str(dict(Channel.choices).get(channel, channel))
