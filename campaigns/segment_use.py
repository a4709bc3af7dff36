"""What campaigns tell of segments: which of them go to a segment, and how many messages its people got."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from segments import shares, usage
from segments.models import Segment

# Touches follow merges; the messages themselves stay with whom they were planned for.
WRITTEN = "SELECT customer_id, count(*) AS total FROM campaigns_touch WHERE sent_at >= %(since)s GROUP BY customer_id"


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


def messages(segment_ids: Sequence[int], since: datetime) -> shares.Measured:
    """How many messages a provider accepted for the people of these segments, and for everybody."""
    return shares.added_up(WRITTEN, {"since": since}, segment_ids)


MESSAGES = shares.Measure("messages", _("messages of a year"), "", messages)
