"""A message centre of SMPP 3.4 in a process of its own, with a codec of its own. Prints its port.

    python -m tests.peers.smpp_server JOURNAL [--latency S] [--limit N] [--shuffle] [--receipts WAY] [--say FILE] …

JOURNAL ("-": none) gets a JSON line, fsynced before the answer, for every submit it took; JOURNAL.events one for every
session ({"bound": …}), answer to a deliver_sm ({"acknowledged": …}) and trial of the link ({"enquired": …}). How a
submit is treated is in the recipient's number: 7998CCCC… is refused with status CCCC (decimal), 7997… taken and never answered, 7996… taken and the
connection closed instead of an answer, 7995… throttled once, 7994… throttled at its second segment once, 7993… refused
at its second segment, 7992… answered unreadably, 7991… answered after --late seconds.
Every line of FILE is a JSON object {source, destination, esm_class, coding, body (hex), tlvs {tag: hex}}, brought as
a deliver_sm to whoever binds to receive.
"""

import argparse
import asyncio
import json
import os
import random
import ssl
import struct
import time
from collections import deque
from pathlib import Path
from typing import Any

HEADER = struct.Struct(">LLLL")
BINDS = {1: "receiver", 2: "transmitter", 9: "transceiver"}
SUBMIT, DELIVER, UNBIND, ENQUIRE, NACK, RESPONSE = 4, 5, 6, 0x15, 0x80000000, 0x80000000
OK, SYSTEM_ERROR, WRONG_PASSWORD, THROTTLED, WRONG_ADDRESS = 0, 8, 14, 0x58, 11
REDELIVERY = 0.2  # seconds
TAKEN, EVENTS = "", ".events"


def strings(data: bytes, count: int) -> tuple[list[str], bytes]:
    found = []
    for _ in range(count):
        octets, _nul, data = data.partition(b"\0")
        found.append(octets.decode("latin-1"))
    return found, data


def read_submit(body: bytes) -> dict[str, Any]:
    (service,), body = strings(body, 1)
    source_ton, source_npi, body = body[0], body[1], body[2:]
    (source,), body = strings(body, 1)
    dest_ton, dest_npi, body = body[0], body[1], body[2:]
    (to,), body = strings(body, 1)
    esm_class, body = body[0], body[3:]
    (_scheduled, validity), body = strings(body, 2)
    registered, coding, length, text = body[0], body[2], body[4], body[5:]
    assert len(text) == length, "sm_length"
    return {
        "service": service, "from": source, "from_ton": source_ton, "from_npi": source_npi, "to": to, "to_ton": dest_ton,
        "to_npi": dest_npi, "esm_class": esm_class, "validity": validity, "registered": registered, "coding": coding,
        "hex": text.hex(), "text": text.decode("utf-16-be" if coding == 8 else "latin-1", "replace"),
    }  # fmt: skip


def deliver_body(said: dict[str, Any]) -> bytes:
    text = bytes.fromhex(said.get("body", ""))
    body = b"\0\x01\x01" + said["source"].encode() + b"\0\x01\x01" + said["destination"].encode() + b"\0"
    body += bytes([said.get("esm_class", 0), 0, 0, 0, 0, 0, 0, said.get("coding", 0), 0, len(text)]) + text
    for tag, value in said.get("tlvs", {}).items():
        octets = bytes.fromhex(value)
        body += struct.pack(">HH", int(tag, 0), len(octets)) + octets
    return body


