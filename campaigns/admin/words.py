"""Words for what the outbox and the diary keep as keys."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Message

State = Campaign.State

# Colours of unfold's labels by state.
STATE_COLOURS = {
    State.DRAFT: "default",
    State.IN_REVIEW: "warning",
    State.SCHEDULED: "info",
    State.OVERDUE: "danger",
    State.RUNNING: "primary",
    State.PAUSED: "warning",
    State.FINISHED: "success",
    State.STOPPED: "danger",
}

# Of the icon font that the admin ships; messengers share one.
CHANNEL_ICONS = {"email": "mail", "sms": "sms", "push": "notifications", "ads": "ads_click"}

_VERBS: dict[str, str | Promise] = {
    "submit": _("Sent for approval"),
    "approve": _("Approved"),
    "reject": _("Returned with a note"),
    "withdraw": _("Taken back to the draft"),
    "start": _("Started"),
    "start_late": _("Started late"),
    "miss": _("Missed its time"),
    "pause": _("Paused"),
    "resume": _("Resumed"),
    "stop": _("Stopped"),
    "finish": _("Finished"),
    "test": _("Test letter sent"),
    "clone": _("Cloned"),
    "unheard": _("Counted as not sent"),
    "vouch": _("Said that the values are right"),
    "draft": _("New version begun"),
    "close": _("Closed to new people"),
    "open": _("Opened again"),
    "refused": _("Did not start"),
    "spent": _("Told what was spent"),
}

# Reasons that only a worker finds, as it leases a chunk (`campaigns.pump.leasing`).
_SUPPRESSIONS: dict[str, str | Promise] = {
    "expired": _("not sent in time"),
    "no_longer": _("left the scenario, or reached its goal"),
    "no_promo_code": _("no promo code was left"),
    "promo_limit": _("has had a promo code already"),
}


# What else may become of a message that was to be sent.
_ENDINGS: dict[str, str | Promise] = {
    "rejected": _("refused by the provider"),
    "cancelled": _("stopped before it was sent"),
}


def verb_label(verb: str) -> str:
    return str(_VERBS.get(verb, verb))


def reason_label(reason: str) -> str:
    """Why a person was left out at planning, or suppressed at sending."""
    if reason in Message.LeftOut.values:
        return str(Message.LeftOut(reason).label)
    return str(_SUPPRESSIONS.get(reason, reason))


def fate_label(fate: str) -> str:
    """Why a person got no message, whoever decided it (`campaigns.whom.FATE`)."""
    return str(_ENDINGS[fate]) if fate in _ENDINGS else reason_label(fate)
