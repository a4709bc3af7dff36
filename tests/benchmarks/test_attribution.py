"""Attribution of thirteen months by all models, the arms of all campaigns, and what a day brings, each against an INSERT … SELECT
of as many rows into a table with the same keys and indexes, or a plain pass over the messages, in the same run.

Half a million people with 1.2 million documents, 65 campaigns with 3 million messages (`BENCH_PEOPLE` makes it smaller). Advisory:
a night of 60 seconds, two seconds in the day.
"""

import datetime as dt

import pytest
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from tests.benchmarks import attribution_base, segment_base
from tests.benchmarks.measure import Bench
from tests.benchmarks.segment_base import PEOPLE
from tests.segments.builders import make_source
from tracking.attribution import counting, lift
from tracking.models import Attribution

NIGHT_LIMIT, QUIET_LIMIT, ARMS_LIMIT, DAY_LIMIT = 8, 6, 8, 1
LIKE = """
CREATE TABLE attribution_like (LIKE tracking_attribution INCLUDING ALL);
CREATE TABLE attribution_kept AS SELECT * FROM tracking_attribution
"""
WRITE = "TRUNCATE attribution_like; INSERT INTO attribution_like SELECT * FROM attribution_kept ORDER BY deal_id"
# What a pass over all of it cannot do without: every message once, with its person's documents.
READ = """
SELECT count(*), sum(i.amount) FROM campaigns_touch AS t JOIN segments_interaction AS i ON i.customer_id = t.customer_id
WHERE i.kind IN ('sale', 'service', 'insurance') AND i.happened_at > t.sent_at
"""
GROUP = "SELECT count(*) FROM (SELECT run_id, customer_id, bool_and(left_out = '') FROM campaigns_message GROUP BY 1, 2) AS arm"
LATE = dt.timedelta(days=1)


@pytest.mark.bench
@pytest.mark.timeout(3600)
class AttributionBench(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        segment_base.fill(make_source().pk)
        attribution_base.fill()
        counting.refresh()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE campaigns_promoredemption SET recorded_at = now() - interval '9 days'")
            cursor.execute(LIKE)
            cursor.execute("ANALYZE tracking_attribution")

    def test_a_first_night(self) -> None:
        bench = Bench("attribution of thirteen months, against writing its rows", limit=NIGHT_LIMIT, n=PEOPLE, reps=3)
        bench.compare(self.night, lambda: self.run_sql(WRITE))

    def test_a_night_in_which_nothing_changed(self) -> None:
        bench = Bench(
            "attribution when nothing changed, against a pass over all touches and deals",
            limit=QUIET_LIMIT,
            n=PEOPLE,
            reps=3,
        )
        bench.compare(lambda: self.assertEqual(counting.refresh(), 0), lambda: self.run_sql(READ))

    def test_the_arms(self) -> None:
        bench = Bench("arms of all campaigns, against grouping their messages", limit=ARMS_LIMIT, n=PEOPLE, reps=3)
        bench.compare(lift.count, lambda: self.run_sql(GROUP))

    def test_a_day(self) -> None:
        """What came since yesterday, against a pass over all touches and deals: it must not cost a part of the night."""
        since = timezone.now() - LATE
        bench = Bench("attribution of a day's news, of a pass over everything", limit=DAY_LIMIT, n=PEOPLE, reps=3)
        bench.compare(lambda: counting.catch_up(since), lambda: self.run_sql(READ))

    def night(self) -> None:
        self.run_sql("TRUNCATE tracking_attribution")
        assert counting.refresh() == Attribution.objects.count() > 0

    @staticmethod
    def run_sql(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)
