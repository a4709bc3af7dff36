"""Push over devices as the base has them: found by one query, kept as notices, marked when gone."""

import json
from unittest import mock

from django.test import TestCase

from channels.models import Account, Device, JournalEntry, Notice
from channels.providers import provider_for
from channels.providers.base import ACCEPTED, REJECTED, Action, Addressed, Result
from channels.providers.web_push import WebPushProvider
from channels.push_tokens import read_device
from tests.channels.push_site import Browser, make_account, subscribed
from tests.peers.process import peer

BODY = json.dumps({"title": "Круг", "body": "Пора на сервис", "link": "https://krug.example/l/A"}).encode()


class PushTest(TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.port = cls.enterClassContext(peer("http_provider", "http_push", "-"))

    def setUp(self) -> None:
        self.enterContext(mock.patch.object(WebPushProvider, "allows_loopback", True))
        self.enterContext(mock.patch.object(WebPushProvider, "resolver", None))
        self.enterContext(mock.patch("channels.throttle.allowed", return_value=True))
        self.account = make_account(timeout=20)

    def key(self, ends: str = "001", account: Account | None = None) -> str:
        number = Device.objects.count()
        browser = Browser(f"http://127.0.0.1:{self.port}/push/b{number}{ends}")
        return str(read_device(subscribed(account or self.account, browser)))

    def send(self, *keys: str, account: Account | None = None) -> dict[str, Result]:
        told: dict[int, Result] = {}
        with provider_for(account or self.account) as provider:
            provider.expect(iter(keys))
            provider.send(
                (Addressed(n, key, BODY) for n, key in enumerate(keys)), lambda _number: None, told.__setitem__
            )
        return {key: told[n] for n, key in enumerate(keys)}

    def test_devices_of_a_chunk_are_found_once_and_its_notices_kept_once(self) -> None:
        keys = [self.key() for _each in range(30)]
        with self.assertNumQueries(2):
            told = self.send(*keys)
        self.assertEqual({result.kind for result in told.values()}, {ACCEPTED})
        notice = Notice.objects.earliest("pk")
        self.assertEqual((notice.title, notice.body), ("Круг", "Пора на сервис"))
        self.assertEqual(notice.link, "https://krug.example/l/A")
        self.assertEqual(Notice.objects.count(), 30)

    def test_a_device_that_nobody_announced_is_found_too(self) -> None:
        key, told = self.key(), {}
        with provider_for(self.account) as provider:
            provider.send([Addressed(1, key, BODY)], lambda _number: None, told.__setitem__)
        self.assertEqual(told[1].kind, ACCEPTED)

    def test_a_dead_device_is_marked_and_never_tried_again(self) -> None:
        good, dead = self.key(), self.key("550")
        self.assertEqual(self.send(good, dead)[dead].action, Action.MARK_CONTACT)
        self.assertIsNotNone(Device.objects.get(key=dead).gone_at)
        self.assertIsNone(Device.objects.get(key=good).gone_at)
        again = self.send(dead, "nobody")
        self.assertEqual(
            {(r.kind, r.code, r.action) for r in again.values()}, {(REJECTED, "gone", Action.MARK_CONTACT)}
        )
        self.assertEqual(Notice.objects.count(), 1)

    def test_a_device_of_another_account_is_not_ours_to_try_or_mark(self) -> None:
        key = self.key()
        told = self.send(key, account=make_account())[key]
        self.assertEqual((told.kind, told.code, told.action), (REJECTED, "another_account", Action.NEXT_CHANNEL))
        self.assertIsNone(Device.objects.get(key=key).gone_at)

    def test_what_was_taken_is_kept_although_the_sending_broke_off(self) -> None:
        keys = [self.key() for _each in range(3)]

        def stop(number: int) -> None:
            if number == 2:
                raise KeyboardInterrupt

        told: dict[int, Result] = {}
        with self.assertRaises(KeyboardInterrupt), provider_for(self.account) as provider:
            provider.send((Addressed(n, key, BODY) for n, key in enumerate(keys)), stop, told.__setitem__)
        self.assertEqual((len(told), Notice.objects.count()), (2, 2))

    def test_in_journal_mode_nothing_leaves_and_no_notice_is_kept(self) -> None:
        self.account.mode = Account.Mode.JOURNAL
        self.account.save()
        key = self.key()
        self.assertEqual(self.send(key)[key].kind, ACCEPTED)
        self.assertEqual((JournalEntry.objects.get().recipient, Notice.objects.count()), (key, 0))

    def test_sites_are_named_without_a_path(self) -> None:
        for origins in (["https://a.ru/x"], ["a.ru"], ["*"], "https://a.ru", ["https://a.ru", ""]):
            self.assertIn("origins", WebPushProvider.faults({"contact": "mailto:a@b.ru", "origins": origins}))
        good = {"contact": "mailto:a@b.ru", "origins": ["https://a.ru", "http://127.0.0.1:8000"]}
        self.assertEqual(WebPushProvider.faults(good), {})
