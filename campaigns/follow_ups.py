"""Campaigns that go after an earlier run: a correction of what was faulty, a second try for those whom it missed."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import cloning, sizing, whom
from campaigns.experiments import salt_of
from campaigns.models import Campaign, FollowUp, Run
from campaigns.models.outbox import Message
from campaigns.refusals import Refused

# The address has had the message, through somebody else who holds it, or the person belongs to other experiments: nothing will
# change that.
FINAL = (Message.LeftOut.DUPLICATE.value, Message.LeftOut.LAYER.value)


@transaction.atomic
def correct(run: Run, author: Any) -> Campaign:
    """A draft to those whom this run reached, at the same addresses, its text still to be written."""
    _require_messages(run)
    _require_uncorrected(run)
    base = run.campaign
    plan = {"control_percent": 0, "on_local_clock": False, "ceiling": None, "ceiling_roubles": None}
    draft = cloning.like(base, author, name=_("Correction: %s") % base.name[:140], **plan)
    FollowUp.objects.create(campaign=draft, kind=FollowUp.Kind.CORRECTION, run=run, origin=run)
    return draft


@transaction.atomic
def try_again(run: Run, reasons: Collection[str], author: Any) -> Campaign:
    """A draft of the same message to those whom this run missed for these reasons. The draw of its control group is the
    same too: a person stays in the arm she was in. Raises `Refused` when there is no reason that can change."""
    _require_messages(run)
    chosen = sorted(set(reasons) - {*whom.SETTLED, *FINAL})
    if not chosen:
        raise Refused(_("Choose at least one reason: whom are we to write to?"))
    base = run.campaign
    name, salt = _("%s (second try)") % base.name[:140], salt_of(base)
    draft = cloning.like(base, author, name=name, salt=salt)
    draft.segments_out.set(base.segments_out.all())
    FollowUp.objects.create(
        campaign=draft, kind=FollowUp.Kind.MISSED, run=run, origin_id=whom.origin_of(run), reasons=chosen
    )
    cloning.copy_texts(base, draft, author)
    sizing.copy(base, draft, sizing.JUDGED_BY)  # of the same people: whom the layer kept out is not among them
    return draft


def changeable(run: Run) -> dict[str, int]:
    """{reason: people whom the run missed for it}, of reasons that can change; most people first."""
    found = {reason: people for reason, people in whom.missed(run).items() if reason not in FINAL}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def obstacles(campaign: Campaign) -> list[str]:
    """What forbids to go after the run that this campaign follows, one sentence each."""
    follow_up = whom.followed(campaign)
    if follow_up is None:
        return []
    found = []
    if follow_up.run.finished_at is None:
        sentence = _("“%s” is still being sent: stop it, or wait until it ends, so that it is known who got it.")
        found.append(sentence % follow_up.run.campaign)
    if campaign.channel != follow_up.run.campaign.channel:
        found.append(_("It goes after another channel: choose an account of the channel of the first message."))
    if follow_up.is_correction and _correction_of(follow_up.run):
        found.append(_once(follow_up.run))
    return found


def claim(campaign: Campaign) -> Run | None:
    """In the transaction of a start: of campaigns that follow one run, one starts at a time. Returns the run that is
    corrected, if any. Raises `Refused`."""
    follow_up = whom.followed(campaign)
    if follow_up is None:
        return None
    Run.objects.select_for_update(no_key=True).get(pk=follow_up.origin_id)
    if not follow_up.is_correction:
        return None
    _require_uncorrected(follow_up.run)
    return follow_up.run


def _require_messages(run: Run) -> None:
    if run.campaign.is_audience:
        raise Refused(_("An audience export has sent nothing that could be sent again: clone it."))


def _require_uncorrected(run: Run) -> None:
    if _correction_of(run):
        raise Refused(_once(run))


def _correction_of(run: Run) -> Run | None:
    return Run.objects.filter(corrects=run.pk).first()


def _once(run: Run) -> str:
    return _("“%s” has been corrected already: people get one correction.") % run.campaign
