"""The whole of Krug as a user runs it, on a database of its own: web, workers, scheduler and inbox."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from django.conf import settings
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120
REDIS_DATABASES = 16  # a stack takes one half of these away from its tests

SET_UP = """
from django.contrib.auth import get_user_model
from campaigns import permission
from crmsite import demo
demo.make_staff()
demo.make_accounts()
permission.turn_on(get_user_model().objects.get(username="admin"))
print(demo.password(), end="")
"""


@dataclass(frozen=True, slots=True)
class Stack:
    """`url` of the web; `password` of each of the staff (manager, approver, …)."""

    url: str
    password: str
    environment: dict[str, str]

    def manage(self, *arguments: str, stdin: str = "") -> str:
        """Run a command of `manage.py` on this stack; returns what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def query(self, statement: str, *parameters: Any) -> Any:
        """The first value of the first row of a query on this stack's database; None when there is none."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            row = connection.execute(statement, parameters).fetchone()
        return row[0] if row else None


@contextmanager
def running_stack(folder: Path, like: str | None) -> Iterator[Stack]:
    """`manage.py up` on a copy of `like`, else an empty database, and a Redis database of its own; all is gone afterwards."""
    with fresh_database(f"krug_stack_{os.getpid()}", like) as database_url:
        port = _free_port()
        address = urlsplit(settings.REDIS_URL)
        database = (int(address.path.strip("/") or 0) + REDIS_DATABASES // 2) % REDIS_DATABASES
        redis_url = urlunsplit(address._replace(path=f"/{database}"))
        redis.Redis.from_url(redis_url).flushdb()
        environment = os.environ | {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "VAR_DIR": str(folder / "var"),
            "DJANGO_SETTINGS_MODULE": "crmsite.settings",
        }
        environment.pop("PUBLIC_URL", None)
        log = folder / "up.log"
        with log.open("w") as output:
            command = [sys.executable, "manage.py", "up", "--port", str(port)]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for_web(process, port, log)
            stack = Stack(url, "", environment)
            yield Stack(url, stack.manage("shell", "--verbosity", "0", "-c", SET_UP), environment)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@contextmanager
def fresh_database(name: str, like: str | None = None) -> Iterator[str]:
    """The URL of a database on the server of the tests, a copy of `like` or empty; it is gone afterwards."""
    with kept_copy(like or "template1", name):
        address = _server()
        secret = f":{address['password']}" if "password" in address else ""
        yield f"postgresql://{address['user']}{secret}@{address['host']}:{address['port']}/{name}"


@contextmanager
def kept_copy(database: str, name: str) -> Iterator[None]:
    """A copy of `database`, to which nobody may be connected; it is gone afterwards."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(database))
    _on_the_server(drop, copy)
    try:
        yield
    finally:
        _on_the_server(drop)


def _on_the_server(*statements: sql.Composed) -> None:
    with psycopg.connect(**_server(), dbname="postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def exists(name: str) -> bool:
    with psycopg.connect(**_server(), dbname="postgres") as connection:
        return bool(connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount)


def _server() -> dict[str, Any]:
    server: dict[str, Any] = settings.DATABASES["default"]
    keys = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    return {key: server[setting] for key, setting in keys.items() if server.get(setting)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for_web(process: subprocess.Popen, port: int, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if "/admin/" in log.read_text():
            return
        time.sleep(0.2)
    raise AssertionError(f"Krug did not start on port {port}:\n{log.read_text()}")
