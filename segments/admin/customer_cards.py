"""The cards of a customer as their sources have them: raw, clean, and why; and where her own fields come from."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import date_format

from segments.cleaning.notes import REFUSED
from segments.identity.matching import why_sentence
from segments.identity.origins import Origin, origins
from segments.importing.mapping import FIELDS
from segments.importing.reasons import NOTES
from segments.masking import VIEW_CONTACTS, mask_email, shown
from segments.models import Card, CardContact, Customer, ImportFile, Mapping, MergeRecord, ReviewPair
from segments.models.people import ContactKind

MANY = 100  # more cards than this belong to no person; the first of them are shown
ALMOST_A_PHONE = re.compile(r"(?:\+?\d[\s()\-]*){9,}\d")  # dates have eight digits, VINs letters
AN_EMAIL = re.compile(r"\S+@\S+")
HIDDEN = "***"
PERSON = ("name", "last_name", "first_name", "middle_name", "company")
LABELS = {known.name: known.label for known in FIELDS[Mapping.Kind.CARDS]}


@dataclass(frozen=True)
class Cell:
    """What cleaning did to one field of a card."""

    label: Any
    raw: str
    clean: str
    reasons: list[str]
    is_refused: bool


@dataclass
class CardRow:
    card: Card
    why: str
    cells: list[Cell] = field(default_factory=list)
    raw: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class FieldOrigin:
    """A field of the golden record: the card it was taken from, and what the others said."""

    label: Any
    text: str
    chosen: Origin
    others: list[tuple[str, Origin]]


def cards(user: Any, customer: Customer) -> list[CardRow]:
    """Her cards with their cells; addresses masked for those who may not see them."""
    held = Card.objects.filter(customer=customer).select_related("source", "centre", "city", "headers")
    found = list(held.order_by("created_on", "id")[:MANY])
    columns = _columns({card.last_batch_id or card.first_batch_id for card in found})
    addresses = _addresses(user, found)
    rows = []
    for card in found:
        headers = columns.get(card.last_batch_id or card.first_batch_id, {})
        row = CardRow(card, why_sentence(card.why), raw=_raw(user, card.cells(), headers))
        for name, reasons in card.notes.items():
            row.cells.append(_cell(user, card, headers, (name, reasons, addresses[card.pk])))
        rows.append(row)
    return rows


def _columns(batches: set[int | None]) -> dict[int | None, dict[str, list[str]]]:
    """batch → {field: headers}: what the files called the fields."""
    files = ImportFile.objects.filter(batch__in=batches - {None}, kind=Mapping.Kind.CARDS)
    return dict(files.values_list("batch", "columns"))


def _addresses(user: Any, found: list[Card]) -> dict[int, dict[str, list[str]]]:
    """card → kind → addresses as the user may see them."""
    held: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    contacts = CardContact.objects.filter(card__in=found).select_related("contact_point").order_by("position", "id")
    for contact in contacts:
        point = contact.contact_point
        held[contact.card_id][point.kind].append(shown(user, point.kind, point.value))
    return held


def _cell(user: Any, card: Card, headers: dict[str, list[str]], said: tuple[str, list[str], Any]) -> Cell:
    name, reasons, addresses = said
    asked = headers.get(name) or [header for part in PERSON for header in headers.get(part, [])]
    cells = card.cells()
    raw = ", ".join(_safe(user, cells[header], name) for header in asked if cells.get(header))
    words = [str(NOTES.get(reason, reason)) for reason in reasons]
    return Cell(LABELS.get(name, name), raw, _clean(card, name, addresses), words, not set(reasons).isdisjoint(REFUSED))


def _clean(card: Card, name: str, addresses: dict[str, list[str]]) -> str:
    if name in ContactKind.values:
        return ", ".join(addresses[name])
    if name in PERSON:
        return " ".join(filter(None, (card.last_name, card.first_name, card.middle_name, card.company)))
    if name in ("birth_date", "created_on"):
        day = getattr(card, name)
        return date_format(day, "d.m.Y") if day else ""
    return str(getattr(card, name, "") or "")


def _raw(user: Any, cells: dict[str, str], headers: dict[str, list[str]]) -> list[tuple[str, str]]:
    """The cells that hold something, under the headers of the file."""
    of_header = {header: name for name, named in headers.items() for header in named}
    return [(header, _safe(user, text, of_header.get(header, ""))) for header, text in cells.items() if text]


def _safe(user: Any, text: str, name: str) -> str:
    """A raw cell for these eyes: no phone and no e-mail, in whatever column somebody typed it."""
    if user.has_perm(VIEW_CONTACTS):
        return text
    if name == ContactKind.PHONE:
        return HIDDEN + text.strip()[-2:]
    return ALMOST_A_PHONE.sub(HIDDEN, AN_EMAIL.sub(lambda found: mask_email(found[0]), text))


def golden(customer: Customer) -> list[FieldOrigin]:
    """Where her name, birthday … come from; nothing to tell of a person with one card."""
    told = [FieldOrigin(LABELS.get(name, name), *_told(words)) for name, words in origins(customer.pk).items()]
    return told if any(each.chosen.why != "only" for each in told) else []


def _told(words: list[Origin]) -> tuple[str, Origin, list[tuple[str, Origin]]]:
    others = {_text(word.value): word for word in words if not word.is_chosen and word.why != "same"}
    return _text(words[0].value), words[0], list(others.items())


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(filter(None, value))
    if value in ("m", "f"):
        return str(Customer(sex=value).get_sex_display())
    return date_format(value, "d.m.Y") if hasattr(value, "year") else str(value)


def merges(customer: Customer) -> list[MergeRecord]:
    """Who was merged into her and still is: those merged into one of these too."""
    people = [customer.pk, *Customer.objects.filter(merged_into=customer).values_list("pk", flat=True)[:MANY]]
    known = MergeRecord.objects.filter(survivor__in=people, undone_at=None).select_related("author", "loser")
    rows = list(known.order_by("-id")[:MANY])
    for merge in rows:
        merge.reason_label = why_sentence(merge.reason)
    return rows


def decisions(customer: Customer) -> list[ReviewPair]:
    """What people said of her and somebody else: `person` is the other side."""
    hers = Card.objects.filter(customer=customer).values("pk")
    pairs = ReviewPair.objects.select_related("card_a__customer", "card_b__customer", "decided_by")
    found = {pair.pk: pair for side in ("card_a", "card_b") for pair in pairs.filter(**{f"{side}__in": hers})[:MANY]}
    apart = [pair for pair in found.values() if pair.card_a.customer_id != pair.card_b.customer_id]
    for pair in apart:
        pair.person = pair.card_b.customer if pair.card_a.customer_id == customer.pk else pair.card_a.customer
    return sorted(apart, key=lambda pair: (pair.state != ReviewPair.State.OPEN, -pair.score))
