"""Scenarios under the fault plan, rows 1, 3, 5 and 24: whoever leads people on is killed, and is not alone."""

import sys
import time
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Enrolment, EnrolmentMove, Message, Run
from tests.campaigns.builders import make_account
from tests.campaigns.room import make_readers
from tests.campaigns.scenarios.builders import working
from tests.faults import soak
from tests.faults.ward import Ward, assert_nobody_suffers
from tests.segments.builders import make_interaction

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

PEOPLE = 120
# In the transaction of a batch or of those who enter, just before it, and just after.
DEATHS = (
    "enter:before:1",
    "enter:after:1",
    "lead:before:1",
    "write:after:1",
    "move:after:1",
    "move:after:5",
    "lead:after:2",
)
FLOW = (
    {"key": "letter", "do": "send", "react": ["visited"]},
    {"key": "halves", "do": "split", "parts": [{"percent": 50, "to": "asked"}, {"percent": 50, "to": "asked"}]},
    {"key": "asked", "do": "if", "did": ["bought"], "otherwise": "over"},
    {"key": "over", "do": "end"},
)
# A pass after the other in a process of its own, without the bell that keeps two from one queue apart.
LEADER = """
import os, time, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmsite.settings")
django.setup()
from campaigns import scenarios
while True:
    scenarios.lead()
    time.sleep(0.05)
"""


def lead_all(ward: Ward, deaths: Iterable[str], *, people: int, seconds: float = 240) -> None:
    """Half of them are led by one that dies again and again, then the others by three at once."""
    ward.redis()
    ward.peer()
    ward.die_at(deaths)
    options = {"host": "127.0.0.1", "port": ward.port, "security": "none", "timeout": 10}
    account = make_account(provider="smtp", options=options, per_second=5000)
    working(FLOW, {"occasion": "did", "did": "visited"}, texts={"letter": {"account": account}})
    ward.keep("work", "campaigns")
    ward.keep_worker()
    ward.keep_scheduler()
    ends = time.monotonic() + seconds
    readers = make_readers(people)
    for some, leaders in ((readers[::2], 0), (readers[1::2], 2)):
        for _ in range(leaders):
            ward._start(sys.executable, "-c", LEADER)
        for reader in some:
            make_interaction(reader, "visit", happened_at=timezone.now() - timedelta(hours=1))
        ended = Enrolment.objects.filter(state="finished", customer__in=some)
        while ended.count() < len(some) or ward.count() < Enrolment.objects.count():
            ward.tend()
            assert time.monotonic() < ends, ward.said()
            time.sleep(0.1)


def assert_each_went_once(ward: Ward, people: int) -> None:
    moves = Counter(EnrolmentMove.objects.values_list("enrolment_id", "node"))
    assert (Enrolment.objects.count(), len(moves)) == (people, people * len(FLOW))
    assert {place for place, times in moves.items() if times > 1 and place[1]} == set()
    assert Message.objects.count() == people
    assert_nobody_suffers(ward.books(Run.objects.get()), unknown=0)


def test_killed_at_every_step_of_a_pass_beside_two_others(ward: Ward) -> None:
    lead_all(ward, DEATHS, people=PEOPLE)
    assert sorted(ward.met()) == sorted(DEATHS)
    assert_each_went_once(ward, PEOPLE)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_killed_at_any_statement_of_a_pass(ward: Ward, turn: int) -> None:
    begun, dice = time.monotonic(), soak.chance(f"scenarios {turn}")
    deaths = sorted({f"sql:{dice.choice(['before', 'after'])}:{dice.randrange(1, 60)}" for _ in range(20)})
    lead_all(ward, deaths, people=2_000, seconds=1800)
    soak.tell("scenarios", begun, kills=len(ward.met()), people=2_000)
    assert_each_went_once(ward, 2_000)
