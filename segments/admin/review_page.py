"""What the page of a doubtful pair shows: two people side by side, what differs, and why they may be one.

A fixed number of queries for a pair. Addresses come masked: that they are the same is said, not shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from segments.admin.customer_page import MANY, age
from segments.identity.review import explain
from segments.masking import shown
from segments.models import Card, CardContact, Customer, ReviewPair, Vehicle
from segments.models.people import ContactKind

State = ReviewPair.State


@dataclass(frozen=True)
class Value:
    """One thing in a cell, in pieces: (text, differs from the other side). `both`: the other has the very same."""

    pieces: list[tuple[str, bool]]
    both: bool = False


@dataclass(frozen=True)
class Row:
    """`tone`: "same", "differs", or "" where one side knows nothing (no evidence either way)."""

    label: Any
    left: list[Value]
    right: list[Value]

    @property
    def tone(self) -> str:
        if not (self.left and self.right):
            return ""
        return "same" if any(value.both for value in self.left) else "differs"


@dataclass
class Side:
    """One of the two, with what hangs on her."""

    customer: Customer
    contacts: dict[str, dict[int, str]] = field(default_factory=dict)  # kind → contact point id → as shown
    cars: dict[int, str] = field(default_factory=dict)
    cards: list[Card] = field(default_factory=list)

    @property
    def facts(self) -> Any:
        return getattr(self.customer, "facts", None)


def read(user: Any, pair: ReviewPair) -> dict[str, Any]:
    """The context of `segments/review_pair.html`."""
    people = Customer.objects.select_related("city", "facts__home_centre", "household")
    found = people.in_bulk([pair.card_a.customer_id, pair.card_b.customer_id])
    left, right = (Side(found[card.customer_id]) for card in (pair.card_a, pair.card_b))
    sides = {side.customer.pk: side for side in (left, right)}
    _add_contacts(user, sides)
    _add_cars(sides)
    for card in Card.objects.filter(customer__in=sides).select_related("source", "centre").order_by("id")[:MANY]:
        sides[card.customer_id].cards.append(card)
    return {
        "pair": pair,
        "percent": percent(pair.score),
        "evidence": explain(pair.evidence),
        "left": left.customer,
        "right": right.customer,
        "rows": [row for row in _rows(left, right) if row.left or row.right],
        "is_one": left.customer.pk == right.customer.pk,
    }


def percent(score: float) -> int:
    """Rounded down: 99,6 % of certainty is not all of it."""
    return int(score * 100)


def neighbours(pair: ReviewPair) -> Q:
    """The open pairs that come after this one in the queue."""
    return Q(score__lt=pair.score) | Q(score=pair.score, pk__gt=pair.pk)


def _add_contacts(user: Any, sides: dict[int, Side]) -> None:
    held = CardContact.objects.filter(customer__in=sides).select_related("contact_point").order_by("position", "id")
    for contact in held[:MANY]:
        point = contact.contact_point
        of_kind = sides[contact.customer_id].contacts.setdefault(point.kind, {})
        of_kind[point.pk] = shown(user, point.kind, point.value)


def _add_cars(sides: dict[int, Side]) -> None:
    cars = Vehicle.objects.filter(customer__in=sides).select_related("brand", "model").order_by("-owned_since", "id")
    for car in cars[:MANY]:
        named = (car.brand and car.brand.name, car.model and car.model.name, car.plate, car.vin)
        sides[car.customer_id].cars[car.pk] = " ".join(filter(None, named))


def _rows(left: Side, right: Side) -> Iterable[Row]:
    a, b = left.customer, right.customer
    centres = (_fact(left, "home_centre"), _fact(right, "home_centre"))
    yield _text(_("last name"), a.last_name, b.last_name)
    yield _text(_("first name"), a.first_name, b.first_name)
    yield _text(_("patronymic"), a.middle_name, b.middle_name)
    yield _text(_("company"), a.company, b.company)
    yield _text(_("date of birth"), _born(a), _born(b))
    yield _text(_("sex"), a.get_sex_display(), b.get_sex_display())
    yield _text(_("city"), a.city, b.city)
    for kind in ContactKind.PHONE, ContactKind.EMAIL:
        yield _many(kind.label, left.contacts.get(kind, {}), right.contacts.get(kind, {}))
    yield _many(_("cars"), left.cars, right.cars)
    yield _plain(_("last purchase"), _day(left, "last_purchase"), _day(right, "last_purchase"))
    yield _plain(_("last service"), _day(left, "last_service"), _day(right, "last_service"))
    yield _plain(_("home centre"), *([str(centre)] if centre else [] for centre in centres))
    yield _text(_("household"), a.household, b.household)
    yield _plain(_("cards"), *([f"{card.code} · {card.source}" for card in side.cards] for side in (left, right)))


def _text(label: Any, one: Any, other: Any) -> Row:
    """Two single values, with the letters that differ marked."""
    one, other = str(one or ""), str(other or "")
    both = one == other
    sides = ((one, other), (other, one))
    values = [[Value(_marked(text, another), both)] if text else [] for text, another in sides]
    return Row(label, *values)


def _marked(text: str, other: str) -> list[tuple[str, bool]]:
    """`text` in pieces; those that the other has not are marked. Words with nothing in common are marked whole."""
    if not other:
        return [(text, False)]
    blocks = SequenceMatcher(None, text.lower(), other.lower(), autojunk=False)
    if blocks.ratio() < 0.5:
        return [(text, True)]
    pieces = [(text[a:b], tag != "equal") for tag, a, b, _c, _d in blocks.get_opcodes()]
    return [(piece, differs) for piece, differs in pieces if piece]


def _many(label: Any, one: dict[int, str], other: dict[int, str]) -> Row:
    """Sets of things that have an identity: those of both come first and say so."""
    return Row(label, _listed(one, other), _listed(other, one))


def _listed(things: dict[int, str], other: dict[int, str]) -> list[Value]:
    values = [Value([(text, False)], both=key in other) for key, text in things.items()]
    return sorted(values, key=lambda value: not value.both)


def _plain(label: Any, one: list[str], other: list[str]) -> Row:
    """What says nothing of whether they are one person, only who they are."""
    rows = [[Value([(text, False)]) for text in side] for side in (one, other)]
    return PlainRow(label, *rows)


class PlainRow(Row):
    @property
    def tone(self) -> str:
        return ""


def _born(customer: Customer) -> str:
    if customer.birth_date is None:
        return ""
    return f"{date_format(customer.birth_date, 'd.m.Y')} ({age(customer.birth_date)})"


def _day(side: Side, name: str) -> list[str]:
    day = _fact(side, name)
    return [date_format(day, "d.m.Y")] if day else []


def _fact(side: Side, name: str) -> Any:
    return getattr(side.facts, name, None)
