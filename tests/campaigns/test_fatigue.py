"""How many messages a person will have had: what is counted of the past, the queue and the plan, and on which days."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from campaigns import fatigue
from campaigns.fatigue import Load
from campaigns.models import Campaign, Chunk, ContactSlot, Policy
from segments.models import Segment
from tests.campaigns.builders import make_campaign
from tests.campaigns.test_calendar import make_run
from tests.segments.builders import make_customer, make_facts, make_segment


def noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def make_sized(size: int) -> Segment:
    """A segment that is known to hold so many; nobody looks for them."""
    segment = make_segment()
    Segment.objects.filter(pk=segment.pk).update(size=size)
    return segment


class Levels(SimpleTestCase):
    def test_a_level_is_a_part_of_the_limit(self) -> None:
        for messages, level in ((0, 0), (100, 0), (101, 1), (201, 2), (301, 3), (400, 3), (401, 4), (9000, 4)):
            self.assertEqual(Load(date(2027, 3, 1), messages, people=100, limit=4).level, level, messages)

    def test_nobody_to_write_to(self) -> None:
        self.assertEqual(Load(date(2027, 3, 1), 10, people=0, limit=4).per_person, 0)


class Counting(TestCase):
    def setUp(self) -> None:
        self.today = timezone.localdate()

    def day(self, ahead: int) -> date:
        return self.today + timedelta(days=ahead)

    def plan(self, ahead: int, *segments: Segment, **fields: Any) -> Campaign:
        fields.setdefault("starts_at", noon(self.day(ahead)))
        return make_campaign(*segments, **fields)

    def messages(self, first: int = 0, last: int = 40) -> dict[int, float]:
        found = fatigue.messages(self.day(first), self.day(last))
        return {(day - self.today).days: number for day, number in found.items()}

    def slot(self, holder: int, ahead: int) -> None:
        ContactSlot.objects.create(holder=holder, day=self.day(ahead), channel="email", message_id=1)

    def test_days_that_messages_took_count_people_and_not_their_addresses(self) -> None:
        for holder in (1, 2, -1, -2):
            self.slot(holder, -3)
        self.slot(1, -50)
        self.assertEqual(self.messages(-10), {-3: 2})

    def test_a_plan_counts_its_segment_by_the_size_that_is_known(self) -> None:
        segment = make_sized(500)
        self.plan(5, segment)
        self.plan(6, segment, state=Campaign.State.SCHEDULED, control_percent=10)
        self.assertEqual(self.messages(), {5: 500, 6: 450})

    def test_people_of_several_segments_are_counted_once(self) -> None:
        anna, ivan, oleg = (make_customer() for _ in range(3))
        one, other, out = make_segment(anna, ivan), make_segment(ivan, oleg), make_segment(oleg)
        self.plan(5, one, other)
        self.plan(6, one, other, except_segments=(out,))
        self.assertEqual(self.messages(), {5: 3, 6: 2})

    def test_what_is_not_counted(self) -> None:
        segment = make_sized(500)
        self.plan(5, segment, purpose="service")
        self.plan(5, segment, state=Campaign.State.FINISHED)
        self.plan(5, segment, state=Campaign.State.STOPPED)
        self.plan(-5, segment)
        self.plan(5, segment, starts_at=None)
        self.plan(41, segment)
        make_campaign(starts_at=noon(self.day(5)))  # without segments
        self.assertEqual({ahead: number for ahead, number in self.messages().items() if number}, {})

    def test_what_is_late_counts_as_of_today(self) -> None:
        self.plan(-2, make_sized(500), state=Campaign.State.OVERDUE)
        self.assertEqual(self.messages(-10), {0: 500})

    def test_a_channel_reaches_what_it_has_reached(self) -> None:
        make_run(make_campaign(state=Campaign.State.FINISHED), timezone.now(), timezone.now(), audience=1000,
                 left_out={"no_consent": 500, "control": 100})  # fmt: skip
        make_run(make_campaign(state=Campaign.State.FINISHED), timezone.now() - timedelta(days=91), audience=1000)
        self.plan(5, make_sized(500))
        self.plan(6, make_sized(500), channel="sms")
        self.assertEqual(self.messages(), {5: 200, 6: 500})

    def test_the_queue_counts_on_the_days_on_which_it_is_due(self) -> None:
        run = make_run(make_campaign(state=Campaign.State.RUNNING), timezone.now())
        states = Chunk.State
        for state, ahead, size in (
            (states.FREE, -1, 3),
            (states.FREE, 1, 4),
            (states.DONE, 0, 50),
            (states.CANCELLED, 0, 60),
        ):
            Chunk.objects.create(run=run, account=run.account, channel="email", message_ids=list(range(size)), state=state,
                                 due_at=noon(self.day(ahead)))  # fmt: skip
        self.assertEqual(self.messages(), {0: 3, 1: 4})

    def test_a_load_is_of_the_day_and_the_29_after_it(self) -> None:
        Policy.objects.update_or_create(pk=Policy.ONLY, defaults={"per_month": 2})
        for customer in (make_customer(), make_customer(), make_customer()):
            make_facts(customer, email_reachable=True)
        make_facts(make_customer(), phone_reachable=True)  # a landline: a call only
        self.plan(30, make_sized(6))
        self.slot(1, -1)
        loads = fatigue.loads([self.day(ahead) for ahead in range(-1, 32)])
        told = [(load.messages, load.people, load.level) for load in loads.values()]
        self.assertEqual(told[:2], [(1, 3, 0), (0, 3, 0)])
        self.assertEqual(told[2:], [(6, 3, 3)] * 30 + [(0, 3, 0)])

    def test_days_whose_messages_are_forgotten_have_no_load(self) -> None:
        make_facts(make_customer(), sms_reachable=True)
        days = [self.day(ahead) for ahead in (-61, -60, -59)]
        self.assertEqual(list(fatigue.loads(days)), days[2:])
        self.assertEqual(fatigue.loads(days[:1]), {})

    def test_a_base_without_anybody_has_no_loads(self) -> None:
        self.assertEqual(fatigue.loads([self.today]), {})

    def test_more_campaigns_cost_no_more_queries(self) -> None:
        make_facts(make_customer(), sms_reachable=True)
        segments = [make_segment(make_customer(), changed_at=timezone.now()) for _ in range(3)]
        for ahead in range(20):
            self.plan(ahead, *segments)
        fatigue.loads([self.today])  # bitmaps are kept from now on
        with self.assertNumQueries(11):
            fatigue.loads([self.today])