class Centre:
    def __init__(self, arguments: argparse.Namespace) -> None:
        self.options = arguments
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self.files = {}
        if arguments.journal != "-":
            self.files = {name: os.open(arguments.journal + name, flags) for name in (TAKEN, EVENTS)}
        self.taken = 0
        self.once: set[str] = set()  # recipients that were throttled
        self.arrivals: deque[float] = deque()
        self.sessions: set[Session] = set()
        self.undelivered: list[dict[str, Any]] = []
        if arguments.say:
            self.undelivered = [json.loads(line) for line in Path(arguments.say).read_text().splitlines()]

    def write(self, file: str, **line: Any) -> None:
        if self.files:
            text = json.dumps(line | {"at": time.monotonic()}, ensure_ascii=False)
            os.write(self.files[file], text.encode() + b"\n")
            os.fsync(self.files[file])

    def is_over_limit(self) -> bool:
        """More than the limit in the second that ends now."""
        now = time.monotonic()
        while self.arrivals and self.arrivals[0] <= now - 1:
            self.arrivals.popleft()
        self.arrivals.append(now)
        return len(self.arrivals) > self.options.limit

    def bring(self, said: dict[str, Any]) -> None:
        """To a session that only receives if there is one."""
        listeners = sorted((s for s in self.sessions if s.mode in ("receiver", "transceiver")), key=lambda s: s.mode)
        if listeners:
            listeners[0].deliver(said)
        else:
            self.undelivered.append(said)

    def receipt(self, message_id: str, submit: dict[str, Any]) -> None:
        shown = str(int(message_id, 16)) if self.options.ids == "hex" else message_id
        text = f"id:{shown} sub:001 dlvrd:001 submit date:2603011015 done date:2603011016 stat:DELIVRD err:000 text:"
        said = {"source": submit["to"], "destination": submit["from"], "esm_class": 4, "body": text.encode().hex()}
        if self.options.receipts == "tlv":
            said |= {"body": "", "tlvs": {"0x001E": (shown.encode() + b"\0").hex(), "0x0427": "02", "0x1400": "ff"}}
        loop = asyncio.get_running_loop()
        for number in range(2 if self.options.twice else 1):
            loop.call_later(self.options.receipt_after + number * 0.05, self.bring, said)


