"""Fault plan, rows 21 and 22: the clock of a worker is two hours wrong, and clocks are put forward and back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.utils import timezone

from campaigns.models import Chunk, Policy
from campaigns.models.policy import Policy as Hours
from campaigns.pump.draining import drain
from campaigns.quiet_hours import opens_at
from channels.models import Account
from tests.campaigns.builders import make_reader
from tests.campaigns.launches import launched
from tests.campaigns.room import assert_identity
from tests.faults import soak
from tests.faults.ward import Books, Ward, assert_nobody_suffers, start

WRONG = 7200  # seconds


@contextmanager
def clock(seconds: int) -> Iterator[None]:
    """What this process takes for the time."""
    now, real = timezone.now, time.time

    def wrong_now() -> datetime:
        return now() + timedelta(seconds=seconds)

    def wrong_time() -> float:
        return real() + seconds

    with mock.patch.object(timezone, "now", wrong_now), mock.patch.object(time, "time", wrong_time):
        yield


@pytest.mark.django_db
@pytest.mark.usefixtures("permitted")
@pytest.mark.parametrize("seconds", [WRONG, -WRONG])
def test_nobody_is_written_to_at_night_by_a_clock_that_is_wrong(seconds: int) -> None:
    """Hours that are open by the wrong clock, and closed by the database's."""
    open_at = timezone.localtime() + timedelta(seconds=seconds)
    hours = {"hours_from": (open_at - timedelta(hours=1)).time(), "hours_until": (open_at + timedelta(hours=1)).time()}
    run = launched(make_reader())
    Policy.objects.update(quiet_channels=["email"], **hours)
    with clock(seconds):
        assert drain("email")["accepted"] == 0
    assert assert_identity(run)["pending"] == 1
    begins = opens_at(Policy.now(), "email", "Europe/Moscow", timezone.now())
    waiting = Chunk.objects.get(run_id=run.pk, state=Chunk.State.FREE)
    assert abs(waiting.due_at - begins) < timedelta(minutes=1)


@pytest.mark.django_db
@pytest.mark.usefixtures("permitted")
def test_an_account_keeps_its_quiet_hours_by_a_clock_that_is_wrong() -> None:
    now = timezone.localtime()
    quiet = {"quiet_from": (now - timedelta(hours=1)).time(), "quiet_to": (now + timedelta(hours=1)).time()}
    run = launched(make_reader())
    Account.objects.update(time_zone="Europe/Moscow", **quiet)
    with clock(WRONG):
        assert drain("email")["accepted"] == 0
    assert assert_identity(run)["pending"] == 1


def with_wrong_clocks(ward: Ward, people: int) -> Books:
    """Two workers, hours apart, and a scheduler; one of the workers dies in mid-send, and the other takes its chunk."""
    ward.redis()
    ward.peer("--delay", "0.002")
    run = start(ward.campaign(people))
    for seconds in (WRONG, -WRONG):
        ward.keep_worker(clock=seconds)
    ward.keep_scheduler(clock=WRONG)
    deaths = [people // 3]

    def kill_once() -> None:
        if deaths and ward.count() > deaths[0]:
            deaths.clear()
            ward.kill(ward.kept[0].process)

    return ward.see_through(run.campaign, kill_once, seconds=600)


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
def test_workers_hours_apart_take_no_lease_of_one_another(ward: Ward) -> None:
    assert_nobody_suffers(with_wrong_clocks(ward, 150), unknown=2)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_ten_thousand_by_clocks_that_are_wrong(ward: Ward, turn: int) -> None:
    begun = time.monotonic()
    books = with_wrong_clocks(ward, 5_000)
    soak.tell("21", begun, kills=1, **books.told())
    assert_nobody_suffers(books, unknown=2)


@pytest.mark.parametrize(
    ("zone", "night", "opens"),
    [
        ("Europe/Berlin", "2026-10-24T22:30", "2026-10-25T08:00"),  # put back: the night has an hour more
        ("Europe/Berlin", "2026-10-25T00:30", "2026-10-25T08:00"),  # 02:30 for the first time
        ("Europe/Berlin", "2026-10-25T01:30", "2026-10-25T08:00"),  # 02:30 for the second time
        ("Europe/Berlin", "2027-03-28T00:59", "2027-03-28T07:00"),  # put forward: there is no 02:30
        ("Europe/Moscow", "2026-10-24T23:30", "2026-10-25T06:00"),  # Moscow puts nothing forward or back
    ],
)
def test_a_night_ends_once_where_clocks_are_put_forward_or_back(zone: str, night: str, opens: str) -> None:
    at = opens_at(Hours(), "sms", zone, datetime.fromisoformat(night).replace(tzinfo=UTC))
    assert at == datetime.fromisoformat(opens).replace(tzinfo=UTC)


@pytest.mark.parametrize("hour", ["2026-10-25T00:30", "2026-10-25T01:30"])
def test_hours_that_begin_in_the_hour_that_comes_twice_begin_at_the_first(hour: str) -> None:
    """From 02:30 on, which Berlin has twice: whoever waited goes at the first, and at the second nobody waits anew."""
    policy = Hours(hours_from=datetime(2026, 1, 1, 2, 30).time(), hours_until=datetime(2026, 1, 1, 22).time())
    now = datetime.fromisoformat(hour).replace(tzinfo=UTC)
    assert opens_at(policy, "sms", "Europe/Berlin", now) == now
