"""Some people as the lists of a segment show them."""

from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from segments.masking import shown
from segments.models import CardContact, Customer
from segments.models.people import ContactKind


def people_shown(user: Any, ids: list[int]) -> list[dict[str, Any]]:
    """These customers as a list shows them, contacts as `user` may see them; in the order of the ids."""

    def main(kind: str) -> Subquery:
        held = CardContact.objects.filter(customer=OuterRef("pk"), contact_point__kind=kind)
        return Subquery(held.order_by("position", "id").values("contact_point__value")[:1])

    people = Customer.objects.select_related("city", "facts__last_brand").filter(pk__in=ids)
    people = people.annotate(email=main(ContactKind.EMAIL), phone=main(ContactKind.PHONE))
    by_id = {each.pk: each for each in people}
    return [_row(user, by_id[each]) for each in ids if each in by_id]


def _row(user: Any, customer: Any) -> dict[str, Any]:
    facts = getattr(customer, "facts", None)
    return {
        "name": str(customer),
        "url": reverse("admin:segments_customer_change", args=[customer.pk]),
        "city": customer.city,
        "email": shown(user, ContactKind.EMAIL, customer.email) if customer.email else "",
        "phone": shown(user, ContactKind.PHONE, customer.phone) if customer.phone else "",
        "last_purchase": facts and facts.last_purchase,
        "brand": facts and facts.last_brand,
    }
