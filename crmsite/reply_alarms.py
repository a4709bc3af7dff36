"""Replies that wait for somebody, for the start page."""

from typing import Any

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import replies
from crmsite.tasks import Task

TONES = ((replies.VERY_LATE, "danger"), (replies.LATE, "warning"))


def tasks_for(user: Any) -> list[Task]:
    """At most one, for those who may say that a reply is dealt with; its tone is that of the one who waits longest."""
    if not user.has_perm("campaigns.change_reply"):
        return []
    found = replies.waiting().aggregate(count=Count("pk"), since=Min("incoming__happened_at"))
    if not found["count"]:
        return []
    waits = timezone.now() - found["since"]
    tone = next((tone for limit, tone in TONES if waits >= limit), "plain")
    text = ngettext("%(count)d reply waits for an answer", "%(count)d replies wait for an answer", found["count"])
    detail = _("The longest has been waiting for %(time)s.") % {"time": timesince(found["since"], depth=1)}
    link = reverse("admin:campaigns_reply_changelist") + "?state=open"
    return [Task(text % {"count": found["count"]}, detail, link, _("Open"), tone)]
