"""What brings a person into a scenario: a registry of occasions, to which upper apps add theirs.

An occasion is a statement (customer_id, occasion, happened_at): whose it is, a key that is hers once for each time that it
happens, and when that was. It is asked again and again, and may tell of the same one as often as it likes.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.scenarios.goals import OF_HISTORY
from segments.models import Interaction, Segment

MOST_OFFSET = 3650  # days


@dataclass(frozen=True, slots=True)
class Asked:
    """For which time: occasions from `since` on, up to `now`. `activated_at`: when the version began to work."""

    since: dt.datetime
    now: dt.datetime
    activated_at: dt.datetime

    @property
    def days(self) -> list[dt.date]:
        """The days of the business clock, today last."""
        first, last = (timezone.localdate(moment, timezone.get_default_timezone()) for moment in (self.since, self.now))
        return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


Statement = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Occasion:
    """`check(entry)` gives the settings as they are kept, or raises ValueError with a sentence; `statement(entry, asked)` the
    SQL and its parameters, named as no other; `words(entry)` how it is told. `is_frequent`: asked with every tick; others
    once an hour, since they go over the base. `is_once`: a person has it only once, whatever the pause between two."""

    name: str
    label: str | Promise
    check: Callable[[Mapping[str, Any]], dict[str, Any]]
    statement: Callable[[Mapping[str, Any], Asked], Statement]
    words: Callable[[Mapping[str, Any]], str]
    is_frequent: bool = False
    is_once: bool = False


_occasions: dict[str, Occasion] = {}


def register(*occasions: Occasion) -> None:
    """Add occasions; a second registration under the same name replaces the first."""
    _occasions.update({each.name: each for each in occasions})


def every() -> list[Occasion]:
    return list(_occasions.values())


def find(entry: Mapping[str, Any]) -> Occasion | None:
    return _occasions.get(str(entry.get("occasion", "")))


def checked(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an entry as they are kept. Raises ValueError with a sentence."""
    found = find(entry)
    if found is None:
        raise ValueError(_("Choose what brings people into the scenario."))
    return {"occasion": found.name, **found.check(entry)}


# --- the history ---

HAPPENED = """
SELECT i.customer_id, 'document:' || i.id AS occasion, i.happened_at FROM segments_interaction AS i
WHERE i.kind = %(occasion_kind)s AND i.happened_at > %(since)s AND i.happened_at <= %(now)s AND i.customer_id IS NOT NULL
"""


def _check_happened(entry: Mapping[str, Any]) -> dict[str, Any]:
    if entry.get("did") not in OF_HISTORY:
        raise ValueError(_("Choose what the person did."))
    lines = [line for line in entry.get("lines") or [] if line in Interaction.Line.values]
    return {"did": entry["did"], "lines": lines}


def _happened(entry: Mapping[str, Any], asked: Asked) -> Statement:
    parameters = {"occasion_kind": OF_HISTORY[entry["did"]][0].value, "since": asked.since, "now": asked.now}
    if entry.get("lines"):
        return f"{HAPPENED} AND i.line = ANY(%(occasion_lines)s)", parameters | {"occasion_lines": entry["lines"]}
    return HAPPENED, parameters


def _happened_words(entry: Mapping[str, Any]) -> str:
    lines = ", ".join(str(Interaction.Line(line).label) for line in entry.get("lines") or [])
    words = str(OF_HISTORY[entry["did"]][1])
    return f"{words} ({lines})" if lines else words


# --- dates ---

# {name: (column of the facts, whether it comes round every year, label)}
DATES: dict[str, tuple[str, bool, str | Promise]] = {
    "birthday": ("birth_date", True, gettext_lazy("birthday")),
    "owned_since": ("owned_since", True, gettext_lazy("anniversary of the car")),
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


def _date_words(entry: Mapping[str, Any]) -> str:
    label, offset = str(DATES[entry["date"]][2]), entry.get("offset", 0)
    if ages := entry.get("ages"):
        label = _("%(date)s (years: %(ages)s)") % {"date": label, "ages": ", ".join(map(str, ages))}
    if not offset:
        return label
    told = _("%(days)d days before: %(date)s") if offset < 0 else _("%(days)d days after: %(date)s")
    return told % {"days": abs(offset), "date": label}


# --- segments ---

ENTERED = """
SELECT m.customer_id, 'segment:' || extract(epoch FROM m.entered_at)::bigint AS occasion, m.entered_at AS happened_at
FROM segments_membership AS m
WHERE m.segment_id = %(occasion_segment)s AND m.entered_at > GREATEST(%(since)s, %(activated_at)s)
"""
AT_START = """
SELECT m.customer_id, 'start' AS occasion, %(activated_at)s::timestamptz AS happened_at
FROM segments_membership AS m
WHERE m.segment_id = ANY(%(segments_in)s) AND NOT EXISTS (
    SELECT FROM segments_membership AS x WHERE x.customer_id = m.customer_id AND x.segment_id = ANY(%(segments_out)s)
)
"""


def _check_segment(entry: Mapping[str, Any]) -> dict[str, Any]:
    segment = entry.get("segment")
    if not segment or not Segment.objects.filter(pk=segment).exists():
        raise ValueError(_("Choose the segment."))
    return {"segment": int(segment)}


def _check_start(entry: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: sorted({int(pk) for pk in entry.get(name) or []}) for name in ("segments_in", "segments_out")}
    told = [*kept["segments_in"], *kept["segments_out"]]
    if not kept["segments_in"] or Segment.objects.filter(pk__in=told).count() != len(set(told)):
        raise ValueError(_("Choose the segments."))
    return kept


def _segment(entry: Mapping[str, Any], asked: Asked) -> Statement:
    return ENTERED, {
        "occasion_segment": entry["segment"], "since": asked.since, "activated_at": asked.activated_at,
    }  # fmt: skip


def _start(entry: Mapping[str, Any], asked: Asked) -> Statement:
    return AT_START, {
        "segments_in": entry["segments_in"], "segments_out": entry["segments_out"], "activated_at": asked.activated_at,
    }  # fmt: skip


def _named(pks: list[int]) -> str:
    return ", ".join(f"«{name}»" for name in Segment.objects.filter(pk__in=pks).values_list("name", flat=True))


register(
    Occasion("did", gettext_lazy("the person did something"), _check_happened, _happened, _happened_words, is_frequent=True),
    Occasion("date", gettext_lazy("a date comes"), _check_date, _date, _date_words),
    Occasion(
        "segment", gettext_lazy("the person entered a segment"), _check_segment, _segment,
        lambda entry: _("entered the segment %s") % _named([entry["segment"]]),
    ),
    Occasion(
        "start", gettext_lazy("everybody in segments, once"), _check_start, _start,
        lambda entry: _("everybody in %s at the start") % _named(entry["segments_in"]), is_frequent=True, is_once=True,
    ),
)  # fmt: skip
