"""Whole months and years that have passed since a day: "32 years old", "has had the car for 14 months".

Facts hold the day; how long ago that was is worked out when a rule asks.
"""

import calendar
import datetime as dt
from typing import Any

from django.db.models import Q

from segments.rules.fields import Compile

YEAR = 12  # months


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day `months` earlier, or the last one of a shorter month: who was born on 29 February is a year older
    on 1 March of other years."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < dt.MINYEAR:
        return dt.date.min
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def bounds(op: str, value: Any) -> tuple[int | None, int | None]:
    """The least and the greatest number that a comparison of numbers lets through; None: no such bound."""
    least, most = value if op == "between" else (value, value)
    return None if op == "at_most" else least, None if op == "at_least" else most


def elapsed(path: str, unit: int = 1) -> Compile:
    """The condition of a number that counts whole spans of `unit` months since the day at `path`."""

    def condition(op: str, value: Any, today: dt.date) -> Q:
        least, most = bounds(op, value)
        asked = Q() if least is None else Q(**{f"{path}__lte": months_before(today, least * unit)})
        return asked if most is None else asked & Q(**{f"{path}__gt": months_before(today, (most + 1) * unit)})

    return condition
