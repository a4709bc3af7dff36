"""Accounts that do not send, for the start page."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from channels import health
from channels.models import AccountHealth
from crmsite.tasks import TONES, Task


def tasks_for(user: Any) -> list[Task]:
    """Nothing is asked of the database that the user may not see."""
    found = [_of(row) for row in health.paused()] if user.has_perm("channels.view_account") else []
    return sorted(found, key=lambda task: TONES.index(task.tone))


def _of(row: AccountHealth) -> Task:
    link = reverse("admin:channels_account_change", args=[row.account_id])
    if row.pause == AccountHealth.Pause.PERSON:
        text = _("The account “%(name)s” does not send until somebody mends it") % {"name": row.account}
        return Task(text, row.reason, link, _("Open"), "danger")
    text = _("The account “%(name)s” is paused") % {"name": row.account}
    when = date_format(timezone.localtime(row.paused_until), "j E, H:i") if row.paused_until else "—"
    reason = (
        row.reason if row.reason.endswith((".", "!", "?")) else f"{row.reason}."
    )  # a provider's words may have none
    detail = _("%(reason)s The next try: %(when)s.") % {"reason": reason, "when": when}
    return Task(text, detail, link, _("Open"), "warning")
