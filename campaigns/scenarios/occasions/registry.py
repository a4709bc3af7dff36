"""What brings a person into a scenario: a registry of occasions, to which upper apps add theirs.

An occasion is a statement (customer_id, occasion, happened_at): whose it is, a key that is hers once for each time that it
happens, and when that was. It is asked again and again, and may tell of the same one as often as it likes.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Asked:
    """For which time: occasions from `since` on, up to `now`. `activated_at`: when the version began to work."""

    since: dt.datetime
    now: dt.datetime
    activated_at: dt.datetime

    @property
    def days(self) -> list[dt.date]:
        """The days of the business clock, today last."""
        first, last = (timezone.localdate(moment, timezone.get_default_timezone()) for moment in (self.since, self.now))
        return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


Statement = tuple[str, dict[str, Any]]


class Number(NamedTuple):
    """A setting of an occasion that is a whole number; the editor asks for it."""

    name: str
    label: str | Promise
    usual: int
    least: int
    most: int

    def of(self, entry: Mapping[str, Any]) -> int:
        """Within its bounds, whatever was typed."""
        return min(max(int(entry.get(self.name, self.usual)), self.least), self.most)


@dataclass(frozen=True, slots=True)
class Occasion:
    """`check(entry)` gives the settings as they are kept, or raises ValueError with a sentence; `statement(entry, asked)` the
    SQL and its parameters, named as no other; `words(entry, names)` how it is told, with the
    names of segments by their ids. `is_frequent`: asked with every tick; others
    once an hour, since they go over the base. `is_once`: a person has it only once, whatever the pause between two. `numbers`:
    settings that the editor needs no words of its own for."""

    name: str
    label: str | Promise
    check: Callable[[Mapping[str, Any]], dict[str, Any]]
    statement: Callable[[Mapping[str, Any], Asked], Statement]
    words: Callable[[Mapping[str, Any], Mapping[int, str]], str]
    is_frequent: bool = False
    is_once: bool = False
    numbers: Sequence[Number] = ()


_occasions: dict[str, Occasion] = {}


def register(*occasions: Occasion) -> None:
    """Add occasions; a second registration under the same name replaces the first."""
    _occasions.update({each.name: each for each in occasions})


def every() -> list[Occasion]:
    return list(_occasions.values())


def find(entry: Mapping[str, Any]) -> Occasion | None:
    return _occasions.get(str(entry.get("occasion", "")))


def checked(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an entry as they are kept. Raises ValueError with a sentence."""
    found = find(entry)
    if found is None:
        raise ValueError(_("Choose what brings people into the scenario."))
    return {"occasion": found.name, **found.check(entry)}
