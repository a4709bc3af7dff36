"""Occasions of days of a person and of her car, some of which come round every year."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.scenarios.occasions.registry import Asked, Occasion, Statement

MOST_OFFSET = 3650  # days
# {name: (column of the facts, whether it comes round every year, label)}
DATES: dict[str, tuple[str, bool, str | Promise]] = {
    "birthday": ("birth_date", True, gettext_lazy("birthday")),
    "owned_since": ("owned_since", True, gettext_lazy("anniversary of the car")),
    "car_since": ("car_since", True, gettext_lazy("birthday of the car")),
    "last_purchase": ("last_purchase", True, gettext_lazy("anniversary of the last purchase")),
    "last_seen": ("last_seen", False, gettext_lazy("last heard of")),
    "insurance_end": ("insurance_end", False, gettext_lazy("insurance ends")),
    "service_due": ("service_due", False, gettext_lazy("service is due")),
    "new_due": ("new_due", False, gettext_lazy("time for the next new car")),
    "used_due": ("used_due", False, gettext_lazy("time for the next used car")),
    "accessories_due": ("accessories_due", False, gettext_lazy("time for the next accessories")),
}
COMES = """
SELECT f.customer_id, %(occasion_date)s || ':' || d.day AS occasion, d.day::timestamp AT TIME ZONE %(zone)s AS happened_at
FROM segments_customerfacts AS f
JOIN unnest(%(occasion_days)s::date[]) AS d (day) ON f.{column} = d.day - %(offset)s
"""
COMES_ROUND = """
SELECT f.customer_id, %(occasion_date)s || ':' || d.day AS occasion, d.day::timestamp AT TIME ZONE %(zone)s AS happened_at
FROM segments_customerfacts AS f
JOIN unnest(%(occasion_days)s::date[], %(marks)s::text[], %(years)s::int[]) AS d (day, mark, year)
    ON to_char(f.{column}, 'MMDD') = d.mark
WHERE f.{column} < d.day AND (%(ages)s::int[] IS NULL OR d.year - EXTRACT(YEAR FROM f.{column})::int = ANY(%(ages)s))
"""


def _check_date(entry: Mapping[str, Any]) -> dict[str, Any]:
    if entry.get("date") not in DATES:
        raise ValueError(_("Choose the date."))
    offset = int(entry.get("offset") or 0)
    if abs(offset) > MOST_OFFSET:
        raise ValueError(_("A date is at most ten years away."))
    ages = sorted({int(age) for age in entry.get("ages") or []})
    if ages and not (DATES[entry["date"]][1] and 0 < ages[0] <= ages[-1] <= 120):
        raise ValueError(_("Years are told only of dates that come round, from 1 to 120."))
    return {"date": entry["date"], "offset": offset, "ages": ages}


def _date(entry: Mapping[str, Any], asked: Asked) -> Statement:
    column, is_round, _label = DATES[entry["date"]]
    offset, days = entry.get("offset", 0), asked.days
    parameters = {"occasion_date": entry["date"], "zone": settings.TIME_ZONE, "occasion_days": days}
    if not is_round:
        return COMES.format(column=column), parameters | {"offset": offset}
    of_years = [(day, mark, comes.year) for day in days for comes, mark in _marks(day - dt.timedelta(days=offset))]
    parameters |= {
        "occasion_days": [day for day, _mark, _year in of_years],
        "marks": [mark for _day, mark, _year in of_years],
        "years": [year for _day, _mark, year in of_years],
        "ages": entry.get("ages") or None,
    }
    return COMES_ROUND.format(column=column), parameters


def _marks(day: dt.date) -> list[tuple[dt.date, str]]:
    """Month and day; the 29th of February is kept on the 28th where the year has none."""
    marks = [(day, f"{day:%m%d}")]
    if (day.month, day.day) == (2, 28) and (day + dt.timedelta(days=1)).month == 3:
        marks.append((day, "0229"))
    return marks


def _date_words(entry: Mapping[str, Any], _names: Mapping[int, str]) -> str:
    label, offset = str(DATES[entry["date"]][2]), entry.get("offset", 0)
    if ages := entry.get("ages"):
        label = _("%(date)s (years: %(ages)s)") % {"date": label, "ages": ", ".join(map(str, ages))}
    if not offset:
        return label
    told = _("%(days)d days before: %(date)s") if offset < 0 else _("%(days)d days after: %(date)s")
    return told % {"days": abs(offset), "date": label}


DATE = Occasion("date", gettext_lazy("a date comes"), _check_date, _date, _date_words)
