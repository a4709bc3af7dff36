"""What a campaign is to bring, told before it is approved: by what our own campaigns of the channel brought, or the market's.

Upper apps know what came of campaigns: one of them gives `History` (`register`, in `AppConfig.ready`). Where too few
messages went or too few people could answer, the market's benchmark stands in, and is always shown beside ours.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from math import sqrt
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Rationale
from channels.models import Channel
from segments.lines import HAPPENED, IS_REFUND

ENOUGH_MESSAGES = 1000
ENOUGH_PEOPLE = 1000  # of whom it is known whether they bought
ENOUGH_CONTROL = 100
NOTICED = 2.8  # standard errors: a difference seen in 4 of 5 experiments, at 5 % of false alarms

# The last is the only one that is known of people who are shown advertisements.
STEPS: dict[str, str | Promise] = {
    "delivered": _("Delivered"),
    "opened": _("Opened"),
    "clicked": _("Clicked a link"),
    "replied": _("Replied"),
    "opted_out": _("Refused further messages"),
    "bought": _("Bought"),
}
Rates = dict[str, float]  # by step, in shares of those sent to; what is not known is absent

# What one deal brings on the average: sales of a year, of the campaign's brand where it has one.
DEAL = f"""
SELECT avg(i.margin) FROM segments_interaction AS i
WHERE i.kind = 'sale' AND i.happened_at >= now() - interval '1 year' AND i.margin IS NOT NULL
  AND (%(brand)s::bigint IS NULL OR i.brand_id = %(brand)s)
  AND {HAPPENED.format(row="i")} AND NOT {IS_REFUND.format(row="i")}
"""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Of the market; `source` says whose."""

    rates: Rates
    source: str | Promise


def _of_delivered(delivered: float, **rates: float) -> Rates:
    """Steps that a source tells in shares of those delivered to."""
    return {"delivered": delivered} | {step: delivered * rate for step, rate in rates.items()}


_WHATSAPP = Benchmark(
    _of_delivered(0.88, opened=0.89, replied=0.20, opted_out=0.007, bought=0.013),
    _("WhatsApp campaigns of Russian online shops"),
)
_EMAIL = Benchmark({"opened": 0.10, "clicked": 0.01, "bought": 0.003}, _("one letter to a whole base, retail"))
BENCHMARKS: dict[str, Benchmark] = {
    Channel.WHATSAPP: _WHATSAPP,
    Channel.TELEGRAM: _WHATSAPP,
    Channel.MAX: _WHATSAPP,
    Channel.VK: _WHATSAPP,
    Channel.EMAIL: _EMAIL,
}


@dataclass(frozen=True, slots=True)
class History:
    """What came of our finished campaigns of a channel. `people` and `control` are those whose time to buy is over, with
    their `deals` and `control_deals`; `margin` is of the deals of `people`."""

    campaigns: int = 0
    sent: int = 0
    reached: dict[str, int] = field(default_factory=dict)  # by step, without those who bought
    people: int = 0
    deals: int = 0
    margin: Decimal = Decimal(0)
    control: int = 0
    control_deals: int = 0

    def rates(self) -> Rates:
        """A step that nobody ever took is one of which the channel's providers tell nothing."""
        found = {step: number / self.sent for step, number in self.reached.items() if number and self.sent}
        return found | ({"bought": self.deals / self.people} if self.people else {})

    @property
    def usual(self) -> float | None:
        """The share of those who buy without being written to; None where too few were left alone."""
        return self.control_deals / self.control if self.control >= ENOUGH_CONTROL else None


