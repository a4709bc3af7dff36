"""Pools of promo codes that run out while campaigns print them, for the start page."""

from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.promo import counting
from crmsite.tasks import Task


def tasks_for(user: Any) -> list[Task]:
    """For those who may make more."""
    return [_of(each) for each in counting.ending()] if user.has_perm("campaigns.change_promopool") else []


def _of(ending: counting.Ending) -> Task:
    link = reverse("admin:campaigns_promopool_change", args=[ending.pool_id])
    name = {"name": ending.name}
    if not ending.left:
        detail = _("People wait for a code until the sending ends: make more, or bring in a file.")
        return Task(_("The pool of promo codes “%(name)s” is empty") % name, detail, link, _("Open"), "danger")
    left = ngettext("%(left)s code is left", "%(left)s codes are left", ending.left) % {
        "left": number_format(ending.left)
    }
    detail = _("%(left)s, and %(week)s were issued in the last seven days.") % {
        "left": left,
        "week": number_format(ending.week),
    }
    return Task(_("The pool of promo codes “%(name)s” runs out") % name, detail, link, _("Open"), "warning")
