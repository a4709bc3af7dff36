"""What tests of audience exports share: people of an ad account, the fake of it in its own process, and a campaign."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.test import TestCase
from django.utils import timezone

from campaigns import permission, running
from campaigns.ad_audiences import settling
from campaigns.models import AdAudience, Campaign, Run
from campaigns.outbox import Counts, counts
from channels.audiences.hashing import Hashing
from channels.models import ListAccount
from channels.sealing import seal
from segments.models import ContactPoint, ExternalList, ListSync, Segment
from segments.outward import syncing
from tests.campaigns.builders import approve
from tests.channels.list_services import ServiceCase
from tests.segments.builders import make_consent, make_contact, make_customer, make_segment, make_staff

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}
_numbers = count(1)


def make_audience(segment: Segment, account: ListAccount, *, control_percent: int = 0, **fields: Any) -> Campaign:
    """A draft over this segment, for a month."""
    number = next(_numbers)
    author = fields.pop("author", None) or make_staff(username=f"marketer{number}")
    campaign = Campaign.objects.create(
        name=f"Реклама {number}", kind=Campaign.Kind.AUDIENCE, channel="ads", salt=f"ads{number}", author=author,
        control_percent=control_percent,
    )  # fmt: skip
    campaign.segments_in.add(segment)
    told = {"kind": "phone", "budget": 50_000, "ends_on": timezone.localdate() + timedelta(days=30)} | fields
    AdAudience.objects.create(campaign=campaign, account=account, **told)
    return campaign


class AdCase(ServiceCase, TestCase):
    """150 people with phones that may be told to ad accounts, a segment of them, and Yandex's account in its live mode."""

    service, folder = "yandex_audience", "yandex"
    people = 150

    @classmethod
    def setUpTestData(cls) -> None:
        cls.customers = [make_customer(f"Имя{number}") for number in range(cls.people)]
        cls.points = [make_contact(each, f"+7911{number:07}") for number, each in enumerate(cls.customers)]
        for point in cls.points:
            make_consent(point, channels=["ads"])
        cls.segment = make_segment(*cls.customers, rule=BUYERS, name="Покупатели")
        cls.account = ListAccount.objects.create(
            name="Яндекс", mode="live", provider=cls.service, secret=seal("good-token")
        )

    def setUp(self) -> None:
        super().setUp()
        permission.turn_on(None)
        self.account.options = {"url": self.url}
        self.account.save()

    def started(self, **fields: Any) -> Campaign:
        campaign = make_audience(self.segment, self.account, **fields)
        approve(campaign)
        running.start(campaign)
        return campaign

    def sync(self, campaign: Campaign) -> ListSync:
        """As the job does within a minute, and the sweep after it."""
        listed = AdAudience.objects.get(campaign=campaign).external_list
        ExternalList.objects.update(due_at=timezone.now())
        syncing.sync_due(listed.pk)
        self.sweep(campaign)
        return ListSync.objects.filter(external_list=listed).first()

    def sweep(self, campaign: Campaign) -> None:
        settling.settle()
        campaign.refresh_from_db()
        running.finish_if_drained(campaign)
        campaign.refresh_from_db()

    def end_period(self, campaign: Campaign) -> None:
        """As if its last day had been yesterday, and all of its exchanges before."""
        AdAudience.objects.filter(campaign=campaign).update(ends_on=timezone.localdate() - timedelta(days=1))
        ListSync.objects.update(started_at=timezone.now() - timedelta(days=2))

    def there(self, campaign: Campaign) -> set[str]:
        return self.rows(AdAudience.objects.get(campaign=campaign).external_list.audience)

    def identity(self, campaign: Campaign) -> Counts:
        """The counts of its run, of which the sum is the audience."""
        found = counts([Run.objects.get(campaign=campaign).pk])
        ends = ("accepted", "rejected", "unknown", "suppressed", "held_out", "cancelled", "pending")
        self.assertEqual(found["audience"], sum(found[name] for name in ends))
        return found


def hashes(points: list[ContactPoint]) -> set[str]:
    return {Hashing().of("phone", point.value) for point in points}


def withdraw(point: ContactPoint) -> None:
    make_consent(point, channels=["ads"], given=False, origin="person")
