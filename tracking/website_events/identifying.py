"""Whose a device is. Once somebody is named, the device's earlier events that were nobody's become hers too.

A browser names somebody only by the token that a link of our letter brought; the site's server by a phone, an e-mail or a
card of a source. The server beats a link, since letters are passed on; of two of a kind the later is believed. Whom the base
does not have, or an address that several people hold, waits: `look_again` is the sweep's. Nothing here writes contacts or
consents.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from tracking.models import SiteDevice
from tracking.website_events.telling import Claim, Told

LINK = SiteDevice.How.LINK
ABOUT = "\x1f"  # between a source and the code of its card, where they wait
# The one living customer of each claim; `n` and `rank` come back so that the surest claim of an event is taken.
WHOSE = """
SELECT n, rank, min(customer_id) FROM (
    SELECT t.n, t.rank, whose.customer_id
    FROM unnest(%(n)s::int[], %(rank)s::int[], %(kind)s::text[], %(value)s::text[], %(about)s::text[]) AS t (n, rank, kind, value, about)
    CROSS JOIN LATERAL (
        SELECT cc.customer_id FROM segments_contactpoint AS p JOIN segments_cardcontact AS cc ON cc.contact_point_id = p.id
        WHERE p.kind = t.kind AND p.value = t.value AND NOT p.is_shared
        UNION
        SELECT m.customer_id FROM campaigns_message AS m WHERE t.kind = 'link' AND m.id = CASE t.kind WHEN 'link' THEN t.value::bigint END
        UNION
        SELECT c.customer_id FROM segments_source AS s JOIN segments_card AS c ON c.source_id = s.id
        WHERE t.kind = 'card' AND lower(s.name) = lower(t.about) AND c.code = t.value
    ) AS found
    JOIN segments_customer AS c ON c.id = found.customer_id
    CROSS JOIN LATERAL (SELECT coalesce(c.merged_into_id, c.id)) AS whose (customer_id)
) AS named
GROUP BY n, rank HAVING count(DISTINCT customer_id) = 1
"""
TIE = """
INSERT INTO tracking_sitedevice AS d (site_id, key, customer_id, how, tied_at, contact_kind, contact_value)
SELECT * FROM unnest(%(site)s::bigint[], %(key)s::text[], %(customer)s::bigint[], %(how)s::text[], %(at)s::timestamptz[],
                     %(kind)s::text[], %(value)s::text[])
ON CONFLICT (site_id, key) DO UPDATE SET customer_id = excluded.customer_id, how = excluded.how, tied_at = excluded.tied_at,
    contact_kind = excluded.contact_kind, contact_value = excluded.contact_value, looked_at = NULL
WHERE (d.how = 'link' OR excluded.how = 'server')
  AND (d.customer_id, d.how, d.contact_value) IS DISTINCT FROM (excluded.customer_id, excluded.how, excluded.contact_value)
RETURNING id, customer_id
"""
TAKE_EARLIER = """
UPDATE tracking_websiteevent AS e SET customer_id = d.customer_id
FROM tracking_sitedevice AS d
WHERE d.id = ANY(%s) AND d.customer_id IS NOT NULL AND e.site_id = d.site_id AND e.device = d.key AND e.customer_id IS NULL
"""
WAITING = """
SELECT id, contact_kind, contact_value FROM tracking_sitedevice
WHERE customer_id IS NULL AND contact_value <> '' AND (looked_at IS NULL OR looked_at < %s)
ORDER BY looked_at NULLS FIRST LIMIT %s FOR UPDATE SKIP LOCKED
"""
LOOKED = """
UPDATE tracking_sitedevice AS d SET looked_at = clock_timestamp(), customer_id = t.customer_id,
    tied_at = CASE WHEN t.customer_id IS NULL THEN d.tied_at ELSE clock_timestamp() END,
    contact_kind = CASE WHEN t.customer_id IS NULL THEN d.contact_kind ELSE '' END,
    contact_value = CASE WHEN t.customer_id IS NULL THEN d.contact_value ELSE '' END
