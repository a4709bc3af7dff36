"""How many codes a pool has, had, and what became of them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from campaigns.models import CampaignPromo, PromoCode, PromoPool, PromoRedemption

LEFT = """
SELECT count(*) FROM (
    SELECT FROM campaigns_promocode WHERE pool_id = %s AND issued_at IS NULL AND NOT is_withdrawn LIMIT %s
) AS free
"""
# Of the codes, and of what was bought with them.
FIGURES = """
SELECT p.id, issued.codes, free.codes, bought.times, bought.amount, bought.discount
FROM campaigns_promopool AS p CROSS JOIN LATERAL (
    SELECT count(*) AS codes FROM campaigns_promocode AS c WHERE c.pool_id = p.id AND c.issued_at IS NOT NULL
) AS issued CROSS JOIN LATERAL (
    SELECT count(*) AS codes FROM campaigns_promocode AS c
    WHERE c.pool_id = p.id AND c.issued_at IS NULL AND NOT c.is_withdrawn
) AS free CROSS JOIN LATERAL (
    SELECT count(*) AS times, sum(r.amount) AS amount, sum(r.discount) AS discount
    FROM campaigns_promocode AS c JOIN campaigns_promoredemption AS r ON r.code_id = c.id AND r.cancelled_at IS NULL
    WHERE c.pool_id = p.id
) AS bought WHERE p.id = ANY(%s)
"""
# Personal pools that campaigns under way print, with what is left and what a week takes.
IN_NEED = """
SELECT p.id, p.name, free.codes, week.codes FROM campaigns_promopool AS p
CROSS JOIN LATERAL (
    SELECT count(*) AS codes FROM campaigns_promocode AS c
    WHERE c.pool_id = p.id AND c.issued_at > clock_timestamp() - interval '7 days'
) AS week CROSS JOIN LATERAL (
    SELECT count(*) AS codes FROM (
        SELECT FROM campaigns_promocode AS c
        WHERE c.pool_id = p.id AND c.issued_at IS NULL AND NOT c.is_withdrawn LIMIT week.codes + 1
    ) AS found
) AS free
WHERE p.is_active AND p.kind = 'personal' AND free.codes <= week.codes AND EXISTS (
    SELECT FROM campaigns_campaignpromo AS u JOIN campaigns_campaign AS g ON g.id = u.campaign_id
    WHERE u.pool_id = p.id AND (g.state = 'running' OR (g.state = 'scheduled' AND free.codes = 0))
) ORDER BY free.codes, p.id
"""
ENOUGH = 1_000_000


class Ending(NamedTuple):
    """A pool that lasts no week more: `left` codes, `week` of them issued in the last seven days."""

    pool_id: int
    name: str
    left: int
    week: int


class Figures(NamedTuple):
    """Of a shared pool nobody counts `issued` and `left`: None."""

    issued: int | None
    left: int | None
    redeemed: int
    amount: Decimal
    discount: Decimal

    @property
    def share(self) -> float | None:
        """Of the codes that were issued, per cent."""
        return 100 * self.redeemed / self.issued if self.issued else None


def of_pool(pool: PromoPool) -> Figures:
    return of_pools([pool])[pool.pk]


def of_pools(pools: Iterable[PromoPool]) -> dict[int, Figures]:
    """By the id of a pool; one query, however many there are."""
    personal = {pool.pk: pool.is_personal for pool in pools}
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, [list(personal)])
        rows = cursor.fetchall()
    return {
        pool: Figures(
            *((issued, free) if personal[pool] else (None, None)), times, amount or Decimal(0), discount or Decimal(0)
        )
        for pool, issued, free, times, amount, discount in rows
    }


def ending() -> list[Ending]:
    """Pools that run out, those that have run out first."""
    with connection.cursor() as cursor:
        cursor.execute(IN_NEED)
        return [Ending(*row) for row in cursor.fetchall()]


def left(pool: PromoPool, most: int = ENOUGH) -> int:
    """Codes that may still be issued, counted no further than `most`; of a shared pool 1 when it has its code."""
    if not pool.is_personal:
        return int(PromoCode.objects.filter(pool=pool, is_withdrawn=False).exists())
    with connection.cursor() as cursor:
        cursor.execute(LEFT, [pool.pk, most])
        return cursor.fetchone()[0]


def is_used(pool: PromoPool) -> bool:
    """Whether a campaign prints its codes, or somebody has bought with one: what it gives was promised."""
    return CampaignPromo.objects.filter(pool=pool).exists() or PromoRedemption.objects.filter(code__pool=pool).exists()
