"""A tick over half a million people in a scenario, a tenth of whom are due at a step that sends, against writing the same rows
(as many enrolments changed, as many messages, as many moves) into tables with the same keys and indexes, in the same run.

Advisory: five seconds, and 50 ms when nobody is due.
"""

import pytest
from django.db import connection
from django.test import TestCase

from campaigns.models import Campaign, Scenario, ScenarioStep, ScenarioVersion
from campaigns.scenarios import advancing
from tests.benchmarks.measure import Bench, seconds
from tests.benchmarks.test_planning import PEOPLE, over_everybody, undone

DUE = PEOPLE // 10
LIMIT = 4
GROWTH_LIMIT = 12  # for ten times the people who are due

ENROL = """
INSERT INTO campaigns_enrolment
    (scenario_id, version_id, customer_id, occasion, happened_at, entered_at, state, node, due_at, why)
SELECT %(scenario)s, %(version)s, id, 'once', now() - interval '1 hour', now(), 'live', 0,
       now() + CASE WHEN id %% 10 = 0 THEN interval '-1 minute' ELSE interval '1 day' END, ''
FROM segments_customer
"""
FEWER = (
    "UPDATE campaigns_enrolment SET due_at = now() + interval '1 day' WHERE due_at < now() AND customer_id % 100 <> 0"
)
LIKE = "CREATE TABLE {name}_like (LIKE {name} INCLUDING ALL)"
COPY = "INSERT INTO campaigns_enrolment_like SELECT * FROM campaigns_enrolment"
WRITE = (
    "UPDATE campaigns_enrolment_like SET since = now(), due_at = now() + interval '15 minutes', message_id = id WHERE due_at < now()",
    "INSERT INTO campaigns_message_like (run_id, customer_id, channel, contact_point_id, enrolment_id, left_out) "
    "SELECT 1, customer_id, 'sms', customer_id, id, '' FROM campaigns_enrolment_like WHERE message_id IS NOT NULL",
    "INSERT INTO campaigns_enrolmentmove_like (enrolment_id, version_id, node, verdict, message_id, happened_at) "
    "SELECT id, version_id, 0, 'sent', message_id, now() FROM campaigns_enrolment_like WHERE message_id IS NOT NULL",
)


@pytest.mark.bench
@pytest.mark.timeout(1800)
class TickBench(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        campaign = over_everybody(PEOPLE)
        Campaign.objects.filter(pk=campaign.pk).update(kind=Campaign.Kind.TRIGGER, state=Campaign.State.RUNNING)
        scenario = Scenario.objects.create(name="Тик", state=Scenario.State.ACTIVE, author=campaign.author)
        flow = [{"key": "step", "do": "send", "react": ["visited"], "wait_hours": 72}]
        version = ScenarioVersion.objects.create(
            scenario=scenario,
            state="active",
            flow=flow,
            goal=["bought"],
            salt="tick",
            entry={"occasion": "did", "did": "visited"},
        )
        ScenarioStep.objects.create(version=version, key="step", campaign=campaign)
        with connection.cursor() as cursor:
            cursor.execute(ENROL, {"scenario": scenario.pk, "version": version.pk})
            for name in ("campaigns_enrolment", "campaigns_message", "campaigns_enrolmentmove"):
                cursor.execute(LIKE.format(name=name))
            cursor.execute(COPY)
            for name in ("campaigns_enrolment", "campaigns_enrolment_like"):
                cursor.execute(f"ANALYZE {name}")

    def test_a_tick(self) -> None:
        bench = Bench("a tick with a tenth of the people due, against writing as many rows", limit=LIMIT, n=DUE, reps=3)
        bench.compare(undone(self.tick), undone(self.write))

    def test_ten_times_the_due(self) -> None:
        many = [seconds(undone(self.tick)) for _ in range(3)]
        few = [seconds(undone(self.tick_of_fewer)) for _ in range(3)]
        line = Bench("a tick with ten times the people due", limit=GROWTH_LIMIT, n=DUE).tell(many, few)
        self.assertTrue(line["ok"], line)

    def tick(self, due: int = DUE) -> None:
        assert advancing.advance(advancing.database_now())["moved"] == due

    def tick_of_fewer(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(FEWER)
        self.tick(DUE // 10)

    def write(self) -> None:
        with connection.cursor() as cursor:
            for statement in WRITE:
                cursor.execute(statement)
                assert cursor.rowcount == DUE
