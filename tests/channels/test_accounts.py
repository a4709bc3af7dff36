"""Accounts in the admin, and their secrets at rest."""

from io import StringIO

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.signals import pre_save
from django.test import SimpleTestCase, TestCase, override_settings
from django.urls import reverse, reverse_lazy

from channels.models import Account
from channels.providers import REGISTRY, provider_class
from channels.providers.base import Provider, ProviderError
from channels.sealing import seal, seal_named, unseal, unseal_named
from tests.segments.builders import make_staff

ADD = reverse_lazy("admin:channels_account_add")


class SealingTest(SimpleTestCase):
    def test_it_comes_back_and_does_not_show(self) -> None:
        self.assertEqual(unseal(seal("пароль-1")), "пароль-1")
        self.assertNotIn("secret", seal("secret"))
        self.assertEqual((seal(""), unseal("")), ("", ""))

    def test_another_key_is_a_sentence_and_a_fallback_still_opens(self) -> None:
        sealed = seal("p")
        with override_settings(SECRET_KEY="another"), self.assertRaises(ProviderError):
            unseal(sealed)
        with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
            self.assertEqual(unseal(sealed), "p")

    def test_a_key_of_its_own_leaves_what_was_sealed_before_readable(self) -> None:
        sealed = seal("p")
        with override_settings(CHANNELS_KEY="own"):
            self.assertEqual(unseal(sealed), "p")
            sealed = seal("p")
        with self.assertRaises(ProviderError):
            unseal(sealed)
        with override_settings(CHANNELS_KEY="newer", CHANNELS_KEY_FALLBACKS=["own"]):
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

    def setUp(self) -> None:
        self.client.force_login(self.boss)

    def post(self, account: Account | None = None, **changes: str):  # noqa: ANN201
        data = {
            "name": "Основной", "provider": "smtp", "sender_address": "news@krug.test", "option_host": "127.0.0.1",
            "option_port": "1", "option_security": "starttls", "per_second": "50", "cost": "0", "password": "hunter-2",
            "secret_password": "hunter-2", "purpose": "both", "domain_limits-TOTAL_FORMS": "0",
            "domain_limits-INITIAL_FORMS": "0",
        }  # fmt: skip
        page = reverse("admin:channels_account_change", args=[account.pk]) if account else ADD
        return self.client.post(page, data | changes)

    def test_the_password_is_stored_sealed_and_never_shown(self) -> None:
        self.assertEqual(self.post().status_code, 302)
        account = Account.objects.get()
        self.assertIn("hunter-2", unseal(account.secret))
        with connection.cursor() as cursor:
            cursor.execute("SELECT channels_account::text FROM channels_account")
            self.assertNotIn("hunter-2", cursor.fetchone()[0])
        page = self.client.get(reverse("admin:channels_account_change", args=[account.pk]))
        self.assertNotContains(page, "hunter-2")
        self.assertNotContains(page, account.secret)

    def test_only_what_differs_from_the_defaults_is_stored(self) -> None:
        self.post(option_timeout="30")
        account = Account.objects.get()
        self.assertEqual((account.channel, account.options), ("email", {"host": "127.0.0.1", "port": 1}))

    def test_bad_accounts_are_refused_with_a_sentence(self) -> None:
        for change in ({"option_port": "пять"}, {"option_port": "-1"}, {"provider": "pigeon"}, {"sender_address": ""}):
            answer = self.post(**change)
            self.assertEqual(answer.status_code, 200, change)
            self.assertContains(answer, "errorlist", msg_prefix=str(change))
        self.assertFalse(Account.objects.exists())

    def test_a_warm_up_is_whole_and_grows(self) -> None:
        warm_up = {"warmup_from": "2026-05-20", "warmup_first": "100", "warmup_days": "6", "per_day": "6400"}
        for wrong in ({"warmup_days": ""}, {"warmup_from": ""}, {"per_day": ""}, {"per_day": "100"}):
            self.assertContains(self.post(**(warm_up | wrong)), "errorlist", msg_prefix=str(wrong))
        self.assertEqual(self.post(**warm_up).status_code, 302)
        self.assertEqual(Account.objects.get().warmup_days, 6)

    def test_what_was_typed_stays_when_something_is_wrong(self) -> None:
        answer = self.post(option_host="mail.krug.test", option_port="пять")
        self.assertContains(answer, 'value="mail.krug.test"')
        self.assertContains(answer, 'value="пять"')

    def test_another_password_is_taken_and_an_empty_one_keeps_the_stored(self) -> None:
        self.post()
        account = Account.objects.get()
        self.post(account, name="Иное имя", password="", secret_password="")
        account.refresh_from_db()
        self.assertEqual(account.name, "Иное имя")
        self.assertIn("hunter-2", unseal(account.secret))
        self.post(account, password="hunter-3", secret_password="hunter-3")
        account.refresh_from_db()
        self.assertIn("hunter-3", unseal(account.secret))

    def test_a_form_does_not_take_back_what_a_button_did_meanwhile(self) -> None:
        self.post()
        account = Account.objects.get()

        def press(**_told: object) -> None:
            Account.objects.filter(pk=account.pk).update(mode="live", hook="meanwhile")

        pre_save.connect(press, sender=Account)
        self.addCleanup(pre_save.disconnect, press, sender=Account)
        self.post(account, name="Иное имя", provider="unisender_go")
        account.refresh_from_db()
        self.assertEqual((account.mode, account.hook), ("live", "meanwhile"))
        self.assertEqual((account.name, account.provider), ("Иное имя", "unisender_go"))

    def test_the_page_asks_for_what_the_chosen_provider_needs(self) -> None:
        self.assertNotContains(self.client.get(ADD), "option_host")
        self.assertContains(self.client.get(ADD, {"provider": "smtp"}), "option_host")
        self.assertNotContains(self.client.get(ADD, {"provider": "pigeon"}), "option_host")

    def test_a_local_provider_asks_for_no_credentials(self) -> None:
        page = self.client.get(ADD, {"provider": "inbox"})
        self.assertNotContains(page, 'type="password"')
        self.assertEqual(self.post(provider="inbox").status_code, 302)

    def test_there_is_one_default_of_a_channel(self) -> None:
        self.post(is_default="on")
        answer = self.post(name="Второй", is_default="on")
        self.assertContains(answer, "«Основной» уже выбран для этого канала")
        self.assertEqual(Account.objects.count(), 1)

    def test_an_account_stays_in_its_channel(self) -> None:
        self.post()
        account = Account.objects.get()
        Account.objects.update(channel="sms")
        self.assertContains(self.post(account), "errorlist")

    def test_a_manager_sees_the_settings_and_no_form(self) -> None:
        self.post()
        account = Account.objects.get()
        self.client.force_login(make_staff("channels.view_account"))
        page = self.client.get(reverse("admin:channels_account_change", args=[account.pk]))
        for words in ("Сервер: 127.0.0.1", "Почтовый сервер (SMTP)", "Москва (МСК)"):
            self.assertContains(page, words)
        self.assertNotContains(page, "option_host")

    def test_check_says_what_is_wrong(self) -> None:
        self.post()
        account = Account.objects.get()
        url = reverse("admin:channels_account_check", args=[account.pk])
        self.assertContains(self.client.post(url, follow=True), "127.0.0.1:1 не отвечает")
        self.assertEqual(self.client.get(url).status_code, 405)


