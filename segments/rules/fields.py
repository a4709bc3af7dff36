"""The registry of what rules may ask about. Upper apps register their fields in `AppConfig.ready`.

A field reads a column of `segments.CustomerFacts` (or of another facts table whose OneToOneField points to
`CustomerFacts`: `path` then starts with its related name), or compiles its own condition. An event asks
about rows of a history table.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Model, Q

from segments.rules.operators import BY_TYPE, Operator, presence

Choices = Callable[[], list[tuple[str, str]]]
Compile = Callable[[str, Any, dt.date], Q]


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """One thing to compare. `label` is lower case, in the nominative, and starts its sentence.

    `choices` gives (value, label) pairs: the closed list of a choice, or hints for a text. `column` turns
    chosen values into what the column holds (names → ids). `missing` tells in words what a missing value
    means; empty: it is never missing. `empty` is how the column writes a missing value, None or "".
    `compile(op, value, today)` replaces the operators' own conditions; its Q is over `CustomerFacts`
    and must be two-valued or NULL only where the value is missing. `says` = (yes, no) of a flag.
    """

    name: str
    label: Any
    type: str
    group: Any = ""
    path: str = ""
    choices: Choices | None = None
    column: Callable[[list[str]], list] | None = None
    missing: Any = ""
    empty: Any = None
    compile: Compile | None = None
    says: tuple[Any, Any] = ("", "")

    @cached_property
    def operators(self) -> dict[str, Operator]:
        asked = BY_TYPE[self.type] + (presence(self.empty) if self.missing and self.path else [])
        return {each.name: each for each in asked}

    def condition(self, op: str, value: Any, today: dt.date) -> Q:
        """The condition for a value that the operator's shape has cleaned."""
        if self.column and isinstance(value, list):
            value = self.column(value)
        if self.compile:
            return self.compile(op, value, today)
        return self.operators[op].condition(self.path, value, today)


@dataclass(frozen=True, kw_only=True, eq=False)
class Event:
    """Something a person did, counted over rows of `model` that satisfy `rows`.

    `customer` and `moment` name the model's foreign key to the customer and its time; `where` are fields
    whose paths are columns of `model`.
    """

    name: str
    label: Any
    model: type[Model]
    rows: Q
    group: Any = ""
    customer: str = "customer"
    moment: str = "happened_at"
    where: Mapping[str, Field] = field(default_factory=dict)


FIELDS: dict[str, Field] = {}
EVENTS: dict[str, Event] = {}


def register(*fields: Field) -> None:
    """Add fields; a name that is taken by another field is a programming error."""
    for each in fields:
        _claim(FIELDS, each)


def register_event(*events: Event) -> None:
    """Add events; a name that is taken by another event is a programming error."""
    for each in events:
        _claim(EVENTS, each)


def _claim(registry: dict, item: Any) -> None:
    if registry.setdefault(item.name, item) is not item:
        raise ValueError(f"The name {item.name!r} is taken in the registry of rules.")
