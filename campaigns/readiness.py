"""What stands in the way of a launch: each obstacle is a sentence that says what to do."""

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import follow_ups, plan_fields, rendering, templating, whom, writing
from campaigns.models import Campaign
from channels import legal
from channels.models import AccountHealth, AccountPurpose


def obstacles(campaign: Campaign) -> list[str]:
    """Everything that is wrong with the plan and the texts; who is in the audience is `planning`'s question."""
    found = follow_ups.obstacles(campaign)
    if not (whom.followed(campaign) or campaign.segments_in.exists()):
        found.append(_("The campaign has no audience: choose at least one segment."))
    found += _of_account(campaign)
    if sentence := barred(campaign):
        found.append(sentence)
    content = writing.current(campaign)
    if content is None:
        found.append(_("The campaign has no text yet: write it."))
    else:
        found.extend(rendering.check(content) or rendering.empty_sentences(campaign))
        if sentence := templating.obstacle(content):
            found.append(sentence)
    return found + plan_fields.check(campaign)


def _of_account(campaign: Campaign) -> list[str]:
    account = campaign.account
    name = {"name": account}
    if not account.is_active:
        return [_("The account “%(name)s” is not in use: choose another one.") % name]
    if account.purpose not in (AccountPurpose.BOTH, campaign.purpose):
        return [_("The account “%(name)s” does not carry messages of this purpose: choose another one.") % name]
    if AccountHealth.objects.filter(account=account, pause=AccountHealth.Pause.PERSON).exists():
        return [_("The account “%(name)s” does not send until somebody mends it: choose another one.") % name]
    return []


def barred(campaign: Campaign) -> str:
    """Why the law, or the platform, does not let it go on the day on which it is to start; '' when it may."""
    day = timezone.localdate(max(campaign.starts_at or timezone.now(), timezone.now()))
    return legal.hindrance(campaign.channel, campaign.purpose, day)


def nobody(campaign: Campaign) -> str:
    """The sentence for an audience of which nobody may be written to."""
    if whom.followed(campaign):
        return _("Not one of these people may be written to now: the waterfall says why.")
    sentence = _(
        "There is not one person in the audience with a consent and a valid address: add segments or collect consents."
    )
    if not campaign.control_percent:
        return sentence
    return sentence + " " + _("In a small audience all may be in the control group: make it smaller.")
