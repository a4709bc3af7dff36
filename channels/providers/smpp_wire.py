"""SMPP 3.4 on a socket: one bound session, whose event loop lives in a thread of its own.

smpplib turns commands into bytes and back. Its client is not used: it loses half-read commands on a timeout,
cannot read while it writes, and prints the bind command, password included, into the debug log. What the other
side says comes out of `Session.heard`, in order: `Answer`, `Delivery`, and None once when the connection is gone.
Links are kept alive and unbinding is answered here.
"""

import asyncio
import ssl
import struct
import threading
import time
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from smpplib import consts, smpp
from smpplib.client import SimpleSequenceGenerator

from channels.providers.smpp_pdu import Answer, Delivery, delivery_of, described, text_of

HEADER = struct.Struct(">LLLL")
LONGEST_PDU = 128 * 1024  # a deliver_sm with the longest message_payload is half of that
RESPONSE = 0x80000000
GENERIC_NACK = 0x80000000
SUBMIT_SM_RESP = 0x80000004
ENQUIRE_LINK_RESP = 0x80000015
BIND_RESPONSES = {0x80000001, 0x80000002, 0x80000009}
DELIVER_SM, UNBIND, UNBIND_RESP, ENQUIRE_LINK = 0x05, 0x06, 0x80000006, 0x15
CLOSING_SECONDS = 2.0


class Refused(Exception):
    """The other side refused the bind; `status` is its command_status."""

    def __init__(self, status: int) -> None:
        super().__init__(described(status))
        self.status = status


@dataclass(frozen=True, slots=True)
class Address:
    """Where the other side listens; times in seconds. `keep_alive`: silence after which the link is tried."""

    host: str
    port: int
    tls: bool = False
    timeout: float = 10.0
    keep_alive: float = 30.0


class Numbers(SimpleSequenceGenerator):
    """Sequence numbers for two threads."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def next_sequence(self) -> int:
        with self._lock:
            return super().next_sequence()


class Session:
    """One bound connection. `open` and `close` wait; `submit` and `acknowledge` hand over and return at once."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.heard: SimpleQueue[Answer | Delivery | None] = SimpleQueue()
        self._numbers = Numbers()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smpp", daemon=True)
        self._line: Line | None = None

    def open(self, mode: str, **credentials: str) -> None:
        """`mode`: transceiver, transmitter or receiver. Raises OSError when nobody answers in time, Refused."""
        self._thread.start()
        bind = self._pdu(f"bind_{mode}", **credentials)
        try:
            self._await(self._connect(), self.address.timeout + 1)
            status = self._await(self._bound(bind), self.address.timeout + 1)
        except (TimeoutError, NotInTime) as error:
            self.close()
            raise TimeoutError("no answer in time") from error
        except OSError:
            self.close()
            raise
        if status:
            self.close()
            raise Refused(status)

    @property
    def is_lost(self) -> bool:
        return self._line is None or self._line.is_lost

    def submit(self, **fields: Any) -> int:
        """Put a submit_sm onto the wire; returns its sequence number, by which the answer will come."""
        pdu = self._pdu("submit_sm", **fields)
        self._send(pdu)
        return pdu.sequence

    def acknowledge(self, delivery: Delivery, status: int = consts.SMPP_ESME_ROK) -> None:
        """Answer a deliver_sm; another status than 0 asks for it again."""
        pdu = self._pdu("deliver_sm_resp", status=status)
        pdu.sequence = delivery.sequence
        self._send(pdu)

    def close(self) -> None:
        """Say goodbye if there is anybody; never raises."""
        if not self._thread.is_alive():
            return
        with suppress(OSError, TimeoutError, NotInTime):  # whoever does not take leave is left
            self._await(self._goodbye(), CLOSING_SECONDS * 2)
        self._line = None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSING_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()

    def _pdu(self, name: str, **fields: Any) -> Any:
        return smpp.make_pdu(name, client=self._numbers, **fields)

    def _await(self, work: Any, seconds: float) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def _send(self, pdu: Any) -> None:
        if self._line is not None:
            self._loop.call_soon_threadsafe(self._line.write, pdu.generate())

    async def _connect(self) -> None:
        context = ssl.create_default_context() if self.address.tls else None
        connecting = self._loop.create_connection(lambda: Line(self), self.address.host, self.address.port, ssl=context)
        _transport, self._line = await asyncio.wait_for(connecting, self.address.timeout)

    async def _bound(self, bind: Any) -> int:
        assert self._line is not None
        self._line.write(bind.generate())
        status = await asyncio.wait_for(self._line.bound, self.address.timeout)
        self._loop.create_task(self._line.keep_alive(self._numbers))
        return status

    async def _goodbye(self) -> None:
        """Ends every task of the loop, so that nothing is left hanging when it stops."""
        line = self._line
        if line is not None and not line.is_lost:
            if line.bound.done():
                line.write(self._pdu("unbind").generate())
                await asyncio.wait([line.unbound], timeout=CLOSING_SECONDS)
            line.drop()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)


