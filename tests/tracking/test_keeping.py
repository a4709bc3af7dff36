"""Pages read kept figures of large campaigns, and only of those; a job counts them anew when it is time."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Run
from tests.campaigns.builders import make_reader
from tests.segments.builders import make_interaction, make_staff
from tests.tracking.builders import make_message, make_run
from tracking import jobs, keeping
from tracking.models import CampaignSummary, Cost
from tracking.reports import summaries

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """A campaign of two, which is many here."""
    monkeypatch.setattr(keeping, "LARGE", 2)
    run = make_run(days_ago=5)
    Run.objects.filter(pk=run.pk).update(audience=2, finished_at=run.started_at + HOUR)
    buyer = make_message(run, make_reader()).customer
    make_message(run, make_reader(), left_out="control")
    make_interaction(buyer, "sale", amount="1000000.00", margin="50000.50")
    return run.campaign


def deals(campaign: Campaign) -> int:
    return keeping.kept([campaign.pk])[campaign.pk].responses.written.deals


def test_what_is_kept_is_what_was_counted(large: Campaign) -> None:
    counted = keeping.count([large.pk])[large.pk]
    read = keeping.kept([large.pk])[large.pk]
    assert read == counted
    assert (read.responses.written.revenue, read.responses.control.size) == (Decimal(1000000), 1)
    assert read.counted_at is not None


def test_a_large_campaign_is_counted_once_and_then_read(large: Campaign, django_assert_num_queries: Any) -> None:
    assert deals(large) == 1
    make_interaction(make_message(Run.objects.get(), make_reader()).customer, "sale", amount="5.00")
    with django_assert_num_queries(3):
        assert deals(large) == 1
    assert jobs.count_large_campaigns() == {"campaigns": 0}
    CampaignSummary.objects.update(counted_at=timezone.now() - 4 * HOUR)
    assert jobs.count_large_campaigns() == {"campaigns": 1}
    assert deals(large) == 2


def test_a_cost_that_is_written_down_counts_at_once(large: Campaign) -> None:
    before = keeping.count([large.pk])[large.pk].cost
    Cost.objects.create(
        campaign=large, kind="production", amount=Decimal(700), month=timezone.localdate().replace(day=1)
    )
    assert keeping.kept([large.pk])[large.pk].cost == before + 700


def test_a_small_one_is_as_it_is_now(large: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping.count([large.pk])
    monkeypatch.setattr(keeping, "LARGE", 3)
    make_interaction(make_message(Run.objects.get(), make_reader()).customer, "sale", amount="5.00")
    assert deals(large) == 2
    assert keeping.kept([large.pk])[large.pk] == summaries([large.pk])[large.pk]
    assert keeping.due() == []


@pytest.mark.parametrize(
    ("begun", "finished", "counted", "is_due"),
    [
        (dt.timedelta(days=1), True, dt.timedelta(minutes=4), False),
        (dt.timedelta(days=1), True, dt.timedelta(minutes=6), True),
        (dt.timedelta(days=50), True, 2 * HOUR, False),
        (dt.timedelta(days=50), True, 4 * HOUR, True),
        (dt.timedelta(days=50), False, dt.timedelta(minutes=6), True),
        (dt.timedelta(days=101), True, dt.timedelta(days=6), False),
        (dt.timedelta(days=101), True, dt.timedelta(days=8), True),
    ],
)
def test_the_younger_the_oftener(
    large: Campaign, begun: dt.timedelta, finished: bool, counted: dt.timedelta, is_due: bool
) -> None:
    now = timezone.now()
    keeping.count([large.pk])
    Run.objects.update(started_at=now - begun, finished_at=now if finished else None)
    CampaignSummary.objects.update(counted_at=now - counted)
    assert bool(keeping.due(now)) == is_due


def test_pages_say_of_when_the_figures_are(large: Campaign) -> None:
    client = Client()
    client.force_login(make_staff("campaigns.view_campaign"))
    keeping.count([large.pk])
    moment = timezone.now() - 2 * HOUR
    CampaignSummary.objects.update(counted_at=moment)
    page = client.get(reverse("admin:tracking_campaignresult_changelist")).content.decode()
    assert "20 000 человек" in page.replace("\xa0", " ")
    page = client.get(reverse("admin:campaigns_campaign_panels", args=[large.pk])).content.decode()
    assert f"Посчитано {timezone.localtime(moment):%d.%m %H:%M}" in page