class RotationTest(TestCase):
    def test_all_secrets_come_under_the_new_key(self) -> None:
        for number in range(3):
            Account.objects.create(name=f"n{number}", channel="email", provider="smtp", secret=seal(f"p{number}"))
        Account.objects.create(name="без пароля", channel="email", provider="smtp")
        out = StringIO()
        with override_settings(CHANNELS_KEY="new", CHANNELS_KEY_FALLBACKS=["old"]):
            call_command("rotate_channel_keys", stdout=out)
            self.assertIn("3", out.getvalue())
        with override_settings(CHANNELS_KEY="new", SECRET_KEY="gone"):
            accounts = Account.objects.exclude(secret="").order_by("name")
            self.assertEqual([unseal(account.secret) for account in accounts], ["p0", "p1", "p2"])

    def test_one_that_cannot_be_read_leaves_all_as_they_were(self) -> None:
        with override_settings(SECRET_KEY="lost"):
            Account.objects.create(name="Чужой", channel="email", provider="smtp", secret=seal("p"))
        Account.objects.create(name="А", channel="email", provider="smtp", secret=seal("p"))
        before = dict(Account.objects.values_list("name", "secret"))
        with self.assertRaisesMessage(CommandError, "Чужой"):
            call_command("rotate_channel_keys", stdout=StringIO())
        self.assertEqual(dict(Account.objects.values_list("name", "secret")), before)


class NamedSecretsTest(SimpleTestCase):
    def test_several_secrets_are_one_object_without_the_empty_ones(self) -> None:
        sealed = seal_named({"login": "л", "key": "k", "other": ""})
        self.assertEqual(unseal_named(sealed, first="login"), {"login": "л", "key": "k"})
        self.assertEqual(seal_named({"key": ""}), "")

    def test_a_secret_that_was_alone_becomes_the_first_of_several(self) -> None:
        self.assertEqual(unseal_named(seal("p@ss"), first="password"), {"password": "p@ss"})
