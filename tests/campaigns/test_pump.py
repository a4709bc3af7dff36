"""kill -9 in the middle of a send of 500, at named points: nobody is lost, nobody is written to twice.

The oracle is the journal of a mail server in its own process; the processes are the real worker and scheduler.
"""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from campaigns import cutting, outbox, permission, running
from campaigns.models import Campaign, Outcome, Run
from channels.providers.smtp import SmtpProvider
from segments.models import ContactPoint
from tests.campaigns.room import Room, assert_identity, compare, decide_all, empty_outbox, until

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

PEOPLE = 500
SOON = 1.5  # seconds; five are promised
W = SmtpProvider.width  # letters of one connection that may be on the wire


@pytest.fixture
def room(own_installation: None, tmp_path: Path) -> Iterator[Room]:
    permission.turn_on(None)
    room = Room(tmp_path)
    yield room
    room.close()
    empty_outbox()


def start(room: Room, **account: object) -> Run:
    """A campaign of 500 in four chunks, started."""
    campaign = room.campaign(PEOPLE, **account)
    with mock.patch.object(cutting, "CHUNK", 125):
        return running.start(campaign)


def assert_whole(room: Room, run: Run, *, deaths: int) -> int:
    """Lost 0, double 0, unknown ≤ W a death and listed, nothing pending; returns how many are unknown."""
    found = compare(room, run)
    unknown = found.pop("unknown", 0)
    assert not found
    assert unknown <= W * deaths
    assert outbox.unknowns([run.pk]).count() == unknown
    assert assert_identity(run)["pending"] == 0
    return unknown


def test_killed_at_every_named_point_of_one_send(room: Room) -> None:
    points = [
        "1:before_call",  # a chunk is claimed, nothing was sent
        "101:before_call",  # between two batches
        "187:after_accept",  # taken, and the answer never came
        "312:after_reply",  # the answer came, and may not stand in the journal
        "440:before_call",  # between two calls
    ]
    room.redis()
    room.peer("--kill", ",".join(points))
    run = start(room)
    room.worker()
    room.scheduler()
    room.wait_for_end(run.campaign)
    assert room.killed() == points
    assert 1 <= assert_whole(room, run, deaths=len(points)) <= 2
    assert Campaign.objects.get().state == "finished"


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_twenty_deaths_in_a_send_of_ten_thousand(room: Room) -> None:
    """The full form of the test above: the same promise at the size of a real campaign."""
    where = random.Random(20).sample(range(1, 9_900), 20)
    steps = ("before_call", "after_accept", "after_reply")
    points = [f"{number}:{steps[turn % 3]}" for turn, number in enumerate(sorted(where))]
    room.redis()
    room.peer("--kill", ",".join(points))
    run = running.start(room.campaign(10_000))
    room.worker()
    room.scheduler()
    room.wait_for_end(run.campaign, seconds=1500)
    assert room.killed() == points
    assert_whole(room, run, deaths=len(points))


def test_a_worker_told_to_stop_and_one_that_is_killed(room: Room) -> None:
    room.redis()
    room.peer("--delay", "0.01")
    run = start(room)
    worker = room.worker()
    room.scheduler()
    room.wait_for(50)
    worker.terminate()
    worker.wait(timeout=15)
    assert not Outcome.objects.filter(kind="unknown").exists()
    killed = room.worker()
    room.wait_for(len(room.taken()) + 50)
    horse = int(Path(f"/proc/{killed.pid}/task/{killed.pid}/children").read_text().split()[0])
    room.kill(killed)
    until(lambda: not Path(f"/proc/{horse}").exists(), what="the end of the horse")
    room.worker()
    room.wait_for_end(run.campaign)
    assert_whole(room, run, deaths=1)


def test_two_workers_share_a_run_and_both_are_killed(room: Room) -> None:
    room.redis()
    room.peer("--delay", "0.01")
    run = start(room)
    workers = [room.worker(), room.worker()]
    room.scheduler()
    room.wait_for(1)
    until(lambda: len({letter["connection"] for letter in room.taken()}) == 2, what="letters of both pumps")
    for worker in workers:
        room.kill(worker)
    room.worker()
    room.wait_for_end(run.campaign)
    assert_whole(room, run, deaths=2)
    assert Outcome.objects.values("token").distinct().count() >= 3


@pytest.mark.parametrize(("per_second", "told_at", "stopped_at"), [(1, 3, 6), (100, 50, 150), (100_000, 50, 150)])
def test_an_opt_out_and_a_stop_in_mid_send_act_at_any_rate(
    room: Room, per_second: int, told_at: int, stopped_at: int
) -> None:
    """Promised are five seconds; a chunk drains in as much, whatever the rate."""
    room.redis()
    room.peer("--delay", "0.02")
    run = start(room, per_second=per_second)
    room.worker()
    room.scheduler()
    room.wait_for(told_at)
    last = ContactPoint.objects.order_by("-id")[:300]
    decide_all([point.pk for point in last], given=False, origin="person")
    told = time.time()
    addresses = {point.value for point in last}
    room.wait_for(stopped_at)
    running.stop(Campaign.objects.get())
    stopped = time.time()
    room.wait_for_end(run.campaign)
    letters = room.taken()
    assert not [letter for letter in letters if letter["to"] in addresses and letter["at"] > told + SOON]
    assert not [letter for letter in letters if letter["at"] > stopped + SOON]
    counts = assert_identity(run)
    assert counts["cancelled"] > 0
    assert Campaign.objects.get().state == "stopped"
    assert_whole(room, run, deaths=0)
