"""Redis is a bell: emptied at any moment it costs less than a minute, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns import permission
from campaigns.models import Run
from tests.campaigns.room import Room, assert_identity, compare, empty_outbox, is_closed, until

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def room(own_installation: None, tmp_path: Path) -> Iterator[Room]:
    permission.turn_on(None)
    room = Room(tmp_path)
    yield room
    room.close()
    empty_outbox()


def test_flushed_again_and_again_and_its_worker_killed(room: Room) -> None:
    """At the end the worker dies and Redis forgets everything: only PostgreSQL knows what is left to do."""
    redis = room.redis()
    room.peer("--delay", "0.005")
    campaign = room.campaign(500)
    worker = room.worker()
    room.scheduler()
    for letters in range(50, 300, 50):
        room.wait_for(letters)
        redis.flushall()
    room.kill(worker)
    redis.flushall()
    room.worker()
    room.wait_for_end(campaign)
    run = Run.objects.get()
    found = compare(room, run)
    assert found.pop("unknown", 0) <= 1
    assert not found
    assert assert_identity(run)["accepted"] >= 499


def test_redis_killed_and_back_empty(room: Room) -> None:
    redis = room.redis()
    room.peer("--delay", "0.005")
    campaign = room.campaign(500)
    worker = room.worker()
    room.scheduler()
    room.wait_for(100)
    redis.shutdown(nosave=True)
    until(lambda: room.count() >= 200 or worker.poll() is not None, what="letter № 200 or the end of the worker")
    room.redis(redis.connection_pool.connection_kwargs["port"])
    until(lambda: worker.poll() is not None or is_closed(campaign), what="the end of the campaign or of the worker")
    if worker.poll() is not None:
        room.worker()
    room.wait_for_end(campaign)
    found = compare(room, Run.objects.get())
    assert found.pop("unknown", 0) <= 1
    assert not found