class Line(asyncio.Protocol):
    """The socket, seen from the loop."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._buffer = bytearray()
        self._heard_at = time.monotonic()
        loop = asyncio.get_running_loop()
        self.bound: asyncio.Future[int] = loop.create_future()
        self.unbound: asyncio.Future[None] = loop.create_future()
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def write(self, data: bytes) -> None:
        if not self.is_lost:
            self._transport.write(data)

    def drop(self) -> None:
        """Hang up without waiting; what was not written is thrown away."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._heard_at = time.monotonic()
        self._buffer += data
        place = 0
        while len(self._buffer) - place >= HEADER.size:
            length = HEADER.unpack_from(self._buffer, place)[0]
            if not HEADER.size <= length <= LONGEST_PDU:
                self.drop()  # not SMPP, or the beginning of a command was lost: nothing after it can be read
                return
            if len(self._buffer) - place < length:
                break
            self._take(bytes(self._buffer[place : place + length]))
            place += length
        del self._buffer[:place]

    def connection_lost(self, error: Exception | None) -> None:
        self.is_lost = True
        if not self.bound.done():
            self.bound.set_exception(error or ConnectionResetError("the connection was closed"))
        if not self.unbound.done():
            self.unbound.set_result(None)
        self._session.heard.put(None)

    async def keep_alive(self, numbers: Numbers) -> None:
        """Try the link after silence; hang up when it stays silent."""
        address = self._session.address
        while not self.is_lost:
            silent = time.monotonic() - self._heard_at
            if silent >= address.keep_alive + address.timeout:
                self.drop()
                return
            if silent >= address.keep_alive:
                self.write(smpp.make_pdu("enquire_link", client=numbers).generate())
            await asyncio.sleep(min(address.keep_alive, address.timeout) / 2)

    def _take(self, raw: bytes) -> None:
        _length, code, status, sequence = HEADER.unpack_from(raw)
        if code == SUBMIT_SM_RESP:
            self._session.heard.put(Answer(sequence, status, text_of(raw[16:])))
        elif code == GENERIC_NACK:
            self._session.heard.put(Answer(sequence, status or consts.SMPP_ESME_RUNKNOWNERR))
        elif code in BIND_RESPONSES and not self.bound.done():
            self.bound.set_result(status)
        elif code == UNBIND_RESP and not self.unbound.done():
            self.unbound.set_result(None)
        elif not code & RESPONSE:
            self._request(code, sequence, raw)

    def _request(self, code: int, sequence: int, raw: bytes) -> None:
        if code == ENQUIRE_LINK:
            self.write(HEADER.pack(16, ENQUIRE_LINK_RESP, 0, sequence))
        elif code == UNBIND:
            self.write(HEADER.pack(16, UNBIND_RESP, 0, sequence))
            self._transport.close()
        elif code == DELIVER_SM:
            try:
                self._session.heard.put(delivery_of(raw))
            except ValueError:
                # Unreadable today is unreadable tomorrow: a permanent error, or it would come for ever.
                self.write(HEADER.pack(17, code | RESPONSE, consts.SMPP_ESME_RX_P_APPN, sequence) + b"\0")
        else:
            self.write(HEADER.pack(16, GENERIC_NACK, consts.SMPP_ESME_RINVCMDID, sequence))
