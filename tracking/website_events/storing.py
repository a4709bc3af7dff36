"""Events into the table, many calls in one transaction: a repeat changes nothing, a tied device gives its person.

Cars are looked up by their VIN in the stock, else by brand and model in the dictionaries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from channels.gathering import Gathering
from tracking.website_events.identifying import identify
from tracking.website_events.telling import LATE, Told

COLUMNS = ("n", "site_id", "key", "kind", "happened_at", "received_at", "device", "product", "vin", "brand", "model",
           "category", "amount", "page", "details")  # fmt: skip
INSERT = """
INSERT INTO tracking_websiteevent (site_id, key, kind, happened_at, received_at, device, customer_id, product, vin, brand_id,
                                   model_id, category, amount, page, details)
SELECT t.site_id, t.key, t.kind, t.happened_at, t.received_at, t.device, d.customer_id, t.product, t.vin,
       coalesce(car.brand_id, named.brand_id), coalesce(car.model_id, named.model_id), t.category, t.amount, t.page, t.details
FROM unnest(%(n)s::int[], %(site_id)s::bigint[], %(key)s::text[], %(kind)s::text[], %(happened_at)s::timestamptz[],
            %(received_at)s::timestamptz[], %(device)s::text[], %(product)s::text[], %(vin)s::text[], %(brand)s::text[],
            %(model)s::text[], %(category)s::text[], %(amount)s::numeric[], %(page)s::text[], %(details)s::jsonb[])
     AS t (n, site_id, key, kind, happened_at, received_at, device, product, vin, brand, model, category, amount, page, details)
LEFT JOIN tracking_sitedevice AS d ON d.site_id = t.site_id AND d.key = t.device
LEFT JOIN LATERAL (
    SELECT s.brand_id, s.model_id FROM segments_carinstock AS s WHERE t.vin <> '' AND s.vin = t.vin
    ORDER BY s.gone_on DESC NULLS FIRST, s.id LIMIT 1
) AS car ON true
LEFT JOIN LATERAL (
    SELECT b.brand_id, m.id AS model_id FROM segments_brandspelling AS b
    LEFT JOIN segments_carmodel AS m ON m.brand_id = b.brand_id AND lower(m.name) = lower(t.model)
    WHERE t.brand <> '' AND b.spelling = t.brand LIMIT 1
) AS named ON true
WHERE NOT EXISTS (
    SELECT FROM tracking_websiteevent AS e WHERE e.site_id = t.site_id AND e.key = t.key
    AND e.received_at >= %(earlier)s AND e.received_at < %(month)s
)
ORDER BY t.n ON CONFLICT DO NOTHING RETURNING site_id, key
"""


@dataclass(slots=True)
class Call:
    """Events of one call; `accepted` of them were new, which whoever waits for it reads."""

    events: Sequence[Told]
    accepted: int = 0


@transaction.atomic
def store(calls: Sequence[Call]) -> None:
    """All of them, and how many each brought. In one order everywhere, so that two processes never wait for each other."""
    events = sorted((event for call in calls for event in call.events), key=lambda event: (event.site_id, event.key))
    identify(events)
    new = _insert(events)
    for call in calls:
        hers = {(event.site_id, event.key) for event in call.events}
        call.accepted = len(hers & new)
        new -= hers


def _insert(events: Sequence[Told]) -> set[tuple[int, str]]:
    """Returns the keys of those that were new. This month's own index sees its repeats, the statement those of the last.

    Calls that share a transaction as the month turns are asked about by the new one.
    """
    received_at = max(event.received_at for event in events)
    month = received_at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    cells = zip(*(_row(n, event) for n, event in enumerate(events)), strict=True)
    rows: dict[str, Any] = dict(zip(COLUMNS, map(list, cells), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {**rows, "earlier": received_at - LATE - timedelta(days=1), "month": month})
        return set(cursor.fetchall())


def _row(n: int, event: Told) -> tuple[object, ...]:
    product = event.product
    brand = product.brand.lower().replace("ё", "е")  # as spellings are kept
    return (n, event.site_id, event.key, event.kind, event.happened_at, event.received_at, event.device, product.id, product.vin,
            brand, product.model, product.category, event.amount, event.page, event.details)  # fmt: skip


gathering: Gathering[Call] = Gathering(store)
