"""What each step of a scenario added, and what to do with it.

A step may leave a part of those who come to it without its message: they and the others differ by the message alone, so what
they did within `WINDOW` of it is what it added. Where no step's control group is kept, the control group of the scenario says
what was added while the step was the last one: of everybody drawn, who first reached the goal between the time when people
usually come to this step and the time when they come to the next. Of several steps each interval is wider (Bonferroni).
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db import connection

from campaigns import pricing
from campaigns.models import Campaign, Run, ScenarioVersion
from campaigns.proportions import Between, newcombe
from campaigns.scenarios import effect, goals
from campaigns.scenarios.effect import ENOUGH, MERGED, PEOPLE, WINDOW
from segments.lines import SHE_DID

ALPHA = 0.05
SOME = 20_000  # people

# When half of those who came to a step had come to it, in days from the occasion; a call is come to when it is asked for. Some
# thousands of people say it as well as all of them.
ARRIVALS = """
SELECT a.place, percentile_disc(0.5) WITHIN GROUP (ORDER BY a.after) FROM unnest(%(places)s::int[], %(keys)s::text[]) AS s (place, key)
CROSS JOIN LATERAL (
    (SELECT s.place, v.happened_at - e.happened_at AS after
     FROM campaigns_enrolmentmove AS v JOIN campaigns_enrolment AS e ON e.id = v.enrolment_id
     WHERE v.version_id = %(version)s AND v.node = s.place AND v.verdict IN ('sent', 'control') LIMIT %(some)s)
    UNION ALL
    (SELECT s.place, t.made_at - e.happened_at
     FROM campaigns_calltask AS t JOIN campaigns_enrolment AS e ON e.id = t.enrolment_id AND e.version_id = %(version)s
     WHERE t.step = s.key LIMIT %(some)s)
) AS a GROUP BY 1
"""
# Ages and first goals, each person once; `place` is the last of the steps that she has had the time to come to.
BY_TIME = f"""
WITH {PEOPLE}, reached AS (
    SELECT p.is_control, min(i.happened_at) - p.since AS after
    FROM people AS p JOIN segments_interaction AS i ON i.customer_id = p.customer_id AND i.kind = ANY(%(kinds)s)
        AND i.happened_at > p.since AND i.happened_at <= p.since + %(window)s AND {SHE_DID.format(row="i")}
    GROUP BY p.customer_id, p.is_control, p.since
)
SELECT 'people', is_control, width_bucket(now() - since, %(starts)s::interval[]), count(*) FROM people GROUP BY 2, 3
UNION ALL SELECT 'reached', is_control, width_bucket(after, %(starts)s::interval[]), count(*) FROM reached GROUP BY 2, 3
"""
# Each person once for a step, from the first time that she came to it.
OWN = f"""
WITH drawn AS MATERIALIZED (
    SELECT r.campaign_id, COALESCE(c.merged_into_id, m.customer_id) AS customer_id, bool_or(m.left_out = 'control') AS is_control,
           min(m.planned_at) AS since
    FROM campaigns_message AS m JOIN campaigns_run AS r ON r.id = m.run_id {MERGED} ON c.id = m.customer_id
    WHERE m.run_id = ANY(%(runs)s) AND m.left_out IN ('', 'control') GROUP BY 1, 2
), reached AS (
    SELECT DISTINCT d.campaign_id, d.is_control, d.customer_id
    FROM drawn AS d JOIN segments_interaction AS i ON i.customer_id = d.customer_id AND i.kind = ANY(%(kinds)s)
        AND i.happened_at > d.since AND i.happened_at <= d.since + %(window)s AND {SHE_DID.format(row="i")}
)
SELECT 'people', campaign_id, is_control, count(*) FROM drawn GROUP BY 2, 3
UNION ALL SELECT 'reached', campaign_id, is_control, count(*) FROM reached GROUP BY 2, 3
"""
ACCEPTED = """
SELECT r.campaign_id, count(*) FROM campaigns_outcome AS o JOIN campaigns_run AS r ON r.id = o.run_id
WHERE o.run_id = ANY(%(runs)s) AND o.kind = 'accepted' GROUP BY 1
"""
OPTED_OUT = """
SELECT r.campaign_id, count(*) FROM campaigns_deliverystate AS d JOIN campaigns_run AS r ON r.id = d.run_id
WHERE d.run_id = ANY(%(runs)s) AND (d.unsubscribed_at IS NOT NULL OR d.complained_at IS NOT NULL) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """People of the step and of a control group, how many of each reached the goal, and what the difference may be."""

    people: int
    control: int
    hits: int
    base: int
    between: Between
    is_own: bool  # the step's own control group, not the scenario's

    @property
    def share(self) -> float:
        return self.hits / self.people

    @property
    def control_share(self) -> float:
        return self.base / self.control

    @property
    def difference(self) -> float:
        return self.share - self.control_share

    @property
    def added(self) -> int:
        return round(self.difference * self.people)

    @property
    def most(self) -> int:
        """People that it can have added at best."""
        return max(math.floor(self.between.high * self.people), 0)

    @property
    def missing(self) -> int:
        """People of the smaller group who are still to come before anything is said."""
        return max(ENOUGH - min(self.people, self.control), 0)


