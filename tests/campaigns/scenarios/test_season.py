"""The season calendar: how long waits are by brand, line and month, and that the replay says so."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from campaigns.models import DeliveryState, EnrolmentMove, Message, Scenario, ScenarioVersion, Season
from campaigns.scenarios import flow, reading, season
from segments.models import Customer
from tests.campaigns.builders import make_account, make_reader
from tests.campaigns.scenarios.builders import LETTER, SECOND, hours_later, lead, make_scenario, way_of, working
from tests.segments.builders import make_brand, make_interaction, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]

VISIT = {"occasion": "did", "did": "visited"}
PAUSE = {"key": "rest", "do": "wait", "hours": 168}
MAY = ("campaigns.view_season", "campaigns.add_season", "campaigns.change_season")


def all_year(percent: int, **of: Any) -> Season:
    return Season.objects.create(percents=[percent] * 12, **of)


def waits(version: ScenarioVersion, place: int = 0) -> season.Waits:
    return season.of_node(version, flow.read(version.flow)[place])


def visited() -> Customer:
    anna = make_reader()
    make_interaction(anna, "visit")
    return anna


def test_a_wait_stays_within_an_hour_and_a_year_and_whole_days_stay_whole() -> None:
    wanted = {
        (168, 70): 120, (168, 100): 168, (168, 200): 336, (24, 50): 12, (24, 400): 96, (1, 25): 1, (2, 25): 1,
        (48, 70): 34, (8760, 110): 8760, (8000, 150): 8760, (17520, 150): 17520, (17520, 50): 8760, (5, 150): 8,
    }  # fmt: skip
    assert {asked: season.stretched(*asked) for asked in wanted} == wanted


def test_the_most_particular_calendar_wins_month_by_month() -> None:
    brand, other, third = make_brand("Mitsubishi"), make_brand("Kia"), make_brand("Lada")
    rows = [
        {}, {"line": "used"}, {"brand": brand}, {"brand": brand, "line": "used"}, {"brand": other, "line": "used"},
        {"brand": third},
    ]  # fmt: skip
    for number, of in enumerate(rows):
        Season.objects.create(percents=[30 + number, *[None] * 11], **of)
    Season.objects.filter(brand=None, line="").update(percents=[30, 40, *[None] * 10])
    version = make_scenario([PAUSE], VISIT)
    wanted = {
        (None, ""): 30,
        (None, "used"): 31,
        (brand, ""): 32,
        (brand, "used"): 33,
        (brand, "new"): 32,
        (None, "new"): 30,
        (third, "used"): 35,
    }
    for (of, line), percent in wanted.items():
        version.scenario.brand, version.scenario.line = of, line
        found = season.in_force(version.scenario)
        assert [season.percent_of(each, month) for month, each in enumerate(found)] == [percent, 40, *[100] * 10]


def test_the_month_is_that_in_which_the_wait_begins_by_the_holdings_clock() -> None:
    Season.objects.create(percents=[None, None, 200, *[None] * 9])
    version = make_scenario([PAUSE], VISIT)
    eve, moment = datetime(2026, 2, 28, 20, 59, tzinfo=UTC), datetime(2026, 2, 28, 21, 0, tzinfo=UTC)  # Moscow: 1 March
    assert [waits(version).begun(each) for each in (eve, moment)] == [168, 336]
    with connection.cursor() as cursor:
        for each, days in ((eve, 7), (moment, 14)):
            asked = waits(version).parameters | {"at": each}
            cursor.execute(
                f"SELECT {season.lasts('%(at)s::timestamptz')}, {season.why('%(at)s::timestamptz')} IS NULL", asked
            )
            lasts, is_usual = cursor.fetchone()
            assert (lasts.days, is_usual) == (days, days == 7)


def test_a_letters_wait_and_a_pause_are_shorter_and_the_replay_says_why() -> None:
    version = working([LETTER, PAUSE, SECOND], VISIT)
    Scenario.objects.update(brand=make_brand("Mitsubishi"), line="new")
    all_year(50, brand=Scenario.objects.get().brand, line="new")
    anna = visited()
    lead()
    lead()
    hours_later(35)
    assert way_of(anna) == ["0 sent"]
    hours_later(1)
    assert way_of(anna) == ["0 sent", "0 silent"]
    hours_later(95)
    assert way_of(anna) == ["0 sent", "0 silent"]
    hours_later(1)
    assert way_of(anna) == ["0 sent", "0 silent", "1 waited", "2 sent"]
    assert [bool(told) for told in EnrolmentMove.objects.order_by("pk").values_list("told", flat=True)] == [
        False, True, True, False,
    ]  # fmt: skip
    with translation.override("en"):
        (way,) = reading.ways_of(anna, version.scenario)
    (sentence,) = way.turns[2].why
    assert sentence.startswith("waited 4 days, the step says 7 days. Season: Mitsubishi, new cars,")
    assert sentence.endswith("×0.5")


def test_whoever_reacts_is_told_nothing_of_a_season() -> None:
    working([LETTER, SECOND], VISIT)
    all_year(200)
    anna = visited()
    lead()
    hours_later(100)
    assert way_of(anna) == ["0 sent"], "twice as long"
    message, now = Message.objects.get(), timezone.now()
    DeliveryState.objects.create(message_id=message.pk, run_id=message.run_id, clicked_at=now, changed_at=now)
    lead()
    assert way_of(anna) == ["0 sent", "0 reacted"]
    assert not EnrolmentMove.objects.exclude(told=None).exists()


def test_a_pause_is_not_broken_off_by_what_is_reported_of_the_message_before_it() -> None:
    working([LETTER | {"reacted": "rest"}, PAUSE, SECOND], VISIT)
    anna = visited()
    lead()
    message, now = Message.objects.get(), timezone.now()
    DeliveryState.objects.create(message_id=message.pk, run_id=message.run_id, clicked_at=now, changed_at=now)
    lead()
    lead()
    assert way_of(anna) == ["0 sent", "0 reacted"]
    hours_later(167)
    assert way_of(anna) == ["0 sent", "0 reacted"]
    hours_later(1)
    assert way_of(anna)[2:] == ["1 waited", "2 sent"]


def test_inside_a_messengers_day_nothing_is_stretched() -> None:
    all_year(200)
    chat = {"key": "chat", "do": "send", "react": ["replied"], "wait_hours": 24}
    talk = {"account": make_account(channel="max", provider="max_bot", mode="journal"), "channel": "max"}
    nodes = [chat, PAUSE | {"hours": 20}, PAUSE | {"key": "long"}, SECOND, PAUSE | {"key": "short", "hours": 20}]
    version = make_scenario(nodes, VISIT, texts={"chat": talk})
    assert [waits(version, place).hours[0] for place in range(5)] == [24, 20, 336, 48, 40]


def test_a_calendar_is_made_by_months_and_shows_what_a_week_becomes(client: Client) -> None:
    client.force_login(make_staff(*MAY, username="manager"))
    all_year(200)
    brand, add = make_brand("Mitsubishi"), reverse("admin:campaigns_season_add")
    form = {"brand": brand.pk, "line": "new", "percent_3": 70}
    for wrong in ({"percent_3": ""}, {"percent_3": 24}, {"percent_3": 401}):
        assert client.post(add, form | wrong).status_code == 200
    assert client.post(add, form | {"brand": "", "line": ""}).status_code == 200, "there is one of all already"
    assert client.post(add, form | {"_continue": "1"}).status_code == 302
    made = Season.objects.get(brand=brand)
    assert made.percents == [None, None, 70, *[None] * 9]
    page = client.get(reverse("admin:campaigns_season_change", args=[made.pk])).content.decode()
    assert "5 дней" in page
    assert "14 дней" in page
    listed = client.get(reverse("admin:campaigns_season_changelist")).content.decode()
    assert "70 %" in listed
    assert "200 %" in listed
