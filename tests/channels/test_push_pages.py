"""What scripts of sites and applications may ask: who is let in, what is refused and how, and what comes of it."""

import json
import time
from unittest import mock

from django.test import Client, TestCase

from channels import notices
from channels.models import Account, Device
from channels.notices import Sent
from channels.push_pages import LARGEST
from channels.push_tokens import device_token, person_token, read_device
from channels.sealing import seal
from tests.channels.push_site import SITE, Browser, ask, make_account, subscribed

SOON = int(time.time()) + 86400  # later than the end of the longest run


class Site(TestCase):
    def setUp(self) -> None:
        self.account = make_account()
        self.enterContext(mock.patch("channels.throttle.allowed", return_value=True))

    def device(self) -> Device:
        return Device.objects.get()


class Subscribing(Site):
    def test_a_browser_subscribes_and_is_known_by_a_token(self) -> None:
        browser = Browser()
        token = subscribed(self.account, browser)
        device = self.device()
        self.assertEqual(read_device(token), device.key)
        told = json.loads(device.address)
        self.assertEqual(set(told), {"endpoint", "keys"})
        self.assertEqual(told["keys"], browser.subscription["keys"])
        self.assertEqual((device.service, device.origin, device.person), ("web_push", SITE, ""))

    def test_again_it_is_the_same_device(self) -> None:
        browser = Browser()
        self.assertEqual(subscribed(self.account, browser), subscribed(self.account, browser))

    def test_a_renewed_subscription_is_the_device_whose_token_came(self) -> None:
        token = subscribed(self.account, Browser())
        self.assertEqual(subscribed(self.account, Browser(), replaces=token), token)
        subscribed(self.account, Browser(), replaces="d.forged.AAAA")
        self.assertEqual(Device.objects.count(), 2)

    def test_the_backend_of_the_site_says_who_it_is(self) -> None:
        subscribed(self.account, Browser(), person=person_token(self.account, "+79119876543", SOON))
        self.assertEqual(self.device().person, "+79119876543")

    def test_a_person_who_was_not_signed_is_refused_and_nothing_is_kept(self) -> None:
        for person in (person_token(make_account(), "a@b.ru", SOON), person_token(self.account, "a@b.ru", 1), "p", 5):
            answer = ask(self.account, {"subscription": Browser().subscription, "person": person})
            self.assertEqual(answer.status_code, 401)
        self.assertFalse(Device.objects.exists())

    def test_only_push_services_of_browsers(self) -> None:
        for endpoint in (
            "https://evil.example/x",
            "http://127.0.0.1/x",
            "https://10.0.0.1/",
            "https://fcm.googleapis.com/" + "x" * 3000,
        ):
            answer = ask(self.account, {"subscription": Browser(endpoint).subscription})
            self.assertEqual(answer.status_code, 400, endpoint)
            self.assertTrue(answer.json()["error"])
        self.assertFalse(Device.objects.exists())

    def test_what_is_no_subscription(self) -> None:
        for body in (
            {},
            [],
            5,
            b"",
            b"{",
            b"[" * 4000,
            {"subscription": 5},
            {"subscription": {"endpoint": 1}},
            {"token": "x"},
        ):
            self.assertEqual(ask(self.account, body).status_code, 400, body)
        self.assertEqual(ask(self.account, b" " * (LARGEST + 1)).status_code, 413)

    def test_unsubscribing_needs_the_devices_token(self) -> None:
        token = subscribed(self.account, Browser())
        for bearer in ("", "Bearer x", f"Basic {token}", f"Bearer {token}x"):
            self.assertEqual(ask(self.account, b"", method="DELETE", authorization=bearer).status_code, 401)
        self.assertIsNone(self.device().gone_at)
        for _turn in range(2):
            answer = ask(self.account, b"", method="DELETE", authorization=f"Bearer {token}")
            self.assertEqual(answer.status_code, 204)
        self.assertIsNotNone(self.device().gone_at)

    def test_applications_bring_their_tokens(self) -> None:
        for provider in ("fcm", "rustore"):
            account = make_account(provider)
            answer = ask(account, {"token": "dEv1ce:APA91b-x"}, origin="")
            self.assertEqual(answer.status_code, 200, answer.content)
            self.assertEqual(Device.objects.get(account=account).address, "dEv1ce:APA91b-x")
            for token in ("", "с пробелом", None, 5):
                self.assertEqual(ask(account, {"token": token}, origin="").status_code, 400)


