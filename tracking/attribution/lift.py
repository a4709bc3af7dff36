"""Incremental: what a campaign brought beyond its control group, with an interval, by line of business.

Everybody of an arm counts as she was drawn, whether or not a message reached her (intention to treat), from the start of her
first run on, for the window of each line of business; whoever did nothing counts as nothing. The sums of both arms are counted
at night, for all campaigns in one statement; differences and intervals are worked out of them as they are asked for: people by
Newcombe, deals and money by Welch. Told as what the written arm did more than it would have done without the campaign.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from typing import Any

from scipy.special import stdtrit

from campaigns.proportions import Between, newcombe
from segments.facts_registry import columns_for_writing, writing
from tracking.attribution.counting import asked
from tracking.attribution.evidence import DEALS
from tracking.models import ArmSum
from tracking.money.margins import EARNED_IN_LINE, PERCENT

NAME = "arm_sums"
ENOUGH = 100  # people in each arm, below which a difference says nothing
COLUMNS = (
    "campaign_id", "is_control", "line", "people", "buyers", "deals", "deals_squared", "revenue", "revenue_squared", "margin",
    "margin_squared",
)  # fmt: skip
# A person of both arms, by a merge, was written to. Runs from before what is counted anew stay as they were counted.
SUMS = f"""
WITH {DEALS.format(of_deals="i.customer_id IS NOT NULL")}, arm AS MATERIALIZED (
    SELECT r.campaign_id, coalesce(c.merged_into_id, m.customer_id) AS customer_id, bool_and(m.left_out <> '') AS is_control,
           min(r.started_at) AS since
    FROM campaigns_message AS m
    JOIN campaigns_run AS r ON r.id = m.run_id
    LEFT JOIN segments_customer AS c ON c.id = m.customer_id
    WHERE m.left_out IN ('', 'control') AND r.started_at >= %(since)s AND {{of_campaigns}}
    GROUP BY 1, 2
), did AS (
    SELECT a.campaign_id, a.is_control, CASE WHEN grouping(d.line) = 1 THEN %(all)s ELSE d.line END AS line, count(*) AS deals,
           sum(coalesce(d.amount, 0)) AS revenue, sum({EARNED_IN_LINE.format(row="d")}) AS margin
    FROM arm AS a JOIN deal AS d
      ON d.customer_id = a.customer_id AND d.dealt_at >= a.since AND d.dealt_at < a.since + d.wait
    {PERCENT.format(row="d")}
    GROUP BY GROUPING SETS ((a.campaign_id, a.is_control, a.customer_id, d.line), (a.campaign_id, a.is_control, a.customer_id))
), size AS (
    SELECT campaign_id, is_control, count(*) AS people FROM arm GROUP BY 1, 2
), fresh AS (
    SELECT s.campaign_id, s.is_control, coalesce(did.line, %(all)s) AS line, s.people, count(did.deals) AS buyers,
           coalesce(sum(did.deals), 0) AS deals, coalesce(sum((did.deals ^ 2)::float), 0) AS deals_squared,
           coalesce(sum(did.revenue), 0) AS revenue, coalesce(sum(did.revenue::float ^ 2), 0) AS revenue_squared,
           coalesce(sum(did.margin), 0) AS margin, coalesce(sum(did.margin::float ^ 2), 0) AS margin_squared
    FROM size AS s LEFT JOIN did USING (campaign_id, is_control) GROUP BY 1, 2, 3, 4
), gone AS (
    DELETE FROM tracking_armsum AS a USING size AS s
    WHERE a.campaign_id = s.campaign_id AND NOT EXISTS (
        SELECT FROM fresh WHERE fresh.campaign_id = a.campaign_id AND fresh.is_control = a.is_control AND fresh.line = a.line)
)
INSERT INTO tracking_armsum AS old ({{columns}}, counted_at) SELECT {{fresh}}, now() FROM fresh
ON CONFLICT (campaign_id, line, is_control) DO UPDATE SET ({{columns}}, counted_at) = ({{excluded}}, excluded.counted_at)
"""


def count(campaigns: Collection[int] | None = None) -> dict[str, Any]:
    """Count the arms of these campaigns, or of all whose people were drawn in the months that are counted anew."""
    names = columns_for_writing(COLUMNS, "fresh")
    chosen = "true" if campaigns is None else "r.campaign_id = ANY(%(campaigns)s)"
    with writing(NAME, many=True) as cursor:
        cursor.execute(
            SUMS.format(of_campaigns=chosen, **names),
            {**asked(), "all": ArmSum.ALL, "campaigns": campaigns and list(campaigns)},
        )
        return {"rows": cursor.rowcount}


@dataclass(frozen=True, slots=True)
class Sums:
    """One measure of an arm: the sum and the sum of squares over its people."""

    people: int
    total: float
    squared: float

    @property
    def mean(self) -> float:
        return self.total / self.people

    @property
    def of_mean(self) -> float:
        """The variance of the mean."""
        return max(self.squared - self.total**2 / self.people, 0) / (self.people - 1) / self.people


@dataclass(frozen=True, slots=True)
class Added:
    """What the written arm did more than as many people of the control group, and what it may be (95 %); None where that
    cannot be told."""

    added: float
    between: Between | None

    @property
    def verdict(self) -> str:
        """more | less | unclear"""
        if self.between is None or self.between.low <= 0 <= self.between.high:
            return "unclear"
        return "more" if self.between.low > 0 else "less"


@dataclass(frozen=True, slots=True)
class Arm:
    """What the people of an arm did, as it was counted."""

    deals: int = 0
    margin: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Lift:
    """One line of business of one campaign, both arms; `line` ALL: everything together."""

    line: str
    people: int
    control: int
    buyers: int
    control_buyers: int
    customers: Added
    deals: Added
    revenue: Added
    margin: Added
    of_written: Arm
    of_control: Arm

    @property
    def measures(self) -> tuple[Added, ...]:
        return self.customers, self.deals, self.revenue, self.margin

    @property
    def is_early(self) -> bool:
        return min(self.people, self.control) < ENOUGH


def of_campaigns(campaigns: Collection[int]) -> dict[int, dict[str, Lift]]:
    """{campaign: {line: lift}} as of the last night; nothing of campaigns without a control group. One query."""
    arms: dict[int, dict[str, dict[bool, ArmSum]]] = {}
    for row in ArmSum.objects.filter(campaign__in=campaigns).order_by("line"):
        arms.setdefault(row.campaign_id, {}).setdefault(row.line, {})[row.is_control] = row
    return {campaign: _lifts(lines) for campaign, lines in arms.items() if len(lines.get(ArmSum.ALL, {})) == 2}


def welch(one: Sums, other: Sums) -> Between | None:
    """What the difference of two means may be (95 %), the second taken from the first; None where an arm has fewer than two
    people or nothing varies."""
    if min(one.people, other.people) < 2 or not (one.of_mean or other.of_mean):
        return None
    parts = (one.of_mean, one.people), (other.of_mean, other.people)
    variance = sum(part for part, _people in parts)
    freedom = variance**2 / sum(part**2 / (people - 1) for part, people in parts)
    half = float(stdtrit(freedom, 0.975)) * sqrt(variance)
    return Between(one.mean - other.mean - half, one.mean - other.mean + half)


def _lifts(lines: dict[str, dict[bool, ArmSum]]) -> dict[str, Lift]:
    size = {is_control: row.people for is_control, row in lines[ArmSum.ALL].items()}
    return {line: _lift(line, size, rows) for line, rows in lines.items()}


def _lift(line: str, size: dict[bool, int], rows: dict[bool, ArmSum]) -> Lift:
    people, control = size[False], size[True]
    buyers, others = (rows[arm].buyers if arm in rows else 0 for arm in (False, True))
    between = newcombe(buyers, people, others, control)
    deals, revenue, margin = (_measure(name, size, rows) for name in ("deals", "revenue", "margin"))
    customers = _taken(buyers / people - others / control, between, people)
    mine, its = (Arm(rows[arm].deals, rows[arm].margin) if arm in rows else Arm() for arm in (False, True))
    return Lift(line, people, control, buyers, others, customers, deals, revenue, margin, mine, its)


def _measure(name: str, size: dict[bool, int], rows: dict[bool, ArmSum]) -> Added:
    mine, its = (
        Sums(size[arm], float(getattr(rows[arm], name)), getattr(rows[arm], f"{name}_squared"))
        if arm in rows
        else Sums(size[arm], 0, 0)
        for arm in (False, True)
    )
    return _taken(mine.mean - its.mean, welch(mine, its), mine.people)


def _taken(difference: float, between: Between | None, people: int) -> Added:
    """A difference by the person, taken to all people of the written arm."""
    return Added(difference * people, between and Between(between.low * people, between.high * people))
