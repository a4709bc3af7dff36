"""What is wrong with the customer base itself, for the start page: feeds that bring nothing, nights that went wrong."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crmsite.tasks import TONES, Task
from segments import nightly, orphans
from segments.feeding import alarms
from segments.models import Feed

Problem = Feed.Problem
OF_FEED = {
    Problem.LATE: gettext_lazy("“%(name)s” has brought nothing for long"),
    Problem.FAILED: gettext_lazy("The delivery of “%(name)s” did not work"),
    Problem.SHRUNK: gettext_lazy("“%(name)s” brought far less than last time"),
}
NIGHT_WORKS = {
    "facts": gettext_lazy("facts of customers"),
    "households": gettext_lazy("households"),
    "review": gettext_lazy("doubtful pairs of customers"),
    "segments": gettext_lazy("shares and twins of segments"),
    "cadence": gettext_lazy("count of forgotten people"),
    "reaction_curves": gettext_lazy("count of how soon people react"),
    "channel_worth": gettext_lazy("count of what messages of each channel bring"),
    "arm_sums": gettext_lazy("results of campaigns beyond their control groups"),
    "track_record": gettext_lazy("results of channels for forecasts"),
    "report_figures": gettext_lazy("sums of reports"),
    "points": gettext_lazy("expiry of bonus points"),
    "promo_codes": gettext_lazy("return of promo codes that did not go"),
    "begun_anew": gettext_lazy("end of promo codes after a purchase"),
    "discounts": gettext_lazy("count of purchases with a discount"),
    "orphans": gettext_lazy("check of links between tables"),
}


def tasks_for(user: Any) -> list[Task]:
    """Nothing is asked of the database that the user may not see."""
    found = [_of_feed(feed) for feed in alarms.in_trouble()] if user.has_perm("segments.view_feed") else []
    if user.has_perm("segments.change_feed"):
        lost, failed = orphans.last_found(), nightly.failed()
        found += [_loose_keys(lost)] if lost else []
        found += [_night(failed)] if failed else []
    return sorted(found, key=lambda task: TONES.index(task.tone))


def _of_feed(feed: Feed) -> Task:
    detail, action = feed.problem_detail, _("Open")
    if feed.problem == Problem.LATE:
        detail = _late(feed)
    elif feed.problem == Problem.SHRUNK:
        detail = _("%(what)s. It is held back until you decide: load it anyway, or drop it.") % {"what": detail}
        action = _("Decide")
    tone = "warning" if feed.problem == Problem.LATE else "danger"
    text = str(OF_FEED[Problem(feed.problem)]) % {"name": feed.name}
    return Task(text, detail, reverse("admin:segments_feed_change", args=[feed.pk]), action, tone)


def _late(feed: Feed) -> str:
    if feed.last_ok_at is None:
        return _("Nothing has come since it was set up. Check its settings and press “Look now”.")
    when = date_format(timezone.localtime(feed.last_ok_at), "j E, H:i")
    return _("The last delivery was on %(when)s. Check that the export of 1C runs by its schedule.") % {"when": when}


def _loose_keys(lost: list[tuple[str, int, list[str]]]) -> Task:
    rows = sum(count for _words, count, _examples in lost)
    text = ngettext(
        "%(count)d row of the base points at nothing", "%(count)d rows of the base point at nothing", rows
    ) % {"count": rows}
    where = "; ".join(f"{words}: {count} (№ {', '.join(examples)})" for words, count, examples in lost)
    detail = _("%(where)s. This is a fault of the program: send these lines to its developers.")
    return Task(text, detail % {"where": capfirst(where)}, "", "", "danger")


def _night(failed: dict[str, str]) -> Task:
    works = ", ".join(str(NIGHT_WORKS.get(name, name)) for name in failed)
    detail = _("%(why)s. It is tried again every hour; tell the administrator of the server if it goes on.")
    return Task(
        _("Nightly work failed: %(works)s") % {"works": works}, detail % {"why": "; ".join(why.rstrip(".") for why in failed.values())},
        "", "", "danger",
    )  # fmt: skip
