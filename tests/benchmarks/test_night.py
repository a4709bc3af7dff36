"""The night: facts, time zones and RFM of everybody, then forty segments, against the same by hand; and one customer.

The first night writes everything, the next one finds that nothing changed. `BENCH_PEOPLE` makes the base smaller.
"""

from itertools import count, cycle, islice
from typing import Any

import pytest
from django.db import connection
from django.test import TestCase

from segments.facts import refresh_facts
from segments.models import CustomerFacts, Segment
from segments.ready_made import cuts
from segments.refreshing import refresh
from tests.benchmarks import by_hand, night_by_hand
from tests.benchmarks.measure import Bench, seconds
from tests.benchmarks.segment_base import PEOPLE, fill
from tests.segments.builders import make_source

LIMIT = 3
SEGMENTS = 40
REPS = 3
FORGET = """
SET CONSTRAINTS ALL IMMEDIATE;
TRUNCATE segments_customerfacts, segments_customerzone, segments_rfmscore, segments_rfmmove, segments_membership,
    segments_membershipchange
"""


@pytest.mark.bench
@pytest.mark.timeout(3600)
class NightBench(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        fill(make_source().pk)

    def setUp(self) -> None:
        ours = [cut for cut in cuts() if cut.key != "silent_email"]  # what was sent is told by the outbox, empty here
        self.cuts: list[Any] = list(islice(cycle(ours), SEGMENTS))
        self.values = [by_hand.answers(cut) for cut in self.cuts]
        self.segments = [
            Segment.objects.create(name=f"night {n}", slug=f"night-{n}", rule=cut.document(values))
            for n, (cut, values) in enumerate(zip(self.cuts, self.values, strict=True))
        ]
        self.free = count(self.segments[-1].pk + 1)

    def night(self) -> int:
        """How many came to segments or left them."""
        refresh_facts()
        moved = [refresh(segment) for segment in self.segments]
        return sum(each["added"] + each["removed"] for each in moved)

    def by_hand(self) -> int:
        night_by_hand.facts()
        night_by_hand.scores()
        pairs = zip(self.cuts, self.values, strict=True)
        return sum(night_by_hand.members(next(self.free), cut, values) for cut, values in pairs)

    def test_nights(self) -> None:
        first: list[tuple[float, float]] = []
        next_: list[tuple[float, float]] = []
        for _ in range(REPS):
            night_by_hand.empty()
            people: list[int] = []
            theirs = seconds(lambda people=people: people.append(self.by_hand()))
            with connection.cursor() as cursor:
                cursor.execute(FORGET)
            ours = seconds(lambda people=people: people.append(self.night()))
            first.append((ours, theirs))
            next_.append((seconds(lambda: self.assertEqual(self.night(), 0)), theirs))
            self.assertEqual(people[0], people[1])
            self.assertEqual(night_by_hand.totals("night_facts"), night_by_hand.totals("segments_customerfacts"))
        lines = [
            Bench(name, limit=LIMIT, n=PEOPLE).tell(*zip(*pairs, strict=True))
            for name, pairs in (("a first night", first), ("a night in which nothing changed", next_))
        ]
        self.assertEqual([line for line in lines if not line["ok"]], [])

    def test_one_customer_is_right_within_a_second(self) -> None:
        ids = list(CustomerFacts.objects.values_list("pk", flat=True)[: 2 * REPS])
        taken = [seconds(lambda pk=pk: refresh_facts([pk])) for pk in ids]
        line = Bench("facts of one customer, of a second", limit=1, n=1).tell(taken, [1.0] * len(taken))
        self.assertTrue(line["ok"], line)
