"""How long a wait lasts: what its step says, shortened or lengthened by the season calendar.

One set of twelve waits for a batch, by the brand and line of its scenario; the month is that in which the wait begins, by
the holding's clock. Waits inside the 24 hours of a messenger stay as they are, and reminders know no season.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from campaigns.models import Scenario, ScenarioVersion, Season
from campaigns.models.season import USUAL
from campaigns.scenarios.flow import Node
from campaigns.scenarios.occasions import MESSENGERS

SHORTEST, LONGEST = 1, 365 * 24  # hours
WHOLE_DAYS = 3 * 24  # from here on a wait of whole days stays one: a letter keeps its time of day
WINDOW = 24  # hours


@dataclass(frozen=True, slots=True)
class Waits:
    """Hours of a node's wait by the month in which it begins, from January on; `told` is why, where it is not the usual."""

    hours: Sequence[int]
    told: Sequence[str | None] = (None,) * 12

    @property
    def parameters(self) -> dict[str, Any]:
        """What `lasts` and `why` take."""
        return {
            "waits": [dt.timedelta(hours=hours) for hours in self.hours],
            "seasons": list(self.told), "zone": settings.TIME_ZONE,
        }  # fmt: skip

    def begun(self, moment: dt.datetime) -> int:
        """Hours of a wait that begins then."""
        return self.hours[moment.astimezone(timezone.get_default_timezone()).month - 1]


def lasts(since: str) -> str:
    """SQL of how long a wait lasts that begins at the moment, our own SQL."""
    return f"(%(waits)s::interval[])[{_month(since)}]"


def why(since: str) -> str:
    """SQL of what is told of such a wait; NULL of a usual one."""
    return f"(%(seasons)s::jsonb[])[{_month(since)}]"


def _month(since: str) -> str:
    return f"extract(month FROM ({since}) AT TIME ZONE %(zone)s)::int"


def of_node(version: ScenarioVersion, node: Node) -> Waits:
    """Of a node that has people wait."""
    usual = Waits([node.hours] * 12)
    if not node.hours:
        return usual
    months = in_force(version.scenario)
    if not any(months) or _is_in_window(version, node):
        return usual
    hours = [stretched(node.hours, percent_of(season, month)) for month, season in enumerate(months)]
    return Waits(hours, [_told(season, month, node.hours, hours[month]) for month, season in enumerate(months)])


def in_force(scenario: Scenario) -> list[Season | None]:
    """Whose word counts in each month."""
    return of_months(scenario.brand_id, scenario.line)


def of_months(brand_id: int | None, line: str) -> list[Season | None]:
    fitting = Season.objects.filter(Q(brand=None) | Q(brand=brand_id), line__in={"", line}).select_related("brand")
    found = sorted(fitting, key=lambda season: (season.brand_id is None, not season.line))
    return [next((each for each in found if each.percents[month] is not None), None) for month in range(12)]


def percent_of(season: Season | None, month: int) -> int:
    """`month` from 0."""
    return (season.percents[month] if season else None) or USUAL


def stretched(hours: int, percent: int) -> int:
    """From an hour to a year; longer only what was so by itself."""
    if percent == USUAL:
        return hours
    unit = 24 if hours % 24 == 0 and hours * percent >= WHOLE_DAYS * 100 else 1
    rounded = (hours * percent + 50 * unit) // (100 * unit) * unit
    return min(max(rounded, SHORTEST), max(LONGEST, hours))


def _told(season: Season | None, month: int, hours: int, waited: int) -> str | None:
    if season is None or waited == hours:
        return None
    percent = percent_of(season, month)
    brand = season.brand.name if season.brand else ""
    told = {
        "hours": hours,
        "waited": waited,
        "percent": percent,
        "month": month + 1,
        "brand": brand,
        "line": season.line,
    }
    return json.dumps(told)


def _is_in_window(version: ScenarioVersion, node: Node) -> bool:
    """Whether it waits for the answer to a messenger's message, while a free text passes."""
    if node.hours > WINDOW or node.do == "call":
        return False
    sent = [each["key"] for each in version.flow[: node.place + 1] if each["do"] == "send"]
    return bool(sent) and version.steps.filter(key=sent[-1], campaign__channel__in=MESSENGERS).exists()
