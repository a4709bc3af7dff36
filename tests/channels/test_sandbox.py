"""Journal mode: what is recorded instead of sent, how it is shown, and how an account leaves it."""

import json
from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from django.utils import timezone

from channels import sandbox
from channels.models import Account, JournalEntry
from channels.providers import provider_for
from channels.providers.base import ACCEPTED, Addressed, Result
from channels.providers.inbox import InboxProvider
from channels.providers.journal import JournalProvider
from channels.providers.smtp import SmtpProvider
from channels.showing import Button, Shown, excerpt, show
from tests.segments.builders import make_staff

LETTER = b"Subject: =?utf-8?b?0JLQtdGB0L3QsA==?=\r\nTo: anna@x.test\r\nContent-Type: text/html\r\n\r\n<b>Hello</b>\r\n"


def make_account(**fields: object) -> Account:
    return Account.objects.create(
        **{"name": "СМС", "channel": "sms", "provider": "smtp", "sender_name": "AlfaAvto"} | fields
    )


class Stopped(Exception):
    """What a caller raises in `before` when it has lost its lease."""


class JournalProviderTest(TestCase):
    def test_a_new_account_keeps_a_journal_and_a_live_one_sends(self) -> None:
        account = make_account()
        self.assertIsInstance(provider_for(account), JournalProvider)
        account.mode = Account.Mode.LIVE
        self.assertIsInstance(provider_for(account), SmtpProvider)
        self.assertIsInstance(provider_for(make_account(name="Ящик", provider="inbox")), InboxProvider)

    def test_all_is_recorded_and_answered_with_a_key_of_its_own(self) -> None:
        calls: list[tuple[str, int]] = []
        results: dict[int, Result] = {}

        def after(number: int, result: Result) -> None:
            calls.append(("after", number))
            results[number] = result

        messages = [Addressed(n, f"+7900000000{n}", f"Текст {n}".encode()) for n in range(3)]
        with provider_for(make_account()) as provider:
            provider.send(iter(messages), lambda n: calls.append(("before", n)), after)
        rows = [(row.recipient, bytes(row.body).decode()) for row in JournalEntry.objects.order_by("id")]
        self.assertEqual(rows, [(f"+7900000000{n}", f"Текст {n}") for n in range(3)])
        self.assertEqual({result.kind for result in results.values()}, {ACCEPTED})
        self.assertEqual(len({result.provider_key for result in results.values()}), 3)
        self.assertTrue(all(calls.index(("before", n)) < calls.index(("after", n)) for n in range(3)))

    def test_a_hundred_messages_take_one_statement(self) -> None:
        provider = provider_for(make_account())
        with self.assertNumQueries(2):
            messages = (Addressed(n, "+79000000000", b"x") for n in range(110))
            provider.send(messages, lambda n: None, lambda n, result: None)

    def test_what_was_begun_before_a_stop_is_recorded_and_told(self) -> None:
        told: list[int] = []

        def before(number: int) -> None:
            if number == 2:
                raise Stopped

        with self.assertRaises(Stopped):
            messages = [Addressed(n, "+79000000000", b"x") for n in range(4)]
            provider_for(make_account()).send(messages, before, lambda n, result: told.append(n))
        self.assertEqual((told, JournalEntry.objects.count()), ([0, 1], 2))

    def test_old_entries_are_forgotten(self) -> None:
        account = make_account()
        for days in (1, 20):
            at = timezone.now() - timedelta(days=days)
            JournalEntry.objects.create(account=account, channel="sms", recipient="1", body=b"", at=at)
        self.assertEqual((sandbox.forget(14), JournalEntry.objects.count()), (1, 1))
        self.assertEqual(sandbox.recorded_today(account), 0)


class ShowingTest(SimpleTestCase):
    def entry(self, channel: str, body: object) -> JournalEntry:
        raw = body if isinstance(body, str) else json.dumps(body)
        return JournalEntry(channel=channel, body=raw.encode())

    def test_each_channel_is_read_as_it_is_written(self) -> None:
        self.assertEqual(show(self.entry("sms", '{"a": 1}')), Shown(text='{"a": 1}'))
        push = {"title": "ТО", "body": "Пора", "url": "https://a.example"}
        self.assertEqual(show(self.entry("push", push)), Shown("Пора", "ТО", "https://a.example"))
        nested = {"text": {"body": "Привет"}, "buttons": [["Да"], [{"title": "Сайт", "url": "https://a.example"}]]}
        buttons = [Button("Да"), Button("Сайт", "https://a.example")]
        self.assertEqual(show(self.entry("whatsapp", nested)), Shown("Привет", buttons=buttons))
        template = {"template": {"name": "service", "values": ["Анна", 5]}}
        self.assertEqual(show(self.entry("whatsapp", template)), Shown(template="service", values=["Анна", "5"]))

    def test_what_cannot_be_read_is_shown_as_it_is(self) -> None:
        for raw in ("не JSON", "[1, 2]", "7"):
            self.assertEqual(show(self.entry("max", raw)), Shown(text=raw))

    def test_an_excerpt_is_one_short_line(self) -> None:
        self.assertEqual(excerpt(self.entry("push", {"title": "ТО", "body": "Пора\nк нам"})), "ТО Пора к нам")
        self.assertEqual(len(excerpt(self.entry("sms", "слово " * 100))), 90)


class JournalPagesTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        account = make_account()
        fields = {"account": account, "recipient": "+79161234567"}
        cls.first = JournalEntry.objects.create(channel="sms", body="Первое <b>".encode(), **fields)
        cls.second = JournalEntry.objects.create(channel="sms", body="Второе".encode(), **fields)
        cls.letter = JournalEntry.objects.create(account=account, channel="email", recipient="anna@x.test", body=LETTER)
        cls.list = reverse("admin:channels_journalentry_changelist")

    def page(self, entry: JournalEntry, *permissions: str):  # noqa: ANN201
        self.client.force_login(make_staff("channels.view_journalentry", *permissions))
        return self.client.get(reverse("admin:channels_journalentry_change", args=[entry.pk]))

    def test_a_talk_is_shown_as_a_phone_up_to_this_message(self) -> None:
        page = self.page(self.second)
        self.assertContains(page, "Первое &lt;b&gt;")
        self.assertContains(page, "Второе")
        self.assertNotContains(self.page(self.first), "Второе")

    def test_addresses_are_masked_without_the_right(self) -> None:
        page = self.page(self.second)
        self.assertNotContains(page, "9161234567")
        self.assertContains(page, "•••67")
        self.assertNotContains(self.client.get(self.list), "9161234567")
        self.assertContains(self.page(self.second, "channels.view_letter_addresses"), "+79161234567")
        self.assertContains(self.client.get(self.list, {"q": "+7916"}), "+79161234567")
        self.assertNotContains(self.client.get(self.list, {"q": "+7999"}), "Второе")

    def test_a_letter_opens_as_a_letter(self) -> None:
        self.assertContains(self.page(self.letter), "Весна")
        body = self.client.get(reverse("admin:channels_journalentry_body", args=[self.letter.pk]))
        self.assertContains(body, "<b>Hello</b>")
        self.assertIn("sandbox", body["Content-Security-Policy"])

    def test_without_the_right_there_is_nothing(self) -> None:
        self.client.force_login(make_staff("channels.view_account"))
        for name, args in (("change", [self.first.pk]), ("body", [self.letter.pk]), ("changelist", [])):
            self.assertEqual(
                self.client.get(reverse(f"admin:channels_journalentry_{name}", args=args)).status_code, 403
            )


class GoingLiveTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = make_account()
        cls.live = reverse("admin:channels_account_live", args=[cls.account.pk])

    def mode(self) -> str:
        return Account.objects.get(pk=self.account.pk).mode

    def test_a_page_says_what_will_happen_and_nothing_happens_yet(self) -> None:
        self.client.force_login(make_staff("channels.switch_mode", "channels.view_account"))
        self.assertContains(self.client.get(self.live), "уйдёт настоящему человеку")
        self.assertEqual(self.mode(), "journal")

    def test_a_confirmed_step_is_logged_and_so_is_the_way_back(self) -> None:
        self.client.force_login(make_staff("channels.switch_mode", "channels.view_account"))
        self.client.post(self.live)
        self.assertEqual(self.mode(), "live")
        self.client.post(reverse("admin:channels_account_journal", args=[self.account.pk]))
        self.assertEqual(self.mode(), "journal")
        said = (
            LogEntry.objects.filter(object_id=str(self.account.pk))
            .order_by("id")
            .values_list("change_message", flat=True)
        )
        self.assertEqual(list(said), ["Включена настоящая отправка.", "Возвращён в журнал: ничего не уходит."])

    def test_whoever_may_change_an_account_may_not_let_it_send(self) -> None:
        self.client.force_login(make_staff("channels.change_account", "channels.view_account"))
        for method in (self.client.get, self.client.post):
            self.assertEqual(method(self.live).status_code, 403)
        self.assertEqual(self.mode(), "journal")

    def test_the_built_in_inbox_has_no_such_step(self) -> None:
        self.client.force_login(make_staff("channels.switch_mode"))
        inbox = make_account(name="Ящик", channel="email", provider="inbox")
        self.assertEqual(self.client.get(reverse("admin:channels_account_live", args=[inbox.pk])).status_code, 404)
