"""Whether a scenario's message still holds, asked as its chunk is leased."""

from collections.abc import Sequence

from django.db import connection

from campaigns.literals import bigints
from campaigns.models import Campaign, Run, ScenarioVersion
from campaigns.scenarios import goals
from campaigns.scenarios.moving import LIVING, PERSON

OVER = "no_longer"  # the reason of a message whose person has left the scenario, or has reached its goal

# Whoever waits for no reaction may be at the end before her last message is leased.
FIND = f"""
SELECT m.id FROM campaigns_message AS m JOIN campaigns_enrolment AS e ON e.id = m.enrolment_id {PERSON}
WHERE m.run_id = %(run)s AND m.id = ANY(%(ids)s) AND (e.state NOT IN ('live', 'finished') OR {{reached}} IS NOT NULL)
"""


def over(run: Run, message_ids: Sequence[int]) -> set[int]:
    """Which of a chunk's messages are not to go any more; none of a campaign that is no step of a scenario."""
    if run.campaign.kind != Campaign.Kind.TRIGGER:
        return set()
    wanted = ScenarioVersion.objects.values_list("goal", flat=True).get(steps__campaign=run.campaign_id)
    reached = goals.reached_sql(wanted, person=LIVING, after="e.happened_at")
    with connection.cursor() as cursor:
        asked = {"run": run.pk, "ids": bigints(message_ids), **goals.parameters(wanted)}
        cursor.execute(FIND.format(reached=reached), asked)
        return {row[0] for row in cursor.fetchall()}
