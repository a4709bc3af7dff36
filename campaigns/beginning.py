"""What a new campaign begins with when it is begun from a segment: its name, its audience and, if there is one, its text.

The address of the form carries it: `?segments_in=12&name=…&template=rfm-vip`. What is not known is passed over.
"""

from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.begun_letters import LETTERS
from campaigns.models import Campaign
from segments.models import Segment
from segments.onward import Onward

LONGEST_NAME = Campaign._meta.get_field("name").max_length


def address(segment: Segment, template: str) -> str:
    """The form of a new campaign to this segment."""
    query = urlencode({"segments_in": segment.pk, "name": segment.name, "template": template})
    return f"{reverse('admin:campaigns_campaign_add')}?{query}"


NEW_CAMPAIGN = Onward("campaign", _("Write to them"), "campaign", "campaigns.add_campaign", address)


def initial(query: QueryDict) -> dict[str, Any]:
    """For `CampaignForm`; only living segments count, and only texts that are ours."""
    asked = [int(each) for each in query.getlist("segments_in") if each.isdecimal() and len(each) < 19]
    begun: dict[str, Any] = {"segments_in": list(Segment.objects.filter(pk__in=asked, is_archived=False))}
    if name := query.get("name", "").strip()[:LONGEST_NAME]:
        begun["name"] = name
    if letter := LETTERS.get(query.get("template", "")):
        begun |= {"subject": letter.subject, "preheader": letter.preheader, "body": letter.body}
    return begun
