"""What stands in the showrooms now, by model: a few hundred rows, read once for a batch of messages."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

WEEK = dt.timedelta(days=7)
NOVEL = dt.timedelta(days=60)  # so long a model is a novelty, and a lower price is news

STOCK = """
WITH there AS (
    SELECT s.model_id, s.condition, COALESCE(NULLIF(s.car_class, ''), m.car_class) AS car_class, min(s.price) AS price,
           max(s.arrived_on) AS arrived_on
    FROM segments_carinstock AS s JOIN segments_carmodel AS m ON m.id = s.model_id
    WHERE s.gone_on IS NULL AND s.price > 0 GROUP BY 1, 2, 3
), taken AS (
    SELECT model_id, condition, count(*) AS cars FROM segments_carinstock
    WHERE gone_on > %(since)s AND gone_on <= %(today)s GROUP BY 1, 2
), launched AS (
    SELECT model_id, CASE WHEN count(*) = count(arrived_on) THEN min(arrived_on) END AS first_on
    FROM segments_carinstock WHERE condition = 'new' GROUP BY 1
), dropped AS (
    SELECT s.model_id, s.condition, max(p.price - s.price) AS roubles
    FROM segments_carinstock AS s JOIN segments_carprice AS p ON p.car_id = s.id
    WHERE s.gone_on IS NULL AND p.price > s.price AND EXISTS (
        SELECT FROM segments_carprice AS n WHERE n.car_id = s.id AND n.since > GREATEST(p.since, %(novel)s) AND n.price < p.price
    ) GROUP BY 1, 2
)
SELECT t.model_id, m.brand_id, b.name || ' ' || m.name, t.car_class, t.condition, t.price, t.arrived_on, COALESCE(g.cars, 0),
       l.first_on, COALESCE(d.roubles, 0)
FROM there AS t JOIN segments_carmodel AS m ON m.id = t.model_id JOIN segments_brand AS b ON b.id = m.brand_id
LEFT JOIN taken AS g ON g.model_id = t.model_id AND g.condition = t.condition
LEFT JOIN launched AS l ON l.model_id = t.model_id
LEFT JOIN dropped AS d ON d.model_id = t.model_id AND d.condition = t.condition
ORDER BY t.price, t.model_id, t.condition
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """Cars of one model, new or used, that are there; `price` is that of the cheapest, roubles. `taken`: how many went within a
    week. `first_on`: when the first new car of the model came, ever; `dropped`: by how many roubles a price was lowered lately."""

    model: int
    brand: int
    name: str
    car_class: str
    condition: str
    price: Decimal
    arrived_on: dt.date | None
    taken: int
    first_on: dt.date | None
    dropped: Decimal

    @property
    def is_used(self) -> bool:
        return self.condition == "used"


def offers() -> list[Offer]:
    """The cheapest first."""
    today = timezone.localdate()
    return [Offer(*row) for row in _rows(STOCK, since=today - WEEK, today=today, novel=today - NOVEL)]


def arrived(stock: Sequence[Offer]) -> list[Offer]:
    """The newest first; those of this week where there are any."""
    dated = sorted((each for each in stock if each.arrived_on), key=lambda each: each.arrived_on, reverse=True)
    since = timezone.localdate() - WEEK
    return [each for each in dated if each.arrived_on > since] or dated


def popular(stock: Sequence[Offer]) -> list[Offer]:
    """The models that were taken most often this week, of those that are still there."""
    return sorted((each for each in stock if each.taken), key=lambda each: -each.taken)


def _rows(statement: str, **parameters: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
