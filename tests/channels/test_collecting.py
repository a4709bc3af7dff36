"""Bounces from a mailbox in another process, or piped in, to the listeners."""

import io
import tempfile
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.management import CommandError, call_command
from django.test import TestCase

from channels import collecting, reporting
from channels.mailbox import Letter
from channels.models import Account, DeliveryReport, IncomingMessage
from channels.providers import provider_class
from channels.providers.base import ProviderError
from channels.sealing import seal_named
from channels.signals import message_received
from tests.channels.bounce_letters import ARF, EXIM, MESSAGE_ID, POSTFIX, VACATION
from tests.channels.letters_from_people import letter as written
from tests.peers.process import peer


class BoxCase(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def put(self, *letters: bytes) -> None:
        for uid, letter in enumerate(letters, start=101):
            (self.folder / f"{uid}.eml").write_bytes(letter)

    def box(self, *words: str) -> AbstractContextManager[int]:
        return peer("imap_box", str(self.folder), *words)

    def account(self, port: int, **changes: object) -> Account:
        options = {
            "imap_host": "127.0.0.1",
            "imap_port": port,
            "imap_security": "none",
            "imap_username": "b",
            "timeout": 2,
        }
        secret = seal_named({"password": "other", "imap_password": "hunter-2"})
        fields = {"name": f"Почта {port}", "channel": "email", "provider": "smtp", "secret": secret}
        return Account.objects.create(**fields, options=options | changes)

    def seen(self) -> list[str]:
        path = self.folder / "seen"
        return path.read_text().split() if path.exists() else []

    def statuses(self) -> list[tuple[str, str]]:
        return sorted(DeliveryReport.objects.values_list("provider_key", "status"))


class CollectingTest(BoxCase):
    def test_what_is_new_is_told_once_and_marked(self) -> None:
        self.put(POSTFIX, VACATION, ARF, b"\xff\x00 nothing", b"")
        with self.box() as port:
            done = collecting.collect(self.account(port))
            self.assertEqual((done.letters, done.bounces, done.news), (5, 2, 2))
            self.assertEqual(self.statuses(), [(MESSAGE_ID, "bounced"), (MESSAGE_ID, "complained")])
            self.assertEqual(self.seen(), ["101", "102", "103", "104", "105"])
            self.assertEqual(collecting.collect(Account.objects.get()).letters, 0)

    def test_the_time_is_that_of_the_letter_or_of_its_arrival(self) -> None:
        self.put(POSTFIX, ARF.replace(b"Date: Sun, 22 Nov 2026", b"Date: Sun, 22 Nov 2035"))
        with self.box() as port:
            collecting.collect(self.account(port))
        moments = dict(DeliveryReport.objects.values_list("status", "happened_at"))
        arrived = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
        self.assertEqual(moments, {"bounced": datetime(2026, 11, 22, 7, 15, 3, tzinfo=UTC), "complained": arrived})

    def test_nothing_is_marked_that_was_not_stored(self) -> None:
        self.put(POSTFIX)
        with self.box() as port:
            account = self.account(port)
            with mock.patch.object(reporting, "take_all", side_effect=RuntimeError), self.assertRaises(RuntimeError):
                collecting.collect(account)
            self.assertEqual(self.seen(), [])
            self.assertEqual(collecting.collect(account).news, 1)

    def test_one_letter_that_cannot_be_stored_keeps_nobody_waiting(self) -> None:
        self.put(POSTFIX, written("яд", Message_ID="<poison@mail.test>"), written("Когда?"), ARF)

        def choke(sender: object, messages: list[dict[str, Any]], **_kwargs: object) -> None:
            if any(message["provider_key"] == "<poison@mail.test>" for message in messages):
                raise ValueError("poison")

        message_received.connect(choke)
        self.addCleanup(message_received.disconnect, choke)
        with self.box() as port:
            account = self.account(port)
            for _turn in range(2):
                logged = nullcontext() if self.seen() else self.assertLogs("channels.collecting")
                with logged, self.assertRaisesRegex(ValueError, "poison"):
                    collecting.collect(account)
                self.assertEqual(self.seen(), ["101", "103", "104"])
        self.assertEqual(list(IncomingMessage.objects.values_list("text", flat=True)), ["Когда?"])
        self.assertEqual(len(self.statuses()), 2)

    def test_letters_of_people_are_counted_apart(self) -> None:
        self.put(POSTFIX, written("Когда?"), VACATION)
        with self.box() as port:
            done = collecting.collect(self.account(port))
        self.assertEqual((done.letters, done.bounces, done.written, done.news), (3, 1, 1, 2))

    def test_the_check_of_the_account_opens_the_mailbox(self) -> None:
        self.put(POSTFIX, VACATION)
        with self.box() as port:
            account = self.account(port)
            mailbox = provider_class("smtp")(account)._check_of_mailbox()
            self.assertEqual(mailbox, ["Почтовый ящик открывается; непрочитанных писем: 2."])
            account.secret = seal_named({"imap_password": "wrong"})
            with self.assertRaises(ProviderError):
                provider_class("smtp")(account)._check_of_mailbox()
        account.options["imap_host"] = ""
        self.assertEqual(provider_class("smtp")(account)._check_of_mailbox(), [])

    def test_a_server_that_dies_between_batches_leaves_what_was_done(self) -> None:
        self.put(POSTFIX, ARF, EXIM)
        fewer = mock.patch.object(collecting, "BATCH", 1)
        with fewer, self.box("--dies-at", "3") as port, self.assertRaises(ProviderError) as caught:
            collecting.collect(self.account(port))
        self.assertFalse(caught.exception.permanent)
        self.assertEqual(self.seen(), ["101", "102"])
        self.assertEqual(len(self.statuses()), 2)

    def test_a_server_that_hangs_up_at_the_log_in_says_nothing_of_the_password(self) -> None:
        with self.box() as port, self.assertRaises(ProviderError) as caught:
            collecting.collect(self.account(port, imap_username="gone"))
        self.assertFalse(caught.exception.permanent)

    def test_a_letter_read_again_is_no_news(self) -> None:
        account = self.account(1)
        letter = Letter(POSTFIX, datetime(2026, 11, 22, 8, tzinfo=UTC))
        done = collecting.Collected()
        collecting.take(account, [letter, letter], done)
        collecting.take(account, [letter], done)
        self.assertEqual((done.letters, done.bounces, done.news), (3, 3, 1))

    def test_a_huge_letter_is_read_from_its_beginning(self) -> None:
        self.put(POSTFIX + b"x" * 400_000)
        with self.box() as port:
            self.assertEqual(collecting.collect(self.account(port)).news, 1)

    def test_what_a_person_must_mend(self) -> None:
        with self.box() as port:
            broken = self.account(port, imap_folder="Отказы"), self.account(port + 1, imap_port=port, imap_folder="no")
            wrong = self.account(port + 2, imap_port=port)
            wrong.secret = seal_named({"imap_password": "пароль"})
            none = self.account(port + 3, imap_host="")
            other = self.account(port + 4)
            other.provider = "inbox"
            for account in (*broken, wrong, none, other):
                with self.assertRaises(ProviderError) as caught:
                    collecting.collect(account)
                self.assertTrue(caught.exception.permanent, account.name)


class CommandTest(BoxCase):
    def test_all_mailboxes_are_read_although_one_cannot_be(self) -> None:
        self.put(POSTFIX)
        out, errors = io.StringIO(), io.StringIO()
        with self.box() as port:
            self.account(1)
            self.account(port)
            self.account(port + 1, imap_host="")
            with self.assertRaises(CommandError):
                call_command("read_mail", stdout=out, stderr=errors)
        self.assertIn(f"Почта {port}: писем и SMS 1, из них возвратов 1, от людей 0, нового 1.", out.getvalue())
        self.assertIn("Почта 1: Почтовый ящик на 127.0.0.1:1 не отвечает.", errors.getvalue())
        self.assertEqual(len(self.statuses()), 1)

    def test_a_letter_that_is_piped_in(self) -> None:
        account = self.account(1)
        for command in ("read_mail", "read_bounces"):  # as it was called when mail servers learned to pipe into it
            with mock.patch("sys.stdin", mock.Mock(buffer=io.BytesIO(EXIM))):
                call_command(command, account.name, "--piped", stdout=io.StringIO())
            self.assertEqual(self.statuses(), [(MESSAGE_ID, "bounced")])

    def test_a_letter_is_piped_into_an_account_of_letters(self) -> None:
        Account.objects.create(name="СМС", channel="sms", provider="smsc", options={"inbox_number": "79990000007"})
        stdin = mock.patch("sys.stdin", mock.Mock(buffer=io.BytesIO(written("Когда?"))))
        with stdin, self.assertRaisesRegex(CommandError, "СМС"):
            call_command("read_mail", "СМС", "--piped")
        self.assertFalse(IncomingMessage.objects.exists())

    def test_a_letter_that_cannot_be_stored_keeps_no_other_account_waiting(self) -> None:
        def choke(sender: object, messages: list[dict[str, Any]], **_kwargs: object) -> None:
            raise ValueError("poison")

        self.put(written("яд"))
        with self.box() as port, tempfile.TemporaryDirectory() as folder:
            self.account(port)
            (Path(folder) / "101.eml").write_bytes(POSTFIX)
            with peer("imap_box", folder) as later:
                self.account(later)
                message_received.connect(choke)
                self.addCleanup(message_received.disconnect, choke)
                with self.assertLogs("channels"), self.assertRaises(CommandError):
                    call_command("read_mail", stdout=io.StringIO(), stderr=io.StringIO())
        self.assertEqual(len(self.statuses()), 1)

    def test_it_goes_on_until_told_to_stop(self) -> None:
        """New letters come between two turns; the mailbox that could not be read ends nothing."""
        self.put(POSTFIX)
        turns = iter([lambda: self.put(POSTFIX, ARF), lambda: mock.sentinel.told])
        command = "channels.management.commands.read_mail"
        out = io.StringIO()
        with self.box() as port, mock.patch(f"{command}.connection"):
            self.account(1)
            self.account(port)
            with mock.patch(f"{command}.signal.sigtimedwait", side_effect=lambda *_: next(turns)()):
                call_command("read_mail", "--every", "300", stdout=out, stderr=io.StringIO())
        self.assertEqual(out.getvalue().count("нового 1."), 2)
        self.assertEqual(len(self.statuses()), 2)

    def test_a_name_that_nobody_has(self) -> None:
        for words, said in ((["нет такого"], "нет такого"), (["--piped"], "аккаунт")):
            with self.assertRaisesRegex(CommandError, said):
                call_command("read_mail", *words)
