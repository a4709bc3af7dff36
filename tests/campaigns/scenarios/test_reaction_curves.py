"""How soon people react, channel by channel, and the wait that is advised of it."""

from datetime import timedelta
from itertools import count
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, ReactionCurve, Touch
from campaigns.scenarios import reaction_curves
from campaigns.scenarios.reaction_curves import HOURS
from tests.campaigns.builders import make_campaign
from tests.campaigns.scenarios.builders import LETTER, make_scenario
from tests.segments.builders import make_customer, make_staff

pytestmark = pytest.mark.django_db
_ids = count(10**6)


@pytest.fixture
def campaign() -> Campaign:
    return make_campaign()


def touched(campaign: Campaign, channel: str, *hours: float, ago: float = 40, by: str = "clicked_at") -> None:
    """Messages of so many days ago, each with a reaction after so many hours."""
    sent, customer = timezone.now() - timedelta(days=ago), make_customer()
    Touch.objects.bulk_create(
        Touch(message_id=next(_ids), customer=customer, campaign=campaign, channel=channel, sent_at=sent,
              **{by: sent + timedelta(hours=each)})
        for each in hours
    )  # fmt: skip


def curve_of(channel: str) -> Any:
    with mock.patch.object(reaction_curves, "ENOUGH", 1):
        return reaction_curves.every()[channel]


def test_nine_of_ten_say_how_long_to_wait(campaign: Campaign) -> None:
    touched(campaign, "sms", *[0.5] * 6, 2.5, 20, 40, 700)
    touched(campaign, "email", 100, by="replied_at")
    touched(campaign, "email", 1, by="opened_at")
    touched(campaign, "email", 1000)  # too late
    touched(campaign, "email", 1, ago=300)  # too long ago
    assert reaction_curves.count() == {"reactions": 11}
    sms = curve_of("sms")
    assert (sms.people, sms.advised) == (10, 48)
    assert dict(zip(HOURS, sms.shares, strict=True)) | {
        1: 0.6,
        3: 0.7,
        12: 0.7,
        24: 0.8,
        48: 0.9,
        504: 0.9,
        720: 1,
    } == dict(zip(HOURS, sms.shares, strict=True))
    assert (curve_of("email").people, curve_of("email").advised) == (1, 120)


def test_it_is_counted_anew_and_few_say_nothing(campaign: Campaign) -> None:
    touched(campaign, "sms", *[1.5] * 99)
    for _night in range(2):
        reaction_curves.count()
    assert ReactionCurve.objects.get().people == 99
    assert reaction_curves.every() == {}
    touched(campaign, "sms", 1.5)
    reaction_curves.count()
    assert reaction_curves.every()["sms"].advised == 2


def test_the_editor_advises_beside_the_wait(client: Client) -> None:
    version = make_scenario([LETTER], {"occasion": "did", "did": "visited"})
    address = reverse("admin:campaigns_scenario_change", args=[version.scenario_id])
    client.force_login(make_staff("campaigns.view_scenario", "campaigns.change_scenario"))
    assert "Как скоро люди реагируют" not in client.get(address).content.decode()
    touched(version.steps.get().campaign, "email", *[10] * 150)
    reaction_curves.count()
    page = client.get(address).content.decode()
    assert "девять из десяти реагирующих успевают за 12 часов (реакций: 150)" in page
    assert "Как скоро люди реагируют" in page
