"""What an operator is: the value it asks for, its condition and its words."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from segments.rules.shapes import Shape

Condition = Callable[[str, Any, dt.date], Q]


@dataclass(frozen=True, kw_only=True)
class Operator:
    """`condition(path, value, today)` of a column that has a value; of a missing value `fields.Field` knows.

    `phrase` takes %(field)s and %(value)s, or %(lower)s and %(upper)s of a pair; `refusal` is the phrase of the
    negation (empty: "it is not true that"). `counted`: both have plural forms by the number %(n)s, which is the
    value itself, the upper one of a pair, or how many values a list has. `denies`: the operator says "not", so
    that it does not hold of a missing value. `joint` stands between values of a list: "or", "and not", ",".
    """

    name: str
    label: Any  # as the builder's list shows it
    shape: Shape
    phrase: Any
    condition: Condition
    refusal: Any = ""
    counted: bool = False
    denies: bool = False
    joint: str = "or"
