"""Which file is what: names against patterns, and files of one delivery told by what their `*` stands for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

READY = ".ready"  # `cards.csv.ready` beside `cards.csv` says: it is complete
UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".swp", "~")
HIDDEN = (".", "~$")


class Found(NamedTuple):
    """A file as its place shows it; `modified` is in whole seconds since 1970."""

    name: str
    size: int
    modified: int

    @property
    def stamp(self) -> list[int]:
        return [self.size, self.modified]


@dataclass(slots=True)
class Group:
    """Files of one delivery by kind: what `*` stands for is the same in all their names."""

    key: tuple[str, ...]
    files: dict[str, Found] = field(default_factory=dict)

    @property
    def age(self) -> tuple[int, tuple[str, ...]]:
        return min(found.modified for found in self.files.values()), self.key


def kind_of(name: str, patterns: Mapping[str, str]) -> tuple[str, tuple[str, ...]] | None:
    """(kind, what each `*` and `?` stands for), or None for a file that is nothing to this feed."""
    if name.startswith(HIDDEN) or name.lower().endswith((READY, *UNFINISHED)):
        return None
    for kind, pattern in patterns.items():
        if matched := _expression(pattern).fullmatch(name):
            return kind, tuple(part.lower() for part in matched.groups())
    return None


def groups(files: Iterable[Found], patterns: Mapping[str, str]) -> list[Group]:
    """The deliveries that lie there, oldest first. Of two files of one kind in a delivery the newer one counts."""
    by_key: dict[tuple[str, ...], Group] = {}
    for found in sorted(files, key=lambda each: (each.modified, each.name)):
        if matched := kind_of(found.name, patterns):
            kind, key = matched
            by_key.setdefault(key, Group(key)).files[kind] = found
    return sorted(by_key.values(), key=lambda group: group.age)


def is_marked_ready(found: Found, names: set[str]) -> bool:
    return found.name + READY in names


def _expression(pattern: str) -> re.Pattern[str]:
    pattern = re.sub(r"\*+", "*", pattern)
    parts = ("(.*)" if char == "*" else "(.)" if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
