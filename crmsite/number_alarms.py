"""Numbers and calls, for the start page: leases that end while people still call, and accounts whose calls do not come."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crmsite.tasks import Task
from tracking.models import CallTrackingAccount, NumberLease
from tracking.number_map import ending_soon
from tracking.numbers import short

MOST = 100
FAILURES = 3  # in a row: once or twice a provider may be busy


def tasks_for(user: Any) -> list[Task]:
    """Nothing is asked of the database that the user may not see."""
    found = []
    if user.has_perm("tracking.change_calltrackingaccount"):
        silent = CallTrackingAccount.objects.filter(is_active=True, failures__gte=FAILURES)
        found += [_silent(account) for account in silent]
    if user.has_perm("tracking.change_numberlease") and (leases := list(ending_soon()[:MOST])):
        found.append(_ending(leases))
    return found


def _silent(account: CallTrackingAccount) -> Task:
    link = reverse("admin:tracking_calltrackingaccount_change", args=[account.pk])
    text = _("Calls do not come from “%(name)s”") % {"name": account}
    return Task(text, account.problem, link, _("Open"), "danger")


def _ending(leases: list[NumberLease]) -> Task:
    """One for all of them; it names the first to end."""
    first = leases[0]
    text = ngettext(
        "The lease of %(count)d substitute number ends within a week",
        "The leases of %(count)d substitute numbers end within a week",
        len(leases),
    ) % {"count": len(leases)}
    detail = _(
        "%(number)s (%(holder)s) is held till %(day)s: hold it longer, or calls count for whoever comes next."
    ) % {
        "number": short(first.number.number),
        "holder": first.campaign or _("standing number"),
        "day": date_format(timezone.localtime(first.period.upper), "j E"),
    }
    return Task(text, detail, reverse("admin:tracking_substitutenumber_number_map"), _("Open"), "warning")
