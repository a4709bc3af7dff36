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

from segments.rules.operators import BY_TYPE, PRESENCE, Operator, presence

Choices = Callable[[], list[tuple[str, str]]]
Compile = Callable[[str, Any, dt.date], Q]


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """One thing to compare. `label` is lower case, in the nominative, and starts its sentence.

    `choices` gives (value, label) pairs: the closed list of a choice, or hints for a text. `column` turns
    chosen values into what the column holds (names → ids). `missing` tells in words what a missing value
    means; empty: it is never missing. `empty` is how the column writes a missing value, None or "".
    `compile(op, value, today)` replaces the operators' own conditions, those of presence excepted; its Q is
    over `CustomerFacts` and has to be right only where the value is there. Where that cannot be seen at
    `path`, `known` says it. `says` = (yes, no) of a flag. `denial` tells "none of" %(value)s of a choice where
    "label — not value" would read as some other value: "has no car of the brand X", not "owns a car — not X".
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
    known: Q | None = None
    says: tuple[Any, Any] = ("", "")
    denial: Any = ""

    @cached_property
    def operators(self) -> dict[str, Operator]:
        known = self.where_known
        asked = BY_TYPE[self.type] + ([] if known is None else presence(known))
        return {each.name: each for each in asked}

    @cached_property
    def where_known(self) -> Q | None:
        """Holds where the value is there; None: it always is."""
        if not self.missing or self.known is not None or not self.path:
            return self.known
        # Greater than "": also of a row that is absent from a joined table it is not true.
        return Q(**{f"{self.path}__isnull": False}) if self.empty is None else Q(**{f"{self.path}__gt": ""})

    def condition(self, op: str, value: Any, today: dt.date, *, negated: bool = False) -> Q:
        """The condition, or its NOT, for a value that the operator's shape has cleaned.

        Where the value is missing neither holds: see the table in `segments.rules.operators`.
        """
        operator = self.operators[op]
        asked = self._asked(operator, value, today)
        known = None if op in PRESENCE else self.where_known
        if negated:
            asked = ~asked
        return known & asked if known is not None and (negated or operator.denies) else asked

    def _asked(self, operator: Operator, value: Any, today: dt.date) -> Q:
        if self.column and isinstance(value, list):
            value = self.column(value)
        if self.compile and operator.name not in PRESENCE:
            return self.compile(operator.name, value, today)
        return operator.condition(self.path, value, today)


@dataclass(frozen=True, kw_only=True, eq=False)
class Event:
    """Something a person did, counted over rows of `model` that satisfy `rows`.

    `customer` and `moment` name the model's foreign key to the customer and its time; `where` are fields
    whose paths are columns of `model`. What is had rather than done ("owns a car") words itself:
    `tell(node, details, negated)`, where `details` are the words of `where`. `days` may be a day
    (`is_day`) or a moment.
    """

    name: str
    label: Any
    model: type[Model]
    rows: Q
    group: Any = ""
    customer: str = "customer"
    moment: str = "happened_at"
    is_day: bool = False
    tell: Callable[[dict, str, bool], str] | None = None
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


def knows(leaf: Mapping[str, Any]) -> bool:
    """Whether the registry has what a condition asks about: a ready-made rule may speak of an app that is not there."""
    if "event" in leaf:
        event = EVENTS.get(leaf["event"])
        return event is not None and all(each["field"] in event.where for each in leaf.get("where", ()))
    asked = FIELDS.get(leaf["field"])
    return asked is not None and leaf["op"] in asked.operators