@dataclass(frozen=True, slots=True)
class Line:
    """One step: the market's share, ours, and how many people it is to be. `is_ours`: by our share."""

    label: str | Promise
    market: float | None
    ours: float | None
    people: int | None
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """Money in roubles. `usual` is the share of those who buy anyway, and is not the campaign's doing; `deals` are those
    beyond it. What cannot be told is None."""

    lines: list[Line]
    history: History
    source: str | Promise  # of the benchmark; '' where the channel has none
    usual: float | None
    deals: float | None
    deal_margin: Decimal | None
    is_author_s: bool  # the margin is what the author expects
    cost: Decimal
    noticed: float | None  # the smallest difference in shares of buyers that the test would show

    @property
    def income(self) -> Decimal | None:
        return None if self.deals is None or self.deal_margin is None else Decimal(self.deals) * self.deal_margin

    @property
    def romi(self) -> float | None:
        """(income − cost) / cost; None where nothing is paid."""
        return None if self.income is None or not self.cost else float((self.income - self.cost) / self.cost)

    @property
    def is_fraction(self) -> bool:
        """Of so few deals the tenths matter."""
        return self.deals is not None and self.deals < 10

    def kept(self) -> dict[str, Any]:
        """For `Rationale.planned`."""
        romi, income = self.romi, self.income
        return {
            "deals": None if self.deals is None else round(self.deals, 1),
            "income": None if income is None else str(round(income)),
            "cost": str(round(self.cost, 2)),
            "romi": None if romi is None else round(romi, 4),
        }


Reader = Callable[[Campaign], History]
_readers: list[Reader] = []


def register(reader: Reader) -> None:
    """Who knows what came of campaigns; the last one registered is asked."""
    _readers[:] = [reader]


def of(campaign: Campaign, *, to_send: int, held_out: int, cost: Decimal) -> Forecast:
    history = _history(campaign)
    ours, market = history.rates(), BENCHMARKS.get(campaign.channel)
    lines, chosen = _lines(history, ours, market.rates if market else {}, to_send)
    usual = history.usual if "bought" in ours and chosen.get("bought") == ours["bought"] else None
    if campaign.is_audience:  # of single people an ad account tells nothing
        lines = lines[-1:]
    deals = None if "bought" not in chosen else max(0.0, chosen["bought"] - (usual or 0)) * to_send
    said: Rationale | None = getattr(campaign, "rationale", None)
    own_margin = Decimal(said.deal_margin) if said and said.deal_margin else None
    return Forecast(
        lines=lines,
        history=history,
        source=market.source if market else "",
        usual=usual,
        deals=deals,
        deal_margin=own_margin or _deal_margin(campaign, history),
        is_author_s=own_margin is not None,
        cost=cost,
        noticed=_noticed(usual or chosen.get("bought"), to_send, held_out),
    )


def usual(campaign: Campaign, step: str) -> float | None:
    """The share of those sent to who take this step: ours, or the market's; None where neither is known."""
    history = _history(campaign)
    market = BENCHMARKS.get(campaign.channel)
    return _lines(history, history.rates(), market.rates if market else {}, 0)[1].get(step)


def _history(campaign: Campaign) -> History:
    return _readers[0](campaign) if _readers else History()


def _lines(history: History, ours: Rates, market: Rates, to_send: int) -> tuple[list[Line], Rates]:
    lines, chosen = [], {}
    for step, label in STEPS.items():
        enough = history.people >= ENOUGH_PEOPLE if step == "bought" else history.sent >= ENOUGH_MESSAGES
        is_ours = step in ours and (enough or (step != "bought" and step not in market))
        share = ours[step] if is_ours else market.get(step)
        if share is not None:
            chosen[step] = share
        people = None if share is None else round(share * to_send)
        lines.append(Line(label, market.get(step), ours.get(step), people, is_ours))
    return lines, chosen


def _deal_margin(campaign: Campaign, history: History) -> Decimal | None:
    if history.deals and history.people >= ENOUGH_PEOPLE and history.margin > 0:
        return history.margin / history.deals
    with connection.cursor() as cursor:
        cursor.execute(DEAL, {"brand": campaign.brand_id})
        return cursor.fetchone()[0]


def _noticed(share: float | None, written: int, control: int) -> float | None:
    if not share or not written or not control:
        return None
    return NOTICED * sqrt(share * (1 - share) * (1 / written + 1 / control))
