"""The pages of scenarios: a manager copies one, edits its steps, another person approves it, and the way of a person is read."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Enrolment, Scenario
from campaigns.scenarios import states
from channels.models import Account
from tests.campaigns.builders import make_content, make_reader
from tests.campaigns.scenarios.builders import lead
from tests.segments.builders import make_interaction, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
MANAGER = ("campaigns.view_scenario", "campaigns.add_scenario", "campaigns.change_scenario", "campaigns.run_campaign")


def address(page: str, *args: object) -> str:
    return reverse(f"admin:campaigns_scenario_{page}", args=args)


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_staff(*MANAGER, "segments.view_customer", username="manager"))
    return client


@pytest.fixture
def approver() -> Client:
    client = Client()
    client.force_login(make_staff("campaigns.view_scenario", "campaigns.approve_campaign", username="approver"))
    return client


def begun(manager: Client, recipe: str) -> Scenario:
    manager.post(address("add"), {"recipe": recipe})
    return Scenario.objects.get()


def posted(scenario: Scenario, **changes: object) -> dict[str, object]:
    """What the editor posts when nothing was changed but `changes`."""
    version = scenario.versions.first()
    form: dict[str, object] = {
        "name": scenario.name, "occasion": "did", "did": "visited", "goal": ["bought"], "delay_hours": 0, "valid_days": 3,
        "repeat_days": 30, "control_percent": 0,
    }  # fmt: skip
    for place, node in enumerate(version.flow):
        form |= {
            f"n{place}-key": node["key"],
            f"n{place}-react": ["clicked"],
            f"n{place}-hours": 3,
            f"n{place}-unit": "days",
        }
    return form | changes


def test_the_library_is_one_click_away_from_a_draft_with_texts(manager: Client) -> None:
    assert "Ушёл без покупки" in manager.get(address("add")).content.decode()
    scenario = begun(manager, "birthday")
    page = manager.get(address("change", scenario.pk)).content.decode()
    assert "Отправить на согласование" in page
    assert "с днём рождения" in page
    assert Campaign.objects.filter(kind="trigger", state="draft").count() == 2


def test_steps_are_added_moved_and_removed_and_what_is_wrong_is_named(manager: Client) -> None:
    scenario = begun(manager, "")
    edit = address("edit", scenario.pk)
    account = Account.objects.get(channel="email")
    manager.post(edit, posted(scenario, act=f"add:send:{account.pk}"))
    manager.post(edit, posted(scenario, act="add:wait"))
    manager.post(edit, posted(scenario, act="up:1"))
    version = scenario.versions.get()
    assert [node["do"] for node in version.flow] == ["wait", "send"]
    assert version.entry == {"occasion": "did", "did": "visited", "lines": []}
    page = manager.get(address("change", scenario.pk)).content.decode()
    assert "Шаг 2: Текста ещё нет" in page or "ещё нет текста" in page
    manager.post(edit, posted(scenario, act="drop:1"))
    assert [node["do"] for node in scenario.versions.get().flow] == ["wait"]
    assert not Campaign.objects.exists()
    assert "никому не пишет" in manager.get(address("change", scenario.pk)).content.decode()


def test_another_person_approves_what_she_has_read_and_the_way_is_told(manager: Client, approver: Client) -> None:
    scenario = begun(manager, "")
    account = Account.objects.get(channel="email")
    manager.post(address("edit", scenario.pk), posted(scenario, act=f"add:send:{account.pk}"))
    campaign = Campaign.objects.get()
    make_content(campaign)
    manager.post(address("edit", scenario.pk), posted(scenario))
    manager.post(address("verb", scenario.pk, "submit"))
    seen = states.fingerprint(scenario.versions.get())
    assert manager.post(address("verb", scenario.pk, "approve"), {"seen": seen}).status_code == 403
    page = approver.get(address("change", scenario.pk)).content.decode()
    assert seen in page
    approver.post(address("verb", scenario.pk, "approve"), {"seen": seen})
    assert Scenario.objects.get().state == "active"
    anna = make_reader(last_name="Путешественникова")
    make_interaction(anna, "visit", happened_at=timezone.now() - timezone.timedelta(minutes=5))
    lead()
    assert Enrolment.objects.get().customer_id == anna.pk
    way = manager.get(address("person", scenario.pk), {"q": "Путешественникова"}).content.decode()
    assert "сообщение поставлено" in way
    manager.post(address("verb", scenario.pk, "pause"))
    assert Scenario.objects.get().state == "paused"
    assert Campaign.objects.get().state == "paused"


def test_a_step_is_not_decided_about_alone(manager: Client) -> None:
    begun(manager, "birthday")
    campaign = Campaign.objects.first()
    boss = make_staff(username="boss", is_superuser=True)
    client = Client()
    client.force_login(boss)
    client.post(reverse("admin:campaigns_campaign_verb", args=[campaign.pk, "submit"]))
    campaign.refresh_from_db()
    assert campaign.state == "draft"
    page = client.get(reverse("admin:campaigns_campaign_change", args=[campaign.pk])).content.decode()
    assert "этого шага сценария" in page
    assert "segments_in" not in page
