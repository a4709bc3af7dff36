"""Accounts in the admin, and their secrets at rest."""

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import SimpleTestCase, TestCase, override_settings
from django.urls import reverse

from channels.models import Account
from channels.providers import REGISTRY, provider_class
from channels.providers.base import Provider, ProviderError
from channels.sealing import seal, unseal


class SealingTest(SimpleTestCase):
    def test_it_comes_back_and_does_not_show(self) -> None:
        self.assertEqual(unseal(seal("пароль-1")), "пароль-1")
        self.assertNotIn("secret", seal("secret"))
        self.assertEqual((seal(""), unseal("")), ("", ""))

    def test_another_key_is_a_sentence_and_a_fallback_still_opens(self) -> None:
        sealed = seal("p")
        from django.conf import settings

        with override_settings(SECRET_KEY="another"), self.assertRaises(ProviderError):
            unseal(sealed)
        with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
            self.assertEqual(unseal(sealed), "p")


class RegistryTest(SimpleTestCase):
    def test_every_provider_loads_and_declares_its_options(self) -> None:
        for name in REGISTRY:
            self.assertTrue(issubclass(provider_class(name), Provider), name)
            self.assertIsInstance(provider_class(name).options, dict)

    def test_an_option_that_is_not_declared_is_an_error(self) -> None:
        provider = provider_class("smtp")(Account(options={"port": 26}))
        self.assertEqual(provider.option("port"), 26)
        with self.assertRaises(KeyError):
            provider.option("nothing")


class AccountAdminTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.boss = get_user_model().objects.create_superuser("boss")

    def post(self, **changes: str):  # noqa: ANN201
        self.client.force_login(self.boss)
        data = {
            "name": "Основной", "channel": "email", "provider": "smtp", "sender_address": "news@krug.test",
            "options": '{"host": "127.0.0.1", "port": 1}', "per_second": "50", "cost": "0", "password": "hunter-2",
        }  # fmt: skip
        return self.client.post(reverse("admin:channels_account_add"), data | changes)

    def test_the_password_is_stored_sealed_and_never_shown(self) -> None:
        self.assertEqual(self.post().status_code, 302)
        account = Account.objects.get()
        self.assertEqual(unseal(account.secret), "hunter-2")
        with connection.cursor() as cursor:
            cursor.execute("SELECT channels_account::text FROM channels_account")
            self.assertNotIn("hunter-2", cursor.fetchone()[0])
        page = self.client.get(reverse("admin:channels_account_change", args=[account.pk]))
        self.assertNotContains(page, "hunter-2")
        self.assertNotContains(page, account.secret)

    def test_bad_accounts_are_refused_with_a_sentence(self) -> None:
        for change in ({"options": '{"hots": "x"}'}, {"options": "[1]"}, {"channel": "sms"}, {"sender_address": ""}):
            self.assertEqual(self.post(**change).status_code, 200, change)
        self.assertFalse(Account.objects.exists())

    def test_check_says_what_is_wrong(self) -> None:
        self.post()
        account = Account.objects.get()
        url = reverse("admin:channels_account_check", args=[account.pk])
        self.assertContains(self.client.post(url, follow=True), "127.0.0.1:1 не отвечает")
        self.assertEqual(self.client.get(url).status_code, 405)
