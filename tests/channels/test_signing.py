"""A signed letter is verified by the library that anybody else would verify it with."""

import base64
from unittest import mock

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.base import Addressed, ProviderError
from channels.providers.smtp import SmtpProvider
from channels.sealing import seal, seal_named
from channels.signing import Signer
from tests.channels.test_smtp import PeerCase

LETTER = (
    b'From: "Krug" <news@krug.test>\r\nTo: anna@x.test\r\nSubject: =?utf-8?b?0KHQutC40LTQutCw?=\r\n'
    b"Date: Sun, 22 Nov 2026 12:00:00 +0300\r\nMessage-ID: <krug.7.AbC@krug.test>\r\n"
    b"List-Unsubscribe: <https://krug.test/u/x>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n.hidden dot\r\nlast line\r\n"
)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, form: serialization.PrivateFormat) -> str:
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def record_of(key: rsa.RSAPrivateKey) -> bytes:
    """The TXT record of its public half."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(key.public_key().public_bytes(serialization.Encoding.DER, form))


class SigningTest(SimpleTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        cls.key = pem(key, serialization.PrivateFormat.PKCS8)
        cls.old_key = pem(key, serialization.PrivateFormat.TraditionalOpenSSL)
        cls.record = record_of(key)

    def verifies(self, letter: bytes) -> bool:
        def dns(name: bytes, timeout: int = 5) -> bytes | None:
            return self.record if name.rstrip(b".") == b"spring._domainkey.krug.test" else None

        return dkim.verify(letter, dnsfunc=dns)

    def test_it_verifies_and_a_changed_letter_does_not(self) -> None:
        signed = Signer(selector="spring", domain="krug.test", key=self.key).signed(LETTER)
        self.assertTrue(signed.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=krug.test;"))
        self.assertTrue(signed.endswith(LETTER))
        self.assertTrue(self.verifies(signed))
        for word in (b"last line", b"anna@x.test", b"One-Click"):
            self.assertFalse(self.verifies(signed.replace(word, b"other")), word)

    def test_what_cannot_be_signed_is_left_as_it_is(self) -> None:
        signer = Signer(selector="spring", domain="krug.test", key=self.key)
        for letter in (b"", b"To: anna@x.test\r\n\r\nx", b"no header\r\nFrom: a@x.test\r\n\r\nx"):
            self.assertEqual(signer.signed(letter), letter)

    def test_every_form_of_the_key_is_read(self) -> None:
        for key in (self.old_key, self.key.replace("\n", ""), self.key.replace("\n", "\r\n")):
            self.assertTrue(self.verifies(Signer(selector="spring", domain="krug.test", key=key).signed(LETTER)))

    def test_what_is_no_key_is_said(self) -> None:
        elliptic = pem(ec.generate_private_key(ec.SECP256R1()), serialization.PrivateFormat.PKCS8)
        for key in ("", "x", self.record.decode(), elliptic, "-----BEGIN PRIVATE KEY-----\n!!\n-----END"):
            with self.assertRaises(ValueError):
                Signer(selector="spring", domain="krug.test", key=key)
        for selector, domain in (("", "krug.test"), ("spring", ""), ("весна", "krug.test")):
            with self.assertRaises(ValueError):
                Signer(selector=selector, domain=domain, key=self.key)

    def test_an_account_without_its_key_needs_a_person(self) -> None:
        options = {"host": "127.0.0.1", "port": 1, "security": "none", "dkim_selector": "spring"}
        for secret in ("hunter-2", '{"password": "x", "dkim_key": "y"}', "[1]"):
            account = Account(options=options | {"dkim_domain": "krug.test"}, secret=seal(secret))
            with self.assertRaises(ProviderError) as caught:
                SmtpProvider(account).open()
            self.assertTrue(caught.exception.permanent)
            self.assertNotIn(secret, str(caught.exception))

    def test_the_log_in_takes_its_part_of_the_secret(self) -> None:
        for secret in ("hunter-2", '{"password": "hunter-2", "dkim_key": ""}'):
            account = Account(options={"host": "127.0.0.1", "security": "none", "username": "u"}, secret=seal(secret))
            with mock.patch("channels.providers.smtp.smtplib.SMTP") as smtp:
                smtp.return_value.sock = None
                with self.assertRaises(ProviderError):
                    SmtpProvider(account).open()
            smtp.return_value.login.assert_called_once_with("u", "hunter-2")


class SignedOnTheWireTest(PeerCase):
    words = ("--pipelining",)

    def test_what_a_server_takes_verifies(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        provider = self.provider(dkim_selector="spring", dkim_domain="krug.test")
        provider.account.secret = seal_named({"dkim_key": pem(key, serialization.PrivateFormat.PKCS8)})
        with provider:
            provider.send([Addressed(number, "a@x.test", LETTER) for number in range(2)], self.before, self.after)
        self.assertEqual(len(self.arrived()), 2)
        for letter in self.arrived():
            self.assertTrue(dkim.verify(letter["body"].encode(), dnsfunc=lambda *_args, **_more: record_of(key)))
