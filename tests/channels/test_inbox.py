"""The built-in inbox: the real server, the real provider, the page that shows its letters."""

import socket
from email.message import EmailMessage

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connections
from django.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings
from django.urls import reverse

from channels.inbox_server import controller, keep
from channels.letters import take_apart
from channels.models import Account, InboxLetter
from channels.providers import provider_for
from channels.providers.base import ACCEPTED, Addressed, Result
from channels.signals import delivery_reported
from tests.channels.news import heard


def letter_bytes(html: str = "<p>Здравствуйте, <b>Анна</b></p>") -> bytes:
    letter = EmailMessage()
    letter["From"] = "Круг <news@krug.test>"
    letter["To"] = "anna@x.test"
    letter["Subject"] = "Скидка на ТО"
    letter["Message-ID"] = "<7@krug.test>"
    letter.set_content("Здравствуйте, Анна")
    letter.add_alternative(html, subtype="html")
    return letter.as_bytes(policy=letter.policy.clone(linesep="\r\n"))


class InboxServerTest(TransactionTestCase):
    def test_what_the_default_account_sends_is_kept_and_reported_delivered(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = controller("127.0.0.1", port)
        server.start()
        self.addCleanup(connections.close_all)
        results: dict[int, Result] = {}
        account = Account(provider="inbox", sender_address="news@krug.test")
        with override_settings(INBOX_PORT=port), heard(delivery_reported) as news, provider_for(account) as provider:
            message = Addressed(7, "anna@x.test", letter_bytes())
            provider.send([message], lambda number: None, results.__setitem__)
        server.stop()
        self.assertEqual(results[7].kind, ACCEPTED)
        letter = InboxLetter.objects.get()
        self.assertEqual((letter.subject, letter.recipient), ("Скидка на ТО", "anna@x.test"))
        self.assertIn("Анна", take_apart(bytes(letter.raw)).html)
        self.assertEqual([(r["provider_key"], r["status"]) for r in news], [("<7@krug.test>", "delivered")])


class ControllerTest(SimpleTestCase):
    def test_it_listens_on_loopback_only(self) -> None:
        with self.assertRaises(ValueError):
            controller("0.0.0.0", 2525)


class InboxPageTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        keep("news@krug.test", ["anna@x.test"], letter_bytes("<script>alert(1)</script><p>Анна</p>"))
        cls.letter = InboxLetter.objects.get()
        user_model = get_user_model()
        cls.reader = user_model.objects.create_user("reader", is_staff=True)
        cls.reader.user_permissions.add(Permission.objects.get(codename="view_inboxletter"))
        cls.guard = user_model.objects.create_user("guard", is_staff=True)
        rights = ("view_inboxletter", "view_letter_addresses")
        cls.guard.user_permissions.set(Permission.objects.filter(codename__in=rights))
        cls.stranger = user_model.objects.create_user("stranger", is_staff=True)

    def test_the_list_and_the_letter_are_shown(self) -> None:
        self.client.force_login(self.reader)
        self.assertContains(self.client.get(reverse("admin:channels_inboxletter_changelist")), "Скидка на ТО")
        page = self.client.get(reverse("admin:channels_inboxletter_change", args=[self.letter.pk]))
        self.assertContains(page, reverse("admin:channels_inboxletter_body", args=[self.letter.pk]), count=2)

    def test_the_address_is_shown_only_by_right(self) -> None:
        urls = [reverse("admin:channels_inboxletter_changelist")]
        urls.append(reverse("admin:channels_inboxletter_change", args=[self.letter.pk]))
        source = reverse("admin:channels_inboxletter_source", args=[self.letter.pk])
        self.client.force_login(self.reader)
        for url in urls:
            self.assertContains(self.client.get(url), "a***@x.test")
            self.assertNotContains(self.client.get(url), "anna@x.test")
        self.assertEqual(self.client.get(source).status_code, 403)
        self.client.force_login(self.guard)
        for url in urls:
            self.assertContains(self.client.get(url), "anna@x.test")
        self.assertContains(self.client.get(source), "anna@x.test")

    def test_the_body_can_run_nothing(self) -> None:
        self.client.force_login(self.reader)
        body = self.client.get(reverse("admin:channels_inboxletter_body", args=[self.letter.pk]))
        policy = body["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("script-src", policy)
        self.assertNotIn("allow-scripts", policy)

    def test_a_stranger_sees_neither_page_nor_body_nor_source(self) -> None:
        self.client.force_login(self.stranger)
        for name in ("change", "body", "source"):
            url = reverse(f"admin:channels_inboxletter_{name}", args=[self.letter.pk])
            self.assertEqual(self.client.get(url).status_code, 403, name)

    def test_a_letter_that_is_not_there(self) -> None:
        self.client.force_login(self.reader)
        url = reverse("admin:channels_inboxletter_body", args=[self.letter.pk + 1])
        self.assertEqual(self.client.get(url).status_code, 404)

    def test_a_broken_letter_is_still_shown(self) -> None:
        keep("", ["x@x.test"], b"Subject: =?utf-8?b?!!!\r\nContent-Type: text/html; charset=no-such\r\n\r\n\xff\x00")
        self.client.force_login(self.reader)
        pk = InboxLetter.objects.order_by("-pk").values_list("pk", flat=True)[0]
        for name in ("change", "body"):
            self.assertEqual(self.client.get(reverse(f"admin:channels_inboxletter_{name}", args=[pk])).status_code, 200)