class WhoIsLetIn(Site):
    def test_sites_that_the_account_names(self) -> None:
        answer = ask(self.account, {"subscription": Browser().subscription})
        self.assertEqual(answer["Access-Control-Allow-Origin"], SITE)
        self.assertIn("Origin", answer["Vary"])
        self.assertNotIn("Access-Control-Allow-Credentials", answer)

    def test_no_others(self) -> None:
        for origin in ("https://evil.example", SITE + ".evil.example", "null", "http://www.example.ru", ""):
            for method in ("POST", "OPTIONS"):
                answer = ask(self.account, {"subscription": Browser().subscription}, method=method, origin=origin)
                self.assertEqual(answer.status_code, 403, origin)
                self.assertNotIn("Access-Control-Allow-Origin", answer)
        self.assertFalse(Device.objects.exists())

    def test_a_browser_asks_before_it_lets_a_script_call(self) -> None:
        answer = ask(self.account, b"", method="OPTIONS")
        self.assertEqual((answer.status_code, answer["Access-Control-Allow-Origin"]), (204, SITE))
        self.assertIn("DELETE", answer["Access-Control-Allow-Methods"])
        self.assertIn("Authorization", answer["Access-Control-Allow-Headers"])

    def test_only_push_accounts_in_use(self) -> None:
        off = make_account()
        off.is_active = False
        off.save()
        mail = Account.objects.create(name="Почта", channel="email", provider="smtp")
        for pk in (off.pk, mail.pk, 10**9):
            for page in ("devices", "notices", "krug.js"):
                self.assertEqual(Client().get(f"/push/{pk}/{page}", headers={"origin": SITE}).status_code, 404)

    def test_no_more_than_the_limit(self) -> None:
        with mock.patch("channels.throttle.allowed", return_value=False):
            answer = ask(self.account, {"subscription": Browser().subscription})
        self.assertEqual((answer.status_code, answer["Access-Control-Allow-Origin"]), (429, SITE))

    def test_an_account_whose_key_is_gone_still_answers(self) -> None:
        self.account.secret = seal("nonsense")
        self.account.save()
        self.assertEqual(ask(self.account, {"subscription": Browser().subscription}).status_code, 200)


class Centre(Site):
    def setUp(self) -> None:
        super().setUp()
        self.token = subscribed(self.account, Browser(), person=person_token(self.account, "a@b.ru", SOON))
        self.key = str(read_device(self.token))
        notices.keep([Sent(self.key, f"Весть {n}", "Текст", "https://krug.example/l/A") for n in range(25)])
        notices.keep([Sent("nobody", "x", "y", "")])

    def look(self, token: str = "", account: Account | None = None) -> dict:
        answer = ask(
            account or self.account, b"", page="notices", method="GET", authorization=f"Bearer {token or self.token}"
        )
        self.assertEqual(answer.status_code, 200, answer.content)
        return answer.json()

    def read(self, read: object, token: str = "") -> int:
        answer = ask(self.account, {"read": read}, page="notices", authorization=f"Bearer {token or self.token}")
        return answer.json()["unread"] if answer.status_code == 200 else -answer.status_code

    def test_the_last_ones_and_how_many_are_unread(self) -> None:
        told = self.look()
        self.assertEqual((told["unread"], len(told["notices"])), (25, notices.SHOWN))
        self.assertEqual(told["notices"][0]["title"], "Весть 24")
        self.assertEqual(set(told["notices"][0]), {"id", "title", "body", "link", "sent_at", "read"})

    def test_reading_some_or_all(self) -> None:
        shown = self.look()["notices"]
        self.assertEqual(self.read([shown[0]["id"], 10**15]), 24)
        self.assertTrue(self.look()["notices"][0]["read"])
        self.assertEqual(self.read("all"), 0)
        for wrong in (None, "some", 5, ["a"], [True, -1], [2**70]):
            self.assertEqual(self.read(wrong), -400, wrong)

    def test_another_device_sees_and_reads_nothing_of_it(self) -> None:
        other = subscribed(self.account, Browser())
        self.assertEqual(self.look(other)["notices"], [])
        self.assertEqual(self.read([self.look()["notices"][0]["id"]], other), 0)
        self.assertEqual(self.look()["unread"], 25)

    def test_a_person_sees_all_her_devices_since_they_are_hers(self) -> None:
        signed = person_token(self.account, "a@b.ru", SOON)
        phone = Browser()
        phone_token = subscribed(self.account, phone)
        notices.keep([Sent(str(read_device(phone_token)), "Чужая", "", "")])
        subscribed(self.account, phone, person=signed)
        notices.keep([Sent(str(read_device(phone_token)), "На телефон", "", "")])
        told = self.look(signed)
        self.assertEqual((told["unread"], told["notices"][0]["title"]), (26, "На телефон"))
        self.assertNotIn("Чужая", str(told))

    def test_tokens_that_are_not_good_here(self) -> None:
        other = make_account()
        for token in ("x", person_token(other, "a@b.ru", SOON), device_token("key")[:-1]):
            answer = ask(self.account, b"", page="notices", method="GET", authorization=f"Bearer {token}")
            self.assertEqual(answer.status_code, 401)
        self.assertEqual(self.look(self.token, other)["notices"], [])

    def test_few_queries(self) -> None:
        with self.assertNumQueries(3):
            self.look()

    def test_old_ones_are_forgotten(self) -> None:
        self.assertEqual(notices.forget(1), 0)
        self.assertEqual(notices.forget(-1), 25)
