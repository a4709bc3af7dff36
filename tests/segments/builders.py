"""Builders of the customer base for tests: each makes one thing with sensible defaults and returns it."""

from datetime import datetime
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.utils import timezone

from segments.consents import record_consent
from segments.models import (
    Brand,
    Card,
    CardContact,
    CarModel,
    Centre,
    City,
    ContactPoint,
    Customer,
    CustomerFacts,
    Interaction,
    ReviewPair,
    Salesperson,
    Segment,
    Source,
    Vehicle,
)

_numbers = count(1)


def make_staff(*permissions: str, **fields: Any) -> Any:
    """A member of staff with these rights ("segments.view_customer", …)."""
    user = get_user_model().objects.create(
        username=fields.pop("username", f"staff{next(_numbers)}"), is_staff=True, **fields
    )
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def free_locks() -> None:
    """A test whose transaction broke in the middle of an import could not give back the lock of all imports, and the
    connection of the tests lives on with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


def make_source(name: str = "Альфа-Авто") -> Source:
    return Source.objects.get_or_create(name=name)[0]


def make_brand(name: str = "Toyota") -> Brand:
    return Brand.objects.get_or_create(name=name)[0]


def make_model(brand: Brand | None = None, name: str = "Camry", **fields: Any) -> CarModel:
    fields = {"car_class": "D", "price_band": "средняя"} | fields
    return CarModel.objects.get_or_create(brand=brand or make_brand(), name=name, defaults=fields)[0]


def make_city(name: str = "Санкт-Петербург") -> City:
    return City.objects.get_or_create(name=name)[0]


def make_centre(name: str = "Максимум Лахта") -> Centre:
    return Centre.objects.get_or_create(name=name)[0]


def make_salesperson(name: str = "Соколов") -> Salesperson:
    return Salesperson.objects.get_or_create(name=name)[0]


def make_customer(last_name: str = "Иванова", first_name: str = "Анна", **fields: Any) -> Customer:
    """A living customer; `name_key` follows the name unless it is given."""
    names = (last_name, first_name, fields.get("middle_name", ""))
    key = " ".join(filter(None, names)) or fields.get("company", "")
    fields.setdefault("name_key", key.lower().replace("ё", "е"))
    return Customer.objects.create(last_name=last_name, first_name=first_name, **fields)


def make_card(customer: Customer | None = None, **fields: Any) -> Card:
    number = next(_numbers)
    fields.setdefault("code", f"АА-{number:07}")
    fields.setdefault("source", make_source())
    return Card.objects.create(customer=customer or make_customer(), content_hash=number.to_bytes(32, "big"), **fields)


def make_contact(customer: Customer, value: str = "", *, card: Card | None = None, **fields: Any) -> ContactPoint:
    """An address of the customer: an e-mail when it has an "@", else a phone; made on a card of hers."""
    value = value or f"person{next(_numbers)}@example.test"
    kind = "email" if "@" in value else "phone"
    contact = ContactPoint.objects.get_or_create(kind=kind, value=value, defaults=fields)[0]
    card = card or Card.objects.filter(customer=customer).first() or make_card(customer)
    CardContact.objects.create(card=card, contact_point=contact, customer=customer)
    return contact


def make_pair(one: Customer, other: Customer, score: float = 0.9, **fields: Any) -> ReviewPair:
    """A doubtful pair of two customers, by a card of each (made where there is none)."""
    cards = [Card.objects.filter(customer=each).order_by("pk").first() or make_card(each) for each in (one, other)]
    card_a, card_b = sorted(cards, key=lambda card: card.pk)
    return ReviewPair.objects.create(card_a=card_a, card_b=card_b, score=score, **fields)


def make_consent(contact: ContactPoint, given: bool = True, **details: Any) -> int:
    """Log one decision through `record_consent`; by default an import's "yes" to advertising by e-mail."""
    details = {"channels": ["email"], "purpose": "advertising", "origin": "import"} | details
    return record_consent(contact_point_ids=[contact.pk], given=given, **details)


def make_interaction(customer: Customer | None, kind: str = "sale", **fields: Any) -> Interaction:
    number = next(_numbers)
    fields.setdefault("happened_at", timezone.now())
    fields.setdefault("source", make_source())
    return Interaction.objects.create(
        customer=customer,
        kind=kind,
        external_key=f"{kind}-{number}",
        number=f"АА{number:09}",
        content_hash=number.to_bytes(32, "big"),
        **fields,
    )


def make_vehicle(customer: Customer | None = None, **fields: Any) -> Vehicle:
    fields.setdefault("vin", f"XTA{next(_numbers):014}")
    return Vehicle.objects.create(customer=customer, **fields)


def make_facts(customer: Customer, *, computed_at: datetime | None = None, **fields: Any) -> CustomerFacts:
    """Facts as given, for pages that only show them; `refresh_facts` computes the real ones."""
    return CustomerFacts.objects.create(customer=customer, computed_at=computed_at or timezone.now(), **fields)


def make_segment(*customers: Customer, **fields: Any) -> Segment:
    """A segment whose members are these customers, whatever its rule says."""
    number = next(_numbers)
    fields.setdefault("name", f"Сегмент {number}")
    fields.setdefault("slug", f"segment-{number}")
    segment = Segment.objects.create(size=len(customers), refreshed_at=timezone.now(), **fields)
    for customer in customers:
        segment.memberships.create(customer=customer)
    return segment
