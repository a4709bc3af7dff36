"""Fault plan, rows 12, 25, 26, 28 and 29: answers are lost, and people and deploys act in the middle of a send."""

import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from campaigns import outbox, running
from campaigns.models import Campaign, Message, Run
from segments.models import ContactPoint, Membership, Segment
from tests.campaigns.builders import make_content
from tests.campaigns.room import decide_all
from tests.faults import soak
from tests.faults.ward import Books, Ward, assert_nobody_suffers, start

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

Act = Callable[[], object]
LAG = 1.5  # seconds, or one batch: within that an opt-out acts


def lose_answers(ward: Ward, people: int, every: int) -> Books:
    """Every so-many-th letter is taken and its answer never comes: exactly those are unknown, and none is sent again."""
    ward.redis()
    ward.peer("--lose", str(every))
    run = start(ward.campaign(people))
    ward.keep_worker()
    ward.keep_scheduler()
    books = ward.see_through(run.campaign, seconds=600)
    lost = {letter["to"] for letter in ward.taken() if letter["lost"]}
    unknown = Message.objects.filter(run_id=run.pk, pk__in=outbox.unknowns([run.pk]).values("message_id"))
    assert set(unknown.values_list("contact_point__value", flat=True)) == lost
    assert len(lost) == people // every
    return books


def test_exactly_those_whose_answer_was_lost_are_unknown(ward: Ward) -> None:
    assert_nobody_suffers(lose_answers(ward, 200, 40), unknown=5)


def disturbed(ward: Ward, people: int, acts: list[Act]) -> Books:
    """A send in which something happens every so many letters, over three quarters of it: some may leave."""
    ward.redis()
    ward.peer("--delay", "0.005")
    ward.may_end = True  # a worker that is told to stop for a deploy ends, and the next one is of the new version
    run = start(ward.campaign(people))
    ward.keep_worker()
    ward.keep_scheduler()
    due = [(people * 3 // 4 * number // (len(acts) + 1), act) for number, act in enumerate(acts, 1)]

    def meanwhile() -> None:
        if due and ward.count() >= due[0][0]:
            due.pop(0)[1]()

    books = ward.see_through(run.campaign, meanwhile, seconds=900)
    assert not due
    return books


def pause_and_resume() -> None:
    campaign = Campaign.objects.get()
    running.pause(campaign)
    time.sleep(0.3)
    running.resume(campaign)


def deploy(ward: Ward) -> None:
    with suppress(ProcessLookupError):
        ward.kept[0].process.send_signal(signal.SIGTERM)


def edit_and_delete() -> None:
    """The segment loses everybody and its name, and the campaign gets another text."""
    Membership.objects.all().delete()
    Segment.objects.update(name="Другой сегмент")
    make_content(Campaign.objects.get(), subject="Другая тема")


def test_the_audience_and_the_text_are_those_of_the_start(ward: Ward) -> None:
    acts = [edit_and_delete, pause_and_resume, lambda: deploy(ward), pause_and_resume]
    books = disturbed(ward, 200, acts)
    assert_nobody_suffers(books, unknown=0)
    assert books.accepted == 200
    assert len({letter["subject"] for letter in ward.taken()}) == 1


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_one_answer_of_a_hundred_is_lost(ward: Ward, turn: int) -> None:
    begun = time.monotonic()
    books = lose_answers(ward, 3_000, 100)
    soak.tell("12", begun, **books.told())
    assert_nobody_suffers(books, unknown=30)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_twenty_pauses_and_five_deploys(ward: Ward, turn: int) -> None:
    begun, dice = time.monotonic(), soak.chance(f"28 {turn}")
    acts: list[Act] = [pause_and_resume] * 20 + [lambda: deploy(ward)] * 5
    dice.shuffle(acts)
    books = disturbed(ward, 3_000, acts)
    soak.tell("28", begun, pauses=20, deploys=5, **books.told())
    assert_nobody_suffers(books, unknown=0)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_people_opt_out_while_letters_go(ward: Ward, turn: int) -> None:
    """Some of those who have not got theirs, again and again; the longest time from a commit to the last letter after it."""
    begun, dice = time.monotonic(), soak.chance(f"26 {turn}")
    told: dict[str, float] = {}

    def opt_out() -> None:
        gone = {letter["to"] for letter in ward.taken()}
        left = [p for p in ContactPoint.objects.order_by("id") if p.value not in gone and p.value not in told]
        leaving = random.Random(dice.random()).sample(left, min(20, len(left)))
        decide_all([point.pk for point in leaving], given=False, origin="person")
        told.update(dict.fromkeys((point.value for point in leaving), time.time()))

    books = disturbed(ward, 2_000, [opt_out] * 20)
    late = [letter["at"] - told[letter["to"]] for letter in ward.taken() if letter["to"] in told]
    suppressed = outbox.counts([Run.objects.get().pk])["suppressed"]
    soak.tell("26", begun, opt_outs=len(told), suppressed=suppressed, longest_lag=round(max(late, default=0), 2),
              lost=books.lost, double=books.double)  # fmt: skip
    assert max(late, default=0) <= LAG
    assert_nobody_suffers(books, unknown=0)
