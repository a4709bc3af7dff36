"""Operators over days: spans of the calendar, and what comes back every year.

A span is (first day, day after the last), either of them open: columns of days and of moments read the same spans.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from segments.rules.comparing import Condition, Operator
from segments.rules.day_shapes import Date, MonthDay, RoundYear
from segments.rules.shapes import MAX_DAYS, Months, Nothing, Pair, Whole

Span = tuple[dt.date | None, dt.date | None]
DAYS = Whole(0, MAX_DAYS)
YEAR_OF_DAYS = Whole(0, 366)


def _from(day: dt.date, days: int) -> dt.date:
    return day + dt.timedelta(days=days)


SPANS: dict[str, Callable[[Any, dt.date], Span]] = {
    "within_days": lambda v, t: (_from(t, -v), _from(t, 1)),
    "earlier_than_days": lambda v, t: (None, _from(t, -v)),
    "days_ago": lambda v, t: (_from(t, -v), _from(t, 1 - v)),
    "between_days_ago": lambda v, t: (_from(t, -v[1]), _from(t, 1 - v[0])),
    "in_next_days": lambda v, t: (t, _from(t, v + 1)),
    "in_days": lambda v, t: (_from(t, v), _from(t, v + 1)),
    "between_days_ahead": lambda v, t: (_from(t, v[0]), _from(t, v[1] + 1)),
    "before": lambda v, t: (None, v),
    "since": lambda v, t: (v, None),
    "on": lambda v, t: (v, _from(v, 1)),
    "between": lambda v, t: (v[0], _from(v[1], 1)),
}


def midnight(day: dt.date) -> dt.datetime:
    """The moment at which a day of the holding begins."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time()), timezone.get_default_timezone())


def _within(name: str, bound: Callable[[dt.date], Any] = lambda day: day) -> Condition:
    """The days of the span; `bound` turns a day into what the column is compared with."""

    def condition(path: str, value: Any, today: dt.date) -> Q:
        lower, upper = SPANS[name](value, today)
        asked = {} if lower is None else {f"{path}__gte": bound(lower)}
        return Q(**asked, **({} if upper is None else {f"{path}__lt": bound(upper)}))

    return condition


def birthdays(path: str, today: dt.date, days: int) -> Q:
    """Month and day of the column at `path` within `days` after today; 29 February is kept on the 28th of other years."""
    return _on_days_of_year(path, [today + dt.timedelta(days=each) for each in range(min(days, 366) + 1)])


def _on_days_of_year(path: str, days: list[dt.date]) -> Q:
    by_month: dict[int, set[int]] = {}
    for day in days:
        by_month.setdefault(day.month, set()).add(day.day)
        if (day.month, day.day) == (2, 28) and (day + dt.timedelta(days=1)).month == 3:
            by_month[2].add(29)
    condition = Q()
    for month, numbers in sorted(by_month.items()):
        # The month before the day: keywords of one Q would be put in order of the alphabet.
        condition |= Q(**{f"{path}__month": month}) & Q(**{f"{path}__day__in": sorted(numbers)})
    # All months first: asked once, they rule out nearly everybody.
    return Q(**{f"{path}__month__in": sorted(by_month)}) & condition if len(by_month) > 1 else condition


def _of_the_year(path: str, value: list[dt.date], today: dt.date) -> Q:
    """From one day of the year to another, both included, over New Year when the first is the later one."""
    first, last = value
    after = Q(**{f"{path}__month__gt": first.month}) | Q(
        **{f"{path}__month": first.month, f"{path}__day__gte": first.day}
    )
    before = Q(**{f"{path}__month__lt": last.month}) | Q(
        **{f"{path}__month": last.month, f"{path}__day__lte": last.day}
    )
    return after & before if (first.month, first.day) <= (last.month, last.day) else after | before


def _anniversary(name: str) -> Condition:
    """The same day of a later year: the day itself is not its own anniversary."""

    def condition(path: str, value: int, today: dt.date) -> Q:
        days = range(value + 1) if name == "anniversary_in_next_days" else [value]
        return _on_days_of_year(path, [_from(today, each) for each in days]) & Q(**{f"{path}__lt": today})

    return condition


