"""Providers that call a webhook at once over kept connections; prints the seconds it took.

`hook_client PORT HOOK TURN CALLS EVENTS CLIENTS`: CALLS of each client with EVENTS each, new in every TURN.
"""

import asyncio
import json
import sys
import time

from tests.peers.signing import signed

WORDS = ("ok", "seen")


def request(hook: str, body: bytes) -> bytes:
    headers = {
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **signed(body),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /hooks/{hook}/ HTTP/1.1\r\n{head}\r\n".encode() + body


async def talk(port: int, requests: list[bytes]) -> None:
    """One after the other over one connection; each is answered with 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for raw in requests:
        writer.write(raw)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def together(port: int, work: list[list[bytes]]) -> float:
    """The seconds that all clients take, each with its own requests."""
    begun = time.perf_counter()
    await asyncio.gather(*(talk(port, requests) for requests in work))
    return time.perf_counter() - begun


def main(port: int, hook: str, turn: int, *sizes: int) -> float:
    calls, events, clients = sizes
    now = int(time.time())
    work = [
        [
            request(hook, json.dumps({"events": [
                {"id": f"t{turn}-{each}-{call}-{nth}", "status": WORDS[nth % 2], "at": now} for nth in range(events)
            ]}).encode())
            for call in range(calls)
        ]
        for each in range(clients)
    ]  # fmt: skip
    return asyncio.run(together(port, work))


if __name__ == "__main__":
    port, hook, *numbers = sys.argv[1:]
    sys.stdout.write(json.dumps(main(int(port), hook, *map(int, numbers))))