@dataclass(frozen=True, slots=True)
class StepEffect:
    """`sent`: messages that were accepted. `times` from the occasion: when people come to it, and
    to the next step; None: nobody has come yet."""

    place: int
    sent: int
    opted_out: int
    roubles: Decimal
    times: tuple[dt.timedelta, dt.timedelta] | None
    compared: Compared | None
    is_last: bool

    @property
    def advice(self) -> str:
        """nobody | early | add | keep | harms | annoys | unclear"""
        found = self.compared
        if found is None:
            return "nobody"
        if found.missing:
            return "early"
        if found.between.low > 0:
            return "add" if self.is_last else "keep"
        if found.between.high < 0:
            return "harms"
        return "annoys" if self.opted_out > found.most else "unclear"

    @property
    def opted_out_share(self) -> float:
        return self.opted_out / self.sent if self.sent else 0

    @property
    def days(self) -> tuple[int, int] | None:
        return (self.times[0].days, self.times[1].days) if self.times else None


def of(version: ScenarioVersion) -> list[StepEffect]:
    """Of the steps that write or have people called, in their order. Goes over all who have entered the version."""
    acting = {place: node for place, node in enumerate(version.flow) if node.get("do") in ("send", "call")}
    campaigns = {step.key: step.campaign for step in version.steps.select_related("campaign__account")}
    of_place = {place: campaigns.get(node["key"]) for place, node in acting.items()}
    runs = _runs([campaign.pk for campaign in campaigns.values()])
    everything = [run for of_one in runs.values() for run in of_one]
    accepted, opted_out = (dict(_rows(text, runs=everything)) for text in (ACCEPTED, OPTED_OUT))
    drawing = {each.pk: runs[each.pk] for each in campaigns.values() if each.control_percent and runs[each.pk]}
    own, times = _own(version, drawing, len(acting)), _times(version, acting)
    by_time = _by_time(version, times, len(acting))
    last = max(times, key=lambda place: times[place][0], default=-1)

    def told(place: int, campaign: Campaign | None) -> StepEffect:
        if campaign is None:
            return StepEffect(place, 0, 0, Decimal(0), times.get(place), by_time.get(place), place == last)
        sent = accepted.get(campaign.pk, 0)
        spent = pricing.spent(campaign, runs[campaign.pk], sent)
        found = own.get(campaign.pk)
        compared = found if found and not found.missing else by_time.get(place, found)
        return StepEffect(place, sent, opted_out.get(campaign.pk, 0), spent, times.get(place), compared, place == last)

    return [told(place, campaign) for place, campaign in of_place.items()]


def _runs(campaigns: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {campaign: [] for campaign in campaigns}
    for campaign, run in Run.objects.filter(campaign__in=campaigns).values_list("campaign_id", "pk"):
        found[campaign].append(run)
    return found


def _times(version: ScenarioVersion, acting: Mapping[int, Any]) -> dict[int, tuple[dt.timedelta, dt.timedelta]]:
    """{place: the time from the occasion after which people come to it, and to the next of those that come later}"""
    keys = [node["key"] for node in acting.values()]
    asked = {"places": list(acting), "keys": keys, "version": version.pk, "some": SOME}
    begins = {place: max(after, dt.timedelta()) for place, after in _rows(ARRIVALS, **asked)}
    ends = dict(pairwise([*sorted(set(begins.values())), WINDOW]))
    return {place: (begun, max(ends[begun], begun)) for place, begun in begins.items()}


def _by_time(version: ScenarioVersion, times: Mapping[int, Any], comparisons: int) -> dict[int, Compared]:
    """Those who have had the time to come to a step, against those of the control group who have."""
    if not times:
        return {}
    starts = sorted({begun for begun, _ended in times.values()})
    asked = {"version": version.pk, "window": WINDOW, "kinds": _kinds(version), "starts": starts}
    found = {tuple(key): people for *key, people in _rows(BY_TIME, **asked)}
    compared = {}
    for place, (begun, _ended) in times.items():
        at = starts.index(begun) + 1
        people, control = (
            sum(found.get(("people", arm, older), 0) for older in range(at, len(starts) + 1)) for arm in (False, True)
        )
        hits, base = (found.get(("reached", arm, at), 0) for arm in (False, True))
        if people and control:
            compared[place] = _compare((people, control, hits, base), comparisons, is_own=False)
    return compared


def _own(version: ScenarioVersion, runs: Mapping[int, Sequence[int]], comparisons: int) -> dict[int, Compared]:
    """By the ids of campaigns, of those that leave a part of their people alone."""
    if not runs:
        return {}
    asked = {"runs": [run for of_one in runs.values() for run in of_one], "window": WINDOW, "kinds": _kinds(version)}
    found = {tuple(key): people for *key, people in _rows(OWN, **asked)}
    compared = {}
    for campaign in runs:
        people, control, hits, base = (
            found.get((what, campaign, arm), 0) for what in ("people", "reached") for arm in (False, True)
        )
        if people and control:
            compared[campaign] = _compare((people, control, hits, base), comparisons, is_own=True)
    return compared


def _compare(figures: tuple[int, int, int, int], comparisons: int, *, is_own: bool) -> Compared:
    """People, those of the control group, and how many of each reached the goal; both groups have somebody."""
    people, control, hits, base = figures
    between = newcombe(hits, people, base, control, level=1 - ALPHA / comparisons)
    return Compared(people, control, hits, base, between, is_own)


def _kinds(version: ScenarioVersion) -> list[str]:
    """What counts as the goal: what the version asks of history; what the holding lives on where it asks nothing of it."""
    names = [name for name in version.goal if name in goals.OF_HISTORY] or effect.ALWAYS
    return [goals.OF_HISTORY[name][0].value for name in names]


def _rows(statement: str, **parameters: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
