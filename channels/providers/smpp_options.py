"""Options of an SMPP account: what centres differ in, and how a sender becomes an address."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from smpplib import consts

from channels.providers.base import Option
from channels.providers.smpp_delivered import GSM, HEX_ANSWERS, HEX_RECEIPTS, LATIN1, SAME
from channels.providers.smpp_errors import WORDS, own_verdicts

BY_RULE = -1
LONGEST_NAME = 11
SHORT_NUMBER = 8  # digits; a longer one is international

OPTIONS: dict[str, object] = {
    "host": Option("", _lazy("Host"), required=True),
    "port": Option(2775, _lazy("Port")),
    "system_id": Option(
        "", _lazy("System ID"), _lazy("The login that the operator gave; the password goes below."), required=True
    ),
    "security": Option("none", _lazy("Encryption"), choices=[("none", _lazy("No encryption")), ("tls", "TLS")]),
    "bind": Option(
        "transceiver",
        _lazy("Sessions"),
        _lazy("How the operator lets us in. Receipts and replies come over a session of their own in either case."),
        choices=[("transceiver", _lazy("Transceiver")), ("pair", _lazy("Transmitter and receiver"))],
    ),
    "window": Option(10, _lazy("Window"), _lazy("Submits without an answer, up to 100; the operator names the most.")),
    "system_type": Option("", _lazy("System type")),
    "service_type": Option("", _lazy("Service type")),
    "source_ton": Option(
        BY_RULE,
        _lazy("Sender: type of number (TON)"),
        _lazy("−1: by rule: 5 for a name, 1 for a long number, 0 for a short one."),
    ),
    "source_npi": Option(
        BY_RULE, _lazy("Sender: numbering plan (NPI)"), _lazy("−1: by rule: 0 for a name, 1 for a number.")
    ),
    "destination_ton": Option(1, _lazy("Recipient: type of number (TON)")),
    "destination_npi": Option(1, _lazy("Recipient: numbering plan (NPI)")),
    "validity_hours": Option(0, _lazy("Delivery is tried for, hours"), _lazy("0: as long as the operator likes.")),
    "message_ids": Option(
        SAME,
        _lazy("Message ids in receipts"),
        choices=[
            (SAME, _lazy("As in the answers")),
            (HEX_ANSWERS, _lazy("Decimal, and hexadecimal in answers")),
            (HEX_RECEIPTS, _lazy("Hexadecimal, and decimal in answers")),
        ],
    ),
    "alphabet": Option(
        GSM,
        _lazy("Alphabet of what comes with data_coding 0"),
        _lazy("Latin-1 when @, _ and $ of replies come as other letters."),
        choices=[(GSM, _lazy("GSM 03.38, by the standard")), (LATIN1, "Latin-1")],
    ),
    "timezone": Option("Europe/Moscow", _lazy("Time zone of receipts")),
    "errors": Option(
        [],
        _lazy("Codes of the operator's own"),
        _lazy(
            "One a line: a code and what it means: later, refused, next_channel, mark_contact, opt_out, pause_campaign, stop_account. For example: 0x0401 opt_out"
        ),
    ),
    "throttle_pause": Option(1, _lazy("Pause after “too fast”, seconds")),
    "connect_timeout": Option(10, _lazy("Wait for a connection, seconds")),
    "answer_timeout": Option(
        30, _lazy("Wait for an answer, seconds"), _lazy("A message without an answer is never sent again by itself.")
    ),
    "keep_alive": Option(30, _lazy("Try a silent link after, seconds")),
}

RANGES: dict[str, tuple[float, float]] = {
    "port": (1, 65535),
    "window": (1, 100),
    "source_ton": (BY_RULE, 6),
    "source_npi": (BY_RULE, 18),
    "destination_ton": (0, 6),
    "destination_npi": (0, 18),
    "validity_hours": (0, 24 * 28),
    "throttle_pause": (0, 60),
    "connect_timeout": (0.1, 60),
    "answer_timeout": (0.1, 300),
    "keep_alive": (0.1, 3600),
}


class Source(NamedTuple):
    """A sender's address as the centre wants it."""

    ton: int
    npi: int
    address: str


def source_of(sender: str, options: Mapping[str, Any]) -> Source:
    """By SMPP 3.4, 5.2.5 and 5.2.6: a name, an international number, or a short one. Raises ValueError for neither."""
    address = sender.strip()
    digits = address.removeprefix("+")
    if digits.isascii() and digits.isdigit():
        ton = consts.SMPP_TON_INTL if len(digits) > SHORT_NUMBER else consts.SMPP_TON_UNK
        found = Source(ton, consts.SMPP_NPI_ISDN, digits)
    elif address and address.isascii() and address.isprintable() and len(address) <= LONGEST_NAME:
        found = Source(consts.SMPP_TON_ALNUM, consts.SMPP_NPI_UNK, address)
    else:
        raise ValueError(sender)
    ton, npi = (int(options.get(name, BY_RULE)) for name in ("source_ton", "source_npi"))
    return Source(found.ton if ton == BY_RULE else ton, found.npi if npi == BY_RULE else npi, found.address)


def faults_in(options: Mapping[str, Any]) -> dict[str, str]:
    """Sentences by option; empty when the account can be tried."""
    faults = {}
    for name, (least, most) in RANGES.items():
        value = options.get(name)
        if isinstance(value, int | float) and not least <= value <= most:
            faults[name] = _("From %(least)g to %(most)g.") % {"least": least, "most": most}
    try:
        ZoneInfo(str(options.get("timezone") or "Europe/Moscow"))
    except (ZoneInfoNotFoundError, ValueError):
        faults["timezone"] = _("There is no such time zone: write it as Europe/Moscow.")
    try:
        own_verdicts(options.get("errors") or [])
    except ValueError as error:
        sentence = _("“%(line)s” is not a code and one of these words: %(words)s.")
        faults["errors"] = sentence % {"line": error, "words": ", ".join(WORDS)}
    return faults
