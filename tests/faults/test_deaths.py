"""Fault plan, rows 1 to 3, 5 and 34: processes of ours are killed -9 at every step of the protocol, and at random."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress

import pytest

from campaigns.models import CampaignEvent, Message, Run
from channels.providers.smtp import SmtpProvider
from tests.faults import soak
from tests.faults.ward import Books, Ward, assert_nobody_suffers, start

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

PEOPLE, CHUNK = 240, 10
PEOPLE_OF_A_SOAK = int(os.environ.get("SOAK_PEOPLE") or 10_000)
KILLS = PEOPLE_OF_A_SOAK // 100  # in one send
W = SmtpProvider.width
# Of a pump's life, by the chunk or by the message at which it ends there; each far enough in that no chunk meets three
# deaths, which would make it wait.
BY_CHUNK = ("claim:before", "claim:after", "read:after", "mark:before", "append:after", "mark:after", "clear:after")
BY_MESSAGE = ("intent:before", "intent:after", "answer:before", "answer:after")
OF_A_RECOVERY = ("settle:before:1", "give_back:after:1", "settle:after:1")
SHORT = ("claim:after:2", "intent:after:12", "answer:before:14", "answer:after:16", "append:after:2", "mark:after:2")
# The call was written down and made, or was about to be: only these may leave somebody of whom nothing is known.
ON_THE_WIRE = ("intent:after", "answer:before")


def send(ward: Ward, deaths: Iterable[str], people: int = PEOPLE) -> Books:
    ward.redis()
    ward.peer()
    ward.die_at(deaths)
    run = start(ward.campaign(people), chunk=CHUNK)
    ward.keep_worker()
    ward.keep_scheduler()
    return ward.see_through(run.campaign)


def test_killed_at_every_step_of_the_protocol_and_of_the_recovery(ward: Ward) -> None:
    deaths = [*SHORT, *OF_A_RECOVERY]
    books = send(ward, deaths)
    assert sorted(ward.met()) == sorted(deaths)
    assert_nobody_suffers(books, unknown=len(ON_THE_WIRE))


def test_a_scheduler_killed_around_the_hour_starts_it_once(ward: Ward) -> None:
    ward.redis()
    ward.peer()
    deaths = ["start:before:1", "open:after:1", "freeze:after:1", "ring:before:1"]
    ward.die_at(deaths)
    campaign = ward.campaign(20)
    ward.keep_scheduler()
    ward.keep_worker()
    books = ward.see_through(campaign)
    assert sorted(ward.met()) == sorted(deaths)
    assert_nobody_suffers(books, unknown=0)
    assert_started_once(20)


def assert_started_once(people: int) -> None:
    run = Run.objects.get()
    assert Message.objects.filter(run_id=run.pk).count() == people
    assert CampaignEvent.objects.filter(verb="start").count() == 1


def kill_at_random(ward: Ward, dice: random.Random, kinds: Counter[str]) -> None:
    """One process of ours that is at work: a work-horse alone, its worker with it, or the scheduler."""
    at_work = {kept.process.pid: horses for kept in ward.kept if (horses := ward.horses(kept))}
    victims = [("horse", horse) for horses in at_work.values() for horse in horses]
    victims += [("worker", pid) for pid in at_work]
    if dice.random() < 0.1:
        victims = [("scheduler", ward.kept[-1].process.pid)]
    if victims:
        kind, pid = dice.choice(victims)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            kinds[kind] += 1


def under_fire(ward: Ward, dice: random.Random, *, people: int, kills: int) -> tuple[Books, Counter[str]]:
    """One send by two workers, of which somebody is killed at every so many letters."""
    ward.redis()
    ward.peer("--delay", "0.002")
    run = start(ward.campaign(people), chunk=CHUNK)
    for _ in range(2):
        ward.keep_worker()
    ward.keep_scheduler()
    killed: Counter[str] = Counter()
    every = people / (kills + 1)
    due = [every * dice.uniform(0.5, 1)]

    def fire() -> None:
        if killed.total() < kills and ward.count() >= due[0]:
            kill_at_random(ward, dice, killed)
            due[0] = ward.count() + every * dice.uniform(0.2, 1.2)

    return ward.see_through(run.campaign, fire, seconds=3600), killed


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_everybody_is_killed_at_random(ward: Ward, turn: int) -> None:
    begun = time.monotonic()
    books, killed = under_fire(ward, soak.chance(f"5 {turn}"), people=PEOPLE_OF_A_SOAK, kills=KILLS)
    soak.tell("5", begun, kills=killed.total(), horses=killed["horse"], workers=killed["worker"], **books.told())
    assert_nobody_suffers(books, unknown=W * killed.total())


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_every_step_of_the_protocol_at_random_moments(ward: Ward, turn: int) -> None:
    begun, dice = time.monotonic(), soak.chance(f"1 {turn}")
    by_chunk = {f"{step}:{dice.randrange(2, 8)}" for step in BY_CHUNK * 2}
    by_message = {f"{step}:{dice.randrange(12, 70)}" for step in BY_MESSAGE * 2}
    books = send(ward, sorted(by_chunk | by_message | set(OF_A_RECOVERY)), people=1_500)
    wire = sum(point.rpartition(":")[0] in ON_THE_WIRE for point in ward.met())
    soak.tell("1", begun, kills=len(ward.met()), **books.told())
    assert_nobody_suffers(books, unknown=wire)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_a_scheduler_killed_at_any_statement_starts_it_once(ward: Ward, turn: int) -> None:
    """Its statements of a pass are some hundreds: twenty of them, drawn."""
    begun, dice = time.monotonic(), soak.chance(f"3 {turn}")
    deaths = sorted({f"sql:{dice.choice(['before', 'after'])}:{dice.randrange(1, 200)}" for _ in range(20)})
    ward.redis()
    ward.peer()
    ward.die_at([*deaths, "start:before:1", "freeze:after:1", "ring:before:1"])
    campaign = ward.campaign(200)
    ward.keep_scheduler()
    ends = time.monotonic() + 300
    while ward.deaths < len(deaths) and time.monotonic() < ends:
        ward.tend()
        time.sleep(0.05)
    ward.keep_worker()
    books = ward.see_through(campaign)
    soak.tell("3", begun, kills=len(ward.met()), starts=Run.objects.count(), **books.told())
    assert_nobody_suffers(books, unknown=0)
    assert_started_once(200)
