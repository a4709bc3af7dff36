"""What a refusal over SMPP means (SMPP 3.4, 5.1.3), and the account's own table for codes that operators invent.

A status other than 0 proves that nothing was taken. A fault of the settings does not cost people their message:
it is deferred, and the account stops until somebody mends it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from channels.providers.base import DEFERRED, REJECTED, Action, Result
from channels.providers.smpp_pdu import described


class Verdict(NamedTuple):
    kind: str
    action: Action = Action.NONE
    permanent: bool = False


LATER = Verdict(DEFERRED)
REFUSED = Verdict(REJECTED)
REFUSED_FOR_GOOD = Verdict(REJECTED, permanent=True)
DEAD_ADDRESS = Verdict(REJECTED, Action.MARK_CONTACT, permanent=True)
SETTINGS = Verdict(DEFERRED, Action.STOP_ACCOUNT)

# Words of the option `errors`, one line a code: «0x0401 opt_out».
WORDS = {
    "later": LATER,
    "refused": REFUSED_FOR_GOOD,
    "next_channel": Verdict(REJECTED, Action.NEXT_CHANNEL, permanent=True),
    "mark_contact": DEAD_ADDRESS,
    "opt_out": Verdict(REJECTED, Action.OPT_OUT, permanent=True),
    "pause_campaign": Verdict(DEFERRED, Action.PAUSE_CAMPAIGN),
    "stop_account": SETTINGS,
}

THROTTLED = {0x14, 0x58}  # RMSGQFUL, RTHROTTLED: too fast, nothing is wrong

VERDICTS = {
    0x01: REFUSED_FOR_GOOD,  # RINVMSGLEN
    0x02: SETTINGS,  # RINVCMDLEN: it speaks another SMPP than we do
    0x03: SETTINGS,  # RINVCMDID
    0x04: SETTINGS,  # RINVBNDSTS: bound as receiver only
    0x06: SETTINGS,  # RINVPRTFLG
    0x07: SETTINGS,  # RINVREGDLVFLG
    0x08: LATER,  # RSYSERR
    0x0A: SETTINGS,  # RINVSRCADR: the sender's name is not registered
    0x0B: DEAD_ADDRESS,  # RINVDSTADR
    0x14: LATER,  # RMSGQFUL
    0x15: SETTINGS,  # RINVSERTYP
    0x43: SETTINGS,  # RINVESMCLASS
    0x45: LATER,  # RSUBMITFAIL
    0x48: SETTINGS,  # RINVSRCTON
    0x49: SETTINGS,  # RINVSRCNPI
    0x50: SETTINGS,  # RINVDSTTON
    0x51: SETTINGS,  # RINVDSTNPI
    0x53: SETTINGS,  # RINVSYSTYP
    0x58: LATER,  # RTHROTTLED
    0x61: SETTINGS,  # RINVSCHED
    0x62: SETTINGS,  # RINVEXPIRY
    0x64: LATER,  # RX_T_APPN
    0x65: REFUSED_FOR_GOOD,  # RX_P_APPN
    0x66: REFUSED,  # RX_R_APPN
    0xC0: SETTINGS,  # RINVOPTPARSTREAM
    0xC1: SETTINGS,  # ROPTPARNOTALLWD
    0xC2: SETTINGS,  # RINVPARLEN
    0xC3: SETTINGS,  # RMISSINGOPTPARAM
    0xC4: SETTINGS,  # RINVOPTPARAMVAL
    0xFE: REFUSED,  # RDELIVERYFAILURE
    0xFF: LATER,  # RUNKNOWNERR
}

# A bind that is refused so may pass; any other refusal needs a person.
PASSING_BINDS = {0x05, 0x08, 0x14, 0x58, 0x64, 0xFF}  # RALYBND: the session of a killed worker is not forgotten yet


def result_of(status: int, own: Mapping[int, Verdict]) -> Result:
    """The result of a refused submit_sm. A code that nobody knows refuses this message and says nothing of the next."""
    verdict = own.get(status) or VERDICTS.get(status, REFUSED)
    return Result(
        verdict.kind,
        code=f"0x{status:02X}",
        reply=described(status),
        permanent=verdict.permanent,
        action=verdict.action,
    )


def own_verdicts(lines: Iterable[str]) -> dict[int, Verdict]:
    """The account's own table. Raises ValueError with the line that is wrong."""
    table = {}
    for line in filter(str.strip, lines):
        code, _space, word = line.strip().partition(" ")
        try:
            table[int(code, 0)] = WORDS[word.strip()]
        except (ValueError, KeyError) as error:
            raise ValueError(line.strip()) from error
    return table
