"""PostgreSQL as a daemon, by the wheel's own programs (its Python API ties the server's life to handles)."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql

from crmsite.embedded import tuning
from crmsite.embedded.home import Home
from crmsite.embedded.ports import free_port
from crmsite.embedded.programs import Programs
from crmsite.embedded.refusals import EmbeddedError
from crmsite.embedded.state import State

ATTEMPTS = 3
READY_SECONDS = 600  # recovery after a crash replays up to max_wal_size
SPACE_FOR_NEW, SPACE_FOR_OLD = 512, 64  # MB
# `lower()` and ILIKE know Cyrillic; «ё» sorts after «я», so sort by a key with ё → е.
LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--locale=C.UTF-8")


def start(home: Home, programs: Programs, state: State) -> int:
    """Start the server, or take over the one that runs on these data. Returns the port it listens on."""
    if not running_pid(home):
        if not home.data.exists():
            _make_cluster(home, programs, state)
        home.require_space(SPACE_FOR_OLD)
        _launch(home, programs, state.postgres_port)
    return _port_when_ready(home)


def stop(home: Home, programs: Programs) -> None:
    if running_pid(home):
        home.run(programs.postgres("pg_ctl"), "-D", home.data, "-m", "fast", "-w", "-t", "60", "stop")
    if running_pid(home):
        home.run(programs.postgres("pg_ctl"), "-D", home.data, "-m", "immediate", "-w", "-t", "60", "stop")


def running_pid(home: Home) -> int | None:
    """The process id of the server on these data. The pid file alone proves nothing: it survives a crash.

    The postmaster's working folder is its data folder, whoever else has its number after a reboot.
    """
    lines = _pid_file(home)
    if not lines or not lines[0].isdigit():
        return None
    try:
        same = os.path.samefile(f"/proc/{lines[0]}/cwd", home.data)
    except OSError:
        return None
    return int(lines[0]) if same else None


def ensure_owner(state: State) -> None:
    """The role `krug` owns the database `krug` and may make test databases: no more, no superuser."""
    try:
        psycopg.connect(state.urls["DATABASE_URL"], connect_timeout=10).close()
    except psycopg.OperationalError:
        with psycopg.connect(state.superuser_url, connect_timeout=10, autocommit=True) as connection:
            _make_owner(connection, state.owner_password)


def _make_owner(connection: psycopg.Connection, password: str) -> None:
    exists = connection.execute("SELECT FROM pg_roles WHERE rolname = 'krug'").rowcount
    verb = sql.SQL("ALTER" if exists else "CREATE")
    connection.execute(sql.SQL("{} ROLE krug LOGIN CREATEDB PASSWORD {}").format(verb, sql.Literal(password)))
    if not connection.execute("SELECT FROM pg_database WHERE datname = 'krug'").rowcount:
        connection.execute("CREATE DATABASE krug OWNER krug")


def _pid_file(home: Home) -> list[str]:
    """pid, data folder, start time, port, socket folder, address, shared memory, status; [] if not there."""
    try:
        return [line.strip() for line in (home.data / "postmaster.pid").read_text().splitlines()]
    except OSError:
        return []


def _make_cluster(home: Home, programs: Programs, state: State) -> None:
    """initdb beside, then rename: a cluster that was interrupted is never taken for a whole one."""
    home.require_space(SPACE_FOR_NEW)
    fresh = home.root / "postgres.new"
    shutil.rmtree(fresh, ignore_errors=True)
    password = home.write("superuser-password", state.superuser_password)
    initdb = programs.postgres("initdb")
    done = home.run(initdb, "-D", fresh, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={password}", *LOCALE)
    password.unlink()
    if done.returncode:
        raise EmbeddedError(_("initdb could not make a database in %(folder)s.") % {"folder": fresh})
    with (fresh / "postgresql.conf").open("a") as file:
        file.write("include_if_exists = 'krug.conf'\n")
    fresh.rename(home.data)


def _launch(home: Home, programs: Programs, wanted_port: int) -> None:
    """Start the daemon; a port that is taken in between costs one attempt, and so does a dying predecessor."""
    log = home.log("postgres")
    for attempt in range(ATTEMPTS):
        (home.data / "postmaster.pid").unlink(missing_ok=True)  # nobody runs here: running_pid() was asked
        port = free_port(0 if attempt else wanted_port)
        home.write("postgres/krug.conf", tuning.as_configuration(tuning.settings(port, tuning.machine_memory())))
        timeout = str(READY_SECONDS)
        done = home.run(programs.postgres("pg_ctl"), "-D", home.data, "-l", log, "-w", "-t", timeout, "start")
        if done.returncode == 0:
            return
        time.sleep(1 + attempt)
    home.require_space(SPACE_FOR_OLD)
    raise EmbeddedError(
        _("PostgreSQL did not start; the last line of %(log)s: %(line)s") % {"log": log, "line": _last_line(log)}
    )


def _port_when_ready(home: Home) -> int:
    for lines in _pid_files_for(home, READY_SECONDS):
        if len(lines) >= 8 and lines[7] == "ready":
            return int(lines[3])
    raise EmbeddedError(_("PostgreSQL in %(folder)s does not get ready: see its log.") % {"folder": home.root})


def _pid_files_for(home: Home, seconds: float) -> Iterator[list[str]]:
    end = time.monotonic() + seconds
    while time.monotonic() < end and running_pid(home):
        yield _pid_file(home)
        time.sleep(0.1)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