ON_CALENDAR = [
    Operator(
        name="within_days", label=_("in the last … days"), shape=DAYS, counted=True, condition=_within("within_days"),
        phrase=ngettext_lazy("%(field)s — in the last %(n)s day", "%(field)s — in the last %(n)s days", "n"),
        refusal=ngettext_lazy("%(field)s — not in the last %(n)s day", "%(field)s — not in the last %(n)s days", "n"),
    ),
    Operator(
        name="earlier_than_days", label=_("more than … days ago"), shape=DAYS, counted=True, condition=_within("earlier_than_days"),
        phrase=ngettext_lazy("%(field)s — more than %(n)s day ago", "%(field)s — more than %(n)s days ago", "n"),
        refusal=ngettext_lazy("%(field)s — not earlier than %(n)s day ago", "%(field)s — not earlier than %(n)s days ago", "n"),
    ),
    Operator(
        name="days_ago", label=_("exactly … days ago"), shape=DAYS, counted=True, condition=_within("days_ago"),
        phrase=ngettext_lazy("%(field)s — exactly %(n)s day ago", "%(field)s — exactly %(n)s days ago", "n"),
        refusal=ngettext_lazy("%(field)s — not %(n)s day ago", "%(field)s — not %(n)s days ago", "n"),
    ),
    Operator(
        name="between_days_ago", label=_("from … to … days ago"), shape=Pair(DAYS), counted=True, condition=_within("between_days_ago"),
        phrase=ngettext_lazy("%(field)s — from %(lower)s to %(upper)s day ago", "%(field)s — from %(lower)s to %(upper)s days ago", "n"),
        refusal=ngettext_lazy("%(field)s — not from %(lower)s to %(upper)s day ago", "%(field)s — not from %(lower)s to %(upper)s days ago", "n"),
    ),
    Operator(
        name="in_next_days", label=_("in the next … days"), shape=DAYS, counted=True, condition=_within("in_next_days"),
        phrase=ngettext_lazy("%(field)s — in the next %(n)s day", "%(field)s — in the next %(n)s days", "n"),
        refusal=ngettext_lazy("%(field)s — not in the next %(n)s day", "%(field)s — not in the next %(n)s days", "n"),
    ),
    Operator(
        name="in_days", label=_("exactly in … days"), shape=DAYS, counted=True, condition=_within("in_days"),
        phrase=ngettext_lazy("%(field)s — in %(n)s day exactly", "%(field)s — in %(n)s days exactly", "n"),
        refusal=ngettext_lazy("%(field)s — not in %(n)s day", "%(field)s — not in %(n)s days", "n"),
    ),
    Operator(
        name="between_days_ahead", label=_("in … to … days"), shape=Pair(DAYS), counted=True, condition=_within("between_days_ahead"),
        phrase=ngettext_lazy("%(field)s — in %(lower)s to %(upper)s day", "%(field)s — in %(lower)s to %(upper)s days", "n"),
        refusal=ngettext_lazy("%(field)s — not in %(lower)s to %(upper)s day", "%(field)s — not in %(lower)s to %(upper)s days", "n"),
    ),
    Operator(
        name="before", label=pgettext_lazy("operator of a rule", "before"), shape=Date(), condition=_within("before"),
        phrase=_("%(field)s — before %(value)s"), refusal=_("%(field)s — since %(value)s"),
    ),
    Operator(
        name="since", label=pgettext_lazy("operator of a rule", "since"), shape=Date(), condition=_within("since"),
        phrase=_("%(field)s — since %(value)s"), refusal=_("%(field)s — before %(value)s"),
    ),
    Operator(
        name="on", label=pgettext_lazy("operator of a rule", "on the day"), shape=Date(), condition=_within("on"),
        phrase=_("%(field)s — on %(value)s"), refusal=_("%(field)s — not on %(value)s"),
    ),
    Operator(
        name="between", label=pgettext_lazy("operator of a rule", "between dates"), shape=Pair(Date()), condition=_within("between"),
        phrase=_("%(field)s — between %(lower)s and %(upper)s"), refusal=_("%(field)s — not between %(lower)s and %(upper)s"),
    ),
]  # fmt: skip
EVERY_YEAR = [
    Operator(
        name="in_months", label=pgettext_lazy("operator of a rule", "in the months"), shape=Months(),
        phrase=_("%(field)s — %(value)s"), refusal=_("%(field)s — not %(value)s"),
        condition=lambda p, v, t: Q(**{f"{p}__month__in": v}),
    ),
    Operator(
        name="of_the_year", label=_("from day to day of any year"), shape=RoundYear(MonthDay()), condition=_of_the_year,
        phrase=_("%(field)s — between %(lower)s and %(upper)s"), refusal=_("%(field)s — not between %(lower)s and %(upper)s"),
    ),
]  # fmt: skip
MOMENTS = [replace(each, condition=_within(each.name, midnight)) for each in ON_CALENDAR]
DATES = [
    *ON_CALENDAR,
    Operator(
        name="anniversary_in_next_days", label=_("anniversary in the next … days"), shape=YEAR_OF_DAYS, counted=True,
        condition=_anniversary("anniversary_in_next_days"),
        phrase=ngettext_lazy("%(field)s — anniversary in the next %(n)s day", "%(field)s — anniversary in the next %(n)s days", "n"),
        refusal=ngettext_lazy("%(field)s — no anniversary in the next %(n)s day", "%(field)s — no anniversary in the next %(n)s days", "n"),
    ),
    Operator(
        name="anniversary_in_days", label=_("anniversary exactly in … days"), shape=YEAR_OF_DAYS, counted=True,
        condition=_anniversary("anniversary_in_days"),
        phrase=ngettext_lazy("%(field)s — anniversary in %(n)s day exactly", "%(field)s — anniversary in %(n)s days exactly", "n"),
        refusal=ngettext_lazy("%(field)s — anniversary not in %(n)s day", "%(field)s — anniversary not in %(n)s days", "n"),
    ),
    *EVERY_YEAR,
]  # fmt: skip
ANNIVERSARY = [
    Operator(
        name="in_next_days", label=_("in the next … days"), shape=YEAR_OF_DAYS, counted=True,
        condition=lambda p, v, t: birthdays(p, t, v),
        phrase=ngettext_lazy("%(field)s — in the next %(n)s day", "%(field)s — in the next %(n)s days", "n"),
        refusal=ngettext_lazy("%(field)s — not in the next %(n)s day", "%(field)s — not in the next %(n)s days", "n"),
    ),
    Operator(
        name="in_days", label=_("exactly in … days"), shape=YEAR_OF_DAYS, counted=True,
        condition=lambda p, v, t: _on_days_of_year(p, [_from(t, v)]),
        phrase=ngettext_lazy("%(field)s — in %(n)s day exactly", "%(field)s — in %(n)s days exactly", "n"),
        refusal=ngettext_lazy("%(field)s — not in %(n)s day", "%(field)s — not in %(n)s days", "n"),
    ),
    Operator(
        name="today", label=pgettext_lazy("operator of a rule", "today"), shape=Nothing(),
        condition=lambda p, v, t: birthdays(p, t, 0),
        phrase=_("%(field)s — today"), refusal=_("%(field)s — not today"),
    ),
    *EVERY_YEAR,
]  # fmt: skip
