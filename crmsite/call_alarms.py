"""Calls to make, for the start page: the salesperson's own for today, and to the head of sales what stays undone."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from campaigns.calls_to_make import lists
from crmsite.tasks import Task

COUNTED_TO = 1000


def tasks_for(user: Any) -> list[Task]:
    """Asked only of those who call, or who answer for it."""
    if user.has_perm(lists.ASSIGN):
        return _late(user)
    return _today(user) if user.has_perm("campaigns.tell_calltask") else []


def _late(user: Any) -> list[Task]:
    count = _count(user, "late")
    if not count:
        return []
    text = ngettext(
        "%(count)d call is overdue for more than a day", "%(count)d calls are overdue for more than a day", count
    )
    detail = _("Nobody has called: give them to somebody else, or ask why.")
    return [Task(text % {"count": count}, detail, f"{_list()}?show=late", _("Sort out"), "danger")]


def _today(user: Any) -> list[Task]:
    count, overdue = _count(user, "today"), _count(user, "overdue")
    if not count:
        return []
    text = ngettext("%(count)d call for today", "%(count)d calls for today", count) % {"count": count}
    words = ngettext("%(count)d of them is overdue.", "%(count)d of them are overdue.", overdue)
    detail = words % {"count": overdue} if overdue else ""
    return [Task(text, detail, _list(), pgettext("to do", "Call"), "warning" if overdue else "plain")]


def _count(user: Any, show: str) -> int:
    return lists.listed(user, show)[:COUNTED_TO].count()


def _list() -> str:
    return reverse("admin:campaigns_calltask_changelist")
