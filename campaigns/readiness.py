"""What stands in the way of a launch: each obstacle is a sentence that says what to do."""

from django.utils.translation import gettext as _

from campaigns import plan_fields, rendering, writing
from campaigns.models import Campaign


def obstacles(campaign: Campaign) -> list[str]:
    """Everything that is wrong with the plan and the texts; who is in the audience is `planning`'s question."""
    found = []
    if not campaign.segments_in.exists():
        found.append(_("The campaign has no audience: choose at least one segment."))
    if not campaign.account.is_active:
        found.append(_("The account “%(name)s” is not in use: choose another one.") % {"name": campaign.account})
    content = writing.current(campaign)
    if content is None:
        found.append(_("The campaign has no text yet: write it."))
    else:
        found.extend(rendering.check(content) or rendering.empty_sentences(campaign))
    return found + plan_fields.check(campaign)


def nobody(campaign: Campaign) -> str:
    """The sentence for an audience of which nobody may be written to."""
    sentence = _(
        "There is not one person in the audience with a consent and a valid address: add segments or collect consents."
    )
    if not campaign.control_percent:
        return sentence
    return sentence + " " + _("In a small audience all may be in the control group: make it smaller.")
