"""The pace of submits, on a clock of its own; and kill -9 with a window of segments in flight."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import permission
from campaigns.models import Campaign, Outcome
from channels import sms_text
from channels.limits import Gate
from channels.providers.base import ACCEPTED, Addressed
from channels.providers.smpp import SmppProvider
from channels.providers.smpp_window import Pace
from channels.sealing import seal
from tests.campaigns.builders import make_account, make_campaign
from tests.campaigns.conftest import own_installation  # noqa: F401
from tests.campaigns.room import Room, empty_outbox, make_readers, survive
from tests.channels.test_smpp import LONG, PASSWORD, account
from tests.peers.process import peer
from tests.segments.builders import make_segment


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def departures(pace: Pace, clock: Clock, delays: list[float]) -> list[float]:
    """When submits leave, of which each is ready so long after the one before."""
    times = []
    for delay in delays:
        clock.now += delay
        clock.now += pace.wait()
        times.append(clock.now)
        pace.gone()
    return times


class PaceTest(SimpleTestCase):
    @settings(max_examples=200, deadline=None)
    @given(st.integers(1, 200), st.lists(st.floats(0, 0.2), min_size=1, max_size=500))
    def test_no_second_holds_more_than_the_limit(self, per_second: int, delays: list[float]) -> None:
        clock = Clock()
        times = departures(Pace(per_second, clock=clock), clock, delays)
        fullest = max(sum(start <= at < start + 1 for at in times) for start in times)
        self.assertLessEqual(fullest, per_second)

    def test_the_limit_is_nearly_reached(self) -> None:
        clock = Clock()
        times = departures(Pace(100, clock=clock), clock, [0.0] * 1001)
        self.assertLess(times[-1] - times[0], 10.3)

    def test_one_burst_of_throttling_slows_down_once(self) -> None:
        clock = Clock()
        pace = Pace(10, pause_seconds=2, clock=clock)
        submitted = departures(pace, clock, [0.0] * 5)
        for at in submitted:
            pace.slow_down(at)
        self.assertEqual(pace.wait(), 2)
        after = departures(pace, clock, [0.0] * 3)
        self.assertAlmostEqual(after[2] - after[1], 2 * pace.fastest)

    def test_it_never_stops_and_it_recovers(self) -> None:
        clock = Clock()
        pace = Pace(10, pause_seconds=0, clock=clock)
        for _ in range(20):
            pace.slow_down(departures(pace, clock, [0.0])[0])
            clock.now += 0.001
        slow = departures(pace, clock, [0.0] * 3)
        self.assertLessEqual(slow[2] - slow[1], 1.0001)
        for _ in range(500):
            pace.speed_up()
        fast = departures(pace, clock, [0.0] * 3)
        self.assertAlmostEqual(fast[2] - fast[1], pace.fastest)

    def test_an_account_of_one_a_second_is_not_made_faster_by_slowing_down(self) -> None:
        clock = Clock()
        pace = Pace(0.5, pause_seconds=0, clock=clock)
        pace.slow_down(clock.now)
        times = departures(pace, clock, [0.0] * 2)
        self.assertGreaterEqual(times[1] - times[0], 2)


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_limit_segment_by_segment(tmp_path: Path) -> None:
    saved = account(0, per_second=60, window=50)
    saved.save()
    begun = time.monotonic()

    def send(part: int) -> None:
        gate = Gate(saved)

        def paced() -> Iterator[Addressed]:
            for number in range(15):
                while not gate.wait():
                    time.sleep(0.05)
                yield Addressed(number, f"7900{part}{number:06}", LONG.encode())

        try:
            with SmppProvider(saved) as provider:
                provider.send(paced(), lambda number: None, lambda number, result: told.append(result.kind))
        finally:
            connection.close()

    told: list[str] = []
    with peer("smpp_server", str(tmp_path / "journal")) as port, ThreadPoolExecutor(2) as workers:
        saved.options["port"] = port
        for done in [workers.submit(send, part) for part in (1, 2)]:
            done.result()
    assert told == [ACCEPTED] * 30
    times = [json.loads(line)["at"] for line in (tmp_path / "journal").read_text().splitlines()]
    assert len(times) == 90
    # A busy machine makes submits arrive late and in bunches, never before their slots.
    assert [number for number, at in enumerate(sorted(times)) if at - begun < (number - 4) / 60] == []


PEOPLE, WINDOW = 120, 20
DEATHS = (60, 220)  # segments that were taken by then


class SmppRoom(Room):
    """A message centre in the place of the mail server, and a text of several segments."""

    def campaign(self, people: int, **options: Any) -> Campaign:
        options = {"host": "127.0.0.1", "system_id": "krug", "window": WINDOW} | options
        account = make_account(
            channel="sms", provider="smpp", sender_name="Krug", secret=seal(PASSWORD), per_second=1000, options=options
        )
        segment = make_segment(*make_readers(people, "sms"))
        return self.approved(make_campaign(segment, account=account, channel="sms", content={"body": LONG}))

    def taken(self) -> list[dict[str, Any]]:
        """First segments only: they are what a message is known by."""
        return [line for line in self.segments() if line["hex"][10:12] == "01"]

    def segments(self) -> list[dict[str, Any]]:
        return [line | {"to": "+" + line["to"]} for line in super().taken()]


@pytest.fixture
def room(own_installation: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmppRoom]:  # noqa: F811
    monkeypatch.setenv("SECRET_KEY", django_settings.SECRET_KEY)  # the workers have to read the account's password
    permission.turn_on(None)
    room = SmppRoom(tmp_path)
    yield room
    room.close()
    empty_outbox()


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
def test_killed_twice_with_segments_in_flight(room: SmppRoom) -> None:
    room.redis()
    with peer("smpp_server", str(room.letters), "--latency", "0.1") as port:
        campaign = room.campaign(PEOPLE, port=port)
        run = survive(room, campaign, chunk=50, deaths=DEATHS, most=WINDOW * len(DEATHS))
    segments = Counter(line["to"] for line in room.segments())
    text = bytes.fromhex("".join(line["hex"][12:] for line in room.segments() if line["to"] == next(iter(segments))))
    accepted = Outcome.objects.filter(run_id=run.pk, kind="accepted").count()
    assert list(segments.values()).count(sms_text.parts(text.decode("utf-16-be"))) >= accepted
