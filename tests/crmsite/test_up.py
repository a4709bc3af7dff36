"""`manage.py up` as a person meets it: a taken port, the address, kill -9, Ctrl-C; and children that die."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from crmsite.embedded import lifecycle
from crmsite.embedded.home import home_of
from crmsite.embedded.ports import free_port
from crmsite.embedded.state import NOT_STARTED
from crmsite.supervision.child import Program
from crmsite.supervision.programs import environment
from crmsite.supervision.supervisor import Supervisor
from tests.crmsite.test_work import is_alive, wait_for

UP_SECONDS = 120


@pytest.fixture(scope="module")
def var_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("up dir")
    yield folder
    lifecycle.stop(folder)
    shutil.rmtree(home_of(folder).root, ignore_errors=True)


def up(var_dir: Path, port: int) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if name not in NOT_STARTED}
    return subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port)],
        cwd=settings.BASE_DIR,
        env=kept | {"VAR_DIR": str(var_dir), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lines_until(process: subprocess.Popen[str], word: str) -> str:
    said = ""
    for line in process.stdout:
        said += line
        if word in line:
            return said
    return pytest.fail(f"{said}\n{process.stderr.read()}")


def status_of(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/admin/login/", timeout=30) as answer:
        return answer.status


@pytest.mark.crash
def test_a_life(var_dir):
    """Start; kill -9; the children go, the servers stay; start again on the same port; Ctrl-C; nothing is left."""
    port = free_port()
    first = up(var_dir, port)
    lines_until(first, "Ctrl-C")
    assert status_of(port) == 200
    family = wait_for(lambda: _family_of(first))
    servers = lifecycle.running(var_dir)
    first.kill()
    wait_for(lambda: not any(is_alive(pid) for pid in family))
    assert lifecycle.running(var_dir) == servers

    second = up(var_dir, port)
    lines_until(second, "Ctrl-C")
    assert lifecycle.running(var_dir) == servers
    family = wait_for(lambda: _family_of(second))
    refused = up(var_dir, free_port())
    assert refused.wait(UP_SECONDS) == 1
    assert str(var_dir) in refused.stderr.read()
    second.send_signal(signal.SIGINT)
    assert second.wait(UP_SECONDS) == 0
    assert not any(is_alive(pid) for pid in family)
    assert lifecycle.running(var_dir) is None


def _family_of(process: subprocess.Popen[str]) -> list[int] | None:
    """Everybody under `process`, once all are there: web with two workers, inbox, scheduler, a worker per queue."""
    family = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    return family if len(family) >= 5 + len(settings.QUEUES) else None


@pytest.mark.crash
def test_taken_port_is_a_sentence_and_starts_nothing(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = up(tmp_path, port)
        assert process.wait(UP_SECONDS) == 1
    said = process.stderr.read()
    assert len(said.strip().splitlines()) == 1
    assert str(port) in said
    assert not (tmp_path / "embedded.json").exists()


def test_what_the_person_set_goes_before_what_is_chosen(monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://crm.example.org")
    monkeypatch.setenv("INBOX_PORT", "2600")
    chosen = environment({"DATABASE_URL": "postgresql://a/b", "REDIS_URL": "redis://c"}, 8001)
    assert (chosen["PUBLIC_URL"], chosen["INBOX_PORT"]) == ("https://crm.example.org", "2600")
    assert chosen["DATABASE_URL"] == "postgresql://a/b"


@pytest.fixture
def supervise(tmp_path):
    """Watches programs for a while; `said` is what the person read."""
    said: list[str] = []
    supervisor = Supervisor(dict(os.environ), tmp_path / "logs", said.append)

    def run(seconds: float, *programs: Program) -> list[str]:
        supervisor.add(*programs)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            supervisor.tend()
            time.sleep(0.02)
        return said

    yield run
    supervisor.stop()


def shell(name: str, script: str) -> Program:
    return Program(name, ("/bin/sh", "-c", script))


def test_a_child_that_dies_starts_again_after_a_pause(supervise, tmp_path):
    said = supervise(4, shell("short", "echo alive; exit 3"))
    assert "short" in said[0]
    assert (tmp_path / "logs/short.log").read_text().count("alive") == 2


def test_a_child_that_does_not_stop_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("crmsite.supervision.supervisor.STOP_SECONDS", 0.5)
    supervisor = Supervisor(dict(os.environ), tmp_path, print)
    supervisor.add(shell("deaf", "trap '' TERM; echo $$; while :; do sleep 1; done"))
    supervisor.tend()
    pid = int(wait_for(lambda: (tmp_path / "deaf.log").read_text()))
    supervisor.stop()
    assert not is_alive(pid)
