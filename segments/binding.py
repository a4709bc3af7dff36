"""Addresses that people give us by themselves: the id of a messenger whose bot they started, a device that takes push.

No source system knows them, so a card of our own source holds each. It goes with its customer when people are merged and
comes back when they are parted, as any card; nothing in it takes part in identification.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from segments.identity.merging import LOCK, Refused
from segments.models.imports import Source
from segments.models.people import Card, CardContact, ContactKind, ContactPoint, Customer

OURS = frozenset({ContactKind.TELEGRAM, ContactKind.MAX, ContactKind.DEVICE})
SOURCE = "Мессенджеры и устройства"  # in the data, where the installation's language is the users'
NOTHING = hashlib.sha256(b"").digest()  # the hash of a card without cells
PATIENCE = "SET LOCAL lock_timeout = '3s'"
BESIDE = "SELECT pg_advisory_xact_lock_shared(%s)"
# Whose the card is now. Of two who bind one address at once the later has it.
HOLD = """
INSERT INTO segments_card (source_id, code, customer_id, why, content_hash, last_name, first_name, middle_name, company,
                           sex, raw)
VALUES (%(source)s, %(code)s, %(customer)s, 'bound', %(nothing)s, '', '', '', '', '', '')
ON CONFLICT (source_id, code) DO UPDATE SET customer_id = excluded.customer_id
RETURNING id
"""
TIE = """
INSERT INTO segments_cardcontact (card_id, contact_point_id, customer_id, position)
VALUES (%(card)s, %(point)s, %(customer)s, 0)
ON CONFLICT (card_id, contact_point_id) DO UPDATE SET customer_id = excluded.customer_id
"""


def bind(customer_id: int, kind: str, value: str) -> int:
    """Give an address of a kind in OURS to a customer (to whoever she was merged into); returns its contact point's id.

    An address that somebody else held goes over to her. Idempotent. Raises Customer.DoesNotExist, and Refused while an
    import, which has worked out whose cards are whose, is at work: try again in some minutes.
    """
    if kind not in OURS:
        raise ValueError(f"addresses of the kind {kind} come from cards of sources")
    with beside_merges():
        customer = _living(customer_id)
        point, _new = ContactPoint.objects.get_or_create(kind=kind, value=value)
        held: dict[str, Any] = {"source": _source().pk, "code": _code(point), "customer": customer, "nothing": NOTHING}
        with connection.cursor() as cursor:
            cursor.execute(HOLD, held)
            cursor.execute(TIE, {"card": cursor.fetchone()[0], "point": point.pk, "customer": customer})
    return point.pk


def unbind(kind: str, value: str) -> bool:
    """Take such an address from whoever has it; decisions on it stay in force. False: nobody had it. Raises Refused."""
    with beside_merges():
        point = ContactPoint.objects.filter(kind=kind, value=value).first()
        if kind not in OURS or point is None:
            return False
        cards = Card.objects.filter(source__kind=Source.Kind.OWN, code=_code(point))
        CardContact.objects.filter(card__in=cards.values("pk")).delete()
        return bool(cards.delete()[0])


def _code(point: ContactPoint) -> str:
    """Of the card; it is seen in lists, so it says nothing of the address itself."""
    return f"{point.kind}-{point.pk}"


def _source() -> Source:
    return Source.objects.get_or_create(kind=Source.Kind.OWN, defaults={"name": SOURCE})[0]


def _living(customer_id: int) -> int:
    customer = Customer.objects.only("merged_into").get(pk=customer_id)
    return customer.merged_into_id or customer.pk


@contextmanager
def beside_merges() -> Iterator[None]:
    """One transaction that no merge runs beside; others that bind may. Raises Refused after three seconds of waiting."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        try:
            cursor.execute(BESIDE, [LOCK])
        except OperationalError as error:
            raise Refused(_("An import is running. Try again when it is done.")) from error
        yield
