"""Messages of people: whose each is, which message of ours it answers, and which of them wait for somebody.

A letter is tied by the letter of ours that it names (`threads`); any other sender by the contact point; of several people
who hold it, by the one we wrote to last. One whom nobody knows
yet is tied when an import has brought the address, or by hand; `campaigns.hearing` takes messages in.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from campaigns import threads
from campaigns.contacts import CONTACTS
from campaigns.delivery import Fact, record_all
from campaigns.models import Reply
from channels.models import Channel, IncomingMessage
from segments.binding import bind, unbind
from segments.cleaning.phones import parse_phone
from segments.consents import record_consent
from segments.models import ContactPoint
from segments.models.people import ContactKind, Origin, Purpose

OPEN = Q(answered_at=None, keyword="")  # nobody has dealt with it, and it was no order
LATE, VERY_LATE = timedelta(hours=4), timedelta(days=1)  # one that waits turns amber, then red
PERSON = re.compile(r"[1-9]\d{0,18}", re.ASCII)  # the id of a person in Telegram and MAX; groups have others
ANSWER_WITHIN = timedelta(days=7)  # so long after our message what she writes counts as an answer to it

BOTS = (Channel.TELEGRAM, Channel.MAX)  # who starts one there may be tied by hand (`segments.binding`)

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
# Whoever has started a bot is tied by `campaigns.welcoming`.
TIE_LATER = """
SELECT r.incoming_id FROM campaigns_reply AS r
JOIN channels_incomingmessage AS i ON i.id = r.incoming_id
JOIN unnest(%(channels)s::text[], %(kinds)s::text[]) AS k (channel, kind) ON k.channel = i.channel
JOIN segments_contactpoint AS p ON p.kind = k.kind AND p.value = r.address AND NOT p.is_shared
WHERE r.customer_id IS NULL AND r.address <> '' AND r.keyword <> 'start'
  AND EXISTS (SELECT FROM segments_cardcontact AS cc WHERE cc.contact_point_id = p.id)
"""


def tie(reply: Reply) -> None:
    """Whose it is, as far as it is known."""
    found = threads.whose(reply.incoming) or _by_address(reply)
    if found is None:
        return
    reply.contact_point_id, reply.customer_id, reply.answers, run_id = found
    reply.save(update_fields=["contact_point", "customer", "answers"])
    if reply.answers is not None and run_id is not None:
        record_all([Fact(run_id, reply.answers, "replied", reply.incoming.happened_at)])


def _by_address(reply: Reply) -> tuple[Any, ...] | None:
    if not reply.address:
        return None
    incoming = reply.incoming
    parameters: dict[str, Any] = {
        "kind": kind_of(reply),
        "value": reply.address,
        "channel": incoming.channel,
        "at": incoming.happened_at,
        "within": ANSWER_WITHIN,
    }
    with connection.cursor() as cursor:
        cursor.execute(WHOSE, parameters)
        return cursor.fetchone()


def consent(reply: Reply, *, purpose: Purpose, given: bool, text: str) -> None:
    """Her word on messages of this purpose over this channel, where she has an address; `text` is what she wrote, or what
    she agreed to. Who refuses from another address than we wrote to refuses for both."""
    if reply.contact_point_id is None:
        return
    points = {reply.contact_point_id}
    if not given and reply.address:
        same = ContactPoint.objects.filter(kind=kind_of(reply), value=reply.address)
        points |= set(same.values_list("pk", flat=True))
    record_consent(
        contact_point_ids=sorted(points),
        channels=[reply.incoming.channel],
        given=given,
        origin=Origin.PERSON,
        purpose=purpose,
        decided_at=reply.incoming.happened_at,
        customer_id=reply.customer_id,
        text=text[:300],
        evidence=f"reply № {reply.pk}",
    )


def address_of(incoming: IncomingMessage) -> str:
    """The sender as a contact point has it; empty where it is no address."""
    kind, sender = CONTACTS.get(incoming.channel), incoming.sender.strip()
    if kind == ContactKind.EMAIL and "@" in sender:
        return sender.lower()
    if kind == ContactKind.PHONE:
        return parse_phone(sender) or parse_phone(f"+{sender}") or ""
    return sender if kind in (ContactKind.TELEGRAM, ContactKind.MAX) and PERSON.fullmatch(sender) else ""


def kind_of(reply: Reply) -> ContactKind:
    """Of the contact point that a reply's address is."""
    return CONTACTS[reply.incoming.channel]


def tie_later() -> int:
    """Those whose address was on nobody's card: an import has brought it since. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(TIE_LATER, {"channels": list(CONTACTS), "kinds": list(CONTACTS.values())})
        left = [row[0] for row in cursor.fetchall()]
    for reply in Reply.objects.filter(pk__in=left).select_related("incoming"):
        tie(reply)
    return len(left)


def waiting() -> QuerySet[Reply]:
    """Those that wait for somebody."""
    return Reply.objects.filter(OPEN)


def mark_answered(reply_ids: Iterable[int], user: Any, *, at: datetime | None = None) -> int:
    """Somebody has dealt with these; the first who says so stands. Returns how many were open."""
    still_open = Reply.objects.filter(pk__in=list(reply_ids), answered_at=None)
    return still_open.update(answered_at=at or timezone.now(), answered_by=user)


def conversation(reply: Reply) -> QuerySet[Reply]:
    """All that the same person wrote over the same channel, this reply included."""
    same = Q(address=reply.address) if reply.address else Q(address="", incoming__sender=reply.incoming.sender)
    return Reply.objects.filter(same, incoming__channel=reply.incoming.channel)


def may_be_tied(reply: Reply) -> bool:
    """Whether its sender is one of a messenger, whom somebody here may know: other addresses come with cards."""
    return bool(reply.address) and reply.incoming.channel in BOTS


def tie_by_hand(reply: Reply, customer_id: int) -> None:
    """Somebody knows who writes: the sender, and all that came from there, is this customer. Raises ValueError for a sender
    who may not be tied, Customer.DoesNotExist, and `segments.binding`'s Refused while an import is at work."""
    if not may_be_tied(reply):
        raise ValueError("only senders of messengers are tied by hand")
    bind(customer_id, kind_of(reply), reply.address)
    for one in conversation(reply).exclude(keyword=Reply.Keyword.START).select_related("incoming"):
        tie(one)


def untie(reply: Reply) -> None:
    """It was somebody else: the sender is nobody known again. Raises as `tie_by_hand`."""
    if not may_be_tied(reply):
        raise ValueError("only senders of messengers are tied by hand")
    unbind(kind_of(reply), reply.address)
    conversation(reply).update(customer=None, answers=None)
