"""Counting each ready-made rule against hand-written SQL over facts; filling and refreshing a segment of 100,000.

`BENCH_PEOPLE` makes the base smaller for a quick look, or larger: 5000000 asks for 40 GB of disk, an hour and a half and
fewer repetitions.
"""

from collections.abc import Callable
from itertools import count
from statistics import median
from typing import Any

import pytest
from django.db import connection
from django.test import TestCase

from segments.models import Segment
from segments.ready_made import cuts
from segments.refreshing import refresh
from segments.rules.bounded import bounded
from segments.rules.compile import matching
from tests.benchmarks import by_hand
from tests.benchmarks.measure import Bench, seconds
from tests.benchmarks.segment_base import PEOPLE, fill, fill_messages
from tests.segments.builders import make_source

COUNT_LIMIT, FILL_LIMIT = 1.3, 1.5
MEMBERS = min(100_000, PEOPLE // 2)
REPS = 5
COUNT_REPS = 15 if PEOPLE <= 1_000_000 else 3  # the shortest counts take a few milliseconds
PATIENCE = 1800 * max(1, PEOPLE // 500_000)

COUNT = "SELECT count(*) FROM segments_customerfacts AS f WHERE {where}"
# Into the very table, which is logged and grows: a temporary one would take half the time.
INSERT = """
INSERT INTO segments_membership (segment_id, customer_id, entered_at)
SELECT %s, customer_id, now() FROM segments_customerfacts WHERE has_phone ORDER BY customer_id
"""


@pytest.mark.bench
@pytest.mark.timeout(PATIENCE)
class SegmentBench(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        fill(make_source().pk)
        fill_messages()

    def test_every_cut_has_its_question_by_hand(self) -> None:
        self.assertEqual({each.key for each in cuts()}, set(by_hand.BY_HAND))

    def test_counts(self) -> None:
        missed, ours_all, theirs_all = [], [], []
        for cut in cuts():
            values = by_hand.answers(cut)
            rule = cut.document(values)
            reference = self.by_hand(cut, values)
            self.assertEqual(matching(rule).count(), reference(), cut.key)
            with bounded(PATIENCE):
                pairs = [
                    (seconds(reference), seconds(lambda rule=rule: matching(rule).count())) for _ in range(COUNT_REPS)
                ]
            theirs, ours = zip(*pairs, strict=True)
            line = Bench(f"count of the ready-made segment {cut.key}", limit=COUNT_LIMIT, n=PEOPLE).tell(ours, theirs)
            missed += [] if line["ok"] else [line]
            ours_all.append(median(ours))
            theirs_all.append(median(theirs))
        for name, of in (("median", median), ("worst", max)):
            bench = Bench(f"counts of all ready-made segments, {name}", limit=COUNT_LIMIT, n=PEOPLE)
            line = bench.tell([of(ours_all)], [of(theirs_all)])
            missed += [] if line["ok"] else [line]
        self.assertEqual(missed, [])

    def by_hand(self, cut: Any, values: dict[str, Any]) -> Callable[[], int]:
        params, sql = by_hand.params(cut, values), COUNT.format(where=by_hand.BY_HAND[cut.key])

        def count() -> int:
            with connection.cursor() as cursor:
                cursor.execute(sql, params)
                return cursor.fetchone()[0]

        return count

    def test_a_segment_is_filled_and_refreshed(self) -> None:
        half = {"any": [{"field": "has_phone", "op": "is", "value": True}]}
        with connection.cursor() as cursor:
            cursor.execute("UPDATE segments_customerfacts SET has_phone = customer_id <= %s", [MEMBERS])
            cursor.execute("ANALYZE segments_customerfacts")
        waiting = [
            Segment.objects.create(name=f"bench {n}", slug=f"bench-{n}", rule={"format": 1, "rule": half})
            for n in range(REPS)
        ]
        last: list[Segment] = []
        free = count(Segment.objects.latest("pk").pk + 1)

        def inserted() -> None:
            with connection.cursor() as cursor:
                cursor.execute(INSERT, [next(free)])
                self.assertEqual(cursor.rowcount, MEMBERS)

        def fill_one() -> None:
            last[:] = [waiting.pop()]
            self.assertEqual(refresh(last[0])["added"], MEMBERS)

        Bench("fill a segment, against INSERT … SELECT", limit=FILL_LIMIT, n=MEMBERS, reps=REPS).compare(
            fill_one, inserted
        )

        def again() -> None:
            self.assertEqual(refresh(last[0])["added"], 0)

        Bench("refresh of a segment where nobody moved", limit=FILL_LIMIT, n=MEMBERS, reps=REPS).compare(
            again, inserted
        )
