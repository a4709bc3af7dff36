"""What stands in the way of a launch: each obstacle is a sentence that says what to do."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import follow_ups, layers, plan_fields, rendering, senders, templating, variants, versions, whom
from campaigns.ad_audiences import checks
from campaigns.models import Campaign, Content
from channels import legal
from channels.models import AccountHealth, AccountPurpose

NO_HOUR = gettext_lazy("The start is by each recipient's own clock: choose its day and hour.")


def obstacles(campaign: Campaign) -> list[str]:
    """Everything that is wrong with the plan and the texts; who is in the audience is `planning`'s question."""
    if campaign.is_audience:
        return checks.obstacles(campaign)
    found = follow_ups.obstacles(campaign)
    if not (campaign.is_step or whom.followed(campaign) or campaign.segments_in.exists()):
        found.append(_("The campaign has no audience: choose at least one segment."))
    if campaign.on_local_clock and campaign.starts_at is None:
        found.append(str(NO_HOUR))
    if campaign.ceiling_roubles and not campaign.account.cost:
        found.append(_("A message costs nothing over this account: set a ceiling in messages instead of roubles."))
    found += _of_account(campaign)
    found += variants.obstacles(campaign)
    found += layers.obstacles(campaign)
    if sentence := barred(campaign):
        found.append(sentence)
    contents = versions.every(campaign)
    if not contents or contents[0].brand or contents[0].variant:
        found.append(_("The campaign has no text yet: write it."))
    wrong = [sentence for content in contents for sentence in _of_content(content)]
    found.extend(wrong or rendering.empty_sentences(campaign))
    return found + [
        of_version(content, sentence)
        for content in versions.of_brands(campaign) or [Content(campaign=campaign)]
        for sentence in plan_fields.check(campaign, content.brand)
    ]


def of_version(content: Content, sentence: str) -> str:
    """A sentence about texts, with the brand and the variant that it is about."""
    if content.brand:
        sentence = _("Version “%(brand)s”: %(sentence)s") % {"brand": content.brand, "sentence": sentence}
    if content.variant:
        sentence = _("Variant %(letter)s: %(sentence)s") % {"letter": content.variant, "sentence": sentence}
    return sentence


def _of_content(content: Content) -> list[str]:
    found = [*rendering.check(content), templating.obstacle(content), *_of_sender(content)]
    return [of_version(content, sentence) for sentence in found if sentence]


def _of_sender(content: Content) -> list[str]:
    sentence = senders.obstacle(content.extras.get("sender") or {}, content.campaign.account)
    return [sentence] if sentence else []


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
    if campaign.is_audience:
        return _(
            "Nobody in the audience has agreed to be told to ad accounts: collect consents for advertising platforms."
        )
    sentence = _(
        "There is not one person in the audience with a consent and a valid address: add segments or collect consents."
    )
    if not campaign.control_percent:
        return sentence
    return sentence + " " + _("In a small audience all may be in the control group: make it smaller.")
