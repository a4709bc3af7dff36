"""People who leave a name and a phone by themselves: a card each, of a source of their own, and nobody is merged.

The card takes part in the next identification as any other: when 1C has the person too, her cards become one customer.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl
from django.db import connection

from segments.binding import beside_merges
from segments.cleaning.names import clean_names
from segments.cleaning.phones import clean_phones
from segments.facts import refresh_facts
from segments.identity.golden import refresh_golden
from segments.importing.copying import new_ids
from segments.models.imports import Source
from segments.refreshing import ask

PRIORITY = -10  # what 1C says of a person is believed before what she typed on a telephone
POINTS = """
INSERT INTO segments_contactpoint (kind, value, country, is_mobile)
SELECT 'phone', t.phone, t.country, t.is_mobile
FROM unnest(%(phones)s::text[], %(countries)s::text[], %(mobile)s::bool[]) AS t (phone, country, is_mobile) ORDER BY 2
ON CONFLICT (kind, value) DO NOTHING
"""
CARDS = """
INSERT INTO segments_card (source_id, code, customer_id, centre_id, why, content_hash, last_name, first_name, middle_name, company, sex, raw)
SELECT %(source)s, t.code, t.customer_id, t.centre_id, 'lead', t.hash, t.last_name, t.first_name, t.middle_name, t.company, t.sex, ''
FROM unnest(%(codes)s::text[], %(customers)s::bigint[], %(centres)s::bigint[], %(hashes)s::bytea[], %(last)s::text[], %(first)s::text[], %(middle)s::text[],
            %(companies)s::text[], %(sexes)s::text[])
    AS t (code, customer_id, centre_id, hash, last_name, first_name, middle_name, company, sex)
"""
HOLD = """
INSERT INTO segments_cardcontact (card_id, contact_point_id, customer_id, position)
SELECT c.id, p.id, c.customer_id, 0
FROM unnest(%(codes)s::text[], %(phones)s::text[]) AS t (code, phone)
JOIN segments_card AS c ON c.source_id = %(source)s AND c.code = t.code
JOIN segments_contactpoint AS p ON p.kind = 'phone' AND p.value = t.phone
"""


class Lead(NamedTuple):
    """`code` is the card's own within its source; `phone` as contact points have it."""

    code: str
    name: str
    phone: str
    centre_id: int | None = None


def take_in(source_name: str, leads: Sequence[Lead]) -> dict[str, int]:
    """Make a customer with a card of each; {code: customer}. Phones that nobody has are the caller's care.

    In the caller's transaction or one of its own, beside no import: raises `identity.merging.Refused` while one is at work.
    """
    if not leads:
        return {}
    with beside_merges(), connection.cursor() as cursor:
        customers = [int(pk) for pk in new_ids(cursor, "segments_customer", len(leads))]
        rows = _rows(leads) | {"customers": customers, "source": _source(source_name).pk}
        for statement in (POINTS, CARDS, HOLD):
            cursor.execute(statement, rows)
        refresh_golden(customers)
        refresh_facts(customers)
        ask()
    return dict(zip(rows["codes"], customers, strict=True))


def _rows(leads: Sequence[Lead]) -> dict[str, Any]:
    names = clean_names(pl.Series([lead.name for lead in leads], dtype=pl.String))
    phones = clean_phones(pl.Series([lead.phone for lead in leads], dtype=pl.String))
    kinds = {
        phone: (country, is_mobile)
        for phone, country, is_mobile in phones.select("phone", "country", "is_mobile").rows()
    }
    known = [kinds.get(lead.phone, ("", None)) for lead in leads]
    return {
        "codes": [lead.code for lead in leads],
        "phones": [lead.phone for lead in leads],
        "countries": [country for country, _is_mobile in known],
        "mobile": [is_mobile for _country, is_mobile in known],
        "centres": [lead.centre_id for lead in leads],
        "hashes": [hashlib.sha256(f"{lead.name}\x1f{lead.phone}".encode()).digest() for lead in leads],
        "last": names["last_name"].to_list(),
        "first": names["first_name"].to_list(),
        "middle": names["middle_name"].to_list(),
        "companies": names["company"].to_list(),
        "sexes": names["sex"].to_list(),
    }


def _source(name: str) -> Source:
    return Source.objects.get_or_create(name=name, defaults={"kind": Source.Kind.WEBSITE, "priority": PRIORITY})[0]
