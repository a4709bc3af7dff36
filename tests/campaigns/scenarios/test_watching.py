"""The wrong-name guard over the messages of a scenario, on their way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import running
from campaigns.models import Campaign, Enrolment, Message, Run, ScenarioVersion
from campaigns.scenarios import watching
from segments.models import Customer
from tests.campaigns.builders import make_reader
from tests.campaigns.scenarios.builders import LETTER, hours_later, lead, working
from tests.segments.builders import make_city, make_interaction, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]

NAMES = ("Анна", "Мария", "Олег", "Иван", "Ольга", "Пётр", "Вера", "Егор", "Нина", "Борис", "Клара", "Ирина")


@pytest.fixture
def version() -> ScenarioVersion:
    """The base knows everybody by names of her own."""
    for number in range(110):
        make_reader(first_name=NAMES[number % len(NAMES)])
    return working([LETTER], {"occasion": "did", "did": "visited"})


def come(people: int, name: str = "") -> list[Customer]:
    """To the showroom, an hour ago."""
    found = [make_reader(first_name=name or NAMES[number % len(NAMES)]) for number in range(people)]
    for each in found:
        make_interaction(each, "visit", happened_at=timezone.now() - timedelta(hours=1))
    return found


def step() -> Campaign:
    return Campaign.objects.get(kind="trigger")


def test_one_name_for_many_pauses_the_step_and_nobody_gets_it(version: ScenarioVersion) -> None:
    come(30, "Юлия")
    lead()
    assert step().state == "paused"
    assert not Message.objects.exists()
    assert not Run.objects.exists()
    assert Enrolment.objects.filter(state="live", node=0, since=None).count() == 30
    assert "Юлия" in version.scenario.events.filter(verb="refused").get().note
    hours_later(1)
    assert version.scenario.events.filter(verb="refused").count() == 1


def test_whoever_resumes_the_step_says_that_the_names_are_right(version: ScenarioVersion) -> None:
    come(30, "Юлия")
    lead()
    running.resume(step(), make_staff())
    hours_later(1)
    assert step().state == "running"
    assert Message.objects.filter(left_out="").count() == 30
    come(20, "Агния")
    hours_later(1)
    assert step().state == "paused"


def test_a_few_a_minute_are_seen_together(version: ScenarioVersion) -> None:
    for _minute in range(4):
        come(10, "Юлия")
        lead()
    assert step().state == "paused"
    assert Message.objects.count() in (10, 20)


def test_names_as_the_base_has_them_go(version: ScenarioVersion) -> None:
    come(40)
    lead()
    assert step().state == "running"
    assert Message.objects.count() == 40


def test_the_base_is_not_asked_about_what_is_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """All who come may live in one city: that is no mistake, and the base is half a million people."""
    city = make_city()
    letter = {"content": {"subject": '{{ имя|"Друзья" }}, {{ город|"ждём" }}'}}
    working([LETTER], {"occasion": "did", "did": "visited"}, texts={"letter": letter})
    monkeypatch.setattr("campaigns.guard.reading.base_people", lambda slot, _texts: pytest.fail(slot.name))
    Customer.objects.filter(pk__in=[each.pk for each in come(30)]).update(city=city)
    lead()
    assert Message.objects.count() == 30


def test_a_step_that_was_stopped_meanwhile_is_left_so(version: ScenarioVersion) -> None:
    campaign = step()
    running.stop(campaign, make_staff())
    watching.stop(campaign, version.scenario_id, watching.Doubted([]))
    assert step().state == "stopped"
