"""What the engine holds of an erased person: letters that the built-in inbox took, what the journal recorded, what she
wrote to us or said of a promo code, what salespeople noted of her, raw
calls of providers that name her address, and what is counted of her. Messages only point at a number."""

from collections.abc import Iterable, Sequence

from django.db.models import Q

from campaigns.contacts import CONTACTS
from campaigns.models import CallEvent, CallTask, ChatTalk, EngagementFacts, LoyaltyFacts, PromoTrouble, Reply, Touch
from channels import devices, reporting
from channels.models import InboxLetter, IncomingMessage, JournalEntry
from segments.models import CardContact, ContactPoint
from segments.models.people import ContactKind


def erase(customer_ids: Sequence[int]) -> None:
    """An eraser of `segments.erasing`: what went to or came from addresses of theirs that nobody else holds; facts."""
    held = set(CardContact.objects.filter(customer__in=customer_ids).values_list("contact_point", flat=True))
    others = CardContact.objects.filter(contact_point__in=held).exclude(customer__in=customer_ids)
    hers = held - set(others.values_list("contact_point", flat=True))
    points = list(ContactPoint.objects.filter(pk__in=hers).values_list("value", "kind"))
    addresses = dict(points)
    JournalEntry.objects.filter(recipient__in=list(addresses)).delete()
    InboxLetter.objects.filter(recipient__in=[v for v, kind in addresses.items() if kind == ContactKind.EMAIL]).delete()
    written = Reply.objects.filter(Q(customer__in=customer_ids) | _from(points))
    IncomingMessage.objects.filter(pk__in=list(written.values_list("pk", flat=True))).delete()
    devices.erase([v for v, kind in addresses.items() if kind == ContactKind.DEVICE], list(addresses))
    ChatTalk.objects.filter(recipient__in=list(addresses)).delete()
    reporting.forget(addresses)
    Touch.objects.filter(customer__in=customer_ids).delete()
    EngagementFacts.objects.filter(customer__in=customer_ids).delete()
    LoyaltyFacts.objects.filter(customer__in=customer_ids).delete()
    PromoTrouble.objects.filter(customer__in=customer_ids).update(comment="")
    calls = CallTask.objects.filter(customer__in=customer_ids)
    CallEvent.objects.filter(task__in=calls).update(note="")
    calls.update(note="")


def _from(points: Iterable[tuple[str, str]]) -> Q:
    """Replies of these addresses (value, kind); an id may be one person's in one messenger and another's in another."""
    hers = Q(pk__in=())
    for channel, kind in CONTACTS.items():
        hers |= Q(address__in=[value for value, its in points if its == kind], incoming__channel=channel)
    return hers
