"""Where each field of a golden record comes from: which card gave it, and why the others did not.

The rules are those of `golden`, told card by card for the page of one customer.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from segments.models.people import Card

# Why a value was chosen, and why another was not.
CHOSEN = {
    "only": _("the only one"),
    "agreed": _("all cards agree"),
    "fullest": _("the fullest name"),
    "believed": _("from the source that is believed first"),
    "frequent": _("on most cards"),
    "newest": _("from the newest card"),
    "first": _("nothing else tells them apart"),
}
LEFT = {
    "same": _("the same as chosen"),
    "short": _("a shorter name"),
    "doubted": _("from a source that is believed less"),
    "rare": _("on fewer cards"),
    "older": _("from an older card"),
    "behind": _("as good, but behind in order"),
}


class Origin(NamedTuple):
    """One card's word on a field. `why` is a key of CHOSEN when `is_chosen`, else of LEFT; `reason` says it."""

    card: Card
    value: Any
    is_chosen: bool
    why: str

    @property
    def reason(self) -> str:
        return str((CHOSEN if self.is_chosen else LEFT)[self.why])


class _Value(NamedTuple):
    value: Any
    fullness: int
    priority: int
    cards: int
    newest: date


def origins(customer_id: int) -> dict[str, list[Origin]]:
    """{field: what each card says of it, the chosen first}; fields that no card names are left out.

    Fields: name (surname, first name, patronymic: taken whole from one card), company, sex, birth_date, city.
    """
    cards = list(Card.objects.filter(customer=customer_id).select_related("city", "source", "centre").order_by("code"))
    said = {
        "name": _told(cards, _name, by_name=True),
        "company": _told(cards, lambda card: card.company or None),
        "sex": _told(cards, lambda card: card.sex or None),
        "birth_date": _told(cards, lambda card: card.birth_date),
        "city": _newest(cards),
    }
    return {field: words for field, words in said.items() if words}


def _name(card: Card) -> tuple[str, str, str] | None:
    name = (card.last_name, card.first_name, card.middle_name)
    return name if any(name) else None


def fullness(name: tuple[str, str, str]) -> int:
    """As `golden` weighs it: a surname and a whole first name before an initial, a patronymic before none."""
    last, first, middle = name
    return bool(last) * 4 + (len(first) > 2) * 4 + bool(first) * 2 + (len(middle) > 2)


def _told(cards: Iterable[Card], said: Callable[[Card], Any], *, by_name: bool = False) -> list[Origin]:
    """What the cards say, ranked as `golden` ranks it."""
    words = [(card, value) for card in cards if (value := said(card)) is not None]
    if not words:
        return []
    top = max(card.source.priority for card, _value in words)
    counted = [(card, value) for card, value in words if by_name or card.source.priority == top]
    counts = Counter(value for _card, value in counted)
    values = [
        _ranked(value, [c for c, other in words if other == value], counts[value], by_name)
        for value in {v for _c, v in words}
    ]
    values.sort(key=lambda v: v.value, reverse=by_name)
    values.sort(key=lambda v: v[1:], reverse=True)
    best, rivals = values[0], {v.value: v for v in values[1:]}
    why = _chosen_for(best, values[1] if len(values) > 1 else None, len(words))
    told = [Origin(card, value, True, why) for card, value in words if value == best.value]
    told += [Origin(card, value, False, _left_for(best, rivals[value])) for card, value in words if value in rivals]
    return told


def _ranked(value: Any, cards: list[Card], count: int, by_name: bool) -> _Value:
    newest = max(card.created_on or date.min for card in cards)
    priority = max(card.source.priority for card in cards)
    return (
        _Value(value, fullness(value), priority, count, newest)
        if by_name
        else _Value(value, 0, priority, count, date.min)
    )


def _chosen_for(best: _Value, next_best: _Value | None, cards: int) -> str:
    if next_best is None:
        return "only" if cards == 1 else "agreed"
    for what, ours, theirs in zip(("fullest", "believed", "frequent", "newest"), best[1:], next_best[1:], strict=True):
        if ours != theirs:
            return what
    return "first"


def _left_for(best: _Value, value: _Value) -> str:
    for what, ours, theirs in zip(("short", "doubted", "rare", "older"), best[1:], value[1:], strict=True):
        if ours != theirs:
            return what
    return "behind"


def _newest(cards: Iterable[Card]) -> list[Origin]:
    """The city: of the source that is believed first, the one of the newest card."""
    named = [card for card in cards if card.city_id is not None]
    named.sort(key=lambda card: (card.source.priority, card.created_on or date.min), reverse=True)
    if not named:
        return []
    best, rest = named[0], named[1:]
    others = [card for card in rest if card.city_id != best.city_id]
    doubted = any(card.source.priority < best.source.priority for card in others[:1])
    why = "believed" if doubted else "newest" if others else "agreed" if rest else "only"
    return [Origin(best, best.city, True, why), *(Origin(card, card.city, False, _behind(best, card)) for card in rest)]


def _behind(best: Card, card: Card) -> str:
    if card.city_id == best.city_id:
        return "same"
    return "doubted" if card.source.priority < best.source.priority else "older"
