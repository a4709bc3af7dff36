"""Steps of scenarios stand on no list of campaigns: their scenario asks for approval, works and is read as a whole."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign
from campaigns.scenarios import drafting, states
from tests.segments.builders import make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]


def test_the_list_the_calendar_and_the_start_page_tell_of_the_scenario_only(client: Client) -> None:
    version = drafting.begin(make_staff(username="scenarist"), recipe="birthday")
    step = Campaign.objects.order_by("pk")[0].name
    client.force_login(make_staff(username="boss", is_superuser=True))
    pages = {
        name: reverse(f"admin:{name}") for name in ("campaigns_campaign_changelist", "campaigns_calendar", "index")
    }
    states.submit(version, version.scenario.author)
    for name, address in pages.items():
        assert step not in client.get(address).content.decode(), name
    started = client.get(pages["index"]).content.decode()
    assert reverse("admin:campaigns_scenario_change", args=[version.scenario_id]) in started
    states.approve(version, make_staff("campaigns.approve_campaign", username="approver"))
    for name, address in pages.items():
        assert step not in client.get(address).content.decode(), name
