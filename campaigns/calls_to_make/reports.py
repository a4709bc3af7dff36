"""Who called, how regularly and with what result: by month, centre and salesperson, in one statement.

A call counts in the month in which it was asked for. *In time*: the first call was made before the deadline, which a call
that is put off does not move. *Regularity*: of the days on which calls were due, those on which one was made in time.
Visits and deals are those of the 30 days after the first call. Cancelled calls count nowhere.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection

from segments.lines import HAPPENED
from segments.models import Centre, Salesperson

FOLLOWED = f"""EXISTS (SELECT FROM segments_interaction AS i WHERE i.customer_id = COALESCE(c.merged_into_id, c.id)
    AND i.kind = '{{kind}}' AND i.happened_at > t.called_at AND i.happened_at <= t.called_at + interval '30 days'
    AND {HAPPENED.format(row="i")})"""
COUNT = f"""
WITH chosen AS (
    SELECT t.*, date_trunc('month', t.made_at AT TIME ZONE %(zone)s)::date AS month,
           (t.deadline AT TIME ZONE %(zone)s)::date AS due_day,
           t.called_at IS NULL AND (t.deadline < clock_timestamp() OR t.state = 'expired') AS is_missed,
           {FOLLOWED.format(kind="visit")} AS visited, {FOLLOWED.format(kind="sale")} AS bought
    FROM campaigns_calltask AS t LEFT JOIN segments_customer AS c ON c.id = t.customer_id
    WHERE t.made_at >= %(since)s AND t.made_at < %(until)s AND t.state <> 'cancelled'
      AND (%(centres)s::bigint[] IS NULL OR t.centre_id = ANY(%(centres)s::bigint[]))
      AND (%(salesperson)s::bigint IS NULL OR t.salesperson_id = %(salesperson)s::bigint)
)
SELECT month, centre_id, salesperson_id, count(*), count(*) FILTER (WHERE called_at <= deadline),
       count(*) FILTER (WHERE called_at > deadline), count(*) FILTER (WHERE is_missed),
       count(DISTINCT due_day) FILTER (WHERE is_missed OR called_at IS NOT NULL),
       count(DISTINCT due_day) FILTER (WHERE called_at <= deadline),
       count(*) FILTER (WHERE outcome = 'visit'), count(*) FILTER (WHERE outcome = 'thinks'),
       count(*) FILTER (WHERE outcome = 'refused'), count(*) FILTER (WHERE outcome = 'not_reached'),
       count(*) FILTER (WHERE outcome = 'wrong_number'), count(*) FILTER (WHERE outcome = 'asks_not'),
       count(*) FILTER (WHERE outcome = 'called'), count(*) FILTER (WHERE visited), count(*) FILTER (WHERE bought)
FROM chosen GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """`since` and `until` are the first moments of months; `centres` None: of the whole holding."""

    since: datetime
    until: datetime
    centres: list[int] | None = None
    salesperson: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    given: int = 0
    in_time: int = 0
    late: int = 0
    missed: int = 0
    days_due: int = 0
    days_kept: int = 0
    visit: int = 0
    thinks: int = 0
    refused: int = 0
    not_reached: int = 0
    wrong_number: int = 0
    asks_not: int = 0
    called: int = 0
    visits: int = 0
    deals: int = 0

    @property
    def regularity(self) -> int | None:
        """Per cent; None while nothing was due."""
        return 100 * self.days_kept // self.days_due if self.days_due else None


@dataclass(frozen=True, slots=True)
class Line:
    """`salesperson` empty: calls that nobody has taken."""

    month: date
    centre: str
    salesperson: str
    figures: Figures
    salesperson_id: int | None = None


def lines(asked: Asked) -> list[Line]:
    """The newest month first; in it by centre and salesperson."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {
            "zone": settings.TIME_ZONE, "since": asked.since, "until": asked.until, "centres": asked.centres,
            "salesperson": asked.salesperson,
        })  # fmt: skip
        rows = cursor.fetchall()
    centres = dict(Centre.objects.values_list("pk", "name"))
    people = dict(Salesperson.objects.filter(pk__in={row[2] for row in rows if row[2]}).values_list("pk", "name"))
    found = [Line(row[0], centres.get(row[1], "—"), people.get(row[2], ""), Figures(*row[3:]), row[2]) for row in rows]
    return sorted(
        found, key=lambda line: (-line.month.toordinal(), line.centre, not line.salesperson, line.salesperson)
    )


def together(found: list[Line]) -> Figures:
    """All lines in one; days are those of a person, and are not added."""
    sums: dict[str, Any] = {
        each.name: sum(getattr(line.figures, each.name) for line in found) for each in fields(Figures)
    }
    return Figures(**sums | {"days_due": 0, "days_kept": 0})
