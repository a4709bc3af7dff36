"""The mailbox against Dovecot, which nobody here wrote. Skipped where it is not installed."""

from unittest import mock

from django.test import SimpleTestCase

from channels.bounces import read
from channels.mailbox import MOST_BYTES, Mailbox
from channels.models import Account
from channels.providers.base import ProviderError
from channels.providers.smtp import SmtpProvider
from channels.sealing import seal_named
from tests.channels.bounce_letters import ARF, MESSAGE_ID, POSTFIX, VACATION, mail_ru
from tests.channels.test_smtp_tls import certificate
from tests.peers.dovecot import PASSWORD, dovecot, short_folder

LETTERS = (POSTFIX, VACATION, ARF, mail_ru("koi8-r"), POSTFIX + b"x" * 2 * MOST_BYTES)


def mailbox(port: int, security: str, *, password: str = PASSWORD, folder: str = "") -> Mailbox:
    options = {"imap_host": "127.0.0.1", "imap_port": port, "imap_security": security, "imap_username": "b"}
    secret = seal_named({"password": "of the mail server", "imap_password": password})
    found = SmtpProvider(Account(options=options | {"imap_folder": folder, "timeout": 5}, secret=secret)).mailbox()
    assert found is not None
    return found


class DovecotTest(SimpleTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = cls.enterClassContext(short_folder())
        certificate(folder)
        cls.enterClassContext(mock.patch.dict("os.environ", SSL_CERT_FILE=f"{folder}/cert.pem"))
        cls.ports = cls.enterClassContext(dovecot(folder, *LETTERS))

    def test_letters_are_read_in_order_and_stay_unread_until_marked(self) -> None:
        with mailbox(self.ports.encrypted, "tls") as box:
            uids = box.unseen()
            letters = [box.fetch(uid) for uid in uids]
            self.assertEqual(box.unseen(), uids)
            self.assertIsNone(box.fetch("999"))
            box.mark_seen(uids[:2])
        with mailbox(self.ports.plain, "starttls") as box:
            self.assertEqual(box.unseen(), uids[2:])
        self.assertEqual([letter.raw for letter in letters if letter][:4], list(LETTERS[:4]))
        self.assertEqual(len(letters[4].raw if letters[4] else b""), MOST_BYTES)
        told = [read(letter.raw, received_at=letter.received_at) for letter in letters if letter]
        statuses = [[(report.provider_key, report.status) for report in reports] for reports in told]
        expected = ["bounced", "", "complained", "failed", "bounced"]
        self.assertEqual(statuses, [[(MESSAGE_ID, status)] if status else [] for status in expected])

    def test_what_a_person_must_mend(self) -> None:
        for words in ({"password": "wrong"}, {"password": "пароль"}, {"folder": "no"}, {"folder": "Отказы"}):
            with self.assertRaises(ProviderError) as caught:
                mailbox(self.ports.encrypted, "tls", **words).__enter__()
            self.assertTrue(caught.exception.permanent, words)
            self.assertNotIn("wrong", str(caught.exception))

    def test_what_may_pass(self) -> None:
        ways = [(self.ports.plain, "tls"), (1, "none")]
        with mock.patch.dict("os.environ", SSL_CERT_FILE="/dev/null"):
            for port, security in [*ways, (self.ports.encrypted, "tls"), (self.ports.plain, "starttls")]:
                with self.assertRaises(ProviderError) as caught:
                    mailbox(port, security).__enter__()
                self.assertFalse(caught.exception.permanent, (port, security))

    def test_a_host_that_there_cannot_be_is_told(self) -> None:
        options = {"imap_host": "mail..krug.test", "imap_security": "none"}
        found = SmtpProvider(Account(options=options)).mailbox()
        with self.assertRaises(ProviderError) as caught:
            found.__enter__()
        self.assertIn("mail..krug.test", str(caught.exception))
