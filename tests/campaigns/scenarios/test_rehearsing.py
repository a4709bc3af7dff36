"""The wrong-name guard before a version of a scenario is switched on."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import guard, jobs
from campaigns.models import Campaign, Inspection, Message, Run, ScenarioVersion
from campaigns.refusals import Refused
from campaigns.scenarios import rehearsing, states
from segments.facts import refresh_facts
from tests.campaigns.builders import LETTER as LETTER_BODY
from tests.campaigns.builders import make_reader
from tests.campaigns.scenarios.builders import LETTER, SECOND, make_scenario
from tests.campaigns.scenarios.test_watching import NAMES, come
from tests.segments.builders import make_city, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]

VISITED = {"occasion": "did", "did": "visited"}
NAMED = {"content": {"subject": '{{ имя|"Друзья" }}, ждём'}}


def people(number: int, name: str = "", **fields: object) -> None:
    for each in range(number):
        make_reader(first_name=name or NAMES[each % len(NAMES)], **fields)


def asked(flow: list, entry: dict = VISITED, **fields: object) -> ScenarioVersion:
    version = make_scenario(flow, entry, **fields)
    states.submit(version, version.scenario.author)
    return version


def approve(version: ScenarioVersion) -> None:
    states.approve(version, make_staff("campaigns.approve_campaign"))


def test_names_as_they_are_do_not_stop_it_and_nothing_is_planned() -> None:
    people(40)
    version = asked([LETTER], texts={"letter": NAMED})
    approve(version)
    version.refresh_from_db()
    assert version.state == "active"
    seen = Inspection.objects.get()
    assert (seen.people, seen.rendered, seen.findings) == (40, 40, [])
    assert not Message.objects.exists()
    assert not Run.objects.exists()


def test_one_name_for_many_stops_it_until_an_approver_says_that_it_is_right(client: Client) -> None:
    people(110)
    come(30, "Юлия")
    plain = {"content": {"subject": "Ждём", "body": LETTER_BODY.replace('{{ имя|"клиент" }}', "друзья")}}
    version = asked([LETTER | {"react": ["visited"]}, SECOND], texts={"second": NAMED, "letter": plain})
    with pytest.raises(Refused, match="Шаг 2: .*Юлия.* 30 "):
        approve(version)
    version.refresh_from_db()
    assert version.state == "in_review"
    step = Campaign.objects.get(scenario_step__key="second")
    last = guard.last_look(step)
    assert last is not None
    assert [one.value for one in guard.findings(last)] == ["Юлия"]
    client.force_login(make_staff("campaigns.view_scenario", username="reader"))
    page = client.get(reverse("admin:campaigns_scenario_change", args=[version.scenario_id])).content.decode()
    assert "Юлия" in page
    assert reverse("admin:campaigns_campaign_review", args=[step.pk]) in page
    guard.vouch(step, make_staff("campaigns.approve_campaign"), str(last.pk))
    approve(version)
    version.refresh_from_db()
    assert version.state == "active"


def test_a_placeholder_that_is_empty_for_somebody_is_never_right() -> None:
    people(3, "ООО")
    with pytest.raises(Refused, match="имя"):
        approve(asked([LETTER], texts={"letter": {"content": {"subject": "{{ имя }}, ждём"}}}))


def test_the_city_that_the_entry_asks_for_is_no_mistake() -> None:
    city, other = make_city(name="Казань"), make_city(name="Москва")
    people(30, city=city)
    people(60, city=other)
    refresh_facts()
    texts = {"letter": {"content": {"subject": '{{ город|"ждём" }}'}}}
    rule = {"format": 1, "rule": {"field": "city", "op": "any_of", "value": ["Казань"]}}
    version = asked([LETTER], {**VISITED, "rule": rule}, texts=texts)
    approve(version)
    assert Inspection.objects.get().people == 30


def test_the_sample_is_the_same_twice_and_has_somebody_of_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsing, "SAMPLE", 20)
    people(60)
    rare = make_reader(sex="f")
    version = make_scenario([LETTER], VISITED)
    drawn = rehearsing.sample(version)
    assert drawn == rehearsing.sample(version)
    assert rare.pk in drawn
    assert 20 <= len(drawn) <= 24


def test_a_step_that_waits_for_a_decision_is_looked_at_beforehand() -> None:
    people(110)
    come(25, "Юлия")
    asked([LETTER], texts={"letter": NAMED})
    told = jobs.inspect(Campaign.objects.get().pk)
    assert (told["people"], told["findings"]) == (25, 1)
    assert Inspection.objects.get().people == 25
