"""A call is also one interaction of its customer: source «Звонки», key = the provider's id of the call."""

from collections.abc import Collection, Mapping

from django.db import connection

from segments.lines import OUTGOING
from segments.models import Source

SOURCE_NAME = "Звонки"
# Statuses are in the words of the sources, shown as they are. Ours: an answered call needs none.
LOST = "пропущен"
PROJECT = """
WITH said AS (
    SELECT c.customer_id, c.external_id, c.started_at, l.brand_id, l.centre_id,
           CASE WHEN c.direction = 'out' THEN %(outgoing)s WHEN c.is_lost THEN %(lost)s ELSE '' END AS status,
           jsonb_build_object('virtual_number', c.virtual_number, 'talk_seconds', c.talk_seconds) AS details
    FROM tracking_call AS c LEFT JOIN tracking_numberlease AS l ON l.id = c.lease_id
    WHERE c.id = ANY(%(calls)s::bigint[])
)
INSERT INTO segments_interaction AS old (customer_id, card_code, source_id, kind, external_key, number, status,
    happened_at, line, condition, centre_id, brand_id, reason, details, content_hash)
SELECT customer_id, '', %(source)s, 'call', external_id, external_id, status, started_at, '', '', centre_id, brand_id,
       '', details, sha256(convert_to(concat_ws('|', started_at, status, details), 'UTF8'))
FROM said ORDER BY external_id
ON CONFLICT (source_id, kind, external_key) DO UPDATE
SET customer_id = excluded.customer_id, status = excluded.status, happened_at = excluded.happened_at,
    centre_id = excluded.centre_id, brand_id = excluded.brand_id, details = excluded.details,
    content_hash = excluded.content_hash
"""
RENAME = """
UPDATE segments_interaction AS i SET external_key = told.now, number = told.now
FROM unnest(%(was)s::text[], %(now)s::text[]) AS told (was, now), segments_source AS s
WHERE s.name = %(name)s AND i.source_id = s.id AND i.kind = 'call' AND i.external_key = told.was
"""


def project(call_ids: Collection[int]) -> None:
    """Bring the interactions of these calls up to date."""
    if not call_ids:
        return
    source, _made = Source.objects.get_or_create(name=SOURCE_NAME)
    with connection.cursor() as cursor:
        cursor.execute(PROJECT, {"calls": list(call_ids), "source": source.pk, "lost": LOST, "outgoing": OUTGOING})


def rename(names: Mapping[str, str]) -> None:
    """Interactions of calls that have another number at the provider now: {was: is}."""
    if not names:
        return
    with connection.cursor() as cursor:
        cursor.execute(RENAME, {"was": list(names), "now": list(names.values()), "name": SOURCE_NAME})
