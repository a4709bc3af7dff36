"""What people did after a campaign: calls, visits and deals of those written to, and of the control group.

Counted alike in both arms, for everybody of the arm as it was drawn (intention to treat): from the start of
the person's first run, for `WINDOW_DAYS`. Money is the plain sum of these deals; what of it the campaign
*caused* is the matter of attribution, which comes with the deeper reports.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from segments.lines import HAPPENED, OUTGOING
from tracking.money.margins import EARNED

WINDOW_DAYS = 90

ARMS = f"""
WITH arm AS MATERIALIZED (
    SELECT r.campaign_id, COALESCE(c.merged_into_id, m.customer_id) AS customer_id,
           CASE WHEN bool_or(m.left_out = '') THEN 'written' ELSE 'control' END AS arm, min(r.started_at) AS since
    FROM campaigns_message AS m
    JOIN campaigns_run AS r ON r.id = m.run_id
    LEFT JOIN segments_customer AS c ON c.id = m.customer_id
    WHERE m.run_id = ANY(%(runs)s::bigint[]) AND m.left_out IN ('', 'control')
    GROUP BY 1, 2
), came AS (
    SELECT arm.campaign_id, arm.arm, i.kind, count(*) AS n, sum(i.amount) AS amount, sum(i.margin) AS margin,
           sum({EARNED.format(row="i")}) FILTER (WHERE i.kind = 'sale') AS earned
    FROM arm
    JOIN segments_interaction AS i
      ON i.customer_id = arm.customer_id AND i.kind IN ('call', 'visit', 'sale')
     AND i.happened_at >= arm.since AND i.happened_at < arm.since + %(days)s * interval '1 day'
     AND i.status <> %(outgoing)s AND {HAPPENED.format(row="i")}
    GROUP BY 1, 2, 3
)
SELECT campaign_id, arm, 'person' AS kind, count(*) AS n, NULL::numeric AS amount, NULL::numeric AS margin,
       NULL::numeric AS earned
FROM arm GROUP BY 1, 2
UNION ALL
SELECT campaign_id, arm, kind, n, amount, margin, earned FROM came
"""
# People, each once, of those who were drawn into a variant; of two messages of people who became one since, the first.
VARIANTS = f"""
WITH arm AS MATERIALIZED (
    SELECT DISTINCT ON (1) COALESCE(c.merged_into_id, m.customer_id) AS customer_id, m.variant, r.started_at AS since
    FROM campaigns_message AS m
    JOIN campaigns_run AS r ON r.id = m.run_id
    LEFT JOIN segments_customer AS c ON c.id = m.customer_id
    WHERE m.run_id = ANY(%(runs)s::bigint[]) AND m.left_out = '' AND m.variant <> ''
    ORDER BY 1, r.started_at, m.id
)
SELECT arm.variant, i.kind, count(DISTINCT arm.customer_id)
FROM arm JOIN segments_interaction AS i
  ON i.customer_id = arm.customer_id AND i.kind IN ('call', 'visit', 'sale')
 AND i.happened_at >= arm.since AND i.happened_at < arm.since + %(days)s * interval '1 day'
 AND i.status <> %(outgoing)s AND {HAPPENED.format(row="i")}
GROUP BY 1, 2
"""
PEOPLE_WHO = {"call": "called", "visit": "visited", "sale": "bought"}
# Calls on the campaign's own number; `others` came from people it did not write to, strangers included.
NUMBER_CALLS = """
SELECT campaign_id, count(*), count(*) FILTER (WHERE is_lost), count(*) FILTER (WHERE message_id IS NULL),
       count(*) FILTER (WHERE customer_id IS NULL)
FROM tracking_call
WHERE campaign_id = ANY(%(campaigns)s::bigint[]) AND direction = 'in' GROUP BY 1
"""


@dataclass(slots=True)
class Arm:
    """One arm of a campaign: its people and what they did. `margin` is what documents name, `earned` also what a per cent
    of the line of business makes of those that name none (`money.margins`)."""

    size: int = 0
    calls: int = 0
    visits: int = 0
    deals: int = 0
    revenue: Decimal = Decimal(0)
    margin: Decimal = Decimal(0)
    earned: Decimal = Decimal(0)

    def per_thousand(self, number: int) -> float | None:
        return 1000 * number / self.size if self.size else None


@dataclass(frozen=True, slots=True)
class NumberCalls:
    total: int = 0
    lost: int = 0
    others: int = 0
    strangers: int = 0

    @property
    def recipients(self) -> int:
        return self.total - self.others


@dataclass(frozen=True, slots=True)
class Responses:
    written: Arm
    control: Arm
    on_number: NumberCalls

    @property
    def calls(self) -> int:
        """Calls the campaign may have brought: by anybody on its number, by those it wrote to on any number."""
        return self.written.calls + self.on_number.others


def responses(runs: dict[int, Collection[int]]) -> dict[int, Responses]:
    """`runs` = {campaign id: its run ids}; two queries for all of them."""
    arms = {(campaign, name): Arm() for campaign in runs for name in ("written", "control")}
    with connection.cursor() as cursor:
        run_ids = [run for ids in runs.values() for run in ids]
        cursor.execute(ARMS, {"runs": run_ids, "days": WINDOW_DAYS, "outgoing": OUTGOING})
        for campaign, name, *counted in cursor.fetchall():
            _add(arms[campaign, name], *counted)
        cursor.execute(NUMBER_CALLS, {"campaigns": list(runs)})
        called = {campaign: NumberCalls(*numbers) for campaign, *numbers in cursor.fetchall()}
    return {
        campaign: Responses(arms[campaign, "written"], arms[campaign, "control"], called.get(campaign, NumberCalls()))
        for campaign in runs
    }


def of_variants(run_ids: Sequence[int]) -> dict[str, dict[str, int]]:
    """{letter: {"called": people, "visited": people, "bought": people}}, for `campaigns.variant_results`."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(PEOPLE_WHO.values(), 0))
    with connection.cursor() as cursor:
        cursor.execute(VARIANTS, {"runs": list(run_ids), "days": WINDOW_DAYS, "outgoing": OUTGOING})
        for letter, kind, people in cursor.fetchall():
            found[letter][PEOPLE_WHO[kind]] = people
    return dict(found)


def _add(arm: Arm, kind: str, number: int, *money: Any) -> None:
    match kind:
        case "person":
            arm.size = number
        case "call":
            arm.calls = number
        case "visit":
            arm.visits = number
        case "sale":
            arm.deals = number
            arm.revenue, arm.margin, arm.earned = (sum_ or Decimal(0) for sum_ in money)
