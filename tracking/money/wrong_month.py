"""A cost that may stand in the wrong month: nothing is refused, somebody is asked."""

from datetime import date

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from tracking.money.months import later

BEFORE, AFTER = 2, 2  # months around a campaign in which its work is paid for
OLD = 24


def doubt(campaign: Campaign | None, month: date, months: int = 1) -> str:
    """A sentence, or ''."""
    today = timezone.localdate().replace(day=1)
    if campaign is None:
        if month > later(today, 12) or later(month, months) <= later(today, -OLD):
            return _("%(month)s is far from today: is it the right month?") % {"month": _said(month)}
        return ""
    first, last = _lived(campaign, today)
    if month < later(first, -BEFORE) or month > later(last, AFTER):
        return _("The campaign “%(campaign)s” went in %(first)s: is %(month)s the right month?") % {
            "campaign": campaign, "first": _said(first), "month": _said(month),
        }  # fmt: skip
    return ""


def _lived(campaign: Campaign, today: date) -> tuple[date, date]:
    begun = campaign.started_at or campaign.starts_at
    first = timezone.localtime(begun).date().replace(day=1) if begun else today
    ended = campaign.finished_at
    last = timezone.localtime(ended).date().replace(day=1) if ended else max(first, today)
    return first, last


def _said(month: date) -> str:
    return date_format(month, "F Y").lower()