FROM unnest(%(id)s::bigint[], %(customer)s::bigint[]) AS t (id, customer_id) WHERE d.id = t.id
"""
# An event that came while its device was being tied saw neither the other.
TIED_LATELY = "SELECT id FROM tracking_sitedevice WHERE tied_at > %s AND customer_id IS NOT NULL ORDER BY id FOR UPDATE SKIP LOCKED"
AT_ONCE = 1000
AGAIN = timedelta(minutes=10)  # until whoever is waited for is looked for again
LATELY = timedelta(minutes=2)


def nameless_device(claims: Sequence[Claim]) -> str:
    """The key of the device that stands for a person whom a server names without one; it says nothing of her address."""
    claim = claims[0]
    key = hmac.digest(settings.SECRET_KEY.encode(), b"krug.tracking.nameless.v1", "sha256")
    return "person-" + hmac.digest(key, f"{claim.kind}:{claim.about}:{claim.value}".encode(), "sha256").hex()[:40]


def identify(events: Sequence[Told]) -> None:
    """Tie the devices of those that name somebody, in the caller's transaction, in the order of their keys."""
    naming = {(event.site_id, event.device): event for event in sorted(events, key=_last_word) if event.claims}
    if not naming:
        return
    ordered = [naming[key] for key in sorted(naming)]
    whose = _whose([event.claims for event in ordered])
    rows = [row for n, event in enumerate(ordered) if (row := _tie(event, whose.get(n)))]
    if not rows:
        return
    names = ("site", "key", "customer", "how", "at", "kind", "value")
    with connection.cursor() as cursor:
        cursor.execute(TIE, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
        tied = [pk for pk, customer_id in cursor.fetchall() if customer_id is not None]
        if tied:
            cursor.execute(TAKE_EARLIER, [tied])


@transaction.atomic
def look_again() -> int:
    """Those who waited for a person of the base, and events that came as their device was tied. Returns how many were tied."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [now - AGAIN, AT_ONCE])
        waiting = cursor.fetchall()
        whose = _whose([(_awaited(kind, value),) for _pk, kind, value in waiting]) if waiting else {}
        if waiting:
            customers = [whose.get(n) for n in range(len(waiting))]
            cursor.execute(LOOKED, {"id": [pk for pk, *_contact in waiting], "customer": customers})
        cursor.execute(TIED_LATELY, [now - LATELY])
        lately = [pk for (pk,) in cursor.fetchall()]
        if lately:
            cursor.execute(TAKE_EARLIER, [lately])
    return len(whose)


def _whose(claims: Sequence[Sequence[Claim]]) -> dict[int, int]:
    """{place in `claims`: the customer of the surest claim that names exactly one}."""
    rows = [(n, rank, each) for n, some in enumerate(claims) for rank, each in enumerate(some)]
    asked: dict[str, Any] = {
        "n": [n for n, _rank, _claim in rows],
        "rank": [rank for _n, rank, _claim in rows],
        "kind": [claim.kind for *_places, claim in rows],
        "value": [claim.value for *_places, claim in rows],
        "about": [claim.about for *_places, claim in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(WHOSE, asked)
        found = sorted(cursor.fetchall(), reverse=True)
    return {n: customer_id for n, _rank, customer_id in found}  # the lowest rank is written last


def _tie(event: Told, customer_id: int | None) -> tuple[Any, ...] | None:
    """A row of a device; None for a link to nobody. Whom a server names is waited for by the surest that it said."""
    how = LINK if event.claims[0].kind == LINK else SiteDevice.How.SERVER
    if customer_id is not None:
        return (event.site_id, event.device, customer_id, how, event.received_at, "", "")
    if how == LINK:
        return None
    claim = event.claims[0]
    waits = f"{claim.about}{ABOUT}{claim.value}" if claim.about else claim.value
    return (event.site_id, event.device, None, how, event.received_at, claim.kind, waits)


def _awaited(kind: str, waits: str) -> Claim:
    about, _sign, value = waits.rpartition(ABOUT)
    return Claim(kind, value, about)


def _last_word(event: Told) -> tuple[bool, datetime]:
    """The server's after a link's, the later after the earlier."""
    return bool(event.claims) and event.claims[0].kind != LINK, event.happened_at
