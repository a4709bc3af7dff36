"""Planning a campaign over the whole base, every reason written, against an INSERT … SELECT of as many rows into a table
with the keys and indexes of the outbox, in the same run.

The base: everybody has a phone, most agreed to SMS, everybody has a time zone, half were written to in the last weeks and
some of these as often as the policy lets. `BENCH_PEOPLE` makes it smaller for a quick look, or larger: with 5000000 the growth
from 500,000 is measured too, as it is from a tenth of any base.
"""

import os
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import TestCase
from django.utils import timezone

from campaigns import partitions, planning
from campaigns.models import Campaign, Policy, Run, Variant
from tests.benchmarks.measure import Bench, seconds
from tests.benchmarks.search_base import fill
from tests.campaigns.builders import make_account, make_campaign
from tests.segments.builders import make_segment, make_source

PEOPLE = int(os.environ.get("BENCH_PEOPLE", "500000"))
LIMIT = 3
YIELDING_LIMIT = 8
GROWTH_LIMIT = 12  # for ten times the people

CONSENTS = """
INSERT INTO segments_consentstate (contact_point_id, channel, purpose, given, origin, log_id)
SELECT id, 'sms', 'advertising', id % 10 <> 0, 'import', id FROM segments_contactpoint WHERE kind = 'phone' AND id % 5 <> 0
"""
ZONES = """
INSERT INTO segments_customerzone (customer_id, time_zone, source)
SELECT id, (ARRAY['Europe/Moscow', 'Europe/Samara', 'Asia/Yekaterinburg', 'Asia/Vladivostok'])[1 + id % 4], 'phone'
FROM segments_customer
"""
SLOTS = """
INSERT INTO campaigns_contactslot (holder, day, channel, message_id)
SELECT CASE WHEN side = 0 THEN id ELSE -id END, current_date - n * 5, 'sms', id * 10 + n
FROM segments_customer, generate_series(1, 4) AS n, generate_series(0, 1) AS side
WHERE id % 2 = 0 AND n <= 1 + id % 5
"""
# Everybody is one message below the limit of a month.
NEARLY_FULL = """
INSERT INTO campaigns_contactslot (holder, day, channel, message_id)
SELECT id, current_date - n * 5, 'sms', id * 10 + n FROM segments_customer, generate_series(1, %s) AS n
"""
MEMBERS = "INSERT INTO segments_membership (segment_id, customer_id) SELECT %s, id FROM segments_customer"
TABLES = (
    "segments_consentstate", "segments_customerzone", "campaigns_contactslot", "segments_membership",
)  # fmt: skip
REFERENCE = """
CREATE TABLE planned (LIKE campaigns_message INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING CONSTRAINTS INCLUDING INDEXES)
"""
FILL = """
INSERT INTO planned (run_id, customer_id, channel, contact_point_id, left_out)
SELECT 1, customer_id, 'sms', contact_point_id, '' FROM segments_cardcontact WHERE contact_point_id <= %s
"""


ARMS = "SELECT variant, count(*) FROM campaigns_message WHERE left_out = '' GROUP BY variant"


@pytest.mark.bench
@pytest.mark.timeout(1800)
class PlanningBench(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.campaign = over_everybody(PEOPLE)
        cls.segment = cls.campaign.segments_in.get()
        with connection.cursor() as cursor:
            cursor.execute(REFERENCE)

    def test_freeze(self) -> None:
        bench = Bench("planning a campaign, against an INSERT of as many rows", limit=LIMIT, n=PEOPLE)
        bench.compare(undone(self.freeze), undone(self.insert))

    def test_freeze_with_variants(self) -> None:
        for letter, share, hour in (("A", 34, None), ("B", 33, 11), ("C", 33, 18)):
            Variant.objects.create(campaign=self.campaign, letter=letter, share=share, hour=hour)
        bench = Bench("planning a campaign with three variants, against an INSERT", limit=LIMIT, n=PEOPLE)
        bench.compare(undone(self.freeze_apart), undone(self.insert))

    def freeze_apart(self) -> None:
        self.freeze()
        with connection.cursor() as cursor:
            cursor.execute(ARMS)
            arms = dict(cursor.fetchall())
        assert len(arms) == 3, arms
        assert min(arms.values()) > max(arms.values()) * 0.9, arms

    def test_freeze_behind_a_higher_campaign(self) -> None:
        """The worst of it: another goes first to everybody, and its message is the last that the limits leave room for."""
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE campaigns_contactslot")
            cursor.execute(NEARLY_FULL, [Policy.now().per_month - 1])
            cursor.execute("ANALYZE campaigns_contactslot")
        make_campaign(
            self.segment, account=self.campaign.account, channel="sms", state=Campaign.State.SCHEDULED,
            priority=self.campaign.priority + 1, starts_at=timezone.now() + timezone.timedelta(hours=5), control_percent=10,
            content={"subject": "", "body": "Ждём вас на выставку"},
        )  # fmt: skip
        bench = Bench("planning behind a higher campaign, against an INSERT", limit=YIELDING_LIMIT, n=PEOPLE, reps=3)
        bench.compare(undone(self.freeze_behind), undone(self.insert))

    def freeze_behind(self) -> None:
        run = open_run(self.campaign)
        planning.freeze(run)
        assert run.left_out["higher_priority"] > PEOPLE * 0.5

    def freeze(self) -> None:
        run = open_run(self.campaign)
        sent = planning.freeze(run)
        assert run.audience == PEOPLE
        assert PEOPLE * 0.3 < sent < PEOPLE * 0.6
        assert run.left_out["frequency_cap"] > PEOPLE * 0.02

    def insert(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(FILL, [PEOPLE])
            assert cursor.rowcount == PEOPLE


@pytest.mark.bench
@pytest.mark.timeout(7200)
class GrowthBench(TestCase):
    def test_ten_times_the_people(self) -> None:
        few, many = (self.planned(people) for people in (PEOPLE // 10, PEOPLE))
        name = f"planning {PEOPLE} people, against a tenth of them"
        line = Bench(name, limit=GROWTH_LIMIT, n=PEOPLE).tell(many, few)
        self.assertTrue(line["ok"], line)

    def planned(self, people: int) -> list[float]:
        """Seconds of each of three plans over a base of so many."""
        with transaction.atomic():
            campaign = over_everybody(people)
            taken = [seconds(undone(lambda: planning.freeze(open_run(campaign)))) for _ in range(3)]
            transaction.set_rollback(True)
        return taken


def over_everybody(people: int) -> Campaign:
    """A campaign to everybody of a new base."""
    fill(make_source().pk, people)
    segment = make_segment()
    with connection.cursor() as cursor:
        for statement in (CONSENTS, ZONES, SLOTS):
            cursor.execute(statement)
        cursor.execute(MEMBERS, [segment.pk])
        for table in TABLES:
            cursor.execute(f"ANALYZE {table}")
    partitions.ensure_near()
    account = make_account(channel="sms", provider="http_sms", mode="journal", sender_name="ALFA", per_second=100)
    Policy.objects.update(quiet_channels=["sms"])
    content = {"subject": "", "body": "Ждём вас на сервис"}
    return make_campaign(segment, account=account, channel="sms", content=content, control_percent=10)


def undone(work: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        with transaction.atomic():
            work()
            transaction.set_rollback(True)

    return run


def open_run(campaign: Campaign) -> Run:
    return Run.objects.create(
        id=partitions.month_of(timezone.localdate()) * partitions.RUNS_A_MONTH + 1,
        campaign=campaign,
        content=campaign.contents.get(),
        account=campaign.account,
        send_until=timezone.now() + planning.SEND_FOR,
    )
