"""What campaigns tell of segments: which of them go to a segment, and how many messages its people got."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.models.outbox import OutcomeKind
from segments import shares, usage
from segments.models import Segment

# Runs are numbered by their month, and messages stand in months of runs: earlier ones are not looked at.
WRITTEN = """
CREATE TEMPORARY TABLE written ON COMMIT DROP AS
SELECT message.customer_id, count(*) AS total FROM campaigns_outcome AS outcome
JOIN campaigns_message AS message ON message.run_id = outcome.run_id AND message.id = outcome.message_id
WHERE outcome.run_id >= %(run)s AND message.run_id >= %(run)s
  AND outcome.kind = %(accepted)s AND outcome.happened_at >= %(since)s
GROUP BY message.customer_id
"""
OF_SEGMENTS = """
SELECT member.segment_id, sum(written.total) FROM written JOIN segments_membership AS member USING (customer_id)
WHERE member.segment_id = ANY(%(segments)s) GROUP BY member.segment_id
"""
OF_ALL = "SELECT coalesce(sum(total), 0) FROM written"


def uses(segments: Sequence[Segment]) -> dict[int, list[usage.Use]]:
    """Campaigns of any state that name these segments, the newest first; a finished one keeps its audience's name."""
    found = defaultdict(list)
    for through, what in (
        (Campaign.segments_in.through, _("campaign")),
        (Campaign.segments_out.through, _("campaign, as an exception")),
    ):
        named = through.objects.filter(segment__in=segments).select_related("campaign").order_by("-campaign_id")
        for row in named:
            found[row.segment_id].append(_use(row.campaign, what))
    return found


def _use(campaign: Campaign, what: str) -> usage.Use:
    url = reverse("admin:campaigns_campaign_change", args=[campaign.pk])
    return usage.Use(what, campaign.name, url, campaign.get_state_display())


@transaction.atomic
def messages(segment_ids: Sequence[int], since: datetime) -> shares.Measured:
    """How many messages a provider accepted for the people of these segments, and for everybody."""
    first_run = (since.year * 100 + since.month) * 10**6
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, {"run": first_run, "accepted": OutcomeKind.ACCEPTED, "since": since})
        cursor.execute(OF_SEGMENTS, {"segments": list(segment_ids)})
        values = dict(cursor.fetchall())
        cursor.execute(OF_ALL)
        total = cursor.fetchone()[0]
        cursor.execute("DROP TABLE written")
    return values, Decimal(total)


MESSAGES = shares.Measure("messages", _("messages of a year"), "", messages)
