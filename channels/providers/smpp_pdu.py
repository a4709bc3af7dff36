"""SMPP 3.4 commands that are read by hand: what smpplib reads wrongly or slowly, as plain values."""

import struct
from dataclasses import dataclass, field

from smpplib import command, consts
from smpplib.client import SimpleSequenceGenerator


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


class DeliverSM(command.DeliverSM):
    """smpplib fails on optional parameters that it does not expect here, and ignores the length of those it knows."""

    def parse_optional_params(self, data: bytes) -> None:
        self.tlvs = tlvs_of(data)


def delivery_of(raw: bytes) -> Delivery:
    """Read a deliver_sm. Raises ValueError or struct.error when it is none."""
    pdu = DeliverSM("deliver_sm", client=SimpleSequenceGenerator())
    pdu.tlvs = {}
    pdu.parse(raw)
    if pdu.short_message is None:
        raise ValueError("deliver_sm breaks off")
    return Delivery(
        sequence=pdu.sequence,
        source=text_of(pdu.source_addr),
        destination=text_of(pdu.destination_addr),
        esm_class=pdu.esm_class,
        data_coding=pdu.data_coding,
        body=pdu.short_message or pdu.tlvs.get(consts.OPTIONAL_PARAMS["message_payload"], b""),
        tlvs=pdu.tlvs,
    )


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
