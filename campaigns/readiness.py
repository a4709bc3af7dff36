"""What stands in the way of a launch: each obstacle is a sentence that says what to do."""

from django.utils.translation import gettext as _

from campaigns import plan_fields, rendering
from campaigns.models import Campaign, Content


def latest_content(campaign: Campaign) -> Content | None:
    return campaign.contents.order_by("-version").first()


def obstacles(campaign: Campaign) -> list[str]:
    """Everything that is wrong with the plan and the texts; who is in the audience is `planning`'s question."""
    found = []
    if not campaign.segments_in.exists():
        found.append(_("The campaign has no audience: choose at least one segment."))
    if not campaign.account.is_active:
        found.append(_("The account “%(name)s” is not in use: choose another one.") % {"name": campaign.account})
    content = latest_content(campaign)
    if content is None:
        found.append(_("The campaign has no letter yet: write it."))
    else:
        found.extend(rendering.check(content))
    return found + plan_fields.check(campaign)


def nobody(campaign: Campaign) -> str:
    """The sentence for an audience of which nobody may be written to."""
    if campaign.control_percent and campaign.segments_in.exists():
        advice = _("add segments, collect consents, or make the control group smaller")
    else:
        advice = _("add segments or collect consents")
    return _("There is not one person in the audience with a consent to letters and a valid address: %(advice)s.") % {
        "advice": advice
    }