class Session(asyncio.Protocol):
    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.mode = ""
        self.buffer = b""
        self.sequence = 0
        self.unacknowledged: dict[int, dict[str, Any]] = {}
        self.answers: list[bytes] = []
        self.flying = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.centre.sessions.discard(self)
        self.centre.undelivered += self.unacknowledged.values()

    def say(self, command: int, sequence: int, body: bytes = b"", status: int = OK) -> None:
        self.transport.write(HEADER.pack(16 + len(body), command, status, sequence) + body)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while len(self.buffer) >= 16 and len(self.buffer) >= HEADER.unpack_from(self.buffer)[0]:
            length, command, status, sequence = HEADER.unpack_from(self.buffer)
            body, self.buffer = self.buffer[16:length], self.buffer[length:]
            self.command(command, status, sequence, body)

    def command(self, command: int, status: int, sequence: int, body: bytes) -> None:
        if command in BINDS:
            self.bind(command, sequence, body)
        elif command == SUBMIT and self.mode in ("transmitter", "transceiver"):
            self.submit(sequence, body)
        elif command == DELIVER | RESPONSE:
            self.acknowledged(sequence, status)
        elif command == ENQUIRE:
            self.centre.write(EVENTS, enquired=sequence)
            if not self.centre.options.deaf:
                self.say(ENQUIRE | RESPONSE, sequence)
        elif command == UNBIND:
            self.say(UNBIND | RESPONSE, sequence)
            self.transport.close()
        elif command in (ENQUIRE | RESPONSE, UNBIND | RESPONSE):
            self.centre.write(EVENTS, answered=sequence)
        elif not command & RESPONSE:
            self.say(NACK, sequence, status=3)

    def bind(self, command: int, sequence: int, body: bytes) -> None:
        (system_id, password, system_type), _rest = strings(body, 3)
        status = self.centre.options.bind_status or (OK if password == "secret" else WRONG_PASSWORD)
        self.say(command | RESPONSE, sequence, b"CENTRE\0" if status == OK else b"", status)
        if status != OK:
            return
        self.mode = BINDS[command]
        self.centre.sessions.add(self)
        self.centre.write(EVENTS, bound=self.mode, system_id=system_id, system_type=system_type)
        if self.mode != "transmitter":
            said, self.centre.undelivered = self.centre.undelivered, []
            for one in said:
                self.deliver(one)
        if self.centre.options.enquire:
            self.say(ENQUIRE, 77)
        if self.centre.options.hangs_up:
            asyncio.get_running_loop().call_later(self.centre.options.hangs_up, self.say, UNBIND, 78)

    def submit(self, sequence: int, body: bytes) -> None:
        centre, submit = self.centre, read_submit(body)
        to = submit["to"]
        second = submit["esm_class"] & 0x40 and submit["hex"][10:12] == "02"
        if centre.options.limit and centre.is_over_limit():
            return self.answer(sequence, status=THROTTLED)
        if to.startswith("7998"):
            return self.answer(sequence, status=int(to[4:8]))
        if to.startswith("7993") and second:
            return self.answer(sequence, status=WRONG_ADDRESS)
        if (to.startswith("7995") or (to.startswith("7994") and second)) and to not in centre.once:
            centre.once.add(to)
            return self.answer(sequence, status=THROTTLED)
        return self.take(sequence, submit)

    def take(self, sequence: int, submit: dict[str, Any]) -> None:
        centre, to = self.centre, submit["to"]
        centre.taken += 1
        self.flying += 1
        message_id = f"{centre.taken + 2**16:x}" if centre.options.ids == "hex" else f"m-{centre.taken}"
        centre.write(TAKEN, key=message_id, flying=self.flying, **submit)
        if to.startswith("7997"):
            return
        if to.startswith("7996"):
            self.transport.abort()
            return
        if to.startswith("7992"):
            self.transport.write(HEADER.pack(4, SUBMIT | RESPONSE, OK, sequence))  # shorter than its own header
            return
        late = centre.options.late if to.startswith("7991") else 0.0
        self.answer(sequence, message_id.encode() + b"\0", late=late)
        if submit["registered"] & 1 and centre.options.receipts != "none":
            centre.receipt(message_id, submit)

    def answer(self, sequence: int, body: bytes = b"", *, status: int = OK, late: float = 0.0) -> None:
        answer = HEADER.pack(16 + len(body), SUBMIT | RESPONSE, status, sequence) + body
        delay = self.centre.options.latency + late
        if self.centre.options.shuffle:
            self.answers.append(answer)
            asyncio.get_running_loop().call_later(delay + 0.05, self.flush)
        elif delay:
            asyncio.get_running_loop().call_later(delay, self.give, answer)
        else:
            self.give(answer)

    def give(self, answer: bytes) -> None:
        self.flying -= 1
        if not self.transport.is_closing():
            self.transport.write(answer)

    def flush(self) -> None:
        random.shuffle(self.answers)
        for answer in self.answers:
            self.give(answer)
        self.answers.clear()

    def deliver(self, said: dict[str, Any]) -> None:
        self.sequence += 1
        self.unacknowledged[self.sequence] = said
        self.say(DELIVER, self.sequence, deliver_body(said))

    def acknowledged(self, sequence: int, status: int) -> None:
        self.centre.write(EVENTS, acknowledged=sequence, status=status)
        said = self.unacknowledged.pop(sequence)
        if status not in (OK, 0x65):
            asyncio.get_running_loop().call_later(REDELIVERY, self.centre.bring, said)


async def serve(arguments: argparse.Namespace) -> None:
    centre = Centre(arguments)
    context = None
    if arguments.tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(arguments.tls)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(centre), "127.0.0.1", arguments.port, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("journal")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--limit", type=int, default=0, help="submits a second; the rest is throttled")
    parser.add_argument("--shuffle", action="store_true")
    parser.add_argument("--late", type=float, default=1.0)
    parser.add_argument("--receipts", choices=["none", "text", "tlv"], default="none")
    parser.add_argument("--receipt-after", type=float, default=0.0)
    parser.add_argument("--twice", action="store_true", help="every receipt")
    parser.add_argument("--ids", choices=["words", "hex"], default="words", help="hex: receipts bear them in decimal")
    parser.add_argument("--bind-status", type=int, default=0)
    parser.add_argument("--enquire", action="store_true", help="try the link after the bind")
    parser.add_argument("--deaf", action="store_true", help="do not answer when the link is tried")
    parser.add_argument("--hangs-up", type=float, default=0.0, help="unbind so many seconds after the bind")
    parser.add_argument("--tls", help="file with a certificate and its key")
    parser.add_argument("--say")
    asyncio.run(serve(parser.parse_args()))
