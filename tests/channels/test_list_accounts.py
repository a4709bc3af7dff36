"""Accounts of list services in the admin: entered once, never shown, tried without sending anything."""

import subprocess
import sys

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.test import TestCase
from django.urls import reverse

from channels.audiences import SERVICES, ServiceError, service_class, service_for
from channels.models import ListAccount
from channels.providers import REGISTRY
from channels.sealing import rotate, seal, unseal
from tests.channels.list_services import ServiceCase
from tests.segments.builders import make_staff

RIGHTS = ("channels.view_listaccount", "channels.add_listaccount", "channels.change_listaccount")


class Registry(TestCase):
    def test_names_are_those_of_no_provider(self) -> None:
        self.assertFalse(SERVICES.keys() & REGISTRY.keys())

    def test_every_service_says_what_it_takes_and_asks_for(self) -> None:
        for name in SERVICES:
            made = service_class(name)
            self.assertTrue(made.kinds and made.batch and made.secrets and made.audience_help, name)
            self.assertLessEqual({"url", "timeout"}, made.options.keys(), name)

    def test_nobody_starts_with_what_only_calls_need(self) -> None:
        starting = (
            f"import django, sys; django.setup(); import {settings.ROOT_URLCONF}; print('aiohttp' in sys.modules)"
        )
        said = subprocess.run([sys.executable, "-c", starting], cwd=settings.BASE_DIR, capture_output=True, check=True)
        self.assertEqual(said.stdout.strip(), b"False")

    def test_a_key_that_is_gone_is_asked_for_again(self) -> None:
        account = ListAccount.objects.create(name="x", provider="yandex_audience", secret="gAAAA-of-another-key")
        with self.assertRaises(ServiceError) as refused:
            service_for(account)
        self.assertTrue(refused.exception.permanent)

    def test_keys_are_sealed_anew_with_the_others(self) -> None:
        account = ListAccount.objects.create(name="x", provider="yandex_audience", secret=seal("good-token"))
        self.assertEqual(rotate(), 1)
        before, account.secret = account.secret, ListAccount.objects.get().secret
        self.assertNotEqual(before, account.secret)
        self.assertEqual(unseal(account.secret), "good-token")


class Pages(ServiceCase, TestCase):
    service, folder = "yandex_audience", "yandex"

    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(make_staff(*RIGHTS))
        self.add = reverse("admin:channels_listaccount_add")

    def post(self, url: str, **fields: str) -> ListAccount:
        data = {"name": "Основной", "provider": self.service, "is_active": "on"}
        data |= {"option_url": self.url, "option_hashing_alg": "SHA256", "option_timeout": "", "option_minimum": "100"}
        answer = self.client.post(url, {**data, **fields})
        self.assertEqual(answer.status_code, 302, getattr(answer, "context", None) and answer.context["errors"])
        return ListAccount.objects.get()

    def test_the_fields_are_those_of_the_service(self) -> None:
        self.assertNotContains(self.client.get(self.add), "OAuth")
        self.assertContains(self.client.get(f"{self.add}?provider={self.service}"), "OAuth")

    def test_entered_once_and_never_shown(self) -> None:
        account = self.post(self.add, password="good-token")
        self.assertNotIn("good-token", account.secret)
        page = self.client.get(reverse("admin:channels_listaccount_change", args=[account.pk]))
        self.assertNotContains(page, "good-token")
        self.assertNotContains(page, account.secret)
        account = self.post(reverse("admin:channels_listaccount_change", args=[account.pk]), name="Другое имя")
        self.assertEqual((account.name, unseal(account.secret)), ("Другое имя", "good-token"))
        self.assertEqual(account.options, {"url": self.url})

    def test_it_is_tried_and_the_answer_stays(self) -> None:
        account = self.post(self.add, password="good-token")
        check = reverse("admin:channels_listaccount_check", args=[account.pk])
        self.assertContains(self.client.post(check, follow=True), "Токен принят")
        self.post(reverse("admin:channels_listaccount_change", args=[account.pk]), password="bad-token")
        page = self.client.post(check, follow=True)
        self.assertContains(page, "Invalid oauth_token")
        self.assertIn("Invalid oauth_token", ListAccount.objects.get().check_answer)
        self.client.force_login(make_staff("channels.view_listaccount"))
        self.assertEqual(self.client.post(check).status_code, 403)

    def test_it_keeps_a_journal_until_a_person_lets_it_send(self) -> None:
        account = self.post(self.add, password="good-token")
        self.assertEqual(account.mode, "journal")
        live, journal = (
            reverse(f"admin:channels_listaccount_{name}", args=[account.pk]) for name in ("live", "journal")
        )
        self.assertEqual([self.client.post(url).status_code for url in (live, journal)], [403, 403])
        self.client.force_login(make_staff(*RIGHTS, "channels.switch_mode", username="director"))
        self.assertContains(self.client.get(live), "ничего не уходит")
        self.assertEqual(ListAccount.objects.get().mode, "journal")
        self.assertContains(self.client.post(live, follow=True), "отправляются по-настоящему")
        self.assertEqual(ListAccount.objects.get().mode, "live")
        self.post(reverse("admin:channels_listaccount_change", args=[account.pk]), name="Другое имя")
        self.assertEqual(ListAccount.objects.get().mode, "live")
        self.assertContains(self.client.post(journal, follow=True), "ничего не уходит")
        self.assertEqual(ListAccount.objects.get().mode, "journal")
        self.assertEqual(LogEntry.objects.filter(change_message__contains="урнал").count(), 1)

    def test_the_list_and_a_page_to_look_at(self) -> None:
        account = self.post(self.add, password="good-token")
        ListAccount.objects.update(is_active=False)
        self.client.force_login(make_staff("channels.view_listaccount"))
        page = self.client.get(reverse("admin:channels_listaccount_changelist"))
        for words in ("Яндекс Аудитории", "Основной", "выключен"):
            self.assertContains(page, words)
        page = self.client.get(reverse("admin:channels_listaccount_change", args=[account.pk]))
        self.assertNotContains(page, "OAuth")
