"""Devices: how they come, keep their keys, are found for sending in one query, and go."""

import json
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels import devices
from channels.devices import GONE_DAYS, Introduced, Known, Saying
from channels.models import Device, Notice
from channels.signals import devices_changed
from tests.channels.push_site import make_account

FIRST, SECOND = Introduced('{"endpoint": "1"}', "1"), Introduced('{"endpoint": "2"}', "2")
NOTHING = Saying()


class DevicesTest(TestCase):
    def setUp(self) -> None:
        self.account = make_account()
        self.news: list[dict[str, Any]] = []
        devices_changed.connect(self.hear)
        self.addCleanup(devices_changed.disconnect, self.hear)

    def hear(self, sender: object, **news: Any) -> None:
        self.news += news["devices"]

    @property
    def states(self) -> list[str]:
        return [one["state"] for one in self.news]

    def register(self, told: Introduced = FIRST, saying: Saying = NOTHING) -> Device:
        return devices.register(self.account, told, saying, text="Согласен")

    def test_the_same_subscription_is_the_same_device(self) -> None:
        first, again = self.register(saying=Saying(agreed=True)), self.register()
        self.assertEqual((first.key, Device.objects.count()), (again.key, 1))
        self.assertEqual(self.states, ["subscribed", "seen"])
        self.assertEqual([one["text"] for one in self.news], ["Согласен", ""])
        self.assertGreater(again.seen_at, first.seen_at)

    def test_a_renewed_subscription_keeps_its_key(self) -> None:
        key = self.register().key
        renewed = self.register(SECOND, Saying(replaces=key))
        self.assertEqual((renewed.key, renewed.address, Device.objects.count()), (key, SECOND.address, 1))
        self.assertEqual(self.states, ["came", "seen"])

    def test_a_key_of_another_account_is_not_taken_over(self) -> None:
        key = self.register().key
        other = devices.register(make_account(), SECOND, Saying(replaces=key))
        self.assertNotEqual(other.key, key)
        self.assertEqual(Device.objects.get(key=key).address, FIRST.address)

    def test_who_uses_it_is_what_was_said_last(self) -> None:
        self.register(saying=Saying(person="+79119876543", origin="https://a.ru"))
        devices.tied([Device.objects.get().key])
        self.register()
        device = Device.objects.get()
        self.assertEqual((device.person, device.is_tied, device.origin), ("+79119876543", True, "https://a.ru"))
        self.register(saying=Saying(person="b@b.ru"))
        self.assertFalse(Device.objects.get().is_tied)
        self.assertEqual(self.news[-1]["person"], "b@b.ru")

    def test_unsubscribing_once_and_coming_back(self) -> None:
        key = self.register().key
        self.assertTrue(devices.unsubscribe(self.account, key))
        self.assertFalse(devices.unsubscribe(self.account, key))
        self.assertEqual(devices.addresses(self.account, [key]), {})
        self.assertEqual(self.register().key, key)
        self.assertEqual(self.states, ["came", "unsubscribed", "came"])
        self.register(saying=Saying(agreed=True))
        self.assertEqual(self.states[3:], ["subscribed"])
        self.assertEqual([one["text"] for one in self.news], ["", "", "", "Согласен"])

    def test_another_account_cannot_unsubscribe_it(self) -> None:
        self.assertFalse(devices.unsubscribe(make_account(), self.register().key))

    def test_a_whole_chunk_is_found_by_one_query(self) -> None:
        keys = [self.register(Introduced(f"a{n}", str(n))).key for n in range(50)]
        with self.assertNumQueries(1):
            found = devices.addresses(self.account, [*keys, "nobody"])
        self.assertEqual(found, {key: Known(f"a{n}", True) for n, key in enumerate(keys)})

    def test_devices_of_another_account_or_provider_are_told_apart(self) -> None:
        key = self.register().key
        self.assertFalse(devices.addresses(make_account(), [key])[key].is_ours)
        self.account.provider = "fcm"
        self.assertFalse(devices.addresses(self.account, [key])[key].is_ours)

    def test_only_the_address_that_was_tried_is_gone(self) -> None:
        key = self.register().key
        self.assertEqual(devices.mark_gone({key: "an older one"}), 0)
        self.assertEqual(devices.mark_gone({key: FIRST.address}), 1)
        self.assertEqual(devices.mark_gone({key: FIRST.address}), 0)
        self.assertEqual(devices.addresses(self.account, [key]), {})

    def test_the_gone_are_forgotten_and_the_erased_at_once(self) -> None:
        old, hers, named = (
            self.register(Introduced(f"a{n}", str(n)), Saying(person=person))
            for n, person in enumerate(("", "", "a@b.ru"))
        )
        kept = self.register(Introduced("b", "b"))
        Notice.objects.create(device=hers, title="x")
        Device.objects.filter(pk=old.pk).update(gone_at=timezone.now() - timedelta(days=GONE_DAYS + 1))
        self.assertEqual(devices.forget_gone(), 1)
        self.assertEqual(devices.erase([hers.key], ["a@b.ru", ""]), 2)
        self.assertEqual(list(Device.objects.all()), [kept])
        self.assertNotIn(named, Device.objects.all())

    def test_a_thousand_devices_come_in_a_few_statements_each(self) -> None:
        self.register()
        with CaptureQueriesContext(connection) as asked:
            self.register(SECOND)
        said = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
        self.assertLessEqual(len(said), 8, said)
        self.assertEqual(json.loads(Device.objects.latest("pk").address), {"endpoint": "2"})
