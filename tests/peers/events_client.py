"""Sites that tell events at once over kept connections; prints the seconds it took.

`events_client PORT SECRET TURN CALLS EVENTS CLIENTS`: CALLS of each client with EVENTS each, new in every TURN. With no EVENTS
they ask for our script: what a call costs that stores nothing.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime

from tests.peers.hook_client import together

KINDS = ("page_view", "product_view", "cart_add")


NOTHING_TOLD = b"GET /events/krug.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def request(secret: str, events: list[dict[str, object]]) -> bytes:
    if not events:
        return NOTHING_TOLD
    body = json.dumps({"events": events}).encode()
    head = (
        "POST /events/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {secret}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def event(key: str, nth: int, device: str) -> dict[str, object]:
    return {
        "id": key,
        "kind": KINDS[nth % len(KINDS)],
        "happened_at": datetime.now(UTC).isoformat(),
        "device": device,
        "page": "https://www.example.ru/cars/octavia?utm_source=krug",
        "product": {"id": str(nth), "vin": "XW8ZZZ61Z9G000001", "brand": "Skoda", "model": "Octavia", "price": 2150000},
    }


def main(port: int, secret: str, turn: int, *sizes: int) -> float:
    calls, events, clients = sizes
    work = [
        [
            request(
                secret, [event(f"t{turn}-{each}-{call}-{nth}", nth, f"device-{each}-{call}") for nth in range(events)]
            )
            for call in range(calls)
        ]
        for each in range(clients)
    ]
    return asyncio.run(together(port, work))


if __name__ == "__main__":
    port, secret, *numbers = sys.argv[1:]
    sys.stdout.write(json.dumps(main(int(port), secret, *map(int, numbers))))
