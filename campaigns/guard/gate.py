"""What a look means for a launch: a refusal in words, and an approver's word that the values are right."""

from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import approval
from campaigns.guard.judging import DOUBTFUL, Finding
from campaigns.guard.looking import look
from campaigns.guard.words import IN_DIARY, refusal, told
from campaigns.models import Campaign, CampaignEvent, Inspection, Run
from campaigns.refusals import Refused

KEPT = 1000  # findings of one look; of more than that nobody can say that they are right
HOLDS = timedelta(minutes=10)  # for which a refused start is not tried anew: a look at 500,000 people costs seconds

State = Campaign.State
WAITING = (State.IN_REVIEW, State.SCHEDULED, State.OVERDUE)  # for a decision, or for a start


class Doubted(Refused):
    """The look that refuses a start; nothing of it is saved, as the start is undone."""

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(refusal(findings(inspection)))
        self.inspection = inspection


def inspect(run: Run, *, everything: bool = False) -> Inspection:
    """Look at a run whose audience is frozen. The result is not saved: a caller may undo the run."""
    seen = look(run, everything=everything)
    return Inspection(
        campaign=run.campaign,
        fingerprint=approval.fingerprint(run.campaign),
        people=seen.people,
        rendered=seen.rendered,
        findings=[list(one) for one in seen.findings[:KEPT]],
        notes=[list(one) for one in seen.notes[:KEPT]],
    )


def require(run: Run) -> None:
    """Raises `Doubted` when what the run would print looks wrong, and nobody has vouched for it; else keeps the look."""
    inspection = inspect(run)
    if not is_passed(inspection):
        raise Doubted(inspection)
    inspection.save()


def require_no_doubt(campaign: Campaign) -> None:
    """Raises Refused when the last look forbids the launch: a start would freeze the audience to be refused again."""
    last = last_look(campaign)
    if last and not is_passed(last) and last.inspected_at > timezone.now() - HOLDS:
        raise Refused(refusal(findings(last)))


def save_refused(error: Refused) -> None:
    """Keep the look of a start that was undone, so that its page can show it."""
    if isinstance(error, Doubted):
        error.inspection.save()


def last_look(campaign: Campaign) -> Inspection | None:
    """At the campaign as it is now; None when it was changed since, or nobody has looked."""
    last = campaign.inspections.select_related("vouched_by").first()
    return last if last and last.fingerprint == approval.fingerprint(campaign) else None


def uninspected() -> list[Campaign]:
    """Those that wait, and at which nobody has looked as they are now. Whoever asks is to have them looked at: each is told
    once in `HOLDS`, since a look may come to nothing (a text that cannot be made, an account out of use)."""
    waiting = Campaign.objects.filter(state__in=WAITING).exclude(kind=Campaign.Kind.AUDIENCE)  # it prints nothing
    unseen = (campaign for campaign in waiting if last_look(campaign) is None)
    return [campaign for campaign in unseen if cache.add(attempt(campaign), True, HOLDS.total_seconds())]


def attempt(campaign: Campaign) -> str:
    """The key of the cache that says that a look at the campaign as it is now was asked for."""
    return f"look:{campaign.pk}:{approval.fingerprint(campaign)}"


def is_passed(inspection: Inspection) -> bool:
    """Whether each finding was vouched for, by anybody, for these texts, audience and plan."""
    vouched = Inspection.objects.filter(
        campaign=inspection.campaign, fingerprint=inspection.fingerprint, vouched_at__isnull=False
    )
    known = {one.key for each in vouched for one in findings(each) if one.kind in DOUBTFUL}
    return all(one.key in known for one in findings(inspection))


def may_vouch(inspection: Inspection, user: Any) -> bool:
    """To show a button; `vouch` decides again."""
    is_open = inspection.campaign.state in WAITING
    is_second = user.has_perm(approval.APPROVE) and user.pk != inspection.campaign.author_id
    return is_open and is_second and not _never_right(inspection) and not is_passed(inspection)


@transaction.atomic
def vouch(campaign: Campaign, user: Any, seen: str) -> None:
    """A second person has read the values and says that they are right. `seen` is the id of the look that she read.

    Refused to whoever may not approve it, for a look that is not the last, and for what can never be right.
    """
    approval.require_second(campaign, user)
    last = last_look(campaign)
    if last is None or str(last.pk) != seen:
        raise Refused(_("The campaign was changed while you were reading it: look at it again."))
    if sentence := _never_right(last):
        raise Refused(sentence)
    last.vouched_by, last.vouched_at = user, timezone.now()
    last.save(update_fields=["vouched_by", "vouched_at"])
    CampaignEvent.objects.create(
        campaign=campaign, verb="vouch", author=user, note=" ".join(told(findings(last), IN_DIARY))
    )


def _never_right(inspection: Inspection) -> str:
    """Why nobody can vouch for what was found; '' when somebody may."""
    found = findings(inspection)
    if not all(one.kind in DOUBTFUL for one in found):
        return _("A left brace, an empty placeholder or another person's data is never right: mend the text.")
    if len(found) >= KEPT:
        return _("There are too many such values to vouch for: mend the cards, or write without this placeholder.")
    return ""


def findings(inspection: Inspection) -> list[Finding]:
    return [Finding(*one) for one in inspection.findings]


def notes(inspection: Inspection) -> list[Finding]:
    return [Finding(*one) for one in inspection.notes]
