"""Fields of a facts table that has rows only for people of whom there is something to say: no row means the number 0."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, Value
from django.utils.functional import Promise

from segments.rules.fields import Field
from segments.rules.operators import BY_TYPE


def number(path: str, **settings: Any) -> Field:
    """A field of the number at `path` ("engagement__opened"); the table's related name is its first part."""
    operators = {each.name: each for each in BY_TYPE["number"]}
    absent = Q(**{f"{path.partition('__')[0]}__isnull": True})

    def condition(op: str, value: Any, today: dt.date) -> Q:
        """Whether 0 will do is asked of the operator itself, once for the whole base."""
        asked = operators[op].condition(path, value, today)
        with_zero = operators[op].condition("zero", value, today).check({"zero": Value(0)})
        return asked | absent if with_zero else asked

    return Field(type="number", path=path, compile=condition, **settings)


@dataclass(frozen=True, slots=True)
class Facts:
    """The fields of one facts table, by its related name, under one heading of the editor."""

    table: str
    group: Promise

    def number(self, name: str, column: str, label: Promise) -> Field:
        return number(f"{self.table}__{column}", name=name, label=label, group=self.group)

    def date(self, name: str, column: str, label: Promise, missing: Promise) -> Field:
        path = f"{self.table}__{column}"
        return Field(name=name, label=label, type="date", path=path, group=self.group, missing=missing)
