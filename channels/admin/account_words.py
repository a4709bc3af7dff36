"""How an account does, in words: for the list and for its page."""

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from channels import capacity, sandbox
from channels.limits import local_day
from channels.models import Account, AccountHealth

Pause = AccountHealth.Pause

# States of the list and the colours of their labels.
STATES = {
    "off": gettext_lazy("off"),
    "person": gettext_lazy("waits for a person"),
    "probe": gettext_lazy("paused for a while"),
    "local": gettext_lazy("inbox only"),
    "journal": gettext_lazy("journal"),
    "live": gettext_lazy("live"),
}
LABELS = {
    "off": "default",
    "local": "default",
    "person": "danger",
    "probe": "warning",
    "journal": "info",
    "live": "success",
}


def health_of(account: Account) -> AccountHealth:
    """Its row, or an empty one for an account that has neither sent nor failed."""
    return getattr(account, "health", None) or AccountHealth(account=account, pause="", reason="", check_answer="")


def state(account: Account) -> str:
    """A key of STATES: the most urgent thing to know about it."""
    if not account.is_active:
        return "off"
    pause = health_of(account).pause
    if pause != Pause.NONE:
        return pause
    return "local" if sandbox.is_local(account) else account.mode


def day_line(account: Any) -> str:
    """What the last 24 hours brought; `account` comes from `health.with_day`."""
    sent, failed = account.day_sent or 0, account.day_failed or 0
    if not sent:
        return "—"
    words = ngettext("%(number)s message", "%(number)s messages", sent) % {"number": number_format(sent)}
    return _("%(messages)s, errors %(share)s %%") % {
        "messages": words,
        "share": number_format(100 * failed / sent, 1),
    }


def warm_up(account: Account) -> str:
    """How far the warm-up is today; '' without one, and after it."""
    today = local_day(account, timezone.now()).date()
    if not account.pk or not capacity.is_warming(account, today):
        return ""
    return _("warm-up: up to %(number)s today, the full volume from %(day)s") % {
        "number": number_format(capacity.day_limit(account, today)),
        "day": date_format(capacity.full_from(account), "j E"),
    }


def last_sent(account: Account) -> str:
    when = health_of(account).last_sent_at
    return date_format(timezone.localtime(when), "j E, H:i") if when else "—"


def checked(account: Account) -> str:
    """What the last check said: the balance, where the provider tells it."""
    return health_of(account).check_answer or "—"
