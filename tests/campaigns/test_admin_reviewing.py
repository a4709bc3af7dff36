"""The review of a large audience is shown before that is counted."""

from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import approval, planning
from campaigns.admin import reviewing
from campaigns.models import Campaign
from tests.campaigns.builders import make_campaign, make_segment_with
from tests.segments.builders import make_staff

pytestmark = pytest.mark.django_db

RIGHTS = ("campaigns.view_campaign", "campaigns.change_campaign", "campaigns.approve_campaign")
WATERFALL, SUBMIT, APPROVE = "Кто получит сообщение", "/do/submit/", 'data-dialog="ask-approve"'


@pytest.fixture
def campaign() -> Campaign:
    return make_campaign(make_segment_with(3))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewing, "AT_ONCE", 2)


def read(client: Client, name: str, campaign: Campaign) -> str:
    client.force_login(make_staff(*RIGHTS))
    answer = client.get(reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def disabled(page: str, button: str) -> bool:
    """Whether the button behind this mark cannot be pressed."""
    return "disabled" in page[page.index(button) :].partition("</button>")[0]


def test_a_small_audience_is_counted_at_once(client: Client, campaign: Campaign) -> None:
    page = read(client, "review", campaign)
    assert WATERFALL in page
    assert "/counted/" not in page
    assert not disabled(page, SUBMIT)


@pytest.mark.usefixtures("large")
def test_a_large_one_is_counted_after_the_page_is_shown(client: Client, campaign: Campaign) -> None:
    with mock.patch.object(planning, "forecast", side_effect=AssertionError("counted")):
        page = read(client, "review", campaign)
    assert reverse("admin:campaigns_campaign_counted", args=[campaign.pk]) in page
    assert WATERFALL not in page
    assert disabled(page, SUBMIT)
    part = read(client, "counted", campaign)
    assert WATERFALL in part
    assert 'hx-swap-oob="true"' in part
    assert not disabled(part, SUBMIT)
    assert "<html" not in part


@pytest.mark.usefixtures("large")
def test_nobody_approves_what_is_not_counted_yet(client: Client, campaign: Campaign) -> None:
    approval.submit(campaign, campaign.author)
    assert disabled(read(client, "review", campaign), APPROVE)
    assert not disabled(read(client, "counted", campaign), APPROVE)


@pytest.mark.usefixtures("large")
def test_a_segment_that_was_never_counted_may_be_large(campaign: Campaign) -> None:
    campaign.segments_in.update(size=None)
    assert not reviewing.is_counted_at_once(campaign)
    campaign.segments_in.update(size=2)
    assert reviewing.is_counted_at_once(campaign)
