"""Which state a campaign may go to from which, and the one place that writes `Campaign.state`.

Every move is a conditional UPDATE: of two who try at once one succeeds, the other is refused. What happened
is told in the campaign's diary (`CampaignEvent`), in the same transaction.
"""

from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, CampaignEvent
from campaigns.refusals import Refused

State = Campaign.State


class Move(NamedTuple):
    """From any of `sources` to `target`; `stamp` names the column that keeps the time of it."""

    sources: tuple[State, ...]
    target: State
    stamp: str = ""


MOVES = {
    "submit": Move((State.DRAFT,), State.IN_REVIEW),
    "approve": Move((State.IN_REVIEW,), State.SCHEDULED),
    "reject": Move((State.IN_REVIEW,), State.DRAFT),
    "withdraw": Move((State.IN_REVIEW, State.SCHEDULED, State.OVERDUE), State.DRAFT),
    "start": Move((State.SCHEDULED,), State.RUNNING, "started_at"),
    "start_late": Move((State.OVERDUE,), State.RUNNING, "started_at"),
    "miss": Move((State.SCHEDULED,), State.OVERDUE),
    "pause": Move((State.RUNNING,), State.PAUSED),
    "resume": Move((State.PAUSED,), State.RUNNING),
    "stop": Move((State.SCHEDULED, State.OVERDUE, State.RUNNING, State.PAUSED), State.STOPPED, "finished_at"),
    "finish": Move((State.RUNNING, State.PAUSED), State.FINISHED, "finished_at"),
}


def may(campaign: Campaign, verb: str) -> bool:
    """Whether the state known to the caller allows the move (to show a button, not to decide)."""
    return campaign.state in MOVES[verb].sources


@transaction.atomic
def attempt(campaign: Campaign, verb: str, *, author: Any = None, note: str = "") -> bool:
    """Make the move if the campaign's state in the database still allows it; tell whether it did."""
    rule = MOVES[verb]
    now = timezone.now()
    change = {"state": rule.target} | ({rule.stamp: now} if rule.stamp else {})
    if not Campaign.objects.filter(pk=campaign.pk, state__in=rule.sources).update(**change):
        return False
    for name, value in change.items():
        setattr(campaign, name, value)
    CampaignEvent.objects.create(campaign=campaign, verb=verb, author=author, note=note, happened_at=now)
    return True


def move(campaign: Campaign, verb: str, *, author: Any = None, note: str = "") -> None:
    """`attempt`, or `Refused` with the state that the campaign is in."""
    if attempt(campaign, verb, author=author, note=note):
        return
    campaign.refresh_from_db(fields=["state"])
    sentence = _("The campaign is in the state “%(state)s”, this cannot be done now. Reload the page.")
    raise Refused(sentence % {"state": campaign.get_state_display()})
