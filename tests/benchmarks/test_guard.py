"""The wrong-name guard over a whole base: every message is made and read, against making the same messages as a pump does.

The advisory number is 30 seconds for 500,000 people ("ours" of the printed line). `BENCH_PEOPLE` makes it smaller for a
quick look.
"""

import os

import pytest
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from campaigns import guard, partitions, planning, rendering
from campaigns.guard import reading
from campaigns.models import Run
from tests.benchmarks.measure import Bench
from tests.benchmarks.search_base import fill
from tests.campaigns.builders import LETTER, make_campaign
from tests.segments.builders import make_segment, make_source

PEOPLE = int(os.environ.get("BENCH_PEOPLE", "500000"))
LIMIT = 2.5

MESSAGES = """
INSERT INTO campaigns_message (run_id, customer_id, channel, left_out) SELECT %s, id, 'email', '' FROM segments_customer
"""


@pytest.mark.bench
@pytest.mark.timeout(1800)
class GuardBench(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        fill(make_source().pk, PEOPLE)
        partitions.ensure_near()
        content = {"subject": "{{ обращение }}, ждём вас", "body": LETTER}
        campaign = make_campaign(make_segment(), content=content)
        cls.run_of = Run.objects.create(
            id=partitions.month_of(timezone.localdate()) * partitions.RUNS_A_MONTH + 1,
            campaign=campaign,
            content=campaign.contents.get(),
            account=campaign.account,
            send_until=timezone.now() + planning.SEND_FOR,
        )
        with connection.cursor() as cursor:
            cursor.execute(MESSAGES, [cls.run_of.pk])
            cursor.execute("ANALYZE campaigns_message")

    def test_everything(self) -> None:
        bench = Bench("guard: every message made and read, against making them", limit=LIMIT, n=PEOPLE, reps=1)
        bench.compare(self.look, self.make)

    def look(self) -> None:
        seen = guard.inspect(self.run_of, everything=True)
        assert (seen.people, seen.rendered, seen.findings) == (PEOPLE, PEOPLE, [])

    def make(self) -> None:
        letter = rendering.compile_content(self.run_of.content, self.run_of)
        for rows in reading.pages(reading.frozen(self.run_of)):
            values = rendering.values_for(self.run_of, letter, rows)
            for row in rows:
                letter.render(row.message_id, "somebody@example.org", values[row.message_id])
