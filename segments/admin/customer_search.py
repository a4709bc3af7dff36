"""Finding customers in the list: by phone, e-mail, card code or a part of the name, each by its own index."""

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from segments.cleaning.phones import parse_phone
from segments.models import Brand, Card, CardContact, City, ConsentState, Customer, Source
from segments.models.people import ContactKind, Purpose

MANY = 200  # a code or an address is on few customers; a hub phone is on more, and the first of them do


def find(customers: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """Customers among `customers` whom `text` means: an e-mail, a phone of any shape, a card code, else a name."""
    text = text.strip().replace("\x00", "")
    if "@" in text:
        return customers.filter(pk__in=_holders(ContactKind.EMAIL, text.lower()))
    if any(character.isdigit() for character in text):
        exact = _by_code(text) or _by_phone(text)
        if exact:
            return customers.filter(pk__in=exact)
    return _by_name(customers, text)


def _holders(kind: str, value: str) -> list[int]:
    holders = CardContact.objects.filter(contact_point__kind=kind, contact_point__value=value)
    return list(holders.values_list("customer", flat=True).distinct()[:MANY])


def _by_phone(text: str) -> list[int]:
    phone = parse_phone(text)
    return _holders(ContactKind.PHONE, phone) if phone else []


def _by_code(text: str) -> list[int]:
    # The index begins with the source: named sources make it two equalities instead of a scan.
    sources = list(Source.objects.values_list("pk", flat=True))
    cards = Card.objects.filter(source__in=sources, code=text)
    return list(cards.values_list("customer", flat=True)[:MANY])


def _by_name(customers: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """Every word is a part of the name; one of a letter or two only begins it (a trigram index needs three)."""
    for word in text.lower().replace("ё", "е").split():
        lookup = "contains" if len(word) > 2 else "startswith"
        customers = customers.filter(**{f"name_key__{lookup}": word})
    return customers


class LastBrandFilter(DropdownFilter):
    title = _("brand of the last purchase")
    parameter_name = "brand"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Brand.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value() or ""
        return queryset.filter(facts__last_brand=int(value)) if value.isdecimal() else queryset


class CityFilter(DropdownFilter):
    title = _("city of the customer")
    parameter_name = "city"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in City.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value() or ""
        return queryset.filter(city=int(value)) if value.isdecimal() else queryset


class ConsentFilter(DropdownFilter):
    """Whether any address of hers carries a consent to advertising that is in force."""

    title = _("consent to advertising")
    parameter_name = "consent"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:
        return [("yes", _("given")), ("no", _("not given"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in ("yes", "no"):
            return queryset
        state = ConsentState.objects.filter(
            contact_point=OuterRef("contact_point"), purpose=Purpose.ADVERTISING, given=True
        )
        given = Exists(CardContact.objects.filter(Exists(state), customer=OuterRef("pk")))
        return queryset.filter(given if self.value() == "yes" else ~given)


FILTERS: list[type[SimpleListFilter]] = [LastBrandFilter, CityFilter, ConsentFilter]
