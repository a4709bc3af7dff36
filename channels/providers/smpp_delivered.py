"""What a deliver_sm says: a delivery receipt (SMPP 3.4, appendix B, or its TLVs), or what a person wrote.

A person's long message comes in segments, of which each has to be acknowledged before the next comes; they wait
in memory until the last is there, and after `PATIENCE` what has come is told without the rest, so that a «СТОП» in
its first half is heard.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from channels import sms_text
from channels.providers.base import Incoming, Report, Told
from channels.providers.smpp_pdu import Delivery, text_of

RECEIPTED_ID, MESSAGE_STATE, USER_REFERENCE = 0x001E, 0x0427, 0x0204
SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER = 0x020C, 0x020E, 0x020F
TYPE, RECEIPT, NOTIFICATION, UDHI = 0x3C, 0x04, 0x20, 0x40
PATIENCE = timedelta(minutes=5)
REPEATS = 600  # seconds: the same words of the same person within them are one message, delivered again

# Seven letters of the word; what means nothing for a person's message (UNKNOWN) is not here.
STATES = {
    "ENROUTE": "queued",
    "ACCEPTD": "sent",
    "DELIVRD": "delivered",
    "EXPIRED": "expired",
    "DELETED": "failed",
    "UNDELIV": "failed",  # a dead number, a full phone, a barred service: it does not say which
    "REJECTD": "failed",
}
NUMBERED = {1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 8: "REJECTD"}
SPELLINGS = {"DELIVER": "DELIVRD", "ACCEPTE": "ACCEPTD", "REJECTE": "REJECTD"}
FIELD = {name: re.compile(rf"\b{name}:\s*(\S+)", re.I) for name in ("id", "stat", "err", "done date")}

# How message ids of answers and of receipts compare: some centres give the one in hexadecimal, the other in decimal.
SAME, HEX_ANSWERS, HEX_RECEIPTS = "same", "hex_answers", "hex_receipts"


# What the centre's own alphabet is, data_coding 0: that of GSM, an octet a letter, unless the centre says otherwise.
GSM, LATIN1 = "gsm", "latin1"


def key_of(message_id: str, form: str, *, receipt: bool) -> str:
    """One spelling for the id in an answer and in a receipt: decimal, unless they are the same as they stand."""
    if form == SAME:
        return message_id
    try:
        return str(int(message_id, 16 if (form == HEX_RECEIPTS) == receipt else 10))
    except ValueError:
        return message_id


@dataclass(slots=True)
class Reader:
    """Reads deliver_sm of one account. `zone`: of the times in receipts; `form`: one of those of `key_of`; `alphabet`: the
    centre's own."""

    zone: ZoneInfo
    form: str = SAME
    alphabet: str = GSM
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _waiting: dict[tuple[str, str, int, int], "Segments"] = field(default_factory=dict)

    def read(self, delivery: Delivery) -> Told:
        if delivery.esm_class & TYPE in (RECEIPT, NOTIFICATION):
            report = self._report(delivery)
            return Told(reports=[report] if report else [])
        if delivery.esm_class & TYPE:  # an acknowledgement by the handset, which we never ask for
            return Told()
        message = self._message(delivery)
        return Told(incoming=[message] if message else [])

    def overdue(self) -> Told:
        """Messages whose missing segments are not waited for any more."""
        end = self.clock() - PATIENCE
        late = [key for key, segments in self._waiting.items() if segments.begun_at < end]
        return Told(incoming=[self._incoming(self._waiting.pop(key)) for key in late])

    def rest(self) -> Told:
        """All that waits, complete or not: the session is over."""
        waiting, self._waiting = self._waiting, {}
        return Told(incoming=[self._incoming(segments) for segments in waiting.values()])

    def _report(self, delivery: Delivery) -> Report | None:
        # Fields of a receipt are ASCII, whatever the alphabet of people's messages is.
        text = text_in(delivery.data_coding or 1, delivery.body)
        message_id = text_of(delivery.tlvs.get(RECEIPTED_ID, b"")) or _field("id", text)
        state = state_in(delivery, text)
        if not message_id or not state:
            return None
        return Report(
            key_of(message_id, self.form, receipt=True),
            STATES[state],
            self._time(_field("done date", text)),
            reason=f"{state} {_field('err', text)}".strip(),
            raw={
                "text": text_in(delivery.data_coding, delivery.body, self.alphabet),
                "state": state,
                "source": delivery.source,
            },
        )

    def _time(self, digits: str) -> datetime:
        """YYMMDDhhmm[ss]; now, when the receipt does not say."""
        try:
            return datetime.strptime(digits[:12].ljust(12, "0"), "%y%m%d%H%M%S").replace(tzinfo=self.zone)
        except ValueError:
            return self.clock()

    def _message(self, delivery: Delivery) -> Incoming | None:
        place, body = place_of(delivery)
        if place.total <= 1:
            return self._incoming(Segments(delivery, self.clock(), 1, self.alphabet, {1: body}))
        key = (delivery.source, delivery.destination, place.reference, place.total)
        segments = self._waiting.setdefault(key, Segments(delivery, self.clock(), place.total, self.alphabet))
        segments.bodies[place.number] = body
        if len(segments.bodies) < place.total:
            return None
        return self._incoming(self._waiting.pop(key))

    def _incoming(self, segments: "Segments") -> Incoming:
        delivery, text = segments.first, segments.text
        raw = {"destination": delivery.destination, "missing": segments.total - len(segments.bodies)}
        told = delivery.tlvs.get(RECEIPTED_ID, b"") + delivery.tlvs.get(USER_REFERENCE, b"")
        bucket = int(segments.begun_at.timestamp()) // REPEATS
        words = f"{delivery.source}\n{delivery.destination}\n{told.hex()}\n{bucket}\n{text}"
        key = hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]
        return Incoming(key, delivery.source, text, segments.begun_at, raw)


