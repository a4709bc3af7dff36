"""Messages of people: whose each is, which message of ours it answers, and the order in it, if it is one.

A sender is tied by the contact point; of several people who hold it, by the one we wrote to last. One whom nobody knows
yet is tied when an import has brought the address. An order to stop binds the address even if nobody holds it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from campaigns.delivery import Fact, record_all
from campaigns.keywords import keyword_of
from campaigns.models import Reply
from channels.models import Channel, IncomingMessage
from segments.cleaning.phones import parse_phone
from segments.consents import record_consent
from segments.models import ContactPoint
from segments.models.people import ContactKind, Origin, Purpose

OPEN = Q(answered_at=None, keyword="")  # nobody has dealt with it, and it was no order
LATE, VERY_LATE = timedelta(hours=4), timedelta(days=1)  # one that waits turns amber, then red
ANSWER_WITHIN = timedelta(days=7)  # so long after our message what she writes counts as an answer to it

# The channels whose senders are contact points of ours, and the kind; other senders are the platform's own ids.
KINDS = {
    Channel.EMAIL: ContactKind.EMAIL,
    Channel.SMS: ContactKind.PHONE,
    Channel.WHATSAPP: ContactKind.PHONE,
    Channel.VK: ContactKind.PHONE,
}

# Her address, its holders, and the last message to it over this channel that may have arrived before she wrote.
WHOSE = """
SELECT p.id, COALESCE(last.customer_id, h.customer_id), last.id, last.run_id
FROM segments_contactpoint AS p
LEFT JOIN LATERAL (
    SELECT min(COALESCE(c.merged_into_id, c.id)) AS customer_id FROM segments_cardcontact AS cc
    JOIN segments_customer AS c ON c.id = cc.customer_id WHERE cc.contact_point_id = p.id AND NOT p.is_shared
) AS h ON true
LEFT JOIN LATERAL (
    SELECT m.id, m.run_id, COALESCE(c.merged_into_id, c.id) AS customer_id
    FROM segments_cardcontact AS cc
    JOIN segments_customer AS c ON c.id = cc.customer_id OR c.merged_into_id = cc.customer_id
    JOIN campaigns_message AS m ON m.customer_id = c.id AND m.contact_point_id = p.id
    JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id AND o.kind IN ('accepted', 'unknown')
    WHERE cc.contact_point_id = p.id AND m.channel = %(channel)s
      AND o.happened_at BETWEEN %(at)s - %(within)s AND %(at)s
    ORDER BY o.happened_at DESC, m.id DESC LIMIT 1
) AS last ON true
WHERE p.kind = %(kind)s AND p.value = %(value)s
"""
TIE_LATER = """
SELECT r.incoming_id FROM campaigns_reply AS r
JOIN segments_contactpoint AS p
    ON p.kind = CASE WHEN r.address LIKE '%@%' THEN 'email' ELSE 'phone' END AND p.value = r.address AND NOT p.is_shared
WHERE r.customer_id IS NULL AND r.address <> ''
  AND EXISTS (SELECT FROM segments_cardcontact AS cc WHERE cc.contact_point_id = p.id)
"""


def take(sender: object, messages: Iterable[dict[str, Any]], **kwargs: object) -> None:
    """Receiver of `channels.signals.message_received`: those of them that were not taken yet."""
    for message in messages:
        told = IncomingMessage.objects.filter(account=message["account_id"], provider_key=message["provider_key"])
        for incoming in told.filter(reply=None):
            _take_one(incoming)


@transaction.atomic
def _take_one(incoming: IncomingMessage) -> None:
    address = address_of(incoming)
    keyword = keyword_of(incoming.text) if address else ""  # an order of nobody known is for people to carry out
    reply, is_new = Reply.objects.get_or_create(incoming=incoming, defaults={"keyword": keyword, "address": address})
    if not is_new:
        return
    if keyword:
        ContactPoint.objects.get_or_create(kind=kind_of(address), value=address)
    _tie(reply)
    if reply.contact_point_id and keyword == Reply.Keyword.STOP:
        record_consent(
            contact_point_ids=[reply.contact_point_id],
            channels=[incoming.channel],
            given=False,
            origin=Origin.PERSON,
            purpose=Purpose.ADVERTISING,
            decided_at=incoming.happened_at,
            customer_id=reply.customer_id,
            text=incoming.text[:300],
            evidence=f"reply № {incoming.pk}",
        )


def _tie(reply: Reply) -> None:
    """Whose it is, as far as it is known."""
    if not reply.address:
        return
    incoming = reply.incoming
    parameters = {
        "kind": kind_of(reply.address),
        "value": reply.address,
        "channel": incoming.channel,
        "at": incoming.happened_at,
        "within": ANSWER_WITHIN,
    }
    with connection.cursor() as cursor:
        cursor.execute(WHOSE, parameters)
        found = cursor.fetchone()
    if found is None:
        return
    reply.contact_point_id, reply.customer_id, reply.answers, run_id = found
    reply.save(update_fields=["contact_point", "customer", "answers"])
    if reply.answers is not None:
        record_all([Fact(run_id, reply.answers, "replied", incoming.happened_at)])


def address_of(incoming: IncomingMessage) -> str:
    """The sender as a contact point has it; empty where it is no address."""
    kind, sender = KINDS.get(Channel(incoming.channel)), incoming.sender.strip()
    if kind == ContactKind.EMAIL and "@" in sender:
        return sender.lower()
    if kind == ContactKind.PHONE:
        return parse_phone(sender) or parse_phone(f"+{sender}") or ""
    return ""


def kind_of(address: str) -> ContactKind:
    """Of a contact point's value."""
    return ContactKind.EMAIL if "@" in address else ContactKind.PHONE


def tie_later() -> int:
    """Those whose address was on nobody's card: an import has brought it since. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(TIE_LATER)
        left = [row[0] for row in cursor.fetchall()]
    for reply in Reply.objects.filter(pk__in=left).select_related("incoming"):
        _tie(reply)
    return len(left)


def waiting() -> QuerySet[Reply]:
    """Those that wait for somebody."""
    return Reply.objects.filter(OPEN)


def mark_answered(reply_ids: Iterable[int], user: Any, *, at: datetime | None = None) -> int:
    """Somebody has dealt with these; the first who says so stands. Returns how many were open."""
    still_open = Reply.objects.filter(pk__in=list(reply_ids), answered_at=None)
    return still_open.update(answered_at=at or timezone.now(), answered_by=user)
