"""Providers reached over HTTP, in a process of their own: what misbehaves, and the journal of what was accepted.

    python -m tests.peers.http_provider FAMILY JOURNAL [--latency SECONDS]

FAMILY is a module of this package with `routes(fake) -> Iterable[web.RouteDef]`. What was accepted is a line in
JOURNAL each (key, to, text), fsynced before the answer; JOURNAL may be "-" for none. The port is printed first.

The last three digits of the recipient say how the call goes. Nothing is accepted:
    429 Retry-After of a second · 430 Retry-After of an hour · 500 a plain 500 · 401 an HTML page with 401
Accepted, and no answer that can be read:
    901 hangs · 902 the connection is reset · 903 broken JSON · 904 an HTML page with 200 · 905 cp1251 · 906 nothing ·
    907 a 502 · 908 half of an answer
Accepted: 910 two tenths of a second late. What the provider itself refuses is in the family's own tables.
"""

import argparse
import asyncio
import importlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

HTML = "<html><body>Ведутся работы</body></html>"
REFUSALS = {
    "429": (429, "", {"Retry-After": "1"}),
    "430": (429, "", {"Retry-After": "3600"}),
    "500": (500, "oops", {}),
    "401": (401, HTML, {}),
}
GARBLED = {
    "903": (200, b'{"id": 1, "cnt"'),
    "904": (200, HTML.encode()),
    "905": (200, "Принято".encode("cp1251")),
    "906": (200, b""),
    "907": (502, HTML.encode()),
}
HANGS = "901"
UNANSWERED = ("902", *GARBLED, "908")  # at once


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message of a call; `more` is what it carries beside a text."""

    key: str
    to: str
    text: str
    more: object = None

    @property
    def ends(self) -> str:
        return self.to[-3:]


class Fake:
    def __init__(self, journal: str, latency: float) -> None:
        self.journal = -1 if journal == "-" else os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.latency = latency
        self.numbers = 1000
        self.taken: set[tuple[str, str]] = set()  # (key, to)

    def next_key(self) -> str:
        self.numbers += 1
        return str(self.numbers)

    def accept(self, wanted: Sequence[Wanted]) -> None:
        if self.journal < 0:
            return
        self.taken.update((w.key, w.to) for w in wanted)
        lines = [{"key": w.key, "to": w.to, "text": w.text} | ({"more": w.more} if w.more else {}) for w in wanted]
        os.write(self.journal, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode())
        os.fsync(self.journal)

    async def take(
        self, request: web.Request, wanted: Sequence[Wanted], refused: Sequence[Wanted] = ()
    ) -> web.StreamResponse | None:
        """Accept what is not `refused`, and answer wrongly where an address asks for it; None: answer as you do."""
        await asyncio.sleep(self.latency)
        ends = {one.ends for one in wanted}
        if odd := next(iter(ends & REFUSALS.keys()), None):
            status, body, headers = REFUSALS[odd]
            return web.Response(status=status, text=body, headers=headers)
        self.accept([one for one in wanted if one not in refused])
        if odd := next(iter(ends & GARBLED.keys()), None):
            status, raw = GARBLED[odd]
            return web.Response(status=status, body=raw, content_type="application/json")
        return await self.silent(request, ends)

    async def silent(self, request: web.Request, ends: set[str]) -> web.StreamResponse | None:
        if HANGS in ends:
            await asyncio.sleep(3600)
        if "910" in ends:
            await asyncio.sleep(0.2)
        if "908" in ends:
            half = web.StreamResponse(headers={"Content-Length": "400", "Content-Type": "application/json"})
            await half.prepare(request)
            await half.write(b'{"id":')
        if ends & {"902", "908"} and request.transport is not None:
            request.transport.abort()
            return web.Response()
        return None


async def serve(arguments: argparse.Namespace) -> None:
    family = importlib.import_module(f"tests.peers.{arguments.family}")
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.add_routes(family.routes(Fake(arguments.journal, arguments.latency)))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    os.write(1, f"{runner.addresses[0][1]}\n".encode())
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("family")
    parser.add_argument("journal")
    parser.add_argument("--latency", type=float, default=0)
    asyncio.run(serve(parser.parse_args()))
