"""The pace of submits, on a clock of its own."""

from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.providers.smpp_window import Pace


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
