"""What a scenario added: people who came into it against its control group, who came too and were left alone.

Everybody drawn counts, whether or not a message reached her (intention to treat), once for a version, from her first occasion
on and for `WINDOW`; both groups were drawn from the same people and are of the same age.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.utils.functional import Promise

from campaigns.models import ScenarioVersion
from campaigns.proportions import Between, newcombe
from campaigns.scenarios import goals
from segments.lines import SHE_DID

WINDOW = dt.timedelta(days=90)
ENOUGH = 100  # people in each group, below which a difference says nothing
ALWAYS = ("visited", "bought")  # what the holding lives on, whatever the goal

# The few who were merged, not the whole base.
MERGED = "LEFT JOIN (SELECT id, merged_into_id FROM segments_customer WHERE merged_into_id IS NOT NULL) AS c"
# The draw of a version is the person's: she is in one group for all of her occasions.
PEOPLE = f"""people AS MATERIALIZED (
    SELECT COALESCE(c.merged_into_id, e.customer_id) AS customer_id, bool_or(e.state = 'control') AS is_control,
           min(e.happened_at) AS since
    FROM campaigns_enrolment AS e {MERGED} ON c.id = e.customer_id WHERE e.version_id = %(version)s GROUP BY 1
)"""
COUNT = f"""
WITH {PEOPLE}
SELECT is_control, '' AS kind, count(*) FROM people GROUP BY 1
UNION ALL
SELECT p.is_control, i.kind, count(DISTINCT p.customer_id) FROM people AS p
JOIN segments_interaction AS i ON i.customer_id = p.customer_id AND i.kind = ANY(%(kinds)s)
    AND i.happened_at > p.since AND i.happened_at <= p.since + %(window)s
    AND {SHE_DID.format(row="i")}
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do: shares of people, their difference and what it may be (95 %), the people it is worth."""

    label: str | Promise
    share: float
    control: float
    difference: float
    between: Between
    added: int

    @property
    def verdict(self) -> str:
        """better | worse | unclear"""
        if self.between.low > 0:
            return "better"
        return "worse" if self.between.high < 0 else "unclear"


@dataclass(frozen=True, slots=True)
class Effect:
    """`lines` are empty while one of the groups has nobody."""

    people: int
    control: int
    lines: list[Line]

    @property
    def is_early(self) -> bool:
        return min(self.people, self.control) < ENOUGH


def of(version: ScenarioVersion) -> Effect:
    """Goes over all who have entered the version."""
    names = [name for name in goals.OF_HISTORY if name in {*version.goal, *ALWAYS}]
    kinds = {name: goals.OF_HISTORY[name][0].value for name in names}
    asked = {"version": version.pk, "kinds": list(kinds.values()), "window": WINDOW}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, asked)
        found = {(is_control, kind): people for is_control, kind, people in cursor.fetchall()}
    people, control = found.get((False, ""), 0), found.get((True, ""), 0)
    lines = []
    for name, kind in kinds.items() if people and control else ():
        hits, base = found.get((False, kind), 0), found.get((True, kind), 0)
        between = newcombe(hits, people, base, control)
        difference = hits / people - base / control
        lines.append(
            Line(goals.LABELS[name], hits / people, base / control, difference, between, round(difference * people))
        )
    return Effect(people, control, lines)
