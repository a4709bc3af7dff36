"""What the engine holds of an erased person: letters that the built-in inbox took, and what is counted of her. Messages
only point at a number."""

from collections.abc import Sequence

from campaigns.models import EngagementFacts, Touch
from channels.models import InboxLetter
from segments.models import CardContact, ContactPoint
from segments.models.people import ContactKind


def erase(customer_ids: Sequence[int]) -> None:
    """An eraser of `segments.erasing`: letters to addresses of theirs that nobody else holds; facts."""
    held = set(CardContact.objects.filter(customer__in=customer_ids).values_list("contact_point", flat=True))
    others = CardContact.objects.filter(contact_point__in=held).exclude(customer__in=customer_ids)
    hers = held - set(others.values_list("contact_point", flat=True))
    addresses = ContactPoint.objects.filter(pk__in=hers, kind=ContactKind.EMAIL).values_list("value", flat=True)
    InboxLetter.objects.filter(recipient__in=list(addresses)).delete()
    Touch.objects.filter(customer__in=customer_ids).delete()
    EngagementFacts.objects.filter(customer__in=customer_ids).delete()
