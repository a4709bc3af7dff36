"""Replies that wait for somebody, and answers of which nobody knows, for the start page."""

from typing import Any

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import replies
from campaigns.models import Answer
from crmsite.tasks import Task

TONES = ((replies.VERY_LATE, "danger"), (replies.LATE, "warning"))


def tasks_for(user: Any) -> list[Task]:
    """Replies for those who may say that one is dealt with, answers of unknown fate for those who may write them."""
    return [*_waiting(user), *_unknown(user)]


def _waiting(user: Any) -> list[Task]:
    """At most one; its tone is that of the one who waits longest."""
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


def _unknown(user: Any) -> list[Task]:
    """Answers whose connection broke: the machine does not send them again, so somebody must ask. Leads to the oldest."""
    if not user.has_perm("campaigns.answer_reply"):
        return []
    unknown = Answer.objects.filter(state=Answer.State.UNKNOWN).order_by("pk")
    oldest = unknown.values_list("reply", flat=True).first()
    if oldest is None:
        return []
    count = unknown.count()
    text = ngettext("%(count)d answer may not have gone", "%(count)d answers may not have gone", count)
    detail = _("The connection broke while they were being sent: ask, and say what became of them.")
    link = reverse("admin:campaigns_reply_change", args=[oldest])
    return [Task(text % {"count": count}, detail, link, _("Open"), "warning")]
