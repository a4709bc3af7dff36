"""What WhatsApp's error codes ask for
(https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes)."""

from collections.abc import Mapping
from typing import Any

from channels.providers.base import DEFERRED, REJECTED, Action, Result

LATER = (DEFERRED, Action.NONE)
STOPPED = (DEFERRED, Action.STOP_ACCOUNT)
TEXT = (REJECTED, Action.PAUSE_CAMPAIGN)  # all messages with this template would be refused alike
ELSEWHERE = (REJECTED, Action.NEXT_CHANNEL)
ALONE = (REJECTED, Action.NONE)

# code: (kind, what it asks for)
ERRORS: Mapping[int, tuple[str, Action]] = {
    4: LATER,  # calls of the app
    80007: LATER,  # calls of the business account
    130429: LATER,  # messages a second
    131056: LATER,  # messages to this person
    131000: LATER,  # "something went wrong"
    131016: LATER,  # the service is overloaded
    131048: (DEFERRED, Action.PAUSE_CAMPAIGN),  # people block us or call it spam
    131064: (DEFERRED, Action.PAUSE_CAMPAIGN),  # a limit, for templates of a wrong category
    131026: ELSEWHERE,  # no WhatsApp at this number, or an old one
    131047: ELSEWHERE,  # more than 24 hours since the person's last message: it takes a template
    131049: ELSEWHERE,  # Meta lets no more marketing to this person; not again for 24 hours
    130472: ELSEWHERE,  # the person is in an experiment of Meta's
    131050: (REJECTED, Action.OPT_OUT),  # the person stopped marketing of ours
    131030: ALONE,  # a test number may write to five people only
    131008: TEXT,
    131009: TEXT,
    131051: TEXT,
    131052: TEXT,
    131053: TEXT,
    132000: TEXT,  # the number of parameters
    132001: TEXT,  # no such template in this language, or not approved
    132005: TEXT,
    132007: TEXT,
    132008: TEXT,
    132012: TEXT,
    132015: TEXT,  # paused for its quality
    132016: TEXT,  # disabled for its quality
    0: STOPPED,  # the token
    3: STOPPED,  # the app may not
    10: STOPPED,  # a permission
    190: STOPPED,  # the token has expired
    368: STOPPED,  # the policy was violated
    130497: STOPPED,  # not to this country
    131031: STOPPED,  # locked
    131042: STOPPED,  # payment
    **dict.fromkeys(range(200, 300), STOPPED),  # permissions
}
TOO_FAST = frozenset({4, 80007, 130429})  # all have to wait, not this message alone

# What a failure that is told later is in our words; any other is "failed".
LATE: Mapping[int, str] = {131026: "bounced", 131050: "unsubscribed"}


def outcome(error: Mapping[str, Any], status: int) -> Result:
    """Of an `error` object in an answer with this HTTP status. Raises LookupError for a 5xx with a code that is not in
    the table: it may have gone through."""
    code = int(error["code"])
    if code not in ERRORS and status >= 500:
        raise LookupError(code)
    kind, action = ERRORS.get(code, ALONE)
    details = error.get("error_data")
    reply = (details.get("details") if isinstance(details, dict) else "") or error.get("message") or ""
    return Result(kind, code=str(code), reply=str(reply), permanent=kind == REJECTED, action=action)
