"""What a game brought, by campaign: who played, what it cost, and what those who played bought beside those who did not.

Purchases of everybody whom the campaign reached, from the hour it reached her, for `WINDOW`. Whoever plays has chosen to: the
difference between the two groups is no effect of the game, which a control group tells.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from campaigns.models import Campaign, CampaignGame, Game, Play
from segments.lines import IS_PURCHASE, SHE_DID

WINDOW = dt.timedelta(days=30)

REACHED = f"""
WITH got AS MATERIALIZED (
    SELECT r.campaign_id, COALESCE(c.merged_into_id, c.id) AS customer_id, min(o.happened_at) AS since
    FROM campaigns_run AS r
    JOIN campaigns_outcome AS o ON o.run_id = r.id
    LEFT JOIN campaigns_resolution AS s ON s.run_id = o.run_id AND s.message_id = o.message_id
    JOIN campaigns_message AS m ON m.run_id = o.run_id AND m.id = o.message_id
    JOIN segments_customer AS c ON c.id = m.customer_id
    WHERE r.campaign_id = ANY(%(campaigns)s::bigint[]) AND COALESCE(s.kind, o.kind) = 'accepted' GROUP BY 1, 2
), played AS MATERIALIZED (
    SELECT DISTINCT p.campaign_id, COALESCE(c.merged_into_id, c.id) AS customer_id
    FROM campaigns_play AS p JOIN segments_customer AS c ON c.id = p.customer_id
    WHERE p.game_id = %(game)s AND p.campaign_id = ANY(%(campaigns)s::bigint[])
), bought AS (
    SELECT got.campaign_id, got.customer_id, count(*) AS receipts, sum(i.amount) AS amount
    FROM got JOIN segments_interaction AS i ON i.customer_id = got.customer_id
    WHERE {IS_PURCHASE.format(row="i")} AND i.amount > 0 AND {SHE_DID.format(row="i")}
      AND i.happened_at > got.since AND i.happened_at <= got.since + %(window)s
    GROUP BY 1, 2
)
SELECT got.campaign_id, played.customer_id IS NOT NULL, count(*), count(b.customer_id), sum(b.receipts), sum(b.amount)
FROM got LEFT JOIN played USING (campaign_id, customer_id) LEFT JOIN bought AS b USING (campaign_id, customer_id)
GROUP BY 1, 2
"""
MESSAGES = """
SELECT r.campaign_id, sum(a.cost) FROM campaigns_outcome AS o
JOIN campaigns_run AS r ON r.id = o.run_id JOIN channels_account AS a ON a.id = r.account_id
LEFT JOIN campaigns_resolution AS s ON s.run_id = o.run_id AND s.message_id = o.message_id
WHERE r.campaign_id = ANY(%(campaigns)s::bigint[]) AND COALESCE(s.kind, o.kind) = 'accepted' GROUP BY 1
"""
DRAWS = """
SELECT p.campaign_id, p.prize_id, count(*), sum(z.cost), count(*) FILTER (WHERE EXISTS (
    SELECT FROM campaigns_promoredemption AS r WHERE r.code_id = p.code_id AND r.customer_id IS NOT NULL
      AND r.cancelled_at IS NULL))
FROM campaigns_play AS p JOIN campaigns_prize AS z ON z.id = p.prize_id
WHERE p.game_id = %(game)s GROUP BY 1, 2
"""


@dataclass(slots=True)
class Group:
    """People, of them buyers, their receipts and roubles."""

    people: int = 0
    buyers: int = 0
    receipts: int = 0
    amount: Decimal = Decimal(0)

    @property
    def average(self) -> Decimal | None:
        return self.amount / self.receipts if self.receipts else None


@dataclass(slots=True)
class Result:
    """Of one campaign. `plays` counts draws by its links; `prizes` is {prize: (draws, redeemed)}."""

    campaign: Campaign
    played: Group = field(default_factory=Group)
    others: Group = field(default_factory=Group)
    plays: int = 0
    redeemed: int = 0
    cost_of_prizes: Decimal = Decimal(0)
    cost_of_messages: Decimal = Decimal(0)
    prizes: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def got(self) -> int:
        return self.played.people + self.others.people

    @property
    def share(self) -> float | None:
        """Of those who were reached, per cent who played."""
        return 100 * self.played.people / self.got if self.got else None

    @property
    def cost(self) -> Decimal:
        return self.cost_of_prizes + self.cost_of_messages

    @property
    def cost_share(self) -> Decimal | None:
        """Cost as per cent of what those who were reached bought (ДРР)."""
        revenue = self.played.amount + self.others.amount
        return 100 * self.cost / revenue if revenue else None

    @property
    def times(self) -> Decimal | None:
        """The average receipt of those who played, in those of the others."""
        mine, theirs = self.played.average, self.others.average
        return mine / theirs if mine and theirs else None


def of_game(game: Game) -> list[Result]:
    """The latest campaign first; four queries, however many there are."""
    chosen = CampaignGame.objects.filter(game=game).values_list("campaign", flat=True)
    drawn = Play.objects.filter(game=game).values_list("campaign", flat=True).distinct()
    return _of(game, Campaign.objects.filter(pk__in={*chosen, *drawn}).order_by("-pk"))


def of_campaign(game: Game, campaign: Campaign) -> Result:
    return _of(game, [campaign])[0]


def _of(game: Game, campaigns: Sequence[Campaign]) -> list[Result]:
    results = {campaign.pk: Result(campaign) for campaign in campaigns}
    asked = {"game": game.pk, "campaigns": list(results), "window": WINDOW}
    with connection.cursor() as cursor:
        cursor.execute(REACHED, asked)
        for campaign, has_played, people, buyers, receipts, amount in cursor.fetchall():
            group = Group(people, buyers, int(receipts or 0), amount or Decimal(0))
            setattr(results[campaign], "played" if has_played else "others", group)
        cursor.execute(MESSAGES, asked)
        for campaign, cost in cursor.fetchall():
            results[campaign].cost_of_messages = cost or Decimal(0)
        cursor.execute(DRAWS, asked)
        for campaign, prize, plays, cost, redeemed in cursor.fetchall():
            if result := results.get(campaign):
                result.plays += plays
                result.redeemed += redeemed
                result.cost_of_prizes += cost
                result.prizes[prize] = (plays, redeemed)
    return list(results.values())


def of_prizes(results: Sequence[Result]) -> dict[int, tuple[int, int]]:
    """{prize: (draws, redeemed)} of all campaigns together."""
    found: dict[int, tuple[int, int]] = {}
    for result in results:
        for prize, (plays, redeemed) in result.prizes.items():
            before = found.get(prize, (0, 0))
            found[prize] = (before[0] + plays, before[1] + redeemed)
    return found
