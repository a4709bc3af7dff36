"""Krug as its web server serves it, and its callers, each in processes of their own, for benches of what is told to us."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 8


def database_url() -> str:
    where = connection.settings_dict
    secret = f":{where['PASSWORD']}" if where["PASSWORD"] else ""
    return f"postgresql://{where['USER']}{secret}@{where['HOST']}:{where['PORT']}/{where['NAME']}"


@contextmanager
def web(*, workers: int = 1) -> Iterator[int]:
    """Processes of the web server with four threads each, as `manage.py up` starts two of."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "tests.peers.hooked_wsgi", "--bind", f"127.0.0.1:{port}",
               "--workers", str(workers), "--threads", "4", "--no-control-socket"]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"DATABASE_URL": database_url()}, stderr=subprocess.DEVNULL
    )
    try:
        for _try in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def clients(peer: str, port: int, key: str, *, turn: int, calls: int, events: int) -> float:
    """The seconds that `CLIENTS` of a peer at once took for `calls` calls of `events` events, new in every turn."""
    numbers = (turn, calls // CLIENTS, events, CLIENTS)
    command = [sys.executable, "-m", f"tests.peers.{peer}", str(port), key, *map(str, numbers)]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
