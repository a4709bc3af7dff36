"""The page of a push account: the snippet, its keys, and who may see and change them."""

from django.contrib.admin.models import LogEntry
from django.test import TestCase, override_settings
from django.urls import reverse

from channels.models import Account, AccountHealth, Device
from channels.providers import provider_class
from channels.push_tokens import person_key
from tests.channels.push_site import SITE, make_account
from tests.segments.builders import make_staff


class PushPageTest(TestCase):
    def setUp(self) -> None:
        self.account = make_account()
        self.boss = make_staff("channels.view_account", "channels.change_account")
        self.client.force_login(self.boss)

    def page(self, account: Account | None = None) -> str:
        address = reverse("admin:channels_account_change", args=[(account or self.account).pk])
        return self.client.get(address).content.decode()

    def press(self, verb: str, account: Account | None = None) -> str:
        address = reverse(f"admin:channels_account_{verb}", args=[(account or self.account).pk])
        return self.client.post(address, follow=True).content.decode()

    def public_key(self) -> str:
        self.account.refresh_from_db()
        return provider_class("web_push")(self.account).public_key()

    def device(self, **fields: object) -> Device:
        number = Device.objects.count()
        return Device.objects.create(
            account=self.account, service="web_push", address="{}", digest=str(number).encode(), origin=SITE, **fields
        )

    def test_what_to_paste_into_the_site(self) -> None:
        shown = self.page()
        base = f"/push/{self.account.pk}"
        for part in (f"{base}/krug.js", f"{base}/worker.js", f"{base}/centre.js", "data-krug-push", self.public_key()):
            self.assertIn(part, shown)
        self.assertNotIn("<script src=&quot;", shown)

    def test_an_address_without_https_is_warned_of(self) -> None:
        self.assertIn("У нашего адреса нет https", self.page())
        with override_settings(HTTPS=True):
            self.assertNotIn("У нашего адреса нет https", self.page())

    def test_a_fresh_pair_of_keys(self) -> None:
        self.account.secret = ""
        self.account.save()
        AccountHealth.objects.create(account=self.account, pause="person", reason="no key")
        self.assertIn("Ключа ещё нет", self.page())
        self.assertIn("Ключи созданы", self.press("vapid"))
        self.assertIn(self.public_key(), self.page())
        self.assertEqual(AccountHealth.objects.get().pause, "")
        self.assertEqual(LogEntry.objects.count(), 1)

    def test_a_new_pair_says_how_many_devices_wait(self) -> None:
        before = self.public_key()
        self.device()
        self.assertIn("1 устройство ничего не получает", self.press("vapid"))
        self.assertNotEqual(self.public_key(), before)

    def test_the_key_for_the_sites_backend(self) -> None:
        before = person_key(self.account)
        self.assertIn(before, self.page())
        self.press("sign")
        self.account.refresh_from_db()
        self.assertNotEqual(person_key(self.account), before)
        self.assertIn(person_key(self.account), self.page())

    def test_who_may_only_look_sees_no_key_and_no_device(self) -> None:
        key = self.device(is_tied=True).key
        self.assertIn(key, self.page())
        self.client.force_login(make_staff("channels.view_account"))
        shown = self.page()
        self.assertIn("krug.js", shown)
        self.assertNotIn(person_key(self.account), shown)
        self.assertNotIn(key, shown)
        for verb in ("vapid", "sign"):
            answer = self.client.post(reverse(f"admin:channels_account_{verb}", args=[self.account.pk]))
            self.assertEqual(answer.status_code, 403)

    def test_applications_are_told_where_to_knock(self) -> None:
        account = make_account("rustore", project="x")
        shown = self.page(account)
        self.assertIn(f"POST http://127.0.0.1:8000/push/{account.pk}/devices", shown)
        self.assertNotIn("krug.js", shown)

    def test_accounts_of_other_channels_have_none_of_it(self) -> None:
        mail = Account.objects.create(name="Почта", channel="email", provider="smtp")
        self.assertNotIn("acc-push", self.page(mail))
        for verb in ("vapid", "sign"):
            self.assertIn("такого ключа нет", self.press(verb, mail))

    def test_it_cannot_stand_in_for_another(self) -> None:
        address = reverse("admin:channels_account_change", args=[self.account.pk])
        answer = self.client.post(address, {"name": "x", "provider": "web_push", "priority": "1"})
        self.assertIn("priority", answer.context["adminform"].form.errors)
