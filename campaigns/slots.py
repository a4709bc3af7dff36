"""Placeholders: a closed registry of names that a text may use, and who fills them.

A resolver fills one slot for a whole batch with one query, never a query per person. Upper apps register
theirs in `AppConfig.ready` (tracking: the substitute number, the survey link). A name is one word of
letters, digits and underscores.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.functional import Promise

from campaigns.models import Run

NAME = re.compile(r"[^\W\d]\w{0,39}")


class Row(NamedTuple):
    """A message of a batch, as resolvers see it."""

    message_id: int
    customer_id: int
    contact_point_id: int | None = None


Resolver = Callable[[Run, Sequence[Row]], dict[int, str]]


@dataclass(frozen=True, slots=True)
class Slot:
    """One placeholder.

    `resolve(run, rows)` returns {message id: text}; an absent or empty text means "not known". In previews
    and test sends `run` is unsaved, its campaign may be unsaved too, and message ids are made up.
    `label` says to a manager what it prints; `example` shows it. `empty` is an SQL condition over the alias
    `customer` (segments_customer) and `facts` (segments_customerfacts, left join) that is true for people whose
    text is empty; '' where the text does not depend on the person: the resolver is asked once instead.
    """

    name: str
    label: str | Promise
    example: str
    resolve: Resolver
    empty: str = ""


_slots: dict[str, Slot] = {}


def register(slot: Slot) -> None:
    """Add a slot; a second registration under the same name replaces the first (reloading is harmless)."""
    if not NAME.fullmatch(slot.name):
        raise ValueError(f"{slot.name!r} is no name for a placeholder")
    _slots[slot.name] = slot


def find(name: str) -> Slot | None:
    return _slots.get(name)


def every() -> list[Slot]:
    """All slots in the order of registration: the palette of the campaign form."""
    return list(_slots.values())
