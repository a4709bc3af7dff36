"""Another day for a campaign that has not gone out: what the calendar does when one is dragged."""

from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import approval
from campaigns.calendar import APPROVED, MOVABLE
from campaigns.models import Campaign
from campaigns.refusals import Refused

USUAL_HOUR = time(10)  # of a draft that had no start yet
NEVER = "-"  # what `stamp` says of a campaign without a start


def stamp(campaign: Campaign) -> str:
    """What a page shows of a campaign's start: whoever moves it says from where."""
    return f"{campaign.starts_at.timestamp():.0f}" if campaign.starts_at else NEVER


@transaction.atomic
def reschedule(campaign: Campaign, day: date, user: Any, *, seen: str, may_withdraw: bool = False) -> Campaign:
    """The same hour on another day. A campaign that is approved, or waits for it, becomes a draft again first, since the
    approval is of the start as well; that needs `may_withdraw`. Raises `Refused`: it went on or was moved meanwhile (`seen`
    is the `stamp` of the page), or the moment is past.
    """
    now = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if now.state not in MOVABLE:
        sentence = _("The campaign is in the state “%(state)s”: its start cannot be moved any more.")
        raise Refused(sentence % {"state": now.get_state_display()})
    if stamp(now) != seen:
        raise Refused(_("Somebody else moved the campaign meanwhile: look where it is now."))
    moment = _moment(now, day)
    if moment <= timezone.now():
        raise Refused(_("This moment is past: choose a later day."))
    if now.state in APPROVED:
        if not may_withdraw:
            raise Refused(_("The campaign was sent for approval meanwhile: moving it would take that back."))
        approval.withdraw(now, user, _("The start was moved on the calendar."))
    now.starts_at = moment
    now.save(update_fields=["starts_at"])
    return now


def _moment(campaign: Campaign, day: date) -> datetime:
    hour = timezone.localtime(campaign.starts_at).time() if campaign.starts_at else USUAL_HOUR
    return timezone.make_aware(datetime.combine(day, hour))
