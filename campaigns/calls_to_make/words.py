"""What was done with a call, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import CallTask

VERBS: dict[str, str | Promise] = {
    "taken": _("taken"),
    "given": _("given to a salesperson"),
    "tracked": _("a call was found in call tracking"),
    "no_longer": _("not needed: the person reached the goal, or left the scenario"),
    "no_phone": _("cancelled: no phone that may be called is left"),
    "expired": _("nobody called for two weeks after the deadline"),
}
# The buttons of a call: "asks not to be called" stands apart, since it withdraws a consent.
BUTTONS = [
    CallTask.Outcome.VISIT, CallTask.Outcome.THINKS, CallTask.Outcome.REFUSED, CallTask.Outcome.NOT_REACHED,
    CallTask.Outcome.WRONG_NUMBER,
]  # fmt: skip
TONES = {
    CallTask.Outcome.VISIT: "green", CallTask.Outcome.THINKS: "blue", CallTask.Outcome.CALLED: "amber",
    CallTask.Outcome.WRONG_NUMBER: "red", CallTask.Outcome.ASKS_NOT: "red",
}  # fmt: skip


def of(verb: str) -> str:
    return str(VERBS.get(verb) or CallTask.Outcome(verb).label)
