"""What is wrong with the values of placeholders: exact rules over counts, without a query."""

import re
from collections.abc import Callable, Collection
from enum import StrEnum
from typing import NamedTuple

from campaigns.slots import Slot

LEAST_PEOPLE = 20  # fewer of one name may be a family, or a firm
NAME_SHARE = 0.10  # of the audience: no name is so frequent (Alexander: 11 % of men, 6 % of everybody)
VALUE_SHARE = 0.50  # of the audience, of a value that is no name: a city, a brand, a centre
TIMES_BASE = 3  # as frequent as in the base: of 20 people or more, that is five standard deviations above it at least
SPOILED_SHARE, SPOILED_PEOPLE = 0.50, 100  # of one name: then the base itself is spoiled, and nothing to compare with
LONGEST_NAME = 60  # characters of a name, or of a greeting with one

# Words of letters, with an apostrophe or a hyphen inside: what cleaning leaves of a name. An initial is none.
_NAME = re.compile(r"(?=..)[^\W\d_]+(?:[ \-'’][^\W\d_]+)*")
_MIXED = re.compile(r"(?=.*[A-Za-z])(?=.*[А-Яа-яЁё])")


class Kind(StrEnum):
    FREQUENT = "frequent"  # one value at too many people
    NOT_A_NAME = "not_a_name"
    BRACE = "brace"  # a brace of a placeholder is left in a message
    FOREIGN = "foreign"  # the message of a person holds what the base does not know of her
    EMPTY = "empty"  # no text and no default
    DEFAULT = "default"  # no text: the default of the author, or of the placeholder, is printed
    CHOSEN = "chosen"  # frequent since the rule of a segment names the value


# A person may know better; of the others nothing can be right.
DOUBTFUL = frozenset([Kind.FREQUENT, Kind.NOT_A_NAME])


class Finding(NamedTuple):
    """`slot` is '' for the text itself; `share` is of the audience, `base` of all customers (0 where it was not asked)."""

    kind: str
    slot: str
    value: str
    people: int
    share: float = 0
    base: float = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What somebody vouches for."""
        return self.kind, self.slot, self.value


class Value(NamedTuple):
    """A text that a placeholder prints, for how many people, one message with it, and the version that they get."""

    slot: str
    text: str
    people: int
    message_id: int
    content_id: int = 0


def may_be_frequent(slot: Slot, value: Value, people: int) -> bool:
    """Whether the base is to be asked. What stands in for an unknown name is told by another note."""
    if not value.text or value.text in slot.stand_ins or value.people < LEAST_PEOPLE:
        return False
    return value.people >= people * (NAME_SHARE if slot.is_name else VALUE_SHARE)


def is_frequent(slot: Slot, share: float, base: float, people: int) -> bool:
    """By the shares of a value that `may_be_frequent`: three times its share in the base; or a name of half an audience,
    whatever the base."""
    if slot.is_name and share >= SPOILED_SHARE and share * people >= SPOILED_PEOPLE:
        return True
    return share >= TIMES_BASE * base


def is_chosen(text: str, words: Collection[str]) -> bool:
    """Whether the audience was chosen by this value: a rule of its segments names it, or the brand before the model."""
    folded = text.casefold()
    return any(folded == word or folded.startswith(f"{word} ") for word in words)


def is_name(text: str) -> bool:
    """Whether a name, or a greeting with one, is made of words of one alphabet."""
    words = text.replace(",", "")
    return len(words) <= LONGEST_NAME and bool(_NAME.fullmatch(words)) and not any(map(_MIXED.match, words.split()))


def has_brace(text: str) -> bool:
    return "{" in text or "}" in text


def misprints(slot: Slot, values: Collection[Value]) -> list[Finding]:
    """Values that are wrong by themselves, however many people have them."""
    checks: tuple[tuple[Kind, Callable[[Value], bool]], ...] = (
        (Kind.BRACE, lambda value: has_brace(value.text)),
        (Kind.NOT_A_NAME, lambda value: slot.is_name and not is_name(value.text)),
    )
    found = []
    for value in values:
        kind = next((kind for kind, is_wrong in checks if value.text.strip() and is_wrong(value)), None)
        if kind:
            found.append(Finding(kind, slot.name, value.text, value.people))
    return found
