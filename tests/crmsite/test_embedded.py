"""Real servers in a folder of their own: started twice, killed, copied, with a taken port."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings

from crmsite.embedded import lifecycle, postgres
from crmsite.embedded.home import Home, home_of
from crmsite.embedded.refusals import EmbeddedError
from crmsite.embedded.state import NOT_STARTED, State, known_urls, load, save


@pytest.fixture(scope="module")
def var_dir(tmp_path_factory):
    """A folder with a space in its name, where both servers run; the clusters are removed with it."""
    folder = tmp_path_factory.mktemp("var dir")
    lifecycle.start(folder)
    yield folder
    lifecycle.stop(folder)
    home = home_of(folder)
    subprocess.run(["rm", "-rf", "--", home.root], check=True)


def embedded(var_dir: Path, verb: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, with nothing that points at the servers of the tests."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_STARTED}
    return subprocess.run(
        [sys.executable, "manage.py", "embedded", verb],
        cwd=settings.BASE_DIR,
        env=kept | {"VAR_DIR": str(var_dir)} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_state_is_private_and_names_its_folder(var_dir):
    file = var_dir / "embedded.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert load(var_dir).var_dir == str(var_dir)


def test_both_answer_only_to_their_passwords(var_dir):
    urls = known_urls(var_dir)
    with psycopg.connect(urls["DATABASE_URL"]) as connection:
        assert connection.info.server_version >= 180000
    assert redis.Redis.from_url(urls["REDIS_URL"]).ping()
    state = load(var_dir)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(replace(state, owner_password="guessed").urls["DATABASE_URL"])
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(host="127.0.0.1", port=state.redis_port, password="guessed").ping()


def test_owner_is_no_superuser_and_cyrillic_is_lowered(var_dir):
    with psycopg.connect(known_urls(var_dir)["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreatedb, lower('ЁЛКА'), 'Ёлка' ILIKE 'ёл%' FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False, True, "ёлка", True)


def test_commits_are_kept_and_only_loopback_listens(var_dir):
    with psycopg.connect(load(var_dir).superuser_url) as connection:
        names = ("synchronous_commit", "fsync", "listen_addresses", "unix_socket_directories", "jit")
        shown = [connection.execute(f"SHOW {name}").fetchone()[0] for name in names]
    assert shown == ["on", "on", "127.0.0.1", "", "off"]


def test_second_start_takes_over_what_runs(var_dir):
    before = postgres.running_pid(home_of(var_dir))
    state = lifecycle.start(var_dir, by="up")
    assert postgres.running_pid(home_of(var_dir)) == before
    assert state.started_by == "embedded"
    lifecycle.stop(var_dir, only_by="up")
    assert lifecycle.running(var_dir)


def test_env_prints_two_lines(var_dir):
    done = embedded(var_dir, "env")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [f"{name}={url}" for name, url in known_urls(var_dir).items()]


def test_start_returns_though_its_output_is_a_pipe(var_dir):
    assert embedded(var_dir, "start").returncode == 0


@pytest.mark.crash
def test_killed_servers_start_again_and_keep_what_was_committed(var_dir):
    with psycopg.connect(known_urls(var_dir)["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept (); COMMIT")
    os.kill(postgres.running_pid(home_of(var_dir)), signal.SIGKILL)
    with redis.Redis.from_url(known_urls(var_dir)["REDIS_URL"]) as client:
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
    time.sleep(0.1)
    assert lifecycle.running(var_dir) is None
    assert embedded(var_dir, "env").returncode == 1
    lifecycle.start(var_dir)
    with psycopg.connect(known_urls(var_dir)["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT to_regclass('kept') IS NOT NULL").fetchone() == (True,)


@pytest.mark.crash
def test_a_pid_file_that_names_a_stranger_and_taken_ports(var_dir):
    """As after a reboot: the process number is somebody else's, and so are the ports."""
    lifecycle.stop(var_dir)
    home, state = home_of(var_dir), load(var_dir)
    (home.data / "postmaster.pid").write_text(f"{os.getpid()}\n{home.data}\n")
    with listening(state.postgres_port), listening(state.redis_port):
        fresh = lifecycle.start(var_dir)
    assert lifecycle.running(var_dir) == fresh
    assert fresh.postgres_port != state.postgres_port
    assert fresh.redis_port != state.redis_port


def listening(port: int):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen()
    return server


def test_state_of_a_copied_folder_counts_for_nothing(tmp_path):
    save(tmp_path, State(var_dir="/elsewhere", postgres_port=5432, redis_port=6379))
    assert known_urls(tmp_path) == NOT_STARTED


@pytest.mark.parametrize("text", ["", "{", "[]", '{"var_dir": 1}'])
def test_state_that_cannot_be_read_counts_for_nothing(tmp_path, text):
    (tmp_path / "embedded.json").write_text(text)
    assert known_urls(tmp_path) == NOT_STARTED


def test_base_whose_passwords_are_lost_is_set_aside(tmp_path):
    home = Home(tmp_path / "home", None)
    home.claim("first")
    home.data.mkdir()
    assert home.claim("first") is None
    aside = home.claim("second")
    assert (aside / "postgres").is_dir()
    assert not home.data.exists()


def test_full_disk_is_a_sentence(tmp_path):
    home = Home(tmp_path, None)
    with pytest.raises(EmbeddedError, match=str(tmp_path)):
        home.require_space(10**9)


def test_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="file"):
        lifecycle.start(tmp_path / "file" / "var")