@dataclass(slots=True)
class Segments:
    """What has come of a person's message; `first` is whichever segment came first."""

    first: Delivery
    begun_at: datetime
    total: int
    alphabet: str
    bodies: dict[int, bytes] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Joined before it is decoded: handsets do split surrogate pairs. Three dots stand for what did not come."""
        runs = groupby(range(1, self.total + 1), self.bodies.__contains__)
        return "".join(self._joined(run) if is_here else " … " for is_here, run in runs).strip()

    def _joined(self, numbers: Iterable[int]) -> str:
        return text_in(self.first.data_coding, b"".join(self.bodies[number] for number in numbers), self.alphabet)


@dataclass(frozen=True, slots=True)
class Place:
    """Which segment of which message."""

    reference: int = 0
    total: int = 1
    number: int = 1


def place_of(delivery: Delivery) -> tuple[Place, bytes]:
    """From the user data header (TS 23.040 9.2.3.24) or the sar_ parameters; and the body without its header."""
    body = delivery.body
    if delivery.esm_class & UDHI and body and body[0] < len(body):
        return _place_in(body[1 : body[0] + 1]), body[body[0] + 1 :]
    numbers = [int.from_bytes(delivery.tlvs.get(tag, b"")) for tag in (SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER)]
    return (_place(*numbers) if numbers[1] else Place()), body


def _place_in(header: bytes) -> Place:
    while len(header) >= 2:
        kind, value = header[0], header[2 : 2 + header[1]]
        if (kind, len(value)) in ((0x00, 3), (0x08, 4)):
            return _place(int.from_bytes(value[:-2]), value[-2], value[-1])
        header = header[2 + header[1] :]
    return Place()


def _place(reference: int, total: int, number: int) -> Place:
    """A number outside of its total is a message by itself (TS 23.040: such a header is ignored)."""
    return Place(reference, total, number) if 1 <= number <= total else Place()


def state_in(delivery: Delivery, text: str) -> str:
    """One of STATES, or empty."""
    numbered = NUMBERED.get(int.from_bytes(delivery.tlvs.get(MESSAGE_STATE, b"")), "")
    word = _field("stat", text).upper()[:7]
    word = SPELLINGS.get(word, word)
    return numbered or (word if word in STATES else "")


def text_in(data_coding: int, body: bytes, alphabet: str = GSM) -> str:
    """Text of a short message by its data_coding (SMPP 3.4, 5.2.19; message classes as in TS 23.038, which leave the
    centre no alphabet of its own)."""
    if data_coding == 0 and alphabet == LATIN1:
        return body.decode("latin-1")
    if data_coding & 0xF0 in (0x10, 0xF0):
        data_coding &= 0x0C
    if data_coding == 0:
        return sms_text.read_gsm(body)
    known = {1: "ascii", 6: "iso8859_5", 7: "iso8859_8", 8: "utf-16-be"}
    return body.decode(known.get(data_coding, "latin-1"), "replace")


def _field(name: str, text: str) -> str:
    found = FIELD[name].search(text)
    return found[1] if found else ""
