"""Money of what a campaign added beyond its control group, each figure with what it may be (95 %), and what that says in words.

The sums and their intervals are those of `attribution.lift`; the cost is known, so that it moves both ends of an interval alike.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.proportions import Between
from tracking.attribution import lift
from tracking.attribution.lift import Lift
from tracking.models import ArmSum
from tracking.money.figures import FIGURES, value
from tracking.report_pages.spelling import shown

BROUGHT: dict[str, str | Promise] = {
    "more": _("It brought more than chance: the interval of its margin has no zero in it."),
    "less": _("The people it wrote to brought less than those left alone, and that is more than chance."),
    "unclear": _(
        "The interval of its margin includes zero: that it brought anything at all cannot be told from chance."
    ),
}
PAID_OFF: dict[str, str | Promise] = {
    "more": _("It paid off: even the lower end of its profit is above nothing."),
    "less": _("It did not pay off: even the upper end of its profit is below nothing."),
    "unclear": _("Whether it paid off cannot be told: the interval of its profit includes zero."),
}
LABELS = {
    "added_deals": _("deals"), "added_income": _("margin"), "added_profit": _("profit (margin less cost)"), "added_roi": _("ROI"),
}  # fmt: skip
EARLY = _("Fewer than 100 people in a group: the difference says nothing yet.")


@dataclass(frozen=True, slots=True)
class Beyond:
    """A figure and its ends; `verdict`: more | less | unclear than nothing."""

    name: str
    label: str | Promise
    number: Decimal | None
    between: Between | None

    @property
    def verdict(self) -> str:
        return lift.Added(0, self.between).verdict

    @property
    def shown(self) -> str:
        return ("+" if self.number and self.number > 0 else "") + shown(FIGURES[self.name], self.number)

    @property
    def low(self) -> str:
        return self._end(self.between and self.between.low)

    @property
    def high(self) -> str:
        return self._end(self.between and self.between.high)

    def _end(self, end: float | None) -> str:
        return shown(FIGURES[self.name], None if end is None else Decimal(str(end)))


@dataclass(frozen=True, slots=True)
class Told:
    """`figures` by name; `sentences` say whether it brought anything, and whether that paid for it."""

    lift: Lift
    figures: dict[str, Beyond]

    @property
    def sentences(self) -> tuple[str | Promise, ...]:
        if self.lift.is_early:
            return (EARLY,)
        brought = self.figures["added_income"].verdict
        return BROUGHT[brought], *((PAID_OFF[self.figures["added_profit"].verdict],) if brought != "less" else ())


def of_campaigns(costs: dict[int, Decimal]) -> dict[int, Told]:
    """{campaign: what is told of it} of those of {campaign: cost} that have a control group and were counted at night."""
    lifts = lifted(costs)
    return {campaign: told(found, costs[campaign]) for campaign, found in lifts.items()}


def lifted(campaigns: Collection[int]) -> dict[int, Lift]:
    return {pk: lines[ArmSum.ALL] for pk, lines in lift.of_campaigns(campaigns).items()}


def sums(found: Lift, cost: Decimal) -> dict[str, Any]:
    """By names of `money.figures`; income is margin."""
    return {
        "cost": cost, "people": found.people, "control_people": found.control, "deals": found.of_written.deals,
        "control_deals": found.of_control.deals, "income": found.of_written.margin, "control_income": found.of_control.margin,
    }  # fmt: skip


def told(found: Lift, cost: Decimal) -> Told:
    margin, paid = found.margin.between, float(cost)
    profit = margin and Between(margin.low - paid, margin.high - paid)
    between = {
        "added_deals": found.deals.between, "added_income": margin, "added_profit": profit,
        "added_roi": Between(profit.low / paid, profit.high / paid) if profit and paid else None,
    }  # fmt: skip
    counted = sums(found, cost)
    return Told(found, {name: Beyond(name, LABELS[name], value(name, counted), ends) for name, ends in between.items()})
