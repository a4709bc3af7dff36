"""The wrong-name guard: what would be printed is looked at before a launch, and a launch is refused when it looks wrong."""

from campaigns.guard.gate import (
    WAITING,
    findings,
    inspect,
    is_passed,
    last_look,
    may_vouch,
    notes,
    require,
    require_no_doubt,
    save_refused,
    uninspected,
    vouch,
)
from campaigns.guard.looking import doubts
from campaigns.guard.words import IN_SENTENCE, refusal, told

__all__ = [
    "IN_SENTENCE",
    "WAITING",
    "doubts",
    "findings",
    "inspect",
    "is_passed",
    "last_look",
    "may_vouch",
    "notes",
    "refusal",
    "require",
    "require_no_doubt",
    "save_refused",
    "told",
    "uninspected",
    "vouch",
]
