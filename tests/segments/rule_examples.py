"""A value for every operator of every field, and a condition of each, for tests that go through the registry."""

from typing import Any

from segments.rules.comparing import Operator
from segments.rules.day_shapes import Date, MonthDay
from segments.rules.fields import Field
from segments.rules.shapes import Flag, Money, Months, Nothing, Pair, Several, Shape, Share, Text

BY_SHAPE: dict[type, Any] = {
    Nothing: None,
    Money: "300000",
    Share: 0.7,
    Date: "2026-05-01",
    MonthDay: "05-31",
    Months: [5, 6],
    Text: "дорого",
    Flag: True,
}


def an_example(field: Field, operator: Operator) -> Any:
    """A value that the operator takes; of a closed list its first choice."""
    return _of(operator.shape, field)


def _of(shape: Shape, field: Field) -> Any:
    if isinstance(shape, Pair):
        return [_of(shape.part, field)] * 2
    if isinstance(shape, Several) and not isinstance(shape, Months):
        return [field.choices()[0][0]]
    return BY_SHAPE.get(type(shape), 5)
