"""The sweep: a campaign that was stopped before any launch holds no number."""

from django.test import TestCase

from campaigns.models import Campaign
from tests.campaigns.builders import make_campaign
from tests.tracking.builders import make_lease, make_number, make_run
from tracking.jobs import sweep
from tracking.models import NumberLease


class Sweeping(TestCase):
    def test_numbers_of_campaigns_that_never_began_are_free_again(self) -> None:
        never, launched, draft = make_campaign(), make_run().campaign, make_campaign()
        for campaign in (never, launched, draft):
            make_lease(make_number(), campaign)
        Campaign.objects.filter(pk__in=[never.pk, launched.pk]).update(state=Campaign.State.STOPPED)
        self.assertEqual(sweep()["leases_released"], 1)
        self.assertEqual(set(NumberLease.objects.values_list("campaign", flat=True)), {launched.pk, draft.pk})
        self.assertEqual(set(sweep().values()), {0})
