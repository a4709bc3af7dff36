"""Approval and start in one go, by two people: the same gates as in the admin."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import approval, permission, running
from campaigns.models import Campaign, Run
from campaigns.refusals import Refused
from campaigns.transitions import State

RUN = "campaigns.run_campaign"


@transaction.atomic
def launch(campaign: Campaign, *, author: Any, approver: Any) -> Run | None:
    """Take a draft through approval and start it when it is due (None: it waits for its time).

    A scheduled campaign is only started. Raises `Refused`, and then nothing has changed.
    """
    if not author.has_perm(RUN):
        raise Refused(_("%(user)s may not start campaigns: ask the administrator for the right.") % {"user": author})
    permission.require()
    if campaign.state == State.DRAFT:
        Campaign.objects.filter(pk=campaign.pk, state=State.DRAFT).update(author=author)
        campaign.author = author
        approval.submit(campaign, author)
    if campaign.state == State.IN_REVIEW:
        approval.decide(campaign, approver, True)
    if campaign.starts_at and campaign.starts_at > timezone.now():
        return None
    return running.start(campaign, author)
