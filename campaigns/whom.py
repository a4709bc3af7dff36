"""Whom a campaign is for: the people of segments, or those whom an earlier run reached or missed.

Reached is whoever was accepted and of whom nobody has reported that it never came, and whoever is unknown: the machine
assumes that it may have left. Missed is whoever has another fate, none of which says that she got it, may have, or still
may, in any run of the same line of tries, and who is in no control group.
"""

from typing import Any, NamedTuple

from django.db import connection

from campaigns.models import Campaign, FollowUp, Run
from campaigns.models.outbox import Message, OutcomeKind

LeftOut = Message.LeftOut
PENDING = "pending"

# What became of a message: why it was left out or suppressed, the kind of its outcome, or that it waits.
FATE = f"""CASE
    WHEN m.left_out <> '' THEN m.left_out
    WHEN o.kind IS NULL THEN '{PENDING}'
    WHEN COALESCE(r.kind, o.kind) = 'suppressed' THEN o.reason
    ELSE COALESCE(r.kind, o.kind) END"""
OUTCOMES = """
    LEFT JOIN campaigns_outcome AS o ON o.run_id = m.run_id AND o.message_id = m.id
    LEFT JOIN campaigns_resolution AS r ON r.run_id = m.run_id AND r.message_id = m.id
    LEFT JOIN segments_customer AS c ON c.id = m.customer_id
"""
# The message is on its way or with somebody; or she is left alone on purpose.
WRITTEN_TO = [OutcomeKind.ACCEPTED.value, OutcomeKind.UNKNOWN.value, PENDING]
SETTLED = [*WRITTEN_TO, LeftOut.CONTROL.value, LeftOut.GLOBAL_CONTROL.value]

SEGMENTS = """members AS (
    SELECT COALESCE(c.merged_into_id, c.id) AS customer_id, bool_or(m.segment_id = ANY(%(segments_in)s)) AS included,
           bool_or(m.segment_id = ANY(%(segments_out)s)) AS excluded
    FROM segments_membership AS m JOIN segments_customer AS c ON c.id = m.customer_id
    WHERE m.segment_id = ANY(%(segments_in)s) OR m.segment_id = ANY(%(segments_out)s)
    GROUP BY 1
)"""
# Of two messages of people who became one since, the first.
REACHED = f"""reached AS MATERIALIZED (
    SELECT DISTINCT ON (1) COALESCE(c.merged_into_id, m.customer_id) AS customer_id, m.contact_point_id, 0 AS position
    FROM campaigns_message AS m {OUTCOMES}
    LEFT JOIN campaigns_deliverystate AS d ON d.run_id = m.run_id AND d.message_id = m.id
    WHERE m.run_id = %(followed)s AND m.left_out = '' AND COALESCE(r.kind, o.kind) IN ('accepted', 'unknown')
      AND (d.failed_at IS NULL OR COALESCE(d.delivered_at, d.opened_at, d.clicked_at, d.replied_at) IS NOT NULL)
    ORDER BY 1, m.id
), members AS (SELECT customer_id, true AS included, false AS excluded FROM reached)"""
FATES = f"""fates AS MATERIALIZED (
    SELECT m.run_id, COALESCE(c.merged_into_id, m.customer_id) AS customer_id, m.contact_point_id, {FATE} AS fate
    FROM campaigns_message AS m {OUTCOMES} WHERE m.run_id = ANY(%(line)s)
)"""
MISSED = f"""{FATES}, members AS (
    SELECT f.customer_id, true AS included, EXISTS (
        SELECT FROM segments_membership AS e WHERE e.customer_id = f.customer_id AND e.segment_id = ANY(%(segments_out)s)
    ) AS excluded
    FROM fates AS f GROUP BY f.customer_id
    HAVING bool_or(f.run_id = %(followed)s AND f.fate = ANY(%(reasons)s)) AND NOT bool_or(f.fate = ANY(%(settled)s))
)"""
TAKEN = "OR contact_point_id IN (SELECT contact_point_id FROM fates WHERE fate = ANY(%(written_to)s))"

MISSED_BY_FATE = f"""
WITH {FATES}, people AS (
    SELECT min(fate) FILTER (WHERE run_id = %(followed)s) AS fate FROM fates
    GROUP BY customer_id HAVING NOT bool_or(fate = ANY(%(settled)s))
)
SELECT fate, count(*) FROM people WHERE fate IS NOT NULL GROUP BY 1
"""
COUNT_REACHED = f"WITH {REACHED} SELECT count(*) FROM reached"


class Whom(NamedTuple):
    """`members`: CTEs, the last of them `members (customer_id, included, excluded)`. `holdings`: the relation (customer_id,
    contact_point_id, position) whose addresses are chosen from. `taken`: when an address has had this message."""

    members: str
    parameters: dict[str, Any]
    holdings: str = "segments_cardcontact"
    taken: str = ""

    def within(self, statement: str, **parts: str) -> str:
        """The statement with the places {members}, {holdings}, {taken}, and others of its own, filled in."""
        return statement.format(members=self.members, holdings=self.holdings, taken=self.taken, **parts)


def followed(campaign: Campaign) -> FollowUp | None:
    """What a campaign follows; None when it goes to segments."""
    return getattr(campaign, "follow_up", None)


def run_of(campaign: Campaign) -> int | None:
    """The id of the run that a campaign follows."""
    follow_up = followed(campaign)
    return follow_up.run_id if follow_up else None


def is_correction(campaign: Campaign) -> bool:
    follow_up = followed(campaign)
    return follow_up is not None and follow_up.is_correction


def of(campaign: Campaign) -> Whom:
    excluded = list(campaign.segments_out.values_list("pk", flat=True))
    follow_up = followed(campaign)
    if follow_up is None:
        included = list(campaign.segments_in.values_list("pk", flat=True))
        return Whom(SEGMENTS, {"segments_in": included, "segments_out": excluded})
    if follow_up.is_correction:
        return Whom(REACHED, {"followed": follow_up.run_id}, holdings="reached")
    parameters = _of_line(follow_up.run_id, follow_up.origin_id)
    return Whom(MISSED, {**parameters, "reasons": follow_up.reasons, "segments_out": excluded}, taken=TAKEN)


def origin_of(run: Run) -> int:
    """The id of the run with which the line of tries began."""
    follow_up = followed(run.campaign)
    return run.pk if follow_up is None or follow_up.is_correction else follow_up.origin_id


def reached(run: Run) -> int:
    """How many people a correction of this run would be for."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_REACHED, {"followed": run.pk})
        return cursor.fetchone()[0]


def missed(run: Run) -> dict[str, int]:
    """{fate: people}: whom neither this run nor another of its line reached."""
    with connection.cursor() as cursor:
        cursor.execute(MISSED_BY_FATE, _of_line(run.pk, origin_of(run)))
        return dict(cursor.fetchall())


def _of_line(run_id: int, origin_id: int) -> dict[str, Any]:
    tries = Run.objects.filter(campaign__follow_up__kind=FollowUp.Kind.MISSED, campaign__follow_up__origin=origin_id)
    return {
        "followed": run_id,
        "line": [origin_id, *tries.values_list("pk", flat=True)],
        "settled": SETTLED,
        "written_to": WRITTEN_TO,
    }
