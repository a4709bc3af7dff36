"""The pages of scenarios: a manager copies one, edits its steps, another person approves it, and the way of a person is read."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Enrolment, Scenario
from campaigns.scenarios import flow, states, words
from channels.models import Account
from tests.campaigns.builders import make_content, make_reader
from tests.campaigns.scenarios.builders import lead
from tests.segments.builders import make_brand, make_interaction, make_staff

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
        "name": scenario.name, "occasion": "did", "did": "visited", "goal": ["bought"], "delay": 0, "delay_unit": 60, "valid_days": 3,
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


@pytest.mark.parametrize(
    ("typed", "entry"),
    [
        ({"occasion": "site_away", "site_away-days": "90"}, {"occasion": "site_away", "days": 90}),
        ({"occasion": "site_away", "site_away-days": "9999"}, {"occasion": "site_away", "days": 365}),
        ({"occasion": "site_away"}, {"occasion": "site_away", "days": 60}),
        ({"occasion": "subscribed", "agreed_to": ["max"]}, {"occasion": "subscribed", "channels": ["max"]}),
        ({"occasion": "launch"}, {"occasion": "launch"}),
    ],
)
def test_settings_of_occasions_are_kept_and_shown(
    manager: Client, typed: dict[str, Any], entry: dict[str, Any]
) -> None:
    scenario = begun(manager, "")
    manager.post(address("edit", scenario.pk), typed)
    assert scenario.versions.get().entry == entry
    page = manager.get(address("change", scenario.pk)).content.decode()
    assert f'name="site_away-days" value="{entry.get("days", 60)}"' in page


def test_saving_what_the_page_shows_changes_no_way(manager: Client) -> None:
    scenario = begun(manager, "birthday")
    before = flow.read(scenario.versions.get().flow)
    page = manager.get(address("change", scenario.pk)).context
    shown = {f"{node['name']}-reacted": node["reacted"] for node in page["nodes"]}
    manager.post(address("edit", scenario.pk), posted(scenario, **shown))
    assert [node.ways for node in flow.read(scenario.versions.get().flow)] == [node.ways for node in before]


@pytest.mark.parametrize(
    ("amount", "unit", "minutes", "words"),
    [(30, 1, 30, "через 30 минут"), (2, 60, 120, "через 2 часа"), (3, 1440, 4320, "через 3 дня"), (9999, 1440, 525_600, "365"),
     ("x", 60, 0, ""), (5, 7, 300, "5 часов")],
)  # fmt: skip
def test_the_delay_is_told_in_minutes_hours_or_days(
    manager: Client, amount: object, unit: int, minutes: int, words: str
) -> None:
    scenario = begun(manager, "birthday")
    manager.post(address("edit", scenario.pk), posted(scenario, delay=amount, delay_unit=unit))
    assert scenario.versions.get().delay_minutes == minutes
    page = manager.get(address("change", scenario.pk))
    assert words in page.content.decode()
    assert page.context["delay_amount"] * page.context["delay_unit"] == minutes


def test_bounds_are_kept_and_purpose_and_brand_reach_the_steps(manager: Client) -> None:
    scenario, kia = begun(manager, "birthday"), make_brand("Kia")
    told = posted(scenario, valid_days=0, repeat_days=10**6, control_percent=77, purpose="service", brand=kia.pk)
    manager.post(address("edit", scenario.pk), told)
    version = scenario.versions.get()
    assert (version.valid_days, version.repeat_days, version.control_percent) == (1, 3650, 50)
    assert set(Campaign.objects.values_list("purpose", "brand")) == {("service", kia.pk)}


def test_a_page_asks_as_many_questions_whatever_the_number_of_steps(manager: Client) -> None:
    counted = []
    for recipe in ("birthday", "crm-circle"):
        manager.post(address("add"), {"recipe": recipe})
        version = Scenario.objects.first().versions.get()
        with CaptureQueriesContext(connection) as asked:
            words.Told.of(version)
        counted.append(len(asked))
    assert counted == [3, 3]
    of_two = questions_of_list(manager)
    manager.post(address("add"), {"recipe": "win-back"})
    assert questions_of_list(manager) == of_two


def questions_of_list(manager: Client) -> int:
    with CaptureQueriesContext(connection) as asked:
        manager.get(address("changelist"))
    return sum("campaigns_scenario" in query["sql"] or "segments_" in query["sql"] for query in asked)
