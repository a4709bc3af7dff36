"""SMPP 3.4 commands that we read, as plain values. Read by hand: smpplib takes strings without an end for strings, fails
on optional parameters that it does not expect, and believes its own lengths of those it knows."""

import struct
from dataclasses import dataclass, field

from smpplib import consts


@dataclass(frozen=True, slots=True)
class Answer:
    """A submit_sm_resp, or a generic_nack for this sequence number."""

    sequence: int
    status: int
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A deliver_sm: a receipt or a person's message. `tlvs`: optional parameters by tag, raw."""

    sequence: int
    source: str
    destination: str
    esm_class: int
    data_coding: int
    body: bytes
    tlvs: dict[int, bytes] = field(default_factory=dict)


HEADER_LENGTH = 16
MESSAGE_PAYLOAD = consts.OPTIONAL_PARAMS["message_payload"]


def delivery_of(raw: bytes) -> Delivery:
    """Read a deliver_sm (SMPP 3.4, 4.6.1), header included. Raises ValueError when it breaks off."""
    octets = Octets(raw, HEADER_LENGTH)
    octets.string()  # service_type
    octets.numbers(2)
    source = octets.string()
    octets.numbers(2)
    destination = octets.string()
    esm_class, _protocol, _priority = octets.numbers(3)
    octets.string()  # schedule_delivery_time
    octets.string()  # validity_period
    _registered, _replace, data_coding, _default, length = octets.numbers(5)
    body = octets.numbers(length)
    tlvs = tlvs_of(raw[octets.place :])
    sequence = int.from_bytes(raw[12:HEADER_LENGTH])
    return Delivery(sequence, source, destination, esm_class, data_coding, body or tlvs.get(MESSAGE_PAYLOAD, b""), tlvs)


@dataclass(slots=True)
class Octets:
    """Mandatory parameters, one after another. Both raise ValueError when there is no more."""

    raw: bytes
    place: int

    def string(self) -> str:
        end = self.raw.index(0, self.place)
        text = text_of(self.raw[self.place : end])
        self.place = end + 1
        return text

    def numbers(self, count: int) -> bytes:
        found = self.raw[self.place : self.place + count]
        if len(found) < count:
            raise ValueError("the command breaks off")
        self.place += count
        return found


def tlvs_of(data: bytes) -> dict[int, bytes]:
    """Optional parameters by tag (SMPP 3.4, 3.2.4); one that breaks off is left out."""
    found = {}
    place = 0
    while len(data) - place >= 4:
        tag, length = struct.unpack_from(">HH", data, place)
        place += 4
        if len(data) - place >= length:
            found[tag] = data[place : place + length]
        place += length
    return found


def text_of(octets: bytes) -> str:
    """A C-octet string, which may lack its NUL."""
    return octets.partition(b"\0")[0].decode("latin-1")


def described(status: int) -> str:
    """A status for people: its number and the words of the specification."""
    return f"0x{status:02X} {consts.DESCRIPTIONS.get(status, '')}".strip()
