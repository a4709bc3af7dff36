"""A refusal that a customer told a member of staff: it is withdrawn for every address of hers."""

from collections.abc import Collection
from typing import Any

from segments.consents import CHANNELS, record_consent
from segments.importing.mapping import CONSENTS
from segments.models import Brand, ContactPoint, Customer
from segments.models.people import Origin, Purpose

REFUSED = CHANNELS | CONSENTS  # of each kind of address


def refuse(customer: Customer, channels: Collection[str], *, text: str, by: Any, brand: Brand | None = None) -> int:
    """Withdraw the consent to advertising by these channels; `text` is what was said, `by` who heard it. Returns how many
    addresses she has that the channels write to."""
    addresses = 0
    for kind, all_channels in REFUSED.items():
        refused = [channel for channel in all_channels if channel in channels]
        held = ContactPoint.objects.filter(kind=kind, holders__customer=customer).distinct()
        points = list(held.values_list("pk", flat=True)) if refused else []
        addresses += len(points)
        record_consent(
            contact_point_ids=points, channels=refused, given=False, origin=Origin.STAFF, purpose=Purpose.ADVERTISING,
            brand_id=brand and brand.pk, customer_id=customer.pk, text=text, evidence=str(by)[:120],
        )  # fmt: skip
    return addresses
