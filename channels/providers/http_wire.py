"""Many HTTP calls in flight, for a caller that stays in one thread.

The event loop and its one kept session live in a thread of their own; answers come back through a callback.
What matters is told apart: a call of which nothing left (`Unsent`), and one that left and has no whole answer
(`Unanswered`), which the other side may have carried out.
"""

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from aiohttp.abc import AbstractResolver
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from yarl import URL

LONGEST_BODY = 16 * 1024 * 1024
# A connection that idles longer may be closed by the other side just as a request is written onto it.
KEEPALIVE = 4
CLOSING = 5  # seconds


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `url` is escaped already and sent as it stands."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object that the body is. Raises ValueError when it is anything else."""
        told = json.loads(self.body.decode())
        if not isinstance(told, dict):
            raise ValueError("not a JSON object")
        return told

    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Unsent(Exception):
    """Nothing of the request has left."""


class Unanswered(Exception):
    """The request left, whole or in part, and no whole answer came."""


Told = Answer | Unsent | Unanswered


class Wire:
    """A kept session of at most `width` connections. `connect_timeout` and `timeout` (of the whole call) in seconds;
    `resolver` finds the hosts, where not every one may be called."""

    def __init__(
        self, *, width: int, connect_timeout: float, timeout: float, resolver: type[AbstractResolver] | None = None
    ) -> None:
        self.width = width
        self._resolver = resolver
        self.patience = timeout + CLOSING  # by then a call that began has been told
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=connect_timeout)
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="http-wire", daemon=True)
        self._thread.start()
        self._session = asyncio.run_coroutine_threadsafe(self._new_session(), self._loop).result()

    async def _new_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self.width, keepalive_timeout=KEEPALIVE, resolver=self._resolver() if self._resolver else None
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            middlewares=(never_again,),
            headers={"User-Agent": "Krug"},
        )

    def begin(self, call: Call, tell: Callable[[Told], None]) -> None:
        """Put a call onto the wire. `tell` is called once, in the wire's thread: it should only hand over."""
        self._loop.call_soon_threadsafe(self._start, call, tell)

    def _start(self, call: Call, tell: Callable[[Told], None]) -> None:
        task = self._loop.create_task(self._tell(call, tell))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, call: Call, tell: Callable[[Told], None]) -> None:
        try:
            tell(await self._carry(call))
        except (Unsent, Unanswered) as fault:
            tell(fault)

    def ask(self, call: Call) -> Answer:
        """One call, waited for. Raises Unsent and Unanswered."""
        return asyncio.run_coroutine_threadsafe(self._carry(call), self._loop).result(self.patience)

    async def _carry(self, call: Call) -> Answer:
        try:
            url = URL(call.url, encoded=True)
            async with self._session.request(
                call.method, url, headers=call.headers, data=call.body or None, allow_redirects=False
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, headers, await _body(response))
        except (Unsent, Unanswered):
            raise
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise Unsent(reason(error)) from error
        except (aiohttp.ClientError, OSError, asyncio.CancelledError) as error:
            raise Unanswered(reason(error)) from error
        except ValueError as error:  # a header that no request may carry
            raise Unsent(reason(error)) from error

    def close(self) -> None:
        """End the session and its thread. Calls still in flight are told as unanswered."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(CLOSING)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CLOSING)
            self._loop.close()

    async def _finish(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()


async def never_again(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keeps aiohttp from repeating a GET or PUT whose kept connection broke (RFC 9110 9.2.2 allows it): an SMS that
    goes by GET would go twice."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Unanswered(reason(error)) from error


async def _body(response: ClientResponse) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > LONGEST_BODY:
            raise Unanswered(_("the answer is too long"))
    return bytes(body)


# For people who mend connections.
USUAL: tuple[tuple[type[BaseException], Promise], ...] = (
    (aiohttp.ClientConnectorDNSError, _("there is no such host")),
    (ssl.SSLError, _("the encrypted connection failed")),
    (aiohttp.ClientSSLError, _("the encrypted connection failed")),
    (aiohttp.ConnectionTimeoutError, _("no connection in time")),
    (TimeoutError, _("no answer in time")),
    (ConnectionRefusedError, _("nobody listens at that port")),
    (aiohttp.ServerDisconnectedError, _("the connection was closed")),
    (ConnectionResetError, _("the connection was closed")),
    (aiohttp.ClientPayloadError, _("the answer broke off")),
    (aiohttp.InvalidURL, _("the address is not a URL")),
)


def reason(error: BaseException) -> str | Promise:
    """What went wrong, in the language of whoever reads it. Never the error's own text: it may carry the URL, and the
    URL a key."""
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    known = next((words for kind, words in USUAL if isinstance(error, kind) or isinstance(inner, kind)), None)
    return known or type(error).__name__
