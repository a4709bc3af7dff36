"""The operators of each field type: the value they ask for, their condition and their words.

A condition over a missing value is false, and so its negation is true: "not (bought after May)" holds
for those who never bought, "brand is none of X" for those without a brand. `is_known` says otherwise.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from segments.rules.shapes import MAX_DAYS, Date, Flag, Money, Months, Nothing, Pair, Several, Shape, Text, Whole

Condition = Callable[[str, Any, dt.date], Q]


@dataclass(frozen=True)
class Operator:
    """`phrase` takes %(field)s, %(value)s, %(lower)s and %(upper)s, or %(n)s where the value is a number of days."""

    name: str
    label: Any  # as the builder's list shows it
    shape: Shape
    phrase: Any
    condition: Condition
    counted: bool = False  # the phrase has plural forms by the number of days


def _days(day: dt.date, days: int) -> dt.date:
    return day + dt.timedelta(days=days)


def birthdays(path: str, today: dt.date, days: int) -> Q:
    """Month and day of the column at `path` within `days` after today; 29 February is kept on the 28th of other years."""
    window = [today + dt.timedelta(days=each) for each in range(min(days, 366) + 1)]
    by_month: dict[int, set[int]] = {}
    for day in window:
        by_month.setdefault(day.month, set()).add(day.day)
        if (day.month, day.day) == (2, 28) and (day + dt.timedelta(days=1)).month == 3:
            by_month[2].add(29)
    condition = Q()
    for month, numbers in sorted(by_month.items()):
        condition |= Q(**{f"{path}__month": month, f"{path}__day__in": sorted(numbers)})
    return condition


def _numbers(shape: Shape) -> list[Operator]:
    return [
        Operator("at_least", pgettext_lazy("operator of a rule", "at least"), shape, _("%(field)s — at least %(value)s"), lambda p, v, t: Q(**{f"{p}__gte": v})),
        Operator("at_most", pgettext_lazy("operator of a rule", "at most"), shape, _("%(field)s — at most %(value)s"), lambda p, v, t: Q(**{f"{p}__lte": v})),
        Operator("equals", pgettext_lazy("operator of a rule", "exactly"), shape, _("%(field)s — exactly %(value)s"), lambda p, v, t: Q(**{p: v})),
        Operator(
            "between", pgettext_lazy("operator of a rule", "from … to"), Pair(shape), _("%(field)s — from %(lower)s to %(upper)s"),
            lambda p, v, t: Q(**{f"{p}__gte": v[0], f"{p}__lte": v[1]}),
        ),
    ]  # fmt: skip


DAYS = Whole(0, MAX_DAYS)
DATES = [
    Operator(
        "within_days", _("in the last … days"), DAYS,
        ngettext_lazy("%(field)s — in the last %(n)s day", "%(field)s — in the last %(n)s days", "n"),
        lambda p, v, t: Q(**{f"{p}__gte": _days(t, -v), f"{p}__lte": t}), True,
    ),
    Operator(
        "earlier_than_days", _("more than … days ago"), DAYS,
        ngettext_lazy("%(field)s — more than %(n)s day ago", "%(field)s — more than %(n)s days ago", "n"),
        lambda p, v, t: Q(**{f"{p}__lt": _days(t, -v)}), True,
    ),
    Operator(
        "in_next_days", _("in the next … days"), DAYS,
        ngettext_lazy("%(field)s — in the next %(n)s day", "%(field)s — in the next %(n)s days", "n"),
        lambda p, v, t: Q(**{f"{p}__gte": t, f"{p}__lte": _days(t, v)}), True,
    ),
    Operator("before", pgettext_lazy("operator of a rule", "before"), Date(), _("%(field)s — before %(value)s"), lambda p, v, t: Q(**{f"{p}__lt": v})),
    Operator("since", pgettext_lazy("operator of a rule", "since"), Date(), _("%(field)s — since %(value)s"), lambda p, v, t: Q(**{f"{p}__gte": v})),
    Operator(
        "between", pgettext_lazy("operator of a rule", "between dates"), Pair(Date()), _("%(field)s — between %(lower)s and %(upper)s"),
        lambda p, v, t: Q(**{f"{p}__gte": v[0], f"{p}__lte": v[1]}),
    ),
]  # fmt: skip
ANNIVERSARY = [
    Operator(
        "in_next_days", _("in the next … days"), Whole(0, 366),
        ngettext_lazy("%(field)s — in the next %(n)s day", "%(field)s — in the next %(n)s days", "n"),
        lambda p, v, t: birthdays(p, t, v), True,
    ),
    Operator("today", pgettext_lazy("operator of a rule", "today"), Nothing(), _("%(field)s — today"), lambda p, v, t: birthdays(p, t, 0)),
    Operator(
        "in_months", pgettext_lazy("operator of a rule", "in the months"), Months(), _("%(field)s — in %(value)s"), lambda p, v, t: Q(**{f"{p}__month__in": v})
    ),
]  # fmt: skip
CHOICES = [
    Operator(
        "any_of",
        pgettext_lazy("operator of a rule", "any of"),
        Several(),
        _("%(field)s — %(value)s"),
        lambda p, v, t: Q(**{f"{p}__in": v}),
    ),
    Operator(
        "none_of",
        pgettext_lazy("operator of a rule", "none of"),
        Several(),
        _("%(field)s — not %(value)s"),
        lambda p, v, t: ~Q(**{f"{p}__in": v}),
    ),
]
TEXTS = [
    Operator(
        "contains", pgettext_lazy("operator of a rule", "contains"), Text(), _("%(field)s — contains %(value)s"), lambda p, v, t: Q(**{f"{p}__icontains": v})
    ),
    Operator("equals", pgettext_lazy("operator of a rule", "exactly"), Text(), _("%(field)s — exactly %(value)s"), lambda p, v, t: Q(**{f"{p}__iexact": v})),
]  # fmt: skip
FLAGS = [Operator("is", pgettext_lazy("operator of a rule", "is"), Flag(), "%(value)s", lambda p, v, t: Q(**{p: v}))]
SEGMENTS = [
    Operator("any_of", pgettext_lazy("operator of a rule", "is in any of"), Several(), _("is in segment %(value)s"), lambda p, v, t: Q(**{f"{p}__in": v})),
    Operator("none_of", pgettext_lazy("operator of a rule", "is in none of"), Several(), _("is not in segment %(value)s"), lambda p, v, t: ~Q(**{f"{p}__in": v})),
]  # fmt: skip

BY_TYPE: dict[str, list[Operator]] = {
    "number": _numbers(Whole()),
    "money": _numbers(Money()),
    "date": DATES,
    "anniversary": ANNIVERSARY,
    "choice": CHOICES,
    "text": TEXTS,
    "flag": FLAGS,
    "segment": SEGMENTS,
}


def presence(empty: Any) -> list[Operator]:
    """The two operators of a field whose value may be missing; `empty` is how its column says so (None or "")."""

    def unknown(path: str) -> Q:
        return Q(**{f"{path}__isnull": True}) if empty is None else Q(**{path: empty})

    return [
        Operator(
            "is_known",
            pgettext_lazy("operator of a rule", "is known"),
            Nothing(),
            _("%(field)s — known"),
            lambda p, v, t: ~unknown(p),
        ),
        Operator(
            "is_empty",
            pgettext_lazy("operator of a rule", "is not known"),
            Nothing(),
            _("%(field)s — not known"),
            lambda p, v, t: unknown(p),
        ),
    ]
