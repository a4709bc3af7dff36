"""Fault plan, rows 8 to 11 and 33: PostgreSQL crashes, ends connections, has no room, is promoted and is restored in
mid-send."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from campaigns import permission, running
from campaigns.models import Campaign, Outcome
from channels.providers.smtp import SmtpProvider
from tests.campaigns.room import PROJECT
from tests.faults import soak
from tests.faults.cluster import Cluster, connected, copy_database, environment, own_cluster, url_of
from tests.faults.ward import Books, Ward, assert_nobody_suffers, start
from tests.peers.pgbouncer import bouncer
from tests.stack import fresh_database

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

W = SmtpProvider.width
CONNECTED = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
"""
END = "SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS t (pid)"


@pytest.fixture
def cluster(tmp_path: Path, db: None) -> Iterator[Cluster]:
    with own_cluster(tmp_path / "servers") as cluster:
        yield cluster


def send_through(ward: Ward, people: int, faults: int, fault: Callable[[], object]) -> Books:
    """A send in which `fault` happens so many times, evenly over the letters."""
    ward.redis()
    ward.peer("--delay", "0.002")
    run = start(ward.campaign(people))
    for _ in range(2):
        ward.keep_worker()
    ward.keep_scheduler()
    at = [people * number // (faults + 1) for number in range(1, faults + 1)]

    def meanwhile() -> None:
        if at and ward.count() >= at[0]:
            at.pop(0)
            fault()

    books = ward.see_through(run.campaign, meanwhile, seconds=600)
    assert not at
    return books


def test_postgres_crashes_in_mid_send(cluster: Cluster, ward: Ward) -> None:
    books = send_through(ward, 300, 2, cluster.crash)
    assert_nobody_suffers(books, unknown=2 * W * 2)
    assert books.deaths == 0


def connected_now() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(CONNECTED)
        return {pid for (pid,) in cursor.fetchall()}


def ending_the_others() -> Callable[[], None]:
    """What ends every connection but those that are there already: browsers and threads of other tests keep theirs."""
    ours = connected_now()

    def end() -> None:
        with connection.cursor() as cursor:
            cursor.execute(END, [list(connected_now() - ours)])

    return end


def test_connections_are_ended_in_mid_send(ward: Ward) -> None:
    books = send_through(ward, 200, 4, ending_the_others())
    assert_nobody_suffers(books, unknown=4 * W * 2)
    assert books.deaths == 0


def programs_of(url: str, folder: Path, *commands: str) -> dict[str, str]:
    """What commands of ours say on a copy of the database: {command: its output}."""
    said = {}
    for command in commands:
        words = [sys.executable, "manage.py", *command.split()]
        done = subprocess.run(words, cwd=PROJECT, env=environment(url, folder), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        said[command] = done.stdout
    return said


def test_a_restored_copy_sends_nothing(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half sent and half due, restored beside its original and with its files: only a person lets it go on."""
    ward.redis()
    monkeypatch.setenv("REDIS_URL", ward.redis_url)
    ward.peer()
    begun, due = ward.campaign(30), ward.campaign(30)
    running.start(begun)
    with fresh_database(f"krug_copy_{ward.port}") as url:
        copy_database(url_of(connection.settings_dict), url)
        said = programs_of(url, ward.folder, "tick --json", "work sending-email --burst", "sending status")
        assert json.loads(said["tick --json"])["campaigns"]["started"] == 0
        with connected(NAME=url.rpartition("/")[2]):
            assert not permission.is_allowed()
            assert not Outcome.objects.exists()
            assert Campaign.objects.get(pk=due.pk).state == "scheduled"
        with connected(NAME=url.rpartition("/")[2]), connection.cursor() as cursor:
            cursor.execute("UPDATE campaigns_approval SET decided_at = decided_at - interval '13 hours'")
        programs_of(url, ward.folder, "tick")
        with connected(NAME=url.rpartition("/")[2]):
            assert Campaign.objects.get(pk=due.pk).state == "overdue"
    assert ward.count() == 0
    assert permission.is_allowed()


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_a_pooler_is_killed_in_mid_send(ward: Ward, turn: int) -> None:
    """PgBouncer between us and the database, a session for a client; it dies ten times and comes back."""
    begun = time.monotonic()
    with bouncer(connection.settings_dict) as pooler, connected(HOST="127.0.0.1", PORT=pooler.port):

        def die() -> None:
            pooler.kill()
            connection.close()
            pooler.start()

        books = send_through(ward, 3_000, 10, die)
    soak.tell("10", begun, poolers=10, **books.told())
    assert_nobody_suffers(books, unknown=10 * W * 2)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_postgres_crashes_five_times(cluster: Cluster, ward: Ward, turn: int) -> None:
    begun = time.monotonic()
    books = send_through(ward, 5_000, 5, cluster.crash)
    soak.tell("8", begun, crashes=5, **books.told())
    assert_nobody_suffers(books, unknown=5 * W * 2)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_connections_are_ended_forty_times(ward: Ward, turn: int) -> None:
    begun = time.monotonic()
    books = send_through(ward, 5_000, 40, ending_the_others())
    soak.tell("10", begun, ended=40, **books.told())
    assert_nobody_suffers(books, unknown=40 * W * 2)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_promoted_standby_sends_nothing(cluster: Cluster, ward: Ward) -> None:
    """The primary is lost in mid-send. What the standby never heard of is in nobody's database, and nothing more leaves."""
    begun = time.monotonic()
    port = cluster.standby()
    ward.redis()
    ward.peer("--delay", "0.002")
    start(ward.campaign(2_000))
    ward.keep_worker()
    ward.keep_scheduler()
    ward.wait_for(700)
    cluster.lose()
    for kept in ward.kept:
        ward.kill(kept.process)
    ward.kept.clear()
    cluster.promote()
    taken = ward.count()
    with connected(PORT=port):
        wait_for_writes()
        recorded = Outcome.objects.filter(kind="accepted").count()
        assert not permission.is_allowed()
        ward.keep_worker()
        ward.keep_scheduler()
        time.sleep(10)
        assert ward.count() == taken
        soak.tell("9", begun, taken=taken, recorded=recorded, sent_after=ward.count() - taken)
    cluster.come_back()


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_the_disk_of_postgres_is_full(cluster: Cluster, ward: Ward, turn: int) -> None:
    """Nothing more is sent than was leased before, and when there is room again everything goes on."""
    begun, after = time.monotonic(), []

    def full() -> None:
        cluster.fill_the_disk()
        filled = ward.count()
        time.sleep(15)
        stopped = ward.count()
        time.sleep(15)
        after.append((stopped - filled, ward.count() - stopped))
        cluster.free_the_disk()

    with cluster.on_a_small_disk("500m"):
        books = send_through(ward, 3_000, 2, full)
    soak.tell("11", begun, fills=2, **books.told())
    assert [more for _before, more in after] == [0, 0], after
    assert_nobody_suffers(books, unknown=2 * W * 2)


def wait_for_writes() -> None:
    for _ in range(100):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_is_in_recovery()")
                if not cursor.fetchone()[0]:
                    return
        except OperationalError:
            connection.close()
        time.sleep(0.1)
    raise AssertionError("the standby was not promoted")
