"""Erasing people for ever: 152-ФЗ, articles 14 and 21, and the GDPR's article 17.

What goes: names, cards with their raw cells, addresses that nobody else holds, the decisions on them and their places on lists,
preferences, memberships, facts, merges, doubtful pairs, images and refused rows of imports. What stays says nothing of a person:
interactions with their sums, cars without an owner, messages that point at nobody. Upper apps erase what they hold by
`register`.

So that the next export does not bring them back, a keyed hash of every address and card code is kept (`ErasedKey`);
imports ask `erased`. A stop-list may name her address again: the withdrawal is kept, of an address that nobody holds.
The files of earlier imports are outside the database: they are deleted with their retention.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from segments.identity.households import refresh_households
from segments.identity.merging import Refused, exclusive
from segments.models.identity import ErasedKey
from segments.models.people import Card, ContactPoint, Customer
from segments.refreshing import ask

__all__ = ["Refused", "card_key", "erase", "erased", "is_needed", "register"]

Eraser = Callable[[Sequence[int]], None]
LABEL = b"krug.segments.erasing:"
ALONE = """
SELECT cp.id FROM segments_contactpoint AS cp
WHERE cp.id IN (SELECT contact_point_id FROM segments_cardcontact WHERE customer_id = ANY(%(people)s))
  AND NOT EXISTS (SELECT FROM segments_cardcontact AS cc
                  WHERE cc.contact_point_id = cp.id AND cc.customer_id <> ALL(%(people)s))
