"""What became of a person in a campaign, and why: read from the outbox and from the log of segments, never guessed.

Each question is one statement for all people asked about, by the indexes of a customer's messages and memberships.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from campaigns.models import Campaign, Run
from campaigns.whom import FATE, OUTCOMES, PENDING
from segments.models import Customer

# Of a person's messages the newest; of people who became one since, the one that was to be sent.
_MESSAGES = f"""
WITH asked AS (
    SELECT p.id AS person_id, s.id AS customer_id FROM unnest(%(people)s::bigint[]) AS p (id)
    CROSS JOIN LATERAL (SELECT p.id UNION ALL SELECT e.id FROM segments_customer AS e WHERE e.merged_into_id = p.id) AS s
)
SELECT DISTINCT ON (a.person_id) a.person_id, m.id, m.run_id, m.contact_point_id, {FATE}, m.left_out <> '',
    COALESCE(r.resolved_at, o.happened_at, m.planned_at), COALESCE(o.reply, ''), CASE
        WHEN d.message_id IS NULL THEN ''
        WHEN COALESCE(d.unsubscribed_at, d.complained_at) IS NOT NULL THEN 'opted_out'
        WHEN d.clicked_at IS NOT NULL THEN 'clicked'
        WHEN d.opened_at IS NOT NULL THEN 'opened'
        WHEN d.delivered_at IS NOT NULL THEN 'delivered'
        WHEN d.failed_at IS NOT NULL THEN 'failed'
        ELSE '' END
FROM asked AS a JOIN campaigns_message AS m ON m.customer_id = a.customer_id AND m.run_id = ANY(%(runs)s::bigint[])
{OUTCOMES}
LEFT JOIN campaigns_deliverystate AS d ON d.run_id = m.run_id AND d.message_id = m.id
ORDER BY a.person_id, m.run_id DESC, m.left_out <> '', m.id
"""
_DUE = """
SELECT m.id, c.due_at FROM unnest(%(messages)s::bigint[]) AS m (id)
JOIN campaigns_chunk AS c ON c.run_id = ANY(%(runs)s::bigint[]) AND c.state = 0 AND c.message_ids @> ARRAY[m.id]
WHERE c.due_at > clock_timestamp()
"""
# Who was in a segment as a run began: whom the first refresh since then that moved her took out; else who is there as long.
_SEGMENTS = """
SELECT p.id, s.id = ANY(%(excluded)s), s.name, COALESCE(moved.went, m.entered_at <= %(began)s, false), m.entered_at
FROM unnest(%(people)s::bigint[]) AS p (id) CROSS JOIN segments_segment AS s
LEFT JOIN segments_membership AS m ON m.segment_id = s.id AND m.customer_id = p.id
LEFT JOIN LATERAL (
    SELECT c.gone @> ARRAY[p.id] AS went FROM segments_membershipchange AS c
    WHERE c.segment_id = s.id AND c.happened_at > %(began)s AND (c.gone @> ARRAY[p.id] OR c.entered @> ARRAY[p.id])
    ORDER BY c.happened_at LIMIT 1
) AS moved ON true
WHERE s.id = ANY(%(included)s) OR s.id = ANY(%(excluded)s)
ORDER BY p.id, s.name
"""


class Fate(NamedTuple):
    """`fate`: as `campaigns.whom.FATE` says. `was_planned_out`: left out at the launch, not at sending. `at`: when that was
    decided. `report`: the strongest thing that the world said since, or ''. `due_at`: until when a pending one waits."""

    message_id: int
    run_id: int
    contact_point_id: int | None
    fate: str
    was_planned_out: bool
    at: datetime
    reply: str
    report: str
    due_at: datetime | None = None


class Place(NamedTuple):
    """A person and a segment of the campaign. `was_in`: as the run began; `entered_at`: of her membership now, if any."""

    is_excluded: bool
    segment: str
    was_in: bool
    entered_at: datetime | None


def fates(runs: Sequence[Run], people: Iterable[Customer]) -> dict[int, Fate]:
    """{customer: what became of her message}; whoever is not in it was in no audience of these runs."""
    asked = {"people": [person.pk for person in people], "runs": [run.pk for run in runs]}
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES, asked)
        found = {person: Fate(*rest) for person, *rest in cursor.fetchall()}
        waiting = [fate.message_id for fate in found.values() if fate.fate == PENDING]
        if waiting:
            cursor.execute(_DUE, asked | {"messages": waiting})
            due = dict(cursor.fetchall())
            found = {person: fate._replace(due_at=due.get(fate.message_id)) for person, fate in found.items()}
    return found


def places(campaign: Campaign, run: Run, people: Iterable[Customer]) -> dict[int, list[Place]]:
    """{customer: her places in the campaign's segments, as this run began}. A log that was forgotten says nothing."""
    asked = {
        "people": [person.pk for person in people],
        "began": run.started_at,
        "included": list(campaign.segments_in.values_list("pk", flat=True)),
        "excluded": list(campaign.segments_out.values_list("pk", flat=True)),
    }
    found: dict[int, list[Place]] = {pk: [] for pk in asked["people"]}
    with connection.cursor() as cursor:
        cursor.execute(_SEGMENTS, asked)
        for person, *rest in cursor.fetchall():
            found[person].append(Place(*rest))
    return found
