"""Words of audience exports in the place of those of messages: nobody is written to, people are on a list or are not."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models.outbox import OutcomeKind
from campaigns.whom import PENDING

# The terms of the sum; the others are always nought.
SUMS: dict[str, str | Promise] = {
    OutcomeKind.ACCEPTED.value: _("Uploaded"),
    "left_out": _("Left out"),
    "held_out": _("Control groups"),
    OutcomeKind.CANCELLED.value: _("Stopped before they were uploaded"),
    PENDING: _("Not uploaded yet"),
}
TO_SEND = _("Will be shown advertisements")
PLANNED_OUT, LATER_OUT = "planned_out", "later_out"
SENTENCES: dict[str, str | Promise] = {
    OutcomeKind.ACCEPTED.value: _("Uploaded to the ad account by %(at)s: %(address)s."),
    OutcomeKind.CANCELLED.value: _("Not uploaded: the campaign was stopped before it was done."),
    PENDING: _("Not uploaded yet: %(address)s waits for the ad account to take it."),
    PLANNED_OUT: _("Not in the ad account: %(reason)s. So it was at the launch, on %(at)s."),
    LATER_OUT: _("Never came into the ad account: %(reason)s. So it was as the period ended, on %(at)s."),
}
EXPIRED = _("the ad account did not take it before the period ended")


def sums(terms: list[tuple[str, str, int]]) -> list[tuple[str, str | Promise, int]]:
    """The terms of `reading.results` in these words."""
    return [(key, SUMS[key], people) for key, _label, people in terms if key in SUMS]


def sentence(fate: Any, told: dict[str, str]) -> str:
    """What became of one person; `fate` is one of `campaigns.why`, `told` what the sentences name."""
    kind = PLANNED_OUT if fate.was_planned_out else fate.fate if fate.fate in SENTENCES else LATER_OUT
    reason = str(EXPIRED) if fate.fate == "expired" else told["reason"]
    return str(SENTENCES[kind]) % {**told, "reason": reason}
