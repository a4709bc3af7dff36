"""Placeholders: a closed registry of names that a text may use, and who fills them.

A slot fills a whole batch with one query, never a query per person. Upper apps register theirs in
`AppConfig.ready` (tracking: the substitute number, the survey link).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.functional import Promise

from campaigns.models import Run

NAME = re.compile(r"[^\W\d_]\w{0,39}")  # one word of letters, digits and underscores


class Row(NamedTuple):
    """A message of a batch, as resolvers see it (anything with these attributes will do)."""

    message_id: int
    customer_id: int
    contact_point_id: int | None = None


Resolver = Callable[[Run, Sequence[Row]], dict[int, str]]


@dataclass(frozen=True, slots=True)
class Slot:
    """One placeholder. `label` says to a manager what it prints; `example` shows it.

    It has one of two sources of text:
    - `expression`: SQL text over the tables that `campaigns.person_slots.PEOPLE` joins; empty where not known.
      All slots of this kind in a letter are read by one query, and their empty values counted by another;
    - `resolve(run, rows)` returns {message id: text}; absent or empty means "not known". In previews and test
      sends `run` is unsaved, its campaign and content may be unsaved too, and message ids are made up. All of a batch
      get `run.content`. The text may differ by message but must be known for all who get a content or for none: before
      a launch it is asked for one row.

    `leaving(run, rows)` resolves instead of `resolve` when messages are about to go: what is given to a person at that
    moment (a promo code) is a sample before. Whoever it is not given to is held back by the pump.

    `is_link`: the text is an absolute web address, so that it may stand as the whole `href` of a link.
    `is_name`: the text is a person's name, or has one in it; `stand_ins` are what it prints where the name is not known.
    """

    name: str
    label: str | Promise
    example: str
    resolve: Resolver | None = None
    expression: str = ""
    leaving: Resolver | None = None
    is_link: bool = False
    is_name: bool = False
    stand_ins: frozenset[str] = frozenset()


_slots: dict[str, Slot] = {}


def register(slot: Slot) -> None:
    """Add a slot; a second registration under the same name replaces the first (reloading is harmless)."""
    if not NAME.fullmatch(slot.name):
        raise ValueError(f"{slot.name!r} is no name for a placeholder")
    if bool(slot.resolve) == bool(slot.expression):
        raise ValueError(f"{slot.name}: give either `resolve` or `expression`")
    _slots[slot.name] = slot


def find(name: str) -> Slot | None:
    return _slots.get(name)


def every() -> list[Slot]:
    """All slots in the order of registration: the palette of the campaign form."""
    return list(_slots.values())
