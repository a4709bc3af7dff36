"""Fault plan, row 23: two schedulers and four workers, and many campaigns that are due in the same second."""

import time

import pytest

from campaigns.models import CampaignEvent, Run
from tests.faults import soak
from tests.faults.ward import Ward

pytestmark = [pytest.mark.crash, pytest.mark.soak, pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

CAMPAIGNS, PEOPLE = 20, 15


@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_two_schedulers_and_four_workers_start_each_campaign_once(ward: Ward, turn: int) -> None:
    begun = time.monotonic()
    ward.redis()
    ward.peer()
    campaigns = [ward.campaign(PEOPLE) for _ in range(CAMPAIGNS)]
    for _ in range(4):
        ward.keep_worker()
    for _ in range(2):
        ward.keep_scheduler()
    ends = time.monotonic() + 600
    while Run.objects.filter(finished_at__isnull=False).count() < CAMPAIGNS and time.monotonic() < ends:
        ward.tend()
        time.sleep(0.1)
    letters = ward.taken()
    starts = CampaignEvent.objects.filter(verb="start").count()
    doubles = len(letters) - len({letter["key"] for letter in letters})
    soak.tell("23", begun, campaigns=CAMPAIGNS, starts=starts, letters=len(letters), double=doubles)
    assert (Run.objects.count(), starts) == (CAMPAIGNS, CAMPAIGNS)
    assert {run.campaign_id for run in Run.objects.all()} == {campaign.pk for campaign in campaigns}
    assert (len(letters), doubles) == (CAMPAIGNS * PEOPLE, 0)
