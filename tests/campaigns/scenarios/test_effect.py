"""What a scenario added, against its control group."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Enrolment, ScenarioVersion
from campaigns.proportions import newcombe
from campaigns.scenarios import effect
from segments.models import Customer
from tests.campaigns.scenarios.builders import LETTER, make_scenario
from tests.segments.builders import make_customer, make_interaction, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> ScenarioVersion:
    return make_scenario([LETTER], {"occasion": "did", "did": "visited"}, goal=["serviced"])


def entered(version: ScenarioVersion, people: int, state: str = "live", *, days: int = 50) -> list[Customer]:
    customers = [make_customer() for _ in range(people)]
    since = timezone.now() - timedelta(days=days)
    Enrolment.objects.bulk_create(
        Enrolment(scenario=version.scenario, version=version, customer=each, occasion=f"{days}", happened_at=since,
                  entered_at=since, state=state)
        for each in customers
    )  # fmt: skip
    return customers


def did(customers: list[Customer], kind: str, *, days: int) -> None:
    for each in customers:
        make_interaction(each, kind, happened_at=timezone.now() - timedelta(days=days))


def test_everybody_drawn_counts_once_and_only_what_came_after(version: ScenarioVersion) -> None:
    people, alone = [*entered(version, 4), *entered(version, 2, "goal")], entered(version, 4, "control")
    did(people[:3], "sale", days=10)
    did(people[:1], "sale", days=9)  # a second one
    did(people[3:], "sale", days=60)  # before her occasion
    did(alone[:1], "sale", days=20)
    did(alone, "service", days=30)
    entered(version, 3, "live", days=200)
    found = effect.of(version)
    lines = {str(line.label): line for line in found.lines}
    assert (found.people, found.control) == (9, 4)
    bought, serviced = lines["покупка автомобиля"], lines["заезд на сервис"]
    assert (bought.share, bought.control, bought.added) == (3 / 9, 1 / 4, 1)
    assert bought.between == newcombe(3, 9, 1, 4)
    assert (serviced.share, serviced.control) == (0, 1)
    assert (bought.verdict, serviced.verdict) == ("unclear", "worse")
    assert found.is_early


def test_what_comes_too_late_is_not_of_the_scenario(version: ScenarioVersion) -> None:
    (late,), _alone = entered(version, 1, days=200), entered(version, 1, "control", days=200)
    did([late], "sale", days=100)
    assert [line.share for line in effect.of(version).lines] == [0, 0, 0]
    did([late], "sale", days=120)
    assert max(line.share for line in effect.of(version).lines) == 1


def test_who_was_merged_counts_as_whom_she_is_now(version: ScenarioVersion) -> None:
    (old,), _alone, now = entered(version, 1), entered(version, 1, "control"), make_customer()
    Customer.objects.filter(pk=old.pk).update(merged_into=now)
    did([now], "sale", days=10)
    assert max(line.share for line in effect.of(version).lines) == 1


def test_its_part_of_the_page(client: Client, version: ScenarioVersion) -> None:
    client.force_login(make_staff("campaigns.view_scenario"))
    address = reverse("admin:campaigns_scenario_effect", args=[version.scenario_id])
    assert "Сравнивать пока некого" in client.get(address).content.decode()
    did(entered(version, 120), "sale", days=10)
    entered(version, 120, "control")
    page = client.get(address).content.decode()
    assert "добавляет" in page
    assert "120 чел." in page
    assert "+100,00" in page
