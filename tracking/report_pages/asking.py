"""What the address of a report asks for. Nonsense in it is what stands there by default."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from campaigns.models import Campaign, Scenario
from channels.models import Channel
from segments.models import Brand, Centre, Interaction, RfmLine
from tracking.attribution.definitions import DEFINITIONS
from tracking.figure_models import ScenarioFigures
from tracking.models import HourFigures
from tracking.money.figures import BASES, COST_BASES
from tracking.money.months import later, read

MONTHS = 13  # offered
USUAL_MONTHS = 3
MOST_CAMPAIGNS = 200  # offered, the newest first
Kind = HourFigures.Kind
KINDS: dict[str, Any] = {
    Kind.OPENED: _("openings"), Kind.CLICKED: _("clicks"), Kind.CALLED: _("calls"), Kind.VISITED: _("visits"),
    Kind.SENT: _("messages sent"),
}  # fmt: skip

RECEIPT_CUTS: dict[str, Any] = {
    "line": _("line of business"), "brand": _("brand"), "centre": _("dealer centre"), "month": _("month"),
}  # fmt: skip
OPT_OUT_CUTS: dict[str, Any] = {
    "month": _("month"), "campaign": _("campaign"), "brand": _("brand"), "channel": _("channel"), "segment": _("segment"),
}  # fmt: skip
REACH_CUTS: dict[str, Any] = {
    "channel": _("channel"), "brand": _("brand of the newest car"), "segment": _("segment"),
}  # fmt: skip
BACK_CUTS: dict[str, Any] = {
    "campaign": _("campaign"), "channel": _("channel"), "month": _("month"),
}  # fmt: skip
COHORT_CUTS: dict[str, Any] = {"year": _("year of the first deal"), "quarter": _("quarter of the first deal")}
IDLE_MONTHS = (3, 6, 12, 18, 24, 36)
USUAL_IDLE = 12
USUAL_WITHIN = 3
CUTS = {
    "back_by": BACK_CUTS,
    "cohorts_by": COHORT_CUTS,
    "receipts_by": RECEIPT_CUTS,
    "opt_outs_by": OPT_OUT_CUTS,
    "reach_by": REACH_CUTS,
}  # by the filter that chooses one


@dataclass(frozen=True, slots=True)
class Asked:
    """Months from `since` (its first day) until before `until`. What is None or '' is everything."""

    since: date
    until: date
    model: str = "last"
    base: str = "margin"
    cost: str = "total"
    channel: str = ""
    brand: int | None = None
    campaign: int | None = None
    kind: str = Kind.OPENED
    by: str = ""
    line: str = RfmLine.Line.ALL
    idle: int = USUAL_IDLE
    centre: int | None = None
    first: str = ""  # the line of business of the first deal
    of: str = ""  # that of the deals whose money it is
    scenario: int | None = None
    within: int = USUAL_WITHIN

    @property
    def months(self) -> int:
        return (self.until.year - self.since.year) * 12 + self.until.month - self.since.month


@dataclass(frozen=True, slots=True)
class Filter:
    """`choices` are (as the address has it, in words)."""

    name: str
    label: str | Promise
    choices: list[tuple[str, Any]]
    value: str


def read_from(address: Mapping[str, str]) -> Asked:
    this = timezone.localdate().replace(day=1)
    until = min(read(address.get("until", "")) or this, this)
    since = read(address.get("since", "")) or later(until, 1 - USUAL_MONTHS)
    since = max(min(since, until), later(this, -MONTHS))
    return Asked(
        since=since, until=later(max(until, since), 1),
        model=_one_of(DEFINITIONS, address.get("model"), "last"), base=_one_of(BASES, address.get("base"), "margin"),
        cost=_one_of(COST_BASES, address.get("cost"), "total"), channel=_one_of(Channel.values, address.get("channel"), ""),
        brand=_number(address.get("brand")), campaign=_number(address.get("campaign")),
        kind=_one_of(KINDS, address.get("kind"), Kind.OPENED),
        by=_one_of({name for cuts in CUTS.values() for name in cuts}, address.get("by"), ""),
        line=_one_of(RfmLine.Line.values, address.get("line"), RfmLine.Line.ALL),
        idle=int(_one_of([str(each) for each in IDLE_MONTHS], address.get("idle"), str(USUAL_IDLE))),
        centre=_number(address.get("centre")), scenario=_number(address.get("scenario")),
        first=_one_of(Interaction.Line.values, address.get("first"), ""), of=_one_of(Interaction.Line.values, address.get("of"), ""),
        within=int(_one_of([str(each) for each in ScenarioFigures.STEPS], address.get("within"), str(USUAL_WITHIN))),
    )  # fmt: skip


def filters(asked: Asked, names: tuple[str, ...]) -> Iterator[Filter]:
    """For the form of a report, in this order."""
    this = timezone.localdate().replace(day=1)
    listed = [later(this, -back) for back in range(MONTHS + 1)]
    months = [(f"{month:%Y-%m}", capfirst(date_format(month, "F Y"))) for month in listed]
    for name in names:
        match name:
            case "months":
                yield Filter("since", pgettext_lazy("month", "From"), months, f"{asked.since:%Y-%m}")
                yield Filter("until", pgettext_lazy("month", "to"), months, f"{later(asked.until, -1):%Y-%m}")
            case "model":
                named = [(key, each.name) for key, each in DEFINITIONS.items()]
                yield Filter("model", _("Attribution"), named, asked.model)
            case "base":
                yield Filter("base", _("Income is"), list(BASES.items()), asked.base)
            case "cost":
                yield Filter("cost", _("Cost is"), list(COST_BASES.items()), asked.cost)
            case "channel":
                yield Filter("channel", _("Channel"), [("", _("all")), *Channel.choices], asked.channel)
            case "brand":
                brands = [(str(pk), brand) for pk, brand in Brand.objects.values_list("pk", "name")]
                yield Filter("brand", _("Brand"), [("", _("all")), *brands], _text(asked.brand))
            case "campaign":
                yield Filter("campaign", _("Campaign"), [("", _("all")), *_campaigns(asked)], _text(asked.campaign))
            case _:
                yield _of_one_report(name, asked)


def _of_one_report(name: str, asked: Asked) -> Filter:
    match name:
        case "kind":
            return Filter("kind", _("What"), list(KINDS.items()), asked.kind)
        case _ if name in CUTS:
            return Filter("by", pgettext_lazy("report", "By"), list(CUTS[name].items()), cut(asked, CUTS[name]))
        case "idle":
            choices = [(str(each), ngettext("%(n)d month", "%(n)d months", each) % {"n": each}) for each in IDLE_MONTHS]
            return Filter("idle", _("Had nothing for"), choices, str(asked.idle))
        case "line":
            return Filter("line", _("Line of business"), list(RfmLine.Line.choices), asked.line)
        case "first":
            return Filter("first", _("First bought"), [("", _("all")), *Interaction.Line.choices], asked.first)
        case "of":
            return Filter("of", _("Money from"), [("", _("all")), *Interaction.Line.choices], asked.of)
        case "centre":
            centres = [(str(pk), name) for pk, name in Centre.objects.values_list("pk", "name")]
            return Filter("centre", _("Dealer centre"), [("", _("all")), *centres], _text(asked.centre))
        case "scenario":
            entered = Scenario.objects.exclude(state=Scenario.State.DRAFT).values_list("pk", "name")[:MOST_CAMPAIGNS]
            scenarios = [(str(pk), name) for pk, name in entered]
            return Filter("scenario", _("Scenario"), [("", _("all")), *scenarios], _text(asked.scenario))
        case "within":
            each = [(str(n), ngettext("%(n)d month", "%(n)d months", n) % {"n": n}) for n in ScenarioFigures.STEPS]
            return Filter("within", _("After coming in"), each, str(asked.within))
    raise ValueError(name)


def cut(asked: Asked, known: dict[str, Any]) -> str:
    """By what the rows of a report are: the first of those it knows where the address names none of them."""
    return asked.by if asked.by in known else next(iter(known))


def _campaigns(asked: Asked) -> list[tuple[str, str]]:
    launched = Campaign.objects.exclude(started_at=None)
    found = list(launched.order_by("-started_at").values_list("pk", "name")[:MOST_CAMPAIGNS])
    if asked.campaign and asked.campaign not in dict(found):
        found += launched.filter(pk=asked.campaign).values_list("pk", "name")
    return [(str(pk), name) for pk, name in found]


def _one_of(known: Any, said: str | None, usual: str) -> str:
    return said if said in known else usual


def _number(said: str | None) -> int | None:
    return int(said) if said and said.isascii() and said.isdecimal() and len(said) < 16 else None


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