"""
# How a phone or an e-mail stands in a cell: `MARKS` of the addresses are looked for in cells folded the same way.
FOLDED = "translate(lower({text}), ' ()-+.', '')"
MARKS = f"""
SELECT CASE kind WHEN 'phone' THEN right(value, 10) ELSE {FOLDED.format(text="value")} END
FROM segments_contactpoint WHERE id = ANY(%(points)s)
"""
# In this order: what points at a row goes before the row.
ERASE = (
    """DELETE FROM segments_beforeimage WHERE batch_id IN (SELECT id FROM segments_importbatch)
       AND ((kind = 'card' AND row_id = ANY(%(cards)s)) OR (kind = 'contact' AND row_id = ANY(%(points)s))
            OR (kind = 'document' AND row_id IN (SELECT id FROM segments_interaction WHERE customer_id = ANY(%(people)s))))""",
    f"""DELETE FROM segments_rejectedrow
       WHERE batch_id IN (SELECT id FROM segments_importbatch WHERE source_id = ANY(%(sources)s))
       AND EXISTS (SELECT FROM jsonb_each_text(raw) AS cell WHERE cell.value = ANY(%(codes)s) OR EXISTS (
           SELECT FROM unnest(%(marks)s::text[]) AS mark WHERE strpos({FOLDED.format(text="cell.value")}, mark) > 0))""",
    """UPDATE segments_interaction SET customer_id = NULL, card_id = NULL, card_code = '', vehicle_id = NULL, details = '{}'
       WHERE customer_id = ANY(%(people)s)""",
    "UPDATE segments_vehicle SET customer_id = NULL, owned_since = NULL WHERE customer_id = ANY(%(people)s)",
    "DELETE FROM segments_consentstate WHERE contact_point_id = ANY(%(points)s)",
    "DELETE FROM segments_consent WHERE contact_point_id = ANY(%(points)s)",
    "UPDATE segments_consent SET customer_id = NULL WHERE customer_id = ANY(%(people)s)",
    "DELETE FROM segments_reviewpair WHERE card_a_id = ANY(%(cards)s) OR card_b_id = ANY(%(cards)s)",
    "DELETE FROM segments_mergerecord WHERE survivor_id = ANY(%(people)s) OR loser_id = ANY(%(people)s)",
    "DELETE FROM segments_cardcontact WHERE customer_id = ANY(%(people)s)",
    "DELETE FROM segments_card WHERE id = ANY(%(cards)s)",
    "DELETE FROM segments_listedcontact WHERE contact_point_id = ANY(%(points)s)",
    "DELETE FROM segments_contactpoint WHERE id = ANY(%(points)s)",
    "DELETE FROM segments_preference WHERE customer_id = ANY(%(people)s)",
    """UPDATE segments_segment AS s SET size = s.size - gone.people, changed_at = clock_timestamp()
       FROM (SELECT segment_id, count(*) AS people FROM segments_membership WHERE customer_id = ANY(%(people)s)
             GROUP BY segment_id) AS gone WHERE s.id = gone.segment_id""",
    "DELETE FROM segments_membership WHERE customer_id = ANY(%(people)s)",
    "DELETE FROM segments_customerfacts WHERE customer_id = ANY(%(people)s)",
    "DELETE FROM segments_customerzone WHERE customer_id = ANY(%(people)s)",
    "DELETE FROM segments_rfmscore WHERE customer_id = ANY(%(people)s)",
    "DELETE FROM segments_rfmmove WHERE customer_id = ANY(%(people)s)",
    "DELETE FROM segments_customer WHERE id = ANY(%(people)s)",
)
_erasers: list[Eraser] = []


def register(eraser: Eraser) -> None:
    """`eraser(customer_ids)` takes the personal data out of its app's rows. It runs first, in the same transaction:
    the addresses and cards are still there. Idempotent."""
    if eraser not in _erasers:
        _erasers.append(eraser)


@exclusive()
def erase(customer_ids: Iterable[int]) -> int:
    """Erase these customers, and whoever was merged into them, for ever. Returns how many cards went.

    One transaction that no import runs beside. Raises Refused while one does.
    """
    chosen = list(customer_ids)
    shells = Customer.objects.filter(merged_into__in=chosen).values_list("pk", flat=True)
    people = sorted({*chosen, *shells})
    kin = _kin(people)
    for eraser in _erasers:
        eraser(people)
    cards = list(Card.objects.filter(customer__in=people).values_list("pk", "source", "code"))
    with connection.cursor() as cursor:
        rows = _rows(cursor, people, cards)
        _remember(rows["points"], cards)
        for statement in ERASE:
            cursor.execute(statement, rows)
    seen = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Customer), object_id__in=map(str, people)
    )
    seen.update(object_repr="")
    if kin:
        refresh_households(kin)
    ask()
    return len(cards)


def erased(kind: str, values: Sequence[str]) -> set[str]:
    """Which of these phones, e-mails (as contact points have them) or `card_key`s belong to erased people."""
    known = {bytes(digest) for digest in ErasedKey.objects.filter(kind=kind).values_list("digest", flat=True)}
    if not known:
        return set()
    keys = [_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return {value for value in values if any(_digest(key, kind, value) in known for key in keys)}


def is_needed() -> bool:
    """Whether anybody was ever erased: an import of a base without such people asks nothing more."""
    return ErasedKey.objects.exists()


def card_key(source_id: int, code: str) -> str:
    return f"{source_id}:{code}"


def _kin(people: list[int]) -> list[int]:
    """Living customers of their households, who stay."""
    homes = Customer.objects.filter(pk__in=people, household__isnull=False).values("household")
    return list(Customer.objects.filter(household__in=homes).exclude(pk__in=people).values_list("pk", flat=True))


def _rows(cursor: Any, people: list[int], cards: list[tuple[int, int, str]]) -> dict[str, Any]:
    rows: dict[str, Any] = {
        "people": people,
        "cards": [pk for pk, _, _ in cards],
        "codes": [code for *_, code in cards],
        "sources": list({source for _, source, _ in cards}),
    }
    cursor.execute(ALONE, rows)
    rows["points"] = [pk for (pk,) in cursor.fetchall()]
    cursor.execute(MARKS, rows)
    rows["marks"] = [mark for (mark,) in cursor.fetchall()]
    return rows


def _remember(points: list[int], cards: list[tuple[int, int, str]]) -> None:
    addresses = ContactPoint.objects.filter(pk__in=points).values_list("kind", "value")
    codes = [(ErasedKey.Kind.CARD, card_key(source, code)) for _pk, source, code in cards]
    key = _key(settings.SECRET_KEY)
    keys = [ErasedKey(kind=kind, digest=_digest(key, kind, value)) for kind, value in (*addresses, *codes)]
    ErasedKey.objects.bulk_create(keys, ignore_conflicts=True)


def _key(secret: str) -> bytes:
    return hashlib.sha256(LABEL + secret.encode()).digest()


def _digest(key: bytes, kind: str, value: str) -> bytes:
    return hmac.digest(key, f"{kind}:{value}".encode(), "sha256")
