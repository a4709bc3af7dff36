"""A call-tracking provider that notifies of calls over kept connections; prints the seconds it took.

`call_client PORT HOOK TURN CALLS EVENTS CLIENTS`: CALLS calls of each client, EVENTS notifications of each of them, new in
every TURN.
"""

import asyncio
import json
import sys

from tests.peers.hook_client import together


def notice(turn: int, client: int, call: int, nth: int) -> bytes:
    number = (turn * 100 + client) * 1_000_000 + call
    return json.dumps({
        "notification_mnemonic": f"event_{nth}", "notification_time": f"2025-05-03 14:05:{nth % 60:02}",
        "virtual_phone_number": "78120006666", "contact_phone_number": f"7921{number % 10_000_000:07}",
        "call_session_id": number, "communication_id": number, "direction": "in", "talk_time_duration": None,
        "total_time_duration": None, "wait_time_duration": None, "tag_names": [], "file_link": None,
    }).encode()  # fmt: skip


def request(hook: str, body: bytes) -> bytes:
    head = f"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"POST /calls/{hook}/ HTTP/1.1\r\n{head}\r\n".encode() + body


def main(port: int, hook: str, turn: int, calls: int, events: int, clients: int) -> float:
    work = [
        [request(hook, notice(turn, each, call, nth)) for call in range(calls) for nth in range(events)]
        for each in range(clients)
    ]
    return asyncio.run(together(port, work))


if __name__ == "__main__":
    port, hook, *numbers = sys.argv[1:]
    sys.stdout.write(json.dumps(main(int(port), hook, *map(int, numbers))))
