"""A dry run over the last month: who would have come where, by what people really did."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Enrolment, Message, Scenario, Season
from campaigns.scenarios.dry_run import DryRun, over_the_last_month
from channels.models import Account
from segments.models import Customer
from tests.campaigns.builders import make_reader
from tests.campaigns.scenarios.builders import LETTER, SECOND, make_scenario
from tests.segments.builders import make_interaction, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]

VISIT = {"occasion": "did", "did": "visited"}


def did(customer: Customer, kind: str, **ago: float) -> None:
    make_interaction(customer, kind, happened_at=timezone.now() - timedelta(**ago))


def tried(*args: object, **fields: object) -> DryRun:
    version = make_scenario(*args, **fields)
    Account.objects.update(cost=Decimal("0.30"))
    return over_the_last_month(version)


def test_each_goes_by_what_she_did_and_by_her_own_clock() -> None:
    silent, buyer, again, unwilling = make_reader(), make_reader(), make_reader(), make_reader(consent=None)
    for each in (silent, buyer, again, unwilling):
        did(each, "visit", days=10)
    did(buyer, "sale", days=8)  # while she waits for the first letter's effect
    did(again, "visit", days=9)
    run = tried([LETTER, SECOND], VISIT, goal=["bought"], repeat_days=30)
    first, second = run.steps
    assert (run.entered, first.came, first.written, first.left_out) == (4, 4, 3, {"no_consent": 1})
    assert first.verdicts == {"silent": 2, "reacted": 1, "skipped": 1}
    assert second.verdicts == {"bought": 1, "silent": 1, "skipped": 1}
    assert (second.came, second.written) == (2, 1)
    assert run.states == {"goal": 1, "finished": 3}
    assert (run.written, run.roubles) == (4, Decimal("1.20"))


def test_whoever_came_lately_would_still_be_inside(anna: Customer) -> None:
    did(anna, "visit", hours=5)
    run = tried([LETTER, SECOND], VISIT)
    assert (run.states, run.steps[1].came) == ({"live": 1}, 0)
    assert tried([LETTER], VISIT, delay_minutes=60 * 6).steps[0].came == 0


def test_of_two_occasions_within_the_pause_one_brings_her_in(anna: Customer) -> None:
    for days in (20, 12, 2):
        did(anna, "visit", days=days)
    did(anna, "visit", days=40)
    assert tried([LETTER], VISIT, repeat_days=9).entered == 2
    assert tried([LETTER], VISIT).entered == 3


def test_pauses_conditions_splits_and_control_groups() -> None:
    people = [make_reader() for _ in range(30)]
    for each in people:
        did(each, "visit", days=9)
    did(people[0], "service", days=7)
    flow = [
        {"key": "pause", "do": "wait", "hours": 24 * 3},
        {"key": "came", "do": "if", "did": ["serviced"], "otherwise": "halves"},
        {"key": "out", "do": "end"},
        {"key": "halves", "do": "split", "parts": [{"percent": 50, "to": "first"}, {"percent": 50, "to": "second"}]},
        {"key": "first", "do": "end"},
        {"key": "second", "do": "end"},
    ]
    run = tried(flow, VISIT, control_percent=50)
    live = 30 - run.states["control"]
    assert 5 <= run.states["control"] <= 25
    pause, came, _out, halves, first, second = run.steps
    assert pause.verdicts["waited"] == came.came == live
    assert came.verdicts["yes"] in (0, 1)  # she may be in the control group
    assert halves.came == first.came + second.came == came.verdicts["no"]
    assert run.states["finished"] == live


def test_a_season_calendar_makes_the_waits_of_those_who_come_in_it_longer(anna: Customer) -> None:
    did(anna, "visit", days=10)
    flow = [{"key": "rest", "do": "wait", "hours": 168}, LETTER]
    assert tried(flow, VISIT).steps[1].came == 1
    season = Season.objects.create(percents=[200] * 12)
    assert (tried(flow, VISIT).states, tried(flow, VISIT).steps[1].came) == ({"live": 1}, 0)
    season.percents = [50] * 12
    season.save()
    assert tried(flow, VISIT).states == {"finished": 1}


def test_a_circle_with_a_wait_ends_at_today(anna: Customer) -> None:
    did(anna, "visit", days=10.5)
    flow = [{"key": "day", "do": "wait", "hours": 24}, {"key": "again", "do": "go", "to": "day"}]
    run = tried(flow, VISIT)
    assert (run.steps[0].came, run.states) == (11, {"live": 1})


def test_nothing_is_kept_and_it_may_be_tried_again(anna: Customer) -> None:
    did(anna, "visit", days=3)
    version = make_scenario([LETTER], VISIT)
    tables = connection.introspection.table_names()
    assert over_the_last_month(version).steps == over_the_last_month(version).steps
    assert (Enrolment.objects.count(), Message.objects.count()) == (0, 0)
    assert connection.introspection.table_names() == tables


def test_its_part_of_the_page(client: Client, anna: Customer) -> None:
    did(anna, "visit", days=10)
    make_scenario([LETTER, SECOND], VISIT)
    address = reverse("admin:campaigns_scenario_dry_run", args=[Scenario.objects.get().pk])
    client.force_login(make_staff("campaigns.view_scenario"))
    assert client.get(address).status_code == 403
    client.force_login(make_staff("campaigns.view_scenario", "campaigns.change_scenario"))
    page = client.get(address).content.decode()
    assert "Вошли бы" in page
    assert "без реакции: 1" in page
    Scenario.objects.get().versions.update(flow=[])
    assert "добавьте первый" in client.get(address).content.decode()


@pytest.fixture
def anna() -> Customer:
    return make_reader()
